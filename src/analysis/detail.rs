//! What the rules say of every single event: for those who look closely. Frame in, frame out.

use hashbrown::HashSet;
use polars::prelude::{Column, DataFrame, DataType, IdxSize, NamedFrom, PolarsResult, Series, TimeUnit, TimeZone};

use super::engagement::Rules;
use super::opens;
use super::sent::Sending;
use super::timeline::shared_sources::SourceCounts;
use super::timeline::{self, Background, reason_code};
use crate::events::columns::{event, hit as column};
use crate::events::event_columns::EventColumns;
use crate::events::names::Names;
use crate::events::row::Row;
use crate::events::rows::{Deciding, RowMaker};
use crate::events::table::KeyHash;
use crate::events::texts::{AllTexts, Texts};
use crate::model::kind::Kind;

/// One event as it was judged.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// The event.
    pub row: Row,
    /// Its place in the frame.
    pub at: usize,
    /// Whether it is an earlier one again.
    pub is_duplicate: bool,
    /// The open that it belongs to: its number among the opens of the message, from 1 on.
    pub open: Option<u32>,
}

/// Judges all events of a frame, message by message, each in time order. With `sending`, what was sent tells too; then the
/// frame should have whole campaigns, because networks that ask for many messages are known only by all of them.
pub fn judge(
    frame: &DataFrame,
    deciding: Deciding<'_>,
    rules: Rules<'_>,
    sending: Option<Sending<'_>>,
) -> PolarsResult<Vec<Vec<Hit>>> {
    let columns = EventColumns::of(frame, deciding.attributes)?;
    let names = Names::default();
    let mut maker = RowMaker::new(KeyHash::default());
    let mut texts = Texts::new(0);
    let mut found = maker.look_up(&columns, &names, deciding);
    let mut hits: Vec<Hit> = (0..columns.height())
        .map(|at| {
            let text = texts.push(columns.message(at).as_bytes());
            let row = Row { message: text, ..found.row(at) };
            Hit { row, at, is_duplicate: false, open: None }
        })
        .collect();
    let (texts, names) = (AllTexts::new(vec![texts]), names.into_list());
    let id = |hit: &Hit| (hit.row.campaign, texts.get(hit.row.message));
    hits.sort_by(|a, b| id(a).cmp(&id(b)).then_with(|| a.row.timeline_order().cmp(&b.row.timeline_order())));
    let mut messages: Vec<Vec<Hit>> = hits.chunk_by(|a, b| id(a) == id(b)).map(<[Hit]>::to_vec).collect();
    let mut counts = SourceCounts::default();
    let mut sent_at_ms = vec![None; messages.len()];
    if let Some(sending) = sending {
        for (message, sent_at_ms) in messages.iter_mut().zip(&mut sent_at_ms) {
            let mut rows: Vec<Row> = message.iter().map(|hit| hit.row).collect();
            let campaign = names.bytes(rows[0].campaign).unwrap_or_default();
            let told = sending.tell(campaign, texts.get(rows[0].message), &mut rows);
            *sent_at_ms = told.send.and_then(super::super::sends::table::Send::sent_at_ms);
            sent_at_ms.iter().for_each(|sent_at_ms| counts.add_message(&rows, *sent_at_ms));
            message.iter_mut().zip(rows).for_each(|(hit, row)| hit.row = row);
        }
    }
    let shared = counts.shared();
    let judged = messages.into_iter().zip(sent_at_ms).map(|(message, sent_at_ms)| {
        judge_message(message, rules, Background { sent_at_ms, shared_sources: Some(&shared) })
    });
    Ok(judged.collect())
}

