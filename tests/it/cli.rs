//! What a case file can't say.

use std::io::{Read, Write};
use std::process::Stdio;

use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;

use crate::support::logline::LogLine;
use crate::support::{Workdir, pack, repository};

fn two_hits() -> String {
    let line = |ts| LogLine::new(ts, "/o/spring/m.gif").mailpixel() + "\n";
    line(1_795_471_127_042) + &line(1_795_471_227_042)
}

#[test]
fn a_closed_pipe_is_no_error() {
    let work = Workdir::new();
    let line = |i: i64| LogLine::new(i, &format!("/o/{}-{i}/m.gif", "long-name".repeat(200))).mailpixel() + "\n";
    let many: String = (0..90).map(line).collect();
    work.write("access.log", many.as_bytes());
    let mut child = work
        .mailpixel()
        .args(["report", "-q", "--format", "csv", "access.log"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = [0; 8];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str(), &first), (Some(0), "", b"campaign"));
}

#[test]
fn reads_standard_input_plain_and_packed() {
    for name in ["x.log", "x.gz", "x.zst"] {
        let work = Workdir::new();
        let mut child = work
            .mailpixel()
            .args(["report", "-q", "--format", "json", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&pack(name, two_hits().as_bytes())).unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(r#""opens_human":2,"#), "{name}: {text}");
    }
}

#[test]
fn copies_and_starts_of_a_log_count_once() {
    let work = Workdir::new();
    let text = two_hits();
    let first_line = text.lines().next().unwrap().to_owned() + "\n";
    for (name, text) in [
        ("access.log", &text),
        ("access.log.1.gz", &text),
        ("access.log.2.zst", &text),
        ("old/access.log", &first_line),
    ] {
        work.write(name, text.as_bytes());
    }
    let outcome = work.run(&["report", "--format", "csv", ".", "old"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.contains("\nspring,1,2,0,2,0,1,"), "{outcome:?}");
    for copy in ["access.log.1.gz", "access.log.2.zst", "old/access.log"] {
        assert!(
            outcome.stderr.contains(&format!("{copy} is left out: ./access.log has all of its lines")),
            "{outcome:?}"
        );
    }
}

#[test]
fn every_format_has_the_same_numbers() {
    let work = Workdir::new();
    work.write("access.log", two_hits().as_bytes());
    let run = |file: &str| {
        let outcome = work.run(&["report", "-q", "access.log", "-o", file]);
        assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "", ""), "{outcome:?}");
        std::fs::read(work.path().join(file)).unwrap()
    };
    let json: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(&run("r.json")).unwrap();
    let mut csv = csv::Reader::from_reader(&run("r.csv")[..]).into_records().map(Result::unwrap).next().unwrap();
    csv.trim();
    run("r.parquet");
    let file = std::fs::File::open(work.path().join("r.parquet")).unwrap();
    let frame = ParquetReader::new(file).finish().unwrap();
    assert_eq!(json.len(), 1);
    assert_eq!(frame.get_column_names(), json[0].keys().map(String::as_str).collect::<Vec<_>>());
    for (at, (name, value)) in json[0].iter().enumerate() {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        assert_eq!(csv.get(at), Some(text.as_str()), "{name}");
        let cell = mailpixel::report::cell::cell(&frame.columns()[at], 0);
        let zone = mailpixel::report::cell::Zone::utc();
        let stored = match cell {
            mailpixel::report::cell::Cell::Text(text) => text.into_owned(),
            mailpixel::report::cell::Cell::Integer(n) => n.to_string(),
            mailpixel::report::cell::Cell::Instant(ms) => zone.rfc3339(ms),
            other => panic!("{other:?}"),
        };
        assert_eq!(stored, text, "{name}");
    }
    assert!(String::from_utf8(run("r.txt")).unwrap().contains(" Total "));
}

#[test]
fn names_from_requests_are_only_text() {
    let work = Workdir::new();
    work.write("mailpixel.toml", b"open = '/t?c={campaign}&m={message}'");
    let lines: String = ["..%2F..%2Fetc%2Fx", "=cmd%28%29", "%1B%5B2Jevil", "%FF"]
        .iter()
        .map(|campaign| LogLine::new(0, &format!("/t?c={campaign}&m=1")).combined() + "\n")
        .collect();
    work.write("access.log", lines.as_bytes());
    let csv = work.run(&["report", "-q", "access.log", "--format", "csv"]);
    for start in ["\n../../etc/x,1,", "\n'=cmd(),1,", "\n\u{1b}[2Jevil,1,", "\n%FF,1,"] {
        assert!(csv.stdout.contains(start), "{csv:?}");
    }
    let table = work.run(&["report", "-q", "access.log", "--campaign", "../../etc/x", "--campaign", "\u{1b}[2Jevil"]);
    assert!(table.stdout.contains(" \\u{1b}[2Jevil "), "{table:?}");
    assert!(!table.stdout.contains('\u{1b}'), "{table:?}");
    let files = std::fs::read_dir(work.path()).unwrap().count();
    assert_eq!(files, 2);
}

#[test]
fn a_bad_output_fails_before_the_work() {
    let work = Workdir::new();
    let outcome = work.run(&["report", "access.log", "-o", "missing/r.csv"]);
    assert_eq!(outcome.code, 2);
    assert!(outcome.stderr.contains("missing/r.csv can't be written"), "{outcome:?}");
}

#[test]
fn an_output_never_destroys_an_input() {
    let work = Workdir::new();
    work.write("access.log", two_hits().as_bytes());
    std::os::unix::fs::symlink("access.log", work.path().join("link.csv")).unwrap();
    std::fs::hard_link(work.path().join("access.log"), work.path().join("hard.csv")).unwrap();
    for args in [["-o", "access.log"], ["--rejects", "access.log"], ["-o", "./link.csv"], ["-o", "hard.csv"]] {
        let mut all = vec!["report", "access.log"];
        all.extend(args);
        let outcome = work.run(&all);
        assert!(outcome.code == 2 && outcome.stderr.contains("is one of the logs"), "{outcome:?}");
    }
    let outcome = work.run(&["report", "access.log", "-o", "r.csv", "--rejects", "./r.csv"]);
    assert_eq!(outcome.code, 2, "{outcome:?}");
    let log = || std::fs::File::open(work.path().join("access.log")).unwrap();
    let output = work.mailpixel().args(["report", "-", "-o", "access.log"]).stdin(log()).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let outcome = work.run(&["report", "-q", "access.log", "-o", "/dev/full"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("/dev/full: No space left"), "{outcome:?}");
    assert_eq!(std::fs::read_to_string(work.path().join("access.log")).unwrap(), two_hits());
    assert!(work.run(&["report", "-q", "access.log", "-o", "-", "--format", "csv"]).stdout.starts_with("campaign,"));
}

#[test]
fn without_any_log_the_last_report_stays() {
    let work = Workdir::new();
    work.write("last.csv", b"good\n");
    let outcome = work.run(&["report", "gone.log", "-o", "last.csv"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("gone.log: No such file"), "{outcome:?}");
    assert_eq!(std::fs::read_to_string(work.path().join("last.csv")).unwrap(), "good\n");
}

#[test]
fn a_closed_standard_error_does_not_lose_the_report() {
    let work = Workdir::new();
    work.write("access.log", two_hits().as_bytes());
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let output = work.mailpixel().args(["report", "access.log", "--format", "csv"]).stderr(full).output().unwrap();
    assert!(output.status.success());
    assert!(String::from_utf8(output.stdout).unwrap().contains("\nspring,1,2,"));
}

#[test]
fn a_campaign_is_found_among_thousands() {
    let work = Workdir::new();
    let forged = (0..2400).map(|i| LogLine::new(0, &format!("/o/x{}/m{i}.gif", i / 2)).combined() + "\n");
    let text: String = forged.chain([LogLine::new(0, "/o/mine/m.gif").combined() + "\n"]).collect();
    work.write("access.log", text.as_bytes());
    let all = work.run(&["report", "-q", "access.log", "--format", "csv"]);
    assert!(all.stdout.contains("\n(201 more campaigns),401,401,"), "{}", all.stdout.lines().last().unwrap());
    let mine = work.report(&["access.log", "--campaign", "mine"]);
    assert_eq!((mine.len(), &mine[0]["unique_opens_human"]), (1, &1.into()));
}

#[test]
fn a_cut_gzip_beside_its_log_counts_once() {
    let work = Workdir::new();
    let text: String = (0..3000).map(|i| LogLine::new(i, &format!("/o/c/m{i}.gif")).combined() + "\n").collect();
    work.write("access.log.1", text.as_bytes());
    let packed = pack("x.gz", text.as_bytes());
    std::fs::write(work.path().join("access.log.1.gz"), &packed[..packed.len() / 2]).unwrap();
    let outcome = work.run(&["report", ".", "--format", "csv"]);
    assert!(outcome.stdout.contains("\nc,3000,3000,"), "{outcome:?}");
    assert!(outcome.stderr.contains("access.log.1.gz is left out"), "{outcome:?}");
    assert!(outcome.code == 1 && outcome.stderr.contains("access.log.1.gz: the gzip data is cut"), "{outcome:?}");
}

#[test]
fn a_log_that_is_standard_input_too_counts_once() {
    let work = Workdir::new();
    let path = work.write("access.log", two_hits().as_bytes());
    let log = std::fs::File::open(path).unwrap();
    let output = work.mailpixel().args(["report", "-", "access.log", "--format", "csv"]).stdin(log).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stdout).contains("\nspring,1,2,0,2,"), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("standard input is left out: access.log has all of its lines\n2 lines"), "{stderr}");
}

#[test]
fn empty_environment_variables_are_unset() {
    let work = Workdir::new();
    work.write("access.log", two_hits().as_bytes());
    let mut command = work.mailpixel();
    for name in ["MAILPIXEL_CONFIG", "MAILPIXEL_STORE", "MAILPIXEL_TZ", "MAILPIXEL_LOG_FORMAT"] {
        command.env(name, "");
    }
    let output = command.args(["report", "-q", "access.log"]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn settings_that_can_not_work_are_refused() {
    let work = Workdir::new();
    work.write("access.log", two_hits().as_bytes());
    for (config, message) in [
        ("client_ip = 'http_x_forwarded_for'", "`trusted_proxies` names no proxy"),
        ("client_ip = 'http_x_y'\ntrusted_proxies = ['192.0.2.1']", "name yours with `log_format`"),
        ("open = '/o/{message}'\nclick = ['/c/{message}', '/o/{message}']", "nothing tells an open from a click"),
        ("max_rejected = 2", "is no share"),
        ("max_rejected = true", "max_rejected"),
    ] {
        work.write("mailpixel.toml", config.as_bytes());
        let outcome = work.run(&["report", "access.log"]);
        assert!(outcome.code == 2 && outcome.stderr.contains(message), "{config}: {outcome:?}");
    }
    work.write("mailpixel.toml", b"max_rejected = 0.5");
    assert_eq!(work.run(&["report", "-q", "access.log", "--threads", "255"]).code, 0);
    assert_eq!(work.run(&["report", "-q", "access.log", "--threads", "256"]).code, 2);
}

#[test]
fn a_pipe_without_hits_ends() {
    let work = Workdir::new();
    assert!(std::process::Command::new("mkfifo").arg(work.path().join("pipe")).status().unwrap().success());
    let mut child = work.mailpixel().args(["report", "-q", "pipe"]).stderr(Stdio::piped()).spawn().unwrap();
    std::fs::write(work.path().join("pipe"), "nothing to see\n").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn rejected_lines_can_be_kept() {
    let work = Workdir::new();
    let bad = "a /o/c/m.gif line of another shape\n";
    work.write("access.log", format!("{bad}{}noise\n{bad}", two_hits()).as_bytes());
    let outcome = work.run(&["report", "access.log", "--rejects", "bad.log", "--max-rejected", "50%"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stderr.contains("access.log:1: ") && outcome.stderr.contains("access.log:5: "), "{outcome:?}");
    let kept = std::fs::read_dir(work.path()).unwrap().count();
    assert_eq!((kept, std::fs::read_to_string(work.path().join("bad.log")).unwrap()), (2, bad.repeat(2)));
    let outcome = work.run(&["report", "access.log", "-q", "--strict"]);
    assert_eq!(outcome.code, 1);
    assert!(outcome.stderr.contains("access.log:4: "), "{outcome:?}");
}

#[test]
fn formats_come_from_the_nginx_conf() {
    let work = Workdir::new();
    work.write("nginx.conf", b"http { include conf.d/*.conf; }");
    work.write("conf.d/a.conf", br#"log_format odd escape=json '{"when":"$time_iso8601","who":"$remote_addr","what":"$request","code":$status,"with":"$http_user_agent"}';"#);
    work.write(
        "conf.d/b.conf",
        b"log_format piped '$msec|$remote_addr|$request_method|$request_uri|$status|$http_user_agent';",
    );
    work.write("odd.log", br#"{"who":"192.0.2.1","when":"2026-11-23T21:58:47+00:00","what":"GET /o/c/m.gif HTTP/1.1","code":200,"with":"Mozilla/5.0 \"x\" (X11)"}"#);
    work.write("piped.log", b"1795471127.042|192.0.2.1|GET|/o/c/m.gif?x|200|Mozilla/5.0 (X11)\n");
    for (name, log) in [("odd", "odd.log"), ("piped", "piped.log")] {
        let report = work.report(&[log, "--nginx-conf", "nginx.conf", "--log-format", name]);
        assert_eq!(report[0]["opens_human"], 1, "{name}");
    }
    let outcome = work.run(&["report", "odd.log", "--nginx-conf", "nginx.conf", "--log-format", "main"]);
    assert_eq!(outcome.code, 2);
    assert!(
        outcome.stderr.contains("no `log_format main` there or in its includes (found: odd, piped)"),
        "{outcome:?}"
    );
}

#[test]
fn the_samples_are_what_their_table_says() {
    let work = Workdir::new();
    let samples = repository().join("sample-logs");
    let outcome = work.run(&["report".as_ref(), samples.as_os_str()]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    let expected = std::fs::read_to_string(repository().join("tests/cases/sample-logs.txt")).unwrap();
    assert_eq!(outcome.stdout, expected);
    assert!(outcome.stderr.starts_with("1 602 lines read from 4 logs:\n"), "{outcome:?}");
}
