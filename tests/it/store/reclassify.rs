//! `store reclassify`: today's rules on events that were stored under earlier ones.

use std::collections::BTreeMap;

use mailpixel::store::{Layout, events_file};
use polars::prelude::DataFrame;
use serde_json::json;

use super::older::make_older;
use crate::support::mmdb::Mmdb;
use crate::support::{Workdir, repository};

fn layout(work: &Workdir) -> Layout {
    Layout::new(work.path().join("mailpixel-store"))
}

/// A store of the sample logs, as an older version of the rules left it.
fn older_store() -> Workdir {
    let work = Workdir::new();
    std::os::unix::fs::symlink(repository().join("sample-logs"), work.path().join("logs")).unwrap();
    let place = json!({"country": {"iso_code": "DE"}, "city": {"names": {"en": "Berlin"}}});
    let halves = ["0.0.0.0/1", "128.0.0.0/1", "2000::/3"];
    let whole = halves.into_iter().fold(Mmdb::new("GeoLite2-City"), |mmdb, half| mmdb.insert(half, place.clone()));
    work.write("city.mmdb", &whole.bytes());
    work.ok("ingest logs --geo city.mmdb");
    make_older(&layout(&work));
    work
}

/// All events by their id, without what reclassifying leaves open.
fn events(work: &Workdir) -> BTreeMap<String, Vec<String>> {
    let layout = layout(work);
    let mut found = BTreeMap::new();
    for file in layout.event_files().unwrap() {
        let frame: DataFrame = events_file::read(&layout.events().join(file), None).unwrap();
        for at in 0..frame.height() {
            let cells: Vec<String> = frame.columns().iter().map(|column| column.get(at).unwrap().to_string()).collect();
            found.insert(cells[..2].join(" "), cells[2..].to_vec());
        }
    }
    found
}

#[test]
fn the_verdicts_become_todays() {
    let fresh = Workdir::new();
    let work = older_store();
    std::os::unix::fs::symlink(repository().join("sample-logs"), fresh.path().join("logs")).unwrap();
    std::fs::copy(work.path().join("city.mmdb"), fresh.path().join("city.mmdb")).unwrap();
    fresh.ok("ingest logs --geo city.mmdb");
    let said = work.ok("store reclassify");
    assert!(said.lines().next().unwrap().contains(" events judged by rule set 2: "), "{said}");
    assert!(said.contains("  human (browser) → machine (http-library)\n"), "{said}");
    assert!(said.contains("  human (browser) → unknown (apple-mpp)\n"), "{said}");
    // Networks are hashed with a key of each store.
    let comparable = |work: &Workdir| -> BTreeMap<String, Vec<String>> {
        let network = 19 - 2;
        events(work)
            .into_iter()
            .map(|(id, mut cells)| {
                (id, {
                    cells.remove(network);
                    cells
                })
            })
            .collect()
    };
    let (found, expected) = (comparable(&work), comparable(&fresh));
    assert_eq!(found.len(), expected.len());
    for (id, cells) in &expected {
        assert_eq!(found.get(id), Some(cells));
    }
    let verified = work.ok("store verify");
    assert!(verified.ends_with("; 0 problems\n") && !verified.contains("not in this store's ledger"), "{verified}");
    for format in ["csv", "table"] {
        let of_store = work.ok(&format!("report -q --format {format}"));
        assert_eq!(of_store, work.ok(&format!("report -q logs --format {format}")));
    }
    // And a second time there is nothing to do.
    let again = work.ok("store reclassify");
    assert!(again.contains(": 0 changed, and the client of 0; 0 files written anew\n"), "{again}");
    assert_eq!(again.lines().count(), 1);
}

#[test]
fn a_dry_run_only_says_what_would_change() {
    let work = older_store();
    let layout = layout(&work);
    let files = || -> BTreeMap<String, Vec<u8>> {
        let names = layout.event_files().unwrap();
        names.into_iter().map(|name| (name.clone(), std::fs::read(layout.events().join(name)).unwrap())).collect()
    };
    let (before, ledger) = (files(), std::fs::read(layout.ledger()).unwrap());
    let dry = work.ok("store reclassify --dry-run");
    assert_eq!(files(), before);
    assert_eq!(std::fs::read(layout.ledger()).unwrap(), ledger);
    let real = work.ok("store reclassify");
    assert_eq!(dry.replace("would be written", "written"), real);
    assert_ne!(files(), before);
}

#[test]
fn what_was_ingested_before_stays_known() {
    let work = older_store();
    let before = work.ok("report -q --format csv");
    work.ok("store reclassify");
    let again = work.run(&["ingest", "-v", "logs"]);
    assert!(again.code == 0 && again.stderr.contains("0 lines read from 0 logs"), "{again:?}");
    std::fs::remove_file(layout(&work).ledger()).unwrap();
    work.ok("store rebuild");
    work.ok("store compact");
    let again = work.run(&["ingest", "-v", "logs"]);
    assert!(again.code == 0 && again.stderr.contains("0 lines read from 0 logs"), "{again:?}");
    let after = work.ok("report -q --format csv");
    assert_ne!(before, after);
    assert_eq!(after, work.ok("report -q --format csv logs"));
}

#[test]
fn without_a_store_it_is_an_error() {
    let outcome = Workdir::new().run(&["store", "reclassify"]);
    assert!(outcome.code == 2 && outcome.stderr.contains("mailpixel-store"), "{outcome:?}");
}