/// Judges the events of one message, which are in time order.
pub(super) fn judge_message(mut hits: Vec<Hit>, rules: Rules<'_>, background: Background<'_>) -> Vec<Hit> {
    if let [hit] = hits.as_mut_slice() {
        judge_alone(hit, rules, background);
        return hits;
    }
    let mut seen = HashSet::new();
    for hit in &mut hits {
        hit.is_duplicate = !seen.insert(hit.row.request);
    }
    let once = || (0..hits.len()).filter(|at| !hits[*at].is_duplicate);
    let places: Vec<usize> = once().collect();
    let mut rows: Vec<Row> = once().map(|at| hits[at].row).collect();
    timeline::judge(&mut rows, rules.sweeps, background);
    timeline::suspect(&mut rows, background);
    let opens: Vec<usize> =
        (0..rows.len()).filter(|at| rows[*at].kind == Kind::Open && rows[*at].not_counted.is_none()).collect();
    let numbers = opens::number(opens.iter().map(|at| (rows[*at].ts_ms, rows[*at].actor)), rules.open_gap_ms);
    for (place, row) in places.iter().zip(rows) {
        hits[*place].row = row;
    }
    for (at, number) in opens.into_iter().zip(numbers) {
        hits[places[at]].open = number;
    }
    hits
}

/// Judges the only event of a message, as most events are: nothing is set up for it.
fn judge_alone(hit: &mut Hit, rules: Rules<'_>, background: Background<'_>) {
    let rows = std::slice::from_mut(&mut hit.row);
    timeline::judge(rows, rules.sweeps, background);
    timeline::suspect(rows, background);
    let hits = rows.iter().filter(|row| row.kind == Kind::Open && row.not_counted.is_none());
    opens::fold(hits.map(|row| (row.ts_ms, row.actor)), rules.open_gap_ms, |_| hit.open = Some(1));
}

/// The events of a frame with what was said of them, in the order of `hits`.
pub fn frame(events: &DataFrame, hits: &[Hit]) -> PolarsResult<DataFrame> {
    let places: Vec<IdxSize> =
        hits.iter().map(|hit| IdxSize::try_from(hit.at).expect("a frame has fewer than four billion rows")).collect();
    let places = polars::prelude::IdxCa::new("at".into(), places);
    let events = events.take(&places)?;
    let texts = |name: &str, value: &dyn Fn(&Hit) -> Option<String>| {
        Column::from(Series::new(name.into(), hits.iter().map(value).collect::<Vec<_>>()))
    };
    let times: Vec<i64> = hits.iter().map(|hit| hit.row.ts_ms).collect();
    let utc = DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC));
    let counts = |hit: &Hit| !hit.is_duplicate && hit.row.not_counted.is_none();
    let mut columns = vec![
        Series::new(column::TIME.into(), times).cast(&utc)?.into(),
        events.column(event::KIND)?.clone(),
        events.column(event::LINK)?.clone(),
        events.column(event::METHOD)?.clone(),
        events.column(event::STATUS)?.clone(),
        Series::new(event::COUNTED.into(), hits.iter().map(counts).collect::<Vec<_>>()).into(),
        texts(event::ACTOR, &|hit| counts(hit).then(|| hit.row.actor.code().to_owned())),
        texts(event::REASON, &|hit| Some(said(hit))),
        texts(column::SUSPICIONS, &|hit| Some(hit.row.suspicions.to_string()).filter(|text| !text.is_empty())),
        Series::new(column::OPEN.into(), hits.iter().map(|hit| hit.open.map(i64::from)).collect::<Vec<_>>()).into(),
    ];
    for name in FROM_EVENTS {
        columns.push(events.column(name)?.clone());
    }
    DataFrame::new(hits.len(), columns)
}

/// The columns that are shown as they are stored.
const FROM_EVENTS: [&str; 14] = [
    event::VIA,
    event::CLIENT,
    event::CLIENT_VERSION,
    event::CLIENT_KIND,
    event::OS,
    event::DEVICE,
    event::COUNTRY,
    event::REGION,
    event::CITY,
    event::ASN,
    event::ADDRESS,
    event::NETWORK_REASON,
    event::USER_AGENT,
    event::HOST,
];

/// The code of what was said.
fn said(hit: &Hit) -> String {
    match hit.row.not_counted {
        _ if hit.is_duplicate => super::funnel::DUPLICATE.to_owned(),
        Some(reason) => reason.code().to_owned(),
        None => reason_code(hit.row.reason, hit.row.suspicions),
    }
}

/// What was said, in words.
pub fn words(hit: &Hit) -> &'static str {
    match hit.row.not_counted {
        _ if hit.is_duplicate => super::funnel::DUPLICATE_WORDS,
        Some(reason) => reason.words(),
        None => hit.row.reason.words(),
    }
}
