//! The event store: exactly once, whatever happens.

/// Whole runs of the binary: copies, rotations, locks, damage.
mod binary;
/// A disk that fails.
mod faulty_disk;
/// The binary, killed by SIGKILL at each change that it makes.
mod kills;
/// Logs that come late.
mod late;
/// Reports in several passes.
mod passes;
/// Stores as older rules left them.
mod older;
/// Today's rules on stored events.
mod reclassify;
/// A world of logs that knows the true events.
mod world;
/// Random histories against the model.
mod histories;
/// A real nginx under load, rotated by the supplied logrotate file.
mod rotation;

use std::collections::BTreeMap;

use mailpixel::store::{Layout, events_file};

/// Every stored event's message, and how often it is there.
pub(crate) fn stored_messages(layout: &Layout) -> BTreeMap<String, usize> {
    let mut messages = BTreeMap::new();
    for file in layout.event_files().unwrap() {
        let frame = events_file::read(&layout.events().join(file), Some(&["message"])).unwrap();
        for message in frame.column("message").unwrap().str().unwrap().iter() {
            *messages.entry(message.unwrap().to_owned()).or_default() += 1;
        }
    }
    messages
}
