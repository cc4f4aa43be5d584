//! A log that comes late changes what was said of hits that are stored already.

use crate::support::{Workdir, cells, timeline};

const NUMBERS: [&str; 5] = ["pixel_hits", "machine_pixel_hits", "unique_opens_human", "machine_clicks", "machine_only"];

fn log(hits: &[&str]) -> String {
    timeline::log(1_793_613_600_000, &hits.iter().map(|hit| (*hit).to_owned()).collect::<Vec<_>>())
}

fn numbers(work: &Workdir) -> String {
    cells(&work.report::<&str>(&[])[0], &NUMBERS)
}

#[test]
fn a_sweep_in_a_later_log_makes_the_pixel_a_machines() {
    let work = Workdir::new();
    work.write("first.log", log(&["o S X 9 id=p"]).as_bytes());
    work.ok("ingest first.log --host web1");
    assert_eq!(numbers(&work), "1 0 1 0 0");
    assert!(work.ok("explain c m").starts_with("Opened by a person once\n"));
    work.write("second.log", log(&["k L1 S X 43.0 id=a", "k L2 S X 43.5 id=b"]).as_bytes());
    work.ok("ingest second.log --host web1");
    assert_eq!(numbers(&work), "1 1 0 2 1");
    assert!(work.ok("explain c m").starts_with("Seen by machines only\n"));
    // A reader who comes later stands.
    work.write("third.log", log(&["o H A 7200 id=h"]).as_bytes());
    work.ok("ingest third.log --host web1");
    assert_eq!(numbers(&work), "2 1 1 2 0");
    work.ok("store compact");
    assert_eq!(numbers(&work), "2 1 1 2 0");
}

#[test]
fn an_earlier_hit_that_comes_late_moves_the_ten_minutes_of_a_network() {
    let work = Workdir::new();
    work.write("scanners.csv", b"network,scope,certainty\n198.18.7.0/24,both,probable\n");
    work.write("second.log", log(&["o H X 700 id=x"]).as_bytes());
    work.ok("ingest second.log --host web1 --scanner-networks scanners.csv");
    assert_eq!(numbers(&work), "1 1 0 0 1");
    work.write("first.log", log(&["o G Y 0 id=y"]).as_bytes());
    work.ok("ingest first.log --host web1 --scanner-networks scanners.csv");
    assert_eq!(numbers(&work), "2 0 1 0 0");
}
