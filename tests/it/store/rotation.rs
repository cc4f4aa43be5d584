//! A real nginx under load, while logrotate rotates with the supplied file and `ingest` runs as cron would.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::nginx::{Client, Nginx};
use crate::support::{Workdir, repository};

const AGENT: &str = "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n";

/// The supplied logrotate file with this folder's paths and this nginx's process.
fn logrotate_file(folder: &Path, pid: u32, copy_truncate: bool) -> String {
    let supplied = std::fs::read_to_string(repository().join("nginx/logrotate")).unwrap();
    let mut text = supplied.replace("/var/log/mailpixel/", &format!("{}/", folder.display()));
    let reopen =
        text.lines().find(|line| line.contains("invoke-rc.d nginx rotate")).expect("it reopens the log").to_owned();
    text = text.replace(&reopen, &format!("\t\tkill -USR1 {pid}"));
    let create = text.lines().find(|line| line.trim().starts_with("create ")).expect("it creates the log").to_owned();
    // The workers of this nginx may be another user than Debian's.
    text = text.replace(&create, if copy_truncate { "\tcopytruncate" } else { "\tcreate 0666" });
    text
}

fn rotate(folder: &Path) {
    let logrotate = ["/usr/sbin/logrotate", "/usr/bin/logrotate"].into_iter().find(|path| Path::new(path).exists());
    let logrotate = logrotate.expect("this test needs logrotate: run tests/run, or apt-get install logrotate");
    let output = Command::new(logrotate)
        .args(["--force", "--state"])
        .arg(folder.join("logrotate.state"))
        .arg(folder.join("logrotate.conf"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

fn ingest(work: &Workdir) {
    let outcome = work.run(&["ingest", "--store", "store", "access.log*"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
}

/// Ends the load when the test ends, however it ends.
struct Load<'a> {
    stop: &'a AtomicBool,
    pause: &'a AtomicBool,
}

impl Drop for Load<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.pause.store(false, Ordering::SeqCst);
    }
}

fn rotated_under_load(copy_truncate: bool) {
    let work = Workdir::new();
    let nginx = Nginx::start(work.path());
    let conf = logrotate_file(work.path(), nginx.pid(), copy_truncate);
    std::fs::write(work.path().join("logrotate.conf"), conf).unwrap();
    std::os::unix::fs::PermissionsExt::set_mode(
        &mut std::fs::metadata(work.path().join("logrotate.conf")).unwrap().permissions(),
        0o644,
    );
    let (stop, pause) = (AtomicBool::new(false), AtomicBool::new(false));
    let (sent, paused) = (AtomicU64::new(0), AtomicU64::new(0));
    let port = nginx.port;
    std::thread::scope(|scope| {
        for connection in 0..4_u64 {
            let (stop, pause, sent, paused) = (&stop, &pause, &sent, &paused);
            scope.spawn(move || {
                let mut client = Client::connect(port);
                let mut n = 0;
                while !stop.load(Ordering::SeqCst) {
                    if pause.load(Ordering::SeqCst) {
                        paused.fetch_add(1, Ordering::SeqCst);
                        while pause.load(Ordering::SeqCst) {
                            std::thread::sleep(Duration::from_millis(1));
                        }
                        paused.fetch_sub(1, Ordering::SeqCst);
                    }
                    assert_eq!(client.request("GET", &format!("/o/load/{connection}-{n}.gif"), AGENT).status, 200);
                    n += 1;
                    sent.fetch_add(1, Ordering::SeqCst);
                    std::thread::sleep(Duration::from_micros(300));
                }
            });
        }
        let _load = Load { stop: &stop, pause: &pause };
        for _ in 0..6 {
            std::thread::sleep(Duration::from_millis(150));
            ingest(&work);
            if copy_truncate {
                // logrotate itself loses what is written between the copy and the truncation: nobody writes then.
                pause.store(true, Ordering::SeqCst);
                while paused.load(Ordering::SeqCst) < 4 {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // nginx writes what it holds when it opens its log again.
                nginx.signal("USR1");
                std::thread::sleep(Duration::from_millis(200));
            }
            rotate(work.path());
            pause.store(false, Ordering::SeqCst);
            std::thread::sleep(Duration::from_millis(30));
            ingest(&work);
        }
    });
    nginx.quit();
    ingest(&work);
    let sent = sent.load(Ordering::SeqCst);
    assert!(sent > 500, "only {sent} requests in all");
    let report = work.report(&["--store", "store"]);
    for column in ["pixel_hits", "messages_seen", "unique_opens_human"] {
        assert_eq!(report[0][column], sent, "{column}");
    }
    let packed = std::fs::read_dir(work.path())
        .unwrap()
        .filter(|e| e.as_ref().unwrap().path().extension().is_some_and(|s| s == "gz"));
    assert!(packed.count() >= 3, "logrotate did not pack");
    let verified = work.run(&["store", "--store", "store", "verify"]);
    assert!(verified.code == 0 && verified.stdout.contains(" events; 0 problems"), "{verified:?}");
}

#[test]
fn renamed_and_packed_logs_count_once() {
    rotated_under_load(false);
}

#[test]
fn copied_and_truncated_logs_count_once() {
    rotated_under_load(true);
}
