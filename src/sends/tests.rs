use std::collections::HashMap;
use std::io::Write;
use std::path::PathBuf;

use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::column::Column;
use super::error::SendsError;
use super::frame::{from_frame, to_frame};
use super::load::{Loaded, Options, load, load_each};
use super::table::{Found, Send};
use crate::model::send::{Consent, SendStatus};

/// Files of these bytes, read as one table.
fn load_all(files: &[&[u8]], zone: Option<&str>) -> Result<Loaded, SendsError> {
    let folder = tempfile::tempdir().unwrap();
    let write = |(i, bytes): (usize, &&[u8])| -> PathBuf {
        let path = folder.path().join(format!("{i}.csv"));
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let paths: Vec<PathBuf> = files.iter().enumerate().map(write).collect();
    load(&paths, &Options { zone: zone.map(|name| TimeZone::get(name).unwrap()) })
}

fn read(text: &str) -> Loaded {
    load_all(&[text.as_bytes()], None).unwrap()
}

fn error(bytes: &[u8]) -> String {
    load_all(&[bytes], None).unwrap_err().to_string()
}

/// What is wrong, without the name of the folder.
fn bad_rows(loaded: &Loaded) -> Vec<String> {
    let shown = |text: String| text.rsplit_once(".csv:").map(|(_, rest)| rest.to_owned()).unwrap();
    loaded.bad_rows.iter().map(|bad| shown(bad.to_string())).collect()
}

fn messages(loaded: &Loaded) -> Vec<&str> {
    loaded.sends.iter().map(Send::message).collect()
}

#[test]
fn reads_every_column() {
    let loaded = read(
        "Consent, STATUS ,sent_at,variant,sender,recipient,campaign,message,note\n\
         granted,Delivered,2026-11-09T08:00:00Z,A,news@x.org,\"Ann <ann@Mail.Example.ORG>\",nov,m1,hi\n\
         ,,,,,,,m2,\n",
    );
    let sends: Vec<_> = loaded.sends.iter().collect();
    let one = sends[0];
    assert_eq!((one.message(), one.campaign(), one.variant()), ("m1", Some("nov"), Some("A")));
    assert_eq!((one.recipient(), one.sender()), (Some("Ann <ann@Mail.Example.ORG>"), Some("news@x.org")));
    assert_eq!((one.recipient_domain(), one.sent_at_ms()), (Some("mail.example.org"), Some(1_794_211_200_000)));
    assert_eq!((one.status(), one.consent()), (Some(SendStatus::Delivered), Some(Consent::Granted)));
    let two = sends[1];
    assert_eq!((two.message(), two.campaign(), two.recipient(), two.recipient_domain()), ("m2", None, None, None));
    assert_eq!((two.sent_at_ms(), two.status(), two.consent()), (None, None, Some(Consent::Unknown)));
    assert_eq!((loaded.n_rows, loaded.n_bad, loaded.ignored_columns.len()), (2, 0, 1));
    assert_eq!(loaded.ignored_columns[0].column, "note");
    assert!(loaded.sends.has_statuses() && loaded.sends.has_column(Column::Consent));
    assert_eq!(loaded.sends.campaigns().collect::<Vec<_>>(), [(None, 1), (Some("nov"), 1)]);
}

#[test]
fn reads_files_as_programs_write_them() {
    for text in [
        "message,campaign\nm1,c\nm2,c",
        "\u{feff}message,campaign\r\nm1,c\r\n\r\nm2,c\r\n",
        "\u{feff}\"message\",\"campaign\"\n\"m1\",\"c\"\n\"m2\",c\n",
        "message;campaign\nm1;c\nm2;c\n",
        "campaign\tmessage\nc\tm1\nc\tm2\n",
        "\n\nmessage,campaign\n m1 , c\nm2,c,\n",
        "x;message;campaign\n\"a;b\nc,d\";m1;c\n\"\"\"\";m2;c\n",
    ] {
        let loaded = read(text);
        assert_eq!((messages(&loaded), loaded.n_bad), (vec!["m1", "m2"], 0), "{text:?}");
        assert_eq!(loaded.sends.campaigns().collect::<Vec<_>>(), [(Some("c"), 2)], "{text:?}");
    }
    assert!(read("message\n").sends.is_empty());
}

#[test]
fn reads_packed_files() {
    let text = b"message\nm1\nm2\n";
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text).unwrap();
    for packed in [gzip.finish().unwrap(), zstd::encode_all(&text[..], 1).unwrap()] {
        assert_eq!(messages(&load_all(&[&packed], None).unwrap()), ["m1", "m2"]);
    }
    assert!(error(b"\xfd7zXZ\0\0").contains("xz is not read; unpack it first with `xz -dc`"));
}

