//! The last word on every event of a store, by its place there: millions of events, each judged with all hits of its
//! message.

use std::sync::Mutex;

use polars::prelude::{
    BooleanChunked, ChunkTake, Column, DataFrame, IdxSize, Int64Chunked, IntoSeries, NewChunkedArray, PolarsResult,
    StringChunked,
};
use rayon::prelude::*;

use super::detail::{Hit, judge_message};
use super::engagement::Rules;
use super::funnel::DUPLICATE;
use super::sent::Sending;
use super::timeline::Background;
use super::timeline::shared_sources::{SharedSources, SourceCounts};
use crate::events::columns::hit as column;
use crate::events::event_columns::EventColumns;
use crate::events::names::{NameList, Names};
use crate::events::row::Row;
use crate::events::rows::{Deciding, RowMaker};
use crate::events::table::{KeyHash, PARTS, part_of};
use crate::events::texts::{AllTexts, Texts};
use crate::model::actor::Actor;
use crate::model::reason::{NotCounted, Reason};
use crate::model::suspicion::Suspicions;
use crate::sends::table::Send;

/// What was said of one event.
#[derive(Clone, Copy, Debug)]
pub struct Verdict {
    /// Why it does not count, where it does not.
    pub not_counted: Option<NotCounted>,
    /// Whether it is an earlier event again.
    pub is_duplicate: bool,
    /// Who was behind it.
    pub actor: Actor,
    /// The rule that says so.
    pub reason: Reason,
    /// What looks odd about it.
    pub suspicions: Suspicions,
    /// The number of the open that it belongs to; 0 for none.
    pub open: u32,
}

/// The rows of all events, split by message.
pub struct Pile<'a> {
    deciding: Deciding<'a>,
    names: Names,
    threads: Vec<Mutex<Thread>>,
}

#[derive(Debug)]
struct Thread {
    maker: RowMaker,
    texts: Texts,
    parts: Vec<Vec<Placed>>,
}

/// An event and its place.
#[derive(Clone, Copy, Debug)]
struct Placed {
    row: Row,
    place: u32,
}

impl<'a> Pile<'a> {
    /// An empty pile for the threads of the pool that this runs in.
    pub fn new(deciding: Deciding<'a>) -> Self {
        let hash = KeyHash::default();
        let threads = u8::try_from(rayon::current_num_threads()).unwrap_or(u8::MAX);
        let thread = |owner: u8| {
            Mutex::new(Thread {
                maker: RowMaker::new(hash.clone()),
                texts: Texts::new(owner.into()),
                parts: vec![Vec::new(); PARTS],
            })
        };
        Self { deciding, names: Names::default(), threads: (0..threads).map(thread).collect() }
    }

    /// Adds the events of a frame; the first has the place `start`.
    pub fn add(&self, start: usize, frame: &DataFrame) -> PolarsResult<()> {
        let columns = EventColumns::of(frame, &[])?;
        let thread = rayon::current_thread_index().unwrap_or(0) % self.threads.len();
        let mut thread = self.threads[thread].lock().expect("no thread panicked with the lock");
        let Thread { maker, texts, parts } = &mut *thread;
        let mut found = maker.look_up(&columns, &self.names, self.deciding);
        for at in 0..columns.height() {
            let message = texts.push(columns.message(at).as_bytes());
            let row = Row { message, ..found.row(at) };
            let place = u32::try_from(start + at).expect("a store of four billion events does not fit into memory");
            parts[part_of(row.key)].push(Placed { row, place });
        }
        Ok(())
    }

