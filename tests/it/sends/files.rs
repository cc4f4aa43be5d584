//! Files of sends and of labels, through the binary.

use crate::support::Workdir;

const SENDS: &str = "message,campaign,recipient,sent_at,status,company\n\
    m1,spring,ann@example.org,2026-11-09T08:00:00Z,delivered,x\n\
    m2,spring,bob@example.org,2026-11-09T09:00:00+01:00,bounced,y\n\
    m3,,cy@example.org,2026-11-10T08:00:00Z,,z\n";

#[test]
fn status_says_which_sends_there_are() {
    let work = Workdir::new();
    work.write("sends.csv", SENDS.as_bytes());
    let expected = "\
sends      3
columns    message, campaign, recipient, sent_at, status
sent       from 2026-11-09 08:00:00 UTC to 2026-11-10 08:00:00 UTC
status     1 delivered, 1 bounced
campaigns  2
  (none)  1 send
  spring  2 sends
";
    let by_name = work.run(&["sends", "status", "--sends", "sends.csv"]);
    assert_eq!((by_name.code, by_name.stdout.as_str()), (0, expected), "{by_name:?}");
    assert_eq!(by_name.stderr, "sends.csv: not used: `company`\n");
    work.write("mailpixel.toml", b"sends = ['*.csv', 'sends.csv']\ntz = 'UTC'\n");
    let by_config = work.run(&["sends", "status", "-q"]);
    assert_eq!((by_config.stdout.as_str(), by_config.stderr.as_str()), (expected, ""), "{by_config:?}");
}

#[test]
fn what_is_wrong_with_rows_is_named() {
    let work = Workdir::new();
    let mut text = "message,campaign,sent_at\nm1,a,2026-11-09T08:00:00Z\nm1,a,2026-11-09T08:00:01Z\n".to_owned();
    text += "m1,a,2026-11-09T08:00:00Z\n";
    for n in 0..7 {
        text += &format!("x{n},a,soon\u{1b}[2J\n");
    }
    work.write("sends.csv", text.as_bytes());
    let run = work.run(&["sends", "status", "--sends", "sends.csv"]);
    assert_eq!(run.code, 1, "{run:?}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert!(lines[0].starts_with("sends.csv:5: sent_at \"soon\\u{1b}[2J\" is no time"), "{run:?}");
    assert!(lines[4].starts_with("sends.csv:9: sent_at"), "{run:?}");
    assert_eq!(lines[5], "mailpixel: 7 of 10 rows left out of the sends");
    assert!(
        lines[6].ends_with("which holds: 1") && lines[7].contains("\"m1\" stands in sends.csv:2 already"),
        "{run:?}"
    );
    assert_eq!(lines[8..], ["rows that repeat an earlier one: 1"], "{run:?}");
}

#[test]
fn what_can_not_be_used_is_refused() {
    let work = Workdir::new();
    work.write("logs/one.csv", b"id\n1\n");
    work.write("local.csv", b"message,sent_at\nm1,2026-11-09 08:00\n");
    for (args, code, part) in [
        (vec!["--sends", "logs"], 2, "sends: logs is a folder; name its files, for example 'logs/*.csv'"),
        (vec!["--sends", "none*.csv"], 2, "sends: no file matches \"none*.csv\""),
        (vec!["--sends", "missing.csv"], 2, "sends: missing.csv: No such file"),
        (vec!["--sends", "logs/*.csv"], 2, "there is no column `message`, only `id`"),
        (vec!["--sends", "local.csv"], 1, "has no offset from UTC: --tz is required"),
        (vec!["--sends", "local.csv", "--tz", "Mars"], 2, "\"Mars\" is no time zone"),
        (vec![], 1, "no sends: --sends names files of them"),
    ] {
        let run = work.run(&[vec!["sends", "status"], args].concat());
        assert!(run.code == code && run.stderr.contains(part), "{part}: {run:?}");
    }
    let local = work.run(&["sends", "status", "--sends", "local.csv", "--tz", "Europe/Berlin"]);
    assert!(local.code == 0 && local.stdout.contains("2026-11-09 08:00:00 CET"), "{local:?}");
}

#[test]
fn the_operator_says_how_unknown_consents_are_taken() {
    let work = Workdir::new();
    work.write("sends.csv", b"message,consent\nm1,granted\nm2,\nm3,denied\n");
    let refused = work.run(&["sends", "status", "--sends", "sends.csv"]);
    assert!(refused.code == 1 && refused.stderr.contains("the consent of 1 send is unknown"), "{refused:?}");
    assert!(refused.stdout.contains("consent    1 granted, 1 denied, 1 unknown\n"), "{refused:?}");
    let said = work.run(&["sends", "status", "--sends", "sends.csv", "--consent-unknown", "untracked"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    work.write("mailpixel.toml", b"consent_unknown = \"tracked\"\nsends = \"sends.csv\"\n");
    assert_eq!(work.run(&["sends", "status"]).code, 0);
    work.write("mailpixel.toml", b"consent_unknown = \"maybe\"\n");
    let wrong = work.run(&["sends", "status"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("expected `tracked` or `untracked`"), "{wrong:?}");
}

#[test]
fn campaigns_have_labels() {
    let work = Workdir::new();
    work.write("sends.csv", SENDS.as_bytes());
    work.write("campaigns.csv", b"campaign,name,date,link:shop,notes\nspring,Spring sale,2026-11-09,To the shop,x\n");
    let status = ["sends", "status", "--sends", "sends.csv"];
    let labelled = work.run(&[&status[..], &["--campaigns", "campaigns.csv"]].concat());
    assert!(labelled.code == 0 && labelled.stdout.contains("  spring  2 sends  Spring sale\n"), "{labelled:?}");
    assert!(labelled.stderr.contains("campaigns.csv: not used: `notes`\n"), "{labelled:?}");
    work.write("mailpixel.toml", b"campaigns = 'campaigns.csv'\n");
    work.write("campaigns.csv", b"campaign,date\nspring,soon\nsummer,\nsummer,\n");
    let bad = work.run(&status);
    assert_eq!(bad.code, 1, "{bad:?}");
    let expected = "campaigns.csv:2: date \"soon\" is no day; write it as 2026-11-09\n\
        campaigns.csv:4: campaign \"summer\" stands in line 3 already\n\
        mailpixel: 2 of 3 rows left out of the campaigns\n";
    assert!(bad.stderr.starts_with(expected), "{bad:?}");
    work.write("campaigns.csv", b"id\nspring\n");
    let none = work.run(&status);
    let expected = "mailpixel: campaigns: campaigns.csv: there is no column `campaign`, only `id`\n";
    assert_eq!((none.code, none.stderr.as_str()), (2, expected));
}
