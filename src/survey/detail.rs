//! Single events out of logs or the store, as a frame.

use std::collections::BTreeSet;
use std::sync::Mutex;

use polars::prelude::{DataFrame, PolarsError};

use super::{Reader, SurveyError, pool};
use crate::analysis::groups::MAX_CAMPAIGNS;
use crate::classify::place_numbers::PlaceNumbers;
use crate::events::batch::Batch;
use crate::events::batch_columns::BatchColumns;
use crate::events::frame::empty;
use crate::events::identity::{NetworkKey, SourceHash};
use crate::events::maker::{EventMaker, Shared};
use crate::events::names::Names;
use crate::events::profile::Profiles;
use crate::logs::blocks::{self, Block, BlockSink, Effort};
use crate::logs::source::Source;
use crate::logs::time::TimeCache;
use crate::logs::{ReadError, copies};
use crate::store::select::{self, Selection};
use crate::store::{Layout, StoreError, newest};
use crate::tracking::candidates::Candidates;
use crate::tracking::recognizer::Hit;
use crate::tracking::template::Slot;

/// The events that were asked for.
#[derive(Debug)]
pub struct Details {
    /// The events, with the store's columns, in no order.
    pub events: DataFrame,
    /// What could not be read.
    pub errors: Vec<ReadError>,
    /// The latest line of the logs, or the latest event of the store, in milliseconds since 1970 UTC.
    pub newest_ms: Option<i64>,
    /// Names of campaigns that the logs have, the first [`MAX_CAMPAIGNS`].
    pub campaigns: BTreeSet<Vec<u8>>,
}

/// Lines at the end of a block in which a time is looked for.
const LAST_LINES: usize = 16;

/// Reads the events out of the store; the selections must not overlap.
pub fn of_store(layout: &Layout, selections: &[Selection<'_>], effort: Effort) -> Result<Details, SurveyError> {
    pool(effort)?.install(|| {
        let mut events = empty();
        for selection in selections {
            events.vstack_mut_owned(select::select(layout, *selection)?).map_err(failed)?;
        }
        let newest_ms = newest::newest_ms(layout)?;
        Ok(Details { events, errors: Vec::new(), newest_ms, campaigns: BTreeSet::new() })
    })
}

fn failed(error: PolarsError) -> StoreError {
    StoreError::Events { path: "the logs".to_owned(), error }
}

/// Reads the events out of logs. A log that another one has all of is left out.
pub fn of_logs(
    sources: &[Source],
    reader: Reader<'_>,
    selections: &[Selection<'_>],
    effort: Effort,
) -> Result<Details, SurveyError> {
    pool(effort)?.install(|| {
        let (copies, mut errors) = copies::find(sources);
        let is_copy = |index: usize| copies.iter().any(|copy| copy.copy == index);
        let read: Vec<Source> = sources
            .iter()
            .enumerate()
            .filter(|(index, _)| !is_copy(*index))
            .map(|(_, source)| source.clone())
            .collect();
        let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
        let sink = Sink {
            reader,
            selections,
            seen: Mutex::default(),
            names: Names::default(),
            places: PlaceNumbers::default(),
            profiles: Profiles::default(),
            makers: (0..threads).map(|owner| Mutex::new(EventMaker::new(owner))).collect(),
        };
        errors.extend(blocks::read(&read, effort.block_size, &sink));
        let (events, Seen { newest_ms, campaigns }) = sink.finish()?;
        Ok(Details { events, errors, newest_ms, campaigns })
    })
}

/// Makes events of the hits that are asked for.
struct Sink<'a> {
    reader: Reader<'a>,
    selections: &'a [Selection<'a>],
    seen: Mutex<Seen>,
    names: Names,
    places: PlaceNumbers,
    profiles: Profiles,
    makers: Vec<Mutex<EventMaker>>,
}

/// What was seen of all lines.
#[derive(Default)]
struct Seen {
    newest_ms: Option<i64>,
    campaigns: BTreeSet<Vec<u8>>,
}

impl Sink<'_> {
    fn is_wanted(&self, hit: &Hit<'_>) -> bool {
        self.selections.iter().any(|Selection { campaign, message }| {
            campaign.is_none_or(|campaign| hit.ids.get(Slot::Campaign) == campaign.as_bytes())
                && message.is_none_or(|message| hit.ids.get(Slot::Message) == message.as_bytes())
        })
    }

    fn note(&self, bytes: &[u8], cache: &mut TimeCache, campaigns: BTreeSet<Vec<u8>>) {
        let parser = &self.reader.recognizer.parser;
        let last = bytes.rsplit(|byte| *byte == b'\n').take(LAST_LINES);
        let newest_ms = last.filter_map(|line| Some(parser.parse(line).ok()?.timestamp(cache)?.ms)).max();
        let mut seen = self.seen.lock().expect("no thread panicked with the lock");
        seen.newest_ms = seen.newest_ms.max(newest_ms);
        if seen.campaigns.len() < MAX_CAMPAIGNS {
            seen.campaigns.extend(campaigns);
        }
    }

    fn finish(self) -> Result<(DataFrame, Seen), StoreError> {
        let threads = self.makers.into_iter();
        let threads = threads.map(|maker| maker.into_inner().expect("no thread panicked with the lock").take());
        let batch = Batch::new(threads.collect(), self.names.into_list(), self.profiles.into_list());
        // Networks are only compared with each other.
        let key = NetworkKey([0; 16]);
        let places = self.places.codes();
        let columns = BatchColumns::new(&batch, &places, key, "");
        let all = columns.frame(&columns.sorted(&batch.all())).map_err(failed)?;
        Ok((all, self.seen.into_inner().expect("no thread panicked with the lock")))
    }
}

impl BlockSink for Sink<'_> {
    fn block(&self, block: Block<'_>) {
        let thread = rayon::current_thread_index().expect("blocks are read inside the pool") % self.makers.len();
        let mut maker = self.makers[thread].lock().expect("no thread panicked with the lock");
        let Reader { recognizer, classifier } = self.reader;
        let Self { names, places, profiles, .. } = self;
        let shared = Shared { recognizer, classifier, names, places, profiles };
        let source = SourceHash::new(&block.source.to_string());
        let mut cache = TimeCache::default();
        let mut campaigns = BTreeSet::new();
        for (at, line) in Candidates::new(block.bytes, recognizer).filter_map(|candidate| candidate.line) {
            recognizer.line(line, &mut cache, |hit| {
                let campaign = hit.ids.get(Slot::Campaign);
                if campaigns.len() < MAX_CAMPAIGNS && !campaigns.contains(campaign) {
                    campaigns.insert(campaign.to_vec());
                }
                if self.is_wanted(hit) {
                    maker.add(hit, &source, block.start + at as u64, shared);
                }
            });
        }
        drop(maker);
        self.note(block.bytes, &mut cache, campaigns);
    }
}
