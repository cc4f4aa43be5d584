//! The events of some blocks of logs, before they become a frame.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use super::event::Event;
use super::names::NameList;
use super::profile::Profile;
use super::texts::{AllTexts, Texts};

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// The events that one thread has read.
#[derive(Debug)]
pub struct ThreadEvents {
    /// The events.
    pub events: Vec<Event>,
    /// Their message ids.
    pub texts: Texts,
}

impl ThreadEvents {
    /// No events; `owner` tells the threads apart.
    pub fn new(owner: u8) -> Self {
        Self { events: Vec::new(), texts: Texts::new(owner.into()) }
    }
}

/// Where an event of a batch is.
#[derive(Clone, Copy, Debug)]
pub struct At {
    thread: u32,
    index: u32,
}

/// The events of all threads.
#[derive(Debug)]
pub struct Batch {
    /// The events of each thread, which are not moved.
    threads: Vec<Vec<Event>>,
    /// Where the events of each UTC day are: the day's first millisecond divided by [`DAY_MS`].
    pub days: BTreeMap<i64, Vec<At>>,
    /// Their message ids.
    pub texts: AllTexts,
    /// All other texts.
    pub names: NameList,
    /// What events have in common, by its number.
    pub profiles: Vec<Profile>,
}

impl Batch {
    /// Puts the events of all threads together, in the order of their owner numbers.
    pub fn new(threads: Vec<ThreadEvents>, names: NameList, profiles: Vec<Profile>) -> Self {
        let mut days: BTreeMap<i64, Vec<At>> = BTreeMap::new();
        for (thread, part) in (0..).zip(&threads) {
            let mut places = (0..).map(|index| At { thread, index });
            // Neighbours in a log mostly share a day, which is then looked up once.
            for events in part.events.chunk_by(|a, b| day_of(a) == day_of(b)) {
                days.entry(day_of(&events[0])).or_default().extend(places.by_ref().take(events.len()));
            }
        }
        let (threads, texts) = threads.into_iter().map(|thread| (thread.events, thread.texts)).unzip();
        Self { threads, days, texts: AllTexts::new(texts), names, profiles }
    }

    /// The event at a place.
    pub fn event(&self, at: At) -> &Event {
        &self.threads[at.thread as usize][at.index as usize]
    }

    /// What the event at a place has in common with others.
    pub fn profile(&self, at: At) -> &Profile {
        &self.profiles[self.event(at).profile.index()]
    }

    /// Where all events are.
    pub fn all(&self) -> Vec<At> {
        self.days.values().flatten().copied().collect()
    }

    /// How many events were not logged in this time, in milliseconds since 1970 UTC.
    pub fn outside(&self, times_ms: RangeInclusive<i64>) -> u64 {
        let [first, last] = [times_ms.start(), times_ms.end()].map(|ms| ms.div_euclid(DAY_MS));
        let days = self.days.iter().filter(|(day, _)| **day <= first || **day >= last);
        days.flat_map(|(_, events)| events).filter(|at| !times_ms.contains(&self.event(**at).ts_ms)).count() as u64
    }
}

fn day_of(event: &Event) -> i64 {
    event.ts_ms.div_euclid(DAY_MS)
}

/// `2026-11-23`, the name of a UTC day.
pub fn day_name(day: i64) -> String {
    let date = i32::try_from(day)
        .ok()
        .and_then(|day| jiff::civil::date(1970, 1, 1).checked_add(jiff::Span::new().days(day)).ok());
    // A time that no calendar has is still an event.
    date.map_or_else(|| "0000-01-01".to_owned(), |date| date.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_days() {
        for (ms, name) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (1_795_471_127_042, "2026-11-23"), (i64::MAX, "0000-01-01")]
        {
            assert_eq!(day_name(i64::div_euclid(ms, DAY_MS)), name);
        }
    }
}