    /// Judges all events; the verdicts stand at their places. There are `n` places. With `sending`, what was sent tells,
    /// too; then whole campaigns should be there, because networks that ask for many messages are known only by all.
    pub fn judge(self, n: usize, rules: Rules<'_>, sending: Option<Sending<'_>>) -> Vec<Option<Verdict>> {
        let mut parts: Vec<Vec<Vec<Placed>>> = vec![Vec::new(); PARTS];
        let mut texts = Vec::new();
        for thread in self.threads {
            let thread = thread.into_inner().expect("no thread panicked with the lock");
            parts.iter_mut().zip(thread.parts).for_each(|(part, rows)| part.push(rows));
            texts.push(thread.texts);
        }
        let (texts, names) = (AllTexts::new(texts), self.names.into_list());
        let parts: Vec<Part> = parts
            .into_par_iter()
            .with_max_len(1)
            .map(|part| {
                let part = Part::sort(part, &texts);
                if let Some(sending) = sending { part.told(sending, &texts, &names) } else { part }
            })
            .collect();
        let shared = sending.map(|_| {
            let counts = parts.par_iter().with_max_len(1).map(Part::count_sources);
            counts.reduce(SourceCounts::default, SourceCounts::merge).shared()
        });
        let verdicts = Mutex::new(vec![None; n]);
        parts.into_par_iter().with_max_len(1).for_each(|part| {
            let judged = part.judge(rules, shared.as_ref());
            let mut verdicts = verdicts.lock().expect("no thread panicked with the lock");
            judged.into_iter().for_each(|(place, verdict)| verdicts[place as usize] = Some(verdict));
        });
        verdicts.into_inner().expect("no thread panicked with the lock")
    }
}

/// Whole messages, each in time order.
struct Part {
    rows: Vec<Placed>,
    messages: Vec<Message>,
}

/// Where the rows of a message end, and when it was sent.
#[derive(Clone, Copy)]
struct Message {
    end: usize,
    sent_at_ms: Option<i64>,
}

impl Part {
    fn sort(of_threads: Vec<Vec<Placed>>, texts: &AllTexts) -> Self {
        let mut rows = of_threads.concat();
        drop(of_threads);
        let order = |placed: &Placed| (placed.row.timeline_order(), placed.place);
        let id = |placed: &Placed| (placed.row.campaign, texts.get(placed.row.message));
        // Texts are looked at only where two messages may have the same hash.
        rows.sort_unstable_by(|a, b| a.row.key.cmp(&b.row.key).then_with(|| order(a).cmp(&order(b))));
        let (mut messages, mut end) = (Vec::new(), 0);
        for same_key in rows.chunk_by_mut(|a, b| a.row.key == b.row.key) {
            if same_key.iter().any(|placed| id(placed) != id(&same_key[0])) {
                same_key.sort_by(|a, b| id(a).cmp(&id(b)));
            }
            for message in same_key.chunk_by(|a, b| id(a) == id(b)) {
                end += message.len();
                messages.push(Message { end, sent_at_ms: None });
            }
        }
        Self { rows, messages }
    }

    /// The part with what the sends say.
    fn told(mut self, sending: Sending<'_>, texts: &AllTexts, names: &NameList) -> Self {
        let mut start = 0;
        let mut rows: Vec<Row> = Vec::new();
        for message in &mut self.messages {
            let placed = &mut self.rows[start..message.end];
            rows.clear();
            rows.extend(placed.iter().map(|placed| placed.row));
            let campaign = names.bytes(rows[0].campaign).unwrap_or_default();
            let told = sending.tell(campaign, texts.get(rows[0].message), &mut rows);
            message.sent_at_ms = told.send.and_then(Send::sent_at_ms);
            placed.iter_mut().zip(&rows).for_each(|(placed, row)| placed.row = *row);
            start = message.end;
        }
        self
    }

    /// The rows of each message, and when it was sent.
    fn messages(&self) -> impl Iterator<Item = (&[Placed], Option<i64>)> {
        let mut start = 0;
        self.messages.iter().map(move |message| {
            let rows = &self.rows[start..message.end];
            start = message.end;
            (rows, message.sent_at_ms)
        })
    }

    fn count_sources(&self) -> SourceCounts {
        let mut counts = SourceCounts::default();
        for (placed, sent_at_ms) in self.messages() {
            if let Some(sent_at_ms) = sent_at_ms {
                let rows: Vec<Row> = placed.iter().map(|placed| placed.row).collect();
                counts.add_message(&rows, sent_at_ms);
            }
        }
        counts
    }

