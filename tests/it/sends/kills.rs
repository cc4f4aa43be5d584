//! `sends add` and `sends remove`, killed by SIGKILL right before each change that they make to the store.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use super::kept::stored;
use crate::support::Workdir;

const SIGKILL: i32 = 9;

fn sends(work: &Workdir, args: &[&str], kill_at: Option<u64>) -> ExitStatus {
    let mut command = work.mailpixel();
    command.arg("sends").args(args).args(["--store", "store"]);
    if let Some(n) = kill_at {
        command.env("MAILPIXEL_KILL_AT", n.to_string());
    }
    command.output().unwrap().status
}

/// Kills `args` before every change, each time in a store that `prepare` makes. The sends are those of before or those of
/// after, never others; and doing it once more gives those of after. Gives how often it was killed.
fn kill_everywhere(prepare: impl Fn(&Workdir), args: &[&str]) -> u32 {
    let whole = Workdir::new();
    prepare(&whole);
    let before = stored(&whole.path().join("store"));
    assert!(sends(&whole, args, None).success());
    let after = stored(&whole.path().join("store"));
    assert_ne!(before, after);
    for kill_at in 0.. {
        let work = Workdir::new();
        prepare(&work);
        let status = sends(&work, args, Some(kill_at));
        let found = stored(&work.path().join("store"));
        if status.success() {
            assert_eq!(found, after);
            return u32::try_from(kill_at).unwrap();
        }
        assert_eq!(status.signal(), Some(SIGKILL), "{status:?}");
        assert!(found == before || found == after, "killed at {kill_at}: {found:?}");
        // A second kill, while the first is mended; a removal that is done already answers with code 1.
        let _ = sends(&work, args, Some(kill_at % 7));
        let _ = sends(&work, args, None);
        assert_eq!(stored(&work.path().join("store")), after, "killed at {kill_at}");
        let verified = work.run(&["store", "--store", "store", "verify"]);
        assert!(verified.code == 0 && verified.stdout.ends_with("; 0 problems\n"), "{verified:?}");
        assert_eq!(std::fs::read_dir(work.path().join("store/staging")).unwrap().count(), 0, "killed at {kill_at}");
    }
    unreachable!("the last run is not killed")
}

#[test]
fn a_kill_leaves_the_old_sends_or_the_new() {
    let add = |work: &Workdir, text: String| {
        work.write("old.csv", text.as_bytes());
        assert!(sends(work, &["add", "old.csv"], None).success());
    };
    let new = "message,campaign,recipient,status\nm1,a,ann,bounced\nm9,a,ida,sent\n";
    // The first sends of a store.
    let mut kills = kill_everywhere(|work| drop(work.write("new.csv", new.as_bytes())), &["add", "new.csv"]);
    // Later ones.
    let few = |work: &Workdir| {
        work.write("new.csv", new.as_bytes());
        add(work, "message,campaign,recipient,status\nm1,a,ann,sent\nm2,a,bob,sent\n".to_owned());
        add(work, "message,campaign,recipient,status\nm3,b,cy,sent\n".to_owned());
    };
    kills += kill_everywhere(few, &["add", "new.csv"]);
    // Those with which many rows become one file.
    let many = |work: &Workdir| {
        work.write("new.csv", new.as_bytes());
        for n in 0..3 {
            add(work, format!("message,campaign,recipient,status\nm1,a,r{n},sent\n"));
        }
    };
    kills += kill_everywhere(many, &["add", "new.csv"]);
    kills += kill_everywhere(few, &["remove", "--campaign", "a"]);
    assert!(kills >= 40, "only {kills} kills: tests/run builds with --features failpoints, without it nothing dies");
}
