//! `signature_key`: nobody without the key can make up ids.

use mailpixel::model::kind::Kind;
use mailpixel::tracking::signature::SignatureKey;

use crate::support::logline::LogLine;
use crate::support::{Workdir, cells};

const CONFIG: &str = "open = '/o/{campaign}/{message}/{signature}.gif'\n\
                      click = '/c/{campaign}/{message}/{link}/{signature}'\n\
                      signature_key = 'secret'\n";

fn signed(kind: Kind, message: &str) -> String {
    SignatureKey::new(b"secret").sign(kind, b"spring", message.as_bytes(), b"shop")
}

fn line(url: &str) -> String {
    LogLine::new(1_793_613_600_000, url).combined() + "\n"
}

#[test]
fn only_rightly_signed_hits_count() {
    let (open, click) = (signed(Kind::Open, "m1"), signed(Kind::Click, "m1"));
    let other = signed(Kind::Open, "m2");
    for (url, counts) in [
        (format!("/o/spring/m1/{open}.gif"), true),
        (format!("/o/spring/m1/{}.gif", open.to_uppercase()), true),
        (format!("/o/spring/m1/{other}.gif"), false),
        (format!("/o/spring/m1/{click}.gif"), false),
        (format!("/o/summer/m1/{open}.gif"), false),
        (format!("/o/spring/m1/{}.gif", &open[..31]), false),
        ("/o/spring/m1/0.gif".to_owned(), false),
        (format!("/c/spring/m1/shop/{click}"), true),
        (format!("/c/spring/m1/story/{click}"), false),
        (format!("/c/spring/m1/shop/{open}"), false),
    ] {
        let work = Workdir::new();
        work.write("mailpixel.toml", CONFIG.as_bytes());
        work.write("access.log", line(&url).as_bytes());
        let rows = work.rows("report", &["access.log", "--by", "reason"]);
        let found = cells(&rows[0], &["counted", "reason", "hits"]);
        assert_eq!(found, if counts { "true browser 1" } else { "false forged-token 1" }, "{url}");
    }
}

/// A URL with a signature beside one without: old mails are still opened.
#[test]
fn a_missing_signature_is_a_forged_one() {
    let work = Workdir::new();
    let config = "open = ['/o/{campaign}/{message}.gif', '/s/{campaign}/{message}.gif?s={signature}']\n\
                  click = '/c/{campaign}/{message}/{link}?s={signature}'\nsignature_key = 'secret'\n";
    work.write("mailpixel.toml", config.as_bytes());
    let (open, click) = (signed(Kind::Open, "m1"), signed(Kind::Click, "m1"));
    let urls = [
        "/o/spring/m1.gif".to_owned(),
        "/s/spring/m1.gif".to_owned(),
        "/s/spring/m1.gif?s=".to_owned(),
        format!("/s/spring/m1.gif?s={open}"),
        "/c/spring/m1/shop".to_owned(),
        format!("/c/spring/m1/shop?s={click}"),
    ];
    work.write("access.log", urls.iter().map(|url| line(url)).collect::<String>().as_bytes());
    let rows = work.rows("report", &["access.log", "--by", "reason"]);
    let found: Vec<String> = rows.iter().map(|row| cells(row, &["kind", "counted", "reason", "hits"])).collect();
    let expected =
        ["open false forged-token 3", "open true browser 1", "click false forged-token 1", "click true browser 1"];
    assert_eq!(found, expected);
}

/// Scenario 22.
#[test]
fn ten_thousand_forged_ids_are_all_in_the_account() {
    let work = Workdir::new();
    work.write("mailpixel.toml", CONFIG.as_bytes());
    let forged = (0..10_000_u32).map(|i| line(&format!("/o/spring/m{i}/{:032x}.gif", u64::from(i) * 7_919)));
    let true_one = line(&format!("/o/spring/m1/{}.gif", signed(Kind::Open, "m1")));
    work.write("access.log", forged.chain([true_one]).collect::<String>().as_bytes());
    work.ok("ingest access.log");
    for source in [&[][..], &["access.log"]] {
        let mut args = vec!["report", "--format", "json"];
        args.extend(source);
        let outcome = work.run(&args);
        let rows: Vec<crate::support::Row> = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(cells(&rows[0], &["campaign", "messages_seen", "pixel_hits", "confirmed"]), "spring 1 1 1");
        assert!(outcome.stderr.contains("\n             1  hits counted\n"), "{outcome:?}");
        assert!(outcome.stderr.contains("\n        10 000  not counted: forged-token 10 000\n"), "{outcome:?}");
    }
}

#[test]
fn a_key_without_signatures_is_refused() {
    for (config, word) in [
        ("signature_key = 'secret'\n", "`open`"),
        ("signature_key = 'secret'\nopen = '/o/{campaign}/{message}/{signature}.gif'\n", "`click`"),
    ] {
        let work = Workdir::new();
        work.write("mailpixel.toml", config.as_bytes());
        work.write("access.log", line("/o/spring/m1.gif").as_bytes());
        for command in ["report", "ingest"] {
            let outcome = work.run(&[command, "access.log"]);
            assert!(outcome.code == 2 && outcome.stderr.contains("{signature}"), "{outcome:?}");
            assert!(outcome.stderr.contains(word), "{outcome:?}");
        }
    }
}