#[test]
fn names_bad_rows_by_line_and_column() {
    let loaded = read(
        "message,sent_at,status,consent,note\r\n\
         m1,2026-11-09T08:00:00,,,\r\n\
         ,,,,\r\n\
         \r\n\
         m2,1794211200,,,\"two\nlines\"\r\n\
         m3,,opened,,\r\n\
         m4,,,maybe,\r\n\
         m5,,\r\n\
         m6,,,,,x\r\n\
         m7,yesterday,,,\r\n\
         good,,,,\r\n",
    );
    let expected = [
        "2: sent_at \"2026-11-09T08:00:00\" has no offset from UTC: --tz is required, for example --tz Europe/Berlin, \
         or write +01:00 or Z behind it",
        "3: message is empty",
        "5: sent_at \"1794211200\" is a bare number, which may count seconds or milliseconds; write it as \
         2026-11-09T08:00:00Z",
        "7: status \"opened\" is no status; write sent, delivered, deferred, bounced, failed or suppressed",
        "8: consent \"maybe\" is no consent; write granted, denied or unknown",
        "9: the row has 3 cells, and the header 5",
        "10: the row has 6 cells, and the header 5",
        "11: sent_at \"yesterday\" is no time; write it as 2026-11-09T08:00:00+01:00 or 2026-11-09T08:00:00Z",
    ];
    assert_eq!(bad_rows(&loaded), expected);
    assert_eq!((messages(&loaded), loaded.n_bad, loaded.n_rows), (vec!["good"], 8, 9));
}

#[test]
fn refuses_text_that_is_not_utf_8() {
    let loaded = load_all(&[b"message,recipient\nm1,J\xfcrgen\nm2,J\xc3\xbcrgen\n"], None).unwrap();
    assert_eq!(bad_rows(&loaded), ["2: recipient \"J\u{fffd}rgen\" is not UTF-8; save the file in UTF-8"]);
    assert_eq!(messages(&loaded), ["m2"]);
}

#[test]
fn names_a_hundred_bad_rows_and_counts_all() {
    let loaded = read(&format!("message,note\n{}", ",x\n".repeat(1000)));
    assert_eq!((loaded.bad_rows.len(), loaded.n_bad, loaded.n_rows), (100, 1000, 1000));
    assert_eq!(loaded.bad_rows[99].line, 101);
}

#[test]
fn refuses_files_that_are_no_sends() {
    for (bytes, part) in [
        (&b""[..], "the file is empty"),
        (b"\xff\xfem\0", "look like UTF-16"),
        (b"Message-ID;mail\n1;2\n", "no column `message`, only `Message-ID`, `mail`; if `Message-ID` holds"),
        (b"mail\n1\n", "no column `message`, only `mail`"),
        (b"message,Message\n1,2\n", "two columns `message`"),
        (b"message,note\nm1,x\nm2,\"x\nm3,x\n", ".csv:3: a quoted cell of the row that starts here does not end"),
        (b"PAR1 and no more", ".csv: "),
    ] {
        let error = error(bytes);
        assert!(error.contains(part), "{error}");
    }
    let many: Vec<String> = (0..25).map(|i| format!("c{i}\u{1b}")).collect();
    let error = error(many.join(",").as_bytes());
    assert!(error.contains("`c0\\u{1b}`, ") && error.ends_with("`c19\\u{1b}`, and 5 more"), "{error}");
    let missing = load(&["no such.csv".into()], &Options::default()).unwrap_err().to_string();
    assert!(missing.starts_with("no such.csv: No such file"), "{missing}");
}