    fn judge(&self, rules: Rules<'_>, shared_sources: Option<&SharedSources>) -> Vec<(u32, Verdict)> {
        let mut judged = Vec::with_capacity(self.rows.len());
        for (message, sent_at_ms) in self.messages() {
            let hits = message.iter().map(|placed| Hit {
                row: placed.row,
                at: placed.place as usize,
                is_duplicate: false,
                open: None,
            });
            let hits = judge_message(hits.collect(), rules, Background { sent_at_ms, shared_sources });
            judged.extend(message.iter().zip(&hits).map(|(placed, hit)| (placed.place, verdict(hit))));
        }
        judged
    }
}

fn verdict(hit: &Hit) -> Verdict {
    Verdict {
        not_counted: hit.row.not_counted,
        is_duplicate: hit.is_duplicate,
        actor: hit.row.actor,
        reason: hit.row.reason,
        suspicions: hit.row.suspicions,
        open: hit.open.unwrap_or(0),
    }
}

/// A column that says this of events; `None` where no column has the name. Events without a verdict have nulls.
pub fn column_of(name: &str, verdicts: &[Option<Verdict>]) -> Option<PolarsResult<Column>> {
    let counts = |verdict: &Verdict| !verdict.is_duplicate && verdict.not_counted.is_none();
    let flags = |value: &dyn Fn(&Verdict) -> bool| {
        let values = verdicts.iter().map(|verdict| verdict.as_ref().map(value));
        Ok(BooleanChunked::from_iter_options(name.into(), values).into_series().into())
    };
    Some(match name {
        column::FINAL_COUNTED => flags(&counts),
        column::IS_DUPLICATE => flags(&|verdict| verdict.is_duplicate),
        column::FINAL_ACTOR => {
            let codes = Actor::ALL.map(|actor| Some(actor.code().to_owned()));
            gather(name, codes, verdicts, |verdict| counts(verdict).then_some(verdict.actor as usize))
        }
        column::FINAL_REASON => gather(name, reasons(), verdicts, |verdict| Some(reason(verdict))),
        column::SUSPICIONS => {
            let codes = sets().map(|set| Some(set.to_string()).filter(|text| !text.is_empty()));
            gather(name, codes, verdicts, |verdict| Some(verdict.suspicions.index()))
        }
        column::OPEN => {
            let number = |verdict: &Verdict| Some(i64::from(verdict.open)).filter(|open| *open > 0);
            let values = verdicts.iter().map(|verdict| verdict.as_ref().and_then(number));
            Ok(Int64Chunked::from_iter_options(name.into(), values).into_series().into())
        }
        _ => return None,
    })
}

/// A column that points at known texts.
fn gather(
    name: &str,
    texts: impl IntoIterator<Item = Option<String>>,
    verdicts: &[Option<Verdict>],
    place: impl Fn(&Verdict) -> Option<usize>,
) -> PolarsResult<Column> {
    let texts: Vec<Option<String>> = texts.into_iter().chain([None]).collect();
    let places = verdicts.iter().map(|verdict| verdict.as_ref().and_then(&place).unwrap_or(texts.len() - 1));
    let places: Vec<IdxSize> = places.map(|place| IdxSize::try_from(place).expect("there are few codes")).collect();
    let known = StringChunked::from_iter_options(name.into(), texts.iter().map(Option::as_deref));
    Ok(known.take(&places)?.into_series().into())
}

/// Every code that a reason can have, each at the place that [`reason`] gives.
fn reasons() -> impl Iterator<Item = Option<String>> {
    let counted = Reason::ALL.iter().map(|reason| reason.code().to_owned());
    let not_counted = NotCounted::ALL.iter().map(|reason| reason.code().to_owned());
    counted.chain(not_counted).chain([DUPLICATE.to_owned()]).chain(sets().map(|set| set.to_string())).map(Some)
}

fn reason(verdict: &Verdict) -> usize {
    let duplicate = Reason::ALL.len() + NotCounted::ALL.len();
    match verdict.not_counted {
        _ if verdict.is_duplicate => duplicate,
        Some(reason) => Reason::ALL.len() + reason as usize,
        None if verdict.reason == Reason::Suspicions => duplicate + 1 + verdict.suspicions.index(),
        None => verdict.reason as usize,
    }
}

/// Every set of suspicions, each at the place of its index.
fn sets() -> impl Iterator<Item = Suspicions> {
    (0..Suspicions::SETS).map(Suspicions::from_index)
}
