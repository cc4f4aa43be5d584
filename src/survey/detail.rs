//! Single events out of logs or the store, as a frame.

use std::sync::Mutex;

use polars::prelude::DataFrame;

use super::{Reader, SurveyError, pool};
use crate::classify::known_addresses::PlaceNumbers;
use crate::events::batch::Batch;
use crate::events::event::Event;
use crate::events::frame::{Context, empty};
use crate::events::identity::NetworkKey;
use crate::events::maker::{EventMaker, Shared};
use crate::events::names::Names;
use crate::logs::blocks::{self, Block, BlockSink, Effort};
use crate::logs::source::Source;
use crate::logs::time::TimeCache;
use crate::logs::{ReadError, copies};
use crate::store::select::{self, Selection};
use crate::store::{Layout, StoreError};
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
}

/// Reads the events out of the store.
pub fn of_store(layout: &Layout, selection: Selection<'_>, effort: Effort) -> Result<Details, SurveyError> {
    let events = pool(effort)?.install(|| select::select(layout, selection))?;
    Ok(Details { events, errors: Vec::new() })
}

/// Reads the events out of logs. A log that another one has all of is left out.
pub fn of_logs(
    sources: &[Source],
    reader: Reader<'_>,
    selection: Selection<'_>,
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
            selection,
            names: Names::default(),
            places: PlaceNumbers::default(),
            makers: (0..threads).map(|owner| Mutex::new(EventMaker::new(owner))).collect(),
        };
        errors.extend(blocks::read(&read, effort.block_size, &sink));
        Ok(Details { events: sink.finish()?, errors })
    })
}

/// Makes events of the hits that are asked for.
struct Sink<'a> {
    reader: Reader<'a>,
    selection: Selection<'a>,
    names: Names,
    places: PlaceNumbers,
    makers: Vec<Mutex<EventMaker>>,
}

impl Sink<'_> {
    fn is_wanted(&self, hit: &Hit<'_>) -> bool {
        let Selection { campaign, message } = self.selection;
        campaign.is_none_or(|campaign| hit.ids.get(Slot::Campaign) == campaign.as_bytes())
            && message.is_none_or(|message| hit.ids.get(Slot::Message) == message.as_bytes())
    }

    fn finish(self) -> Result<DataFrame, StoreError> {
        let threads = self.makers.into_iter();
        let threads = threads.map(|maker| maker.into_inner().expect("no thread panicked with the lock").take());
        let Batch { days, texts, names } = Batch::new(threads.collect(), self.names.into_list());
        let days: Vec<&[Event]> = days.values().map(Vec::as_slice).collect();
        // Networks are only compared with each other.
        let key = NetworkKey([0; 16]);
        let context = Context::new(&days, &names, &texts, &self.places.list(), key, "");
        let mut all = empty();
        for events in days {
            let frame = context.frame(events).and_then(|frame| all.vstack_mut_owned(frame).map(|_| ()));
            frame.map_err(|error| StoreError::Events { path: "the logs".to_owned(), error })?;
        }
        Ok(all)
    }
}

impl BlockSink for Sink<'_> {
    fn block(&self, block: Block<'_>) {
        let thread = rayon::current_thread_index().expect("blocks are read inside the pool") % self.makers.len();
        let mut maker = self.makers[thread].lock().expect("no thread panicked with the lock");
        let Reader { recognizer, classifier } = self.reader;
        let shared = Shared { recognizer, classifier, names: &self.names, places: &self.places };
        let source = block.source.to_string();
        let mut cache = TimeCache::default();
        for (at, line) in Candidates::new(block.bytes, recognizer).filter_map(|candidate| candidate.line) {
            recognizer.line(line, &mut cache, |hit| {
                if self.is_wanted(hit) {
                    maker.add(hit, &source, block.start + at as u64, shared);
                }
            });
        }
    }
}