#[test]
fn reads_times_in_a_zone() {
    let text = b"message,sent_at\nm1,2026-07-01 08:00:00\nm2,2026-11-09 09:00\nm3,2026-03-29 02:30:00\n";
    let loaded = load_all(&[text], Some("Europe/Berlin")).unwrap();
    let times: Vec<_> = loaded.sends.iter().map(|send| send.sent_at_ms().unwrap()).collect();
    assert_eq!(times, [1_782_885_600_000, 1_794_211_200_000]);
    assert!(bad_rows(&loaded)[0].starts_with("4: sent_at \"2026-03-29 02:30:00\" does not exist in the time zone"));
}

#[test]
fn keeps_the_first_of_duplicates() {
    let one = b"message,campaign,variant\nm1,a,A\nm2,a,A\nm1,a,A\nm1,b,A\n";
    let other = b"variant,message,campaign\nB,m1,b\nA,m1,b\nB,m3,b\n";
    let loaded = load_all(&[one, other], None).unwrap();
    let rows: Vec<_> =
        loaded.sends.iter().map(|send| (send.message(), send.campaign().unwrap(), send.variant().unwrap())).collect();
    assert_eq!(rows, [("m1", "a", "A"), ("m2", "a", "A"), ("m1", "b", "A"), ("m3", "b", "B")]);
    let duplicates = &loaded.duplicates;
    assert_eq!((duplicates.n_identical, duplicates.n_differing), (2, 1));
    let lines: Vec<_> = duplicates.first.iter().map(|d| (d.line, d.first_line, d.is_identical)).collect();
    assert_eq!(lines, [(2, 5, false), (4, 2, true), (3, 5, true)]);
    assert!(duplicates.first[0].file.ends_with("1.csv") && duplicates.first[0].first_file.ends_with("0.csv"));
    assert_eq!((loaded.n_rows, loaded.sends.len(), loaded.sends.n_rows()), (7, 4, 7));
    assert_eq!(loaded.sends.campaigns().collect::<Vec<_>>(), [(Some("a"), 2), (Some("b"), 2)]);
}

#[test]
fn a_column_of_one_file_is_a_column_of_all() {
    let loaded = load_all(&[b"message\nm1\n", b"message,consent\nm2,denied\n"], None).unwrap();
    let consents: Vec<_> = loaded.sends.iter().map(Send::consent).collect();
    assert_eq!(consents, [Some(Consent::Unknown), Some(Consent::Denied)]);
    assert_eq!(read("message\nm1\n").sends.iter().map(Send::consent).collect::<Vec<_>>(), [None]);
}

/// The look-up in words: the campaign of the send that was found, and how.
fn found(loaded: &Loaded, campaign: &str, message: &str) -> String {
    let id = |how: &str, id| format!("{how} {}", loaded.sends.get(id).campaign().unwrap_or("-"));
    match loaded.sends.find(Some(campaign.as_bytes()), message.as_bytes()) {
        Found::Send(send) => id("send", send),
        Found::WithoutCampaign(send) => id("without campaign", send),
        Found::OtherCampaign(send) => id("other", send),
        Found::UnknownMessage => "unknown".to_owned(),
        Found::Ambiguous => "ambiguous".to_owned(),
        Found::NoSends => "no sends".to_owned(),
    }
}

