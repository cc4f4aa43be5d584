//! The sample sends belong to the sample logs.

use std::collections::BTreeSet;

use mailpixel::sends::load::{Options, load};
use mailpixel::sends::table::Found;
use mailpixel::store::{Layout, events_file};

use crate::support::{Workdir, repository};

#[test]
fn every_hit_of_the_samples_has_a_send_and_many_sends_have_no_hit() {
    let work = Workdir::new();
    let samples = repository().join("sample-logs");
    let loaded = load(&[samples.join("sends.csv")], &Options::default()).unwrap();
    let duplicates = &loaded.duplicates;
    assert_eq!((loaded.n_bad, duplicates.n_identical, duplicates.n_differing), (0, 0, 0), "{duplicates:?}");
    let ingested = work.run(&["ingest".as_ref(), "--store".as_ref(), "store".as_ref(), samples.as_os_str()]);
    assert_eq!(ingested.code, 0, "{ingested:?}");
    let layout = Layout::new(work.path().join("store"));
    let mut hit = BTreeSet::new();
    for file in layout.event_files().unwrap() {
        let frame = events_file::read(&layout.events().join(&file), Some(&["campaign", "message", "ts_ms"])).unwrap();
        let texts = |name: &str| frame.column(name).unwrap().str().unwrap();
        let times = frame.column("ts_ms").unwrap().i64().unwrap();
        for ((campaign, message), at) in texts("campaign").iter().zip(texts("message").iter()).zip(times.iter()) {
            let (campaign, message) = (campaign.unwrap(), message.unwrap());
            let found = loaded.sends.find(Some(campaign.as_bytes()), message.as_bytes());
            let Found::Send(id) = found else { panic!("{campaign} {message}: {found:?}") };
            // One scene is a hit two seconds before its message was sent.
            assert!(at.unwrap() >= loaded.sends.get(id).sent_at_ms().unwrap() - 2_000, "{campaign} {message}");
            hit.insert(id);
        }
    }
    let unseen = loaded.sends.len() - hit.len();
    assert!(hit.len() > 1_000 && unseen > 500, "{} seen, {unseen} not", hit.len());
}