#[test]
fn finds_the_send_of_a_hit() {
    let loaded = read("message,campaign\nm1,a\nm2,b\nboth,a\nboth,b\nc3,c\nbare,\nm4,a\n");
    for (campaign, message, expected) in [
        ("a", "m1", "send a"),
        ("a", "both", "send a"),
        ("b", "both", "send b"),
        ("c", "both", "unknown"),
        ("a", "m2", "other b"),
        ("a", "forged", "unknown"),
        ("x", "m1", "no sends"),
        ("x", "forged", "no sends"),
        ("a", "bare", "without campaign -"),
        ("x", "bare", "without campaign -"),
        ("", "m1", "send a"),
        ("", "bare", "send -"),
        ("", "both", "ambiguous"),
        ("", "forged", "unknown"),
    ] {
        assert_eq!(found(&loaded, campaign, message), expected, "{campaign:?} {message}");
    }
    assert_eq!(read("message\n").sends.find(None, b"m1"), Found::NoSends);
    assert_eq!(loaded.sends.find(None, b"m1"), loaded.sends.find(Some(b"a"), b"m1"));
}

#[test]
fn frames_keep_everything() {
    let loaded = read(
        "message,campaign,recipient,sender,variant,sent_at,status,consent\n\
         m1,a,ann@x.org,s,A,2026-11-09T08:00:00.123Z,bounced,granted\n\
         m1,a,ann@x.org,s,A,2026-11-09T08:00:00.123Z,bounced,granted\n\
         m2,,,,,,,\n",
    );
    let frame = to_frame(&loaded.sends).unwrap();
    assert_eq!(frame.shape(), (2, 8));
    let again = from_frame("the store", &frame, &Options::default()).unwrap();
    assert_eq!((again.n_bad, again.duplicates.n_identical), (0, 0));
    assert!(to_frame(&again.sends).unwrap().equals_missing(&frame));
    let bare = to_frame(&read("message\nm1\n").sends).unwrap();
    assert_eq!(bare.get_column_names(), ["message", "campaign"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn look_ups_agree_with_a_hash_map(rows in proptest::collection::vec((0..6_u8, 0..30_u8), 0..120), size in 1..200_usize) {
        let mut text = "message,campaign,variant\n".to_owned();
        for (i, (campaign, message)) in rows.iter().enumerate() {
            let campaign = if *campaign == 0 { String::new() } else { format!("c{campaign}") };
            text.push_str(&format!("m{message},\"{campaign}\",{i}\n"));
        }
        let loaded = load_each(&["x.csv".to_owned()], &Options::default(), |reading| {
            super::csv_file::read(reading, text.as_bytes(), size)
        }).unwrap();
        let mut model: HashMap<(u8, u8), usize> = HashMap::new();
        for (i, row) in rows.iter().enumerate() {
            model.entry(*row).or_insert(i);
        }
        prop_assert_eq!(loaded.sends.len(), model.len());
        prop_assert_eq!(loaded.duplicates.n_differing as usize, rows.len() - model.len());
        for message in 0..32 {
            let campaigns: Vec<u8> = (0..6).filter(|c| model.contains_key(&(*c, message))).collect();
            for campaign in 0..8 {
                let has_sends = model.keys().any(|(c, _)| *c == campaign);
                let only = (campaigns.len() == 1).then(|| campaigns[0]);
                let expected = match (campaign, only) {
                    (0, Some(_)) => "send",
                    (0, None) if model.is_empty() => "no sends",
                    (0, None) if campaigns.is_empty() => "unknown",
                    (0, None) => "ambiguous",
                    _ if campaigns.contains(&campaign) => "send",
                    (_, Some(0)) => "without",
                    _ if !has_sends => "no sends",
                    (_, Some(_)) => "other",
                    (_, None) => "unknown",
                };
                let name = if campaign == 0 { String::new() } else { format!("c{campaign}") };
                let found = found(&loaded, &name, &format!("m{message}"));
                prop_assert!(found.starts_with(expected), "{} {}: {}, not {}", campaign, message, found, expected);
                if let Found::Send(id) = loaded.sends.find(Some(name.as_bytes()), format!("m{message}").as_bytes()) {
                    let row = model[&(only.filter(|_| campaign == 0).unwrap_or(campaign), message)].to_string();
                    prop_assert_eq!(loaded.sends.get(id).variant(), Some(row.as_str()));
                }
            }
        }
    }
}
