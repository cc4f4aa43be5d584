//! The message table: every message's engagement as a row.

use hashbrown::HashSet;
use polars::prelude::{
    Column, DataFrame, DataType, NamedFrom, PolarsResult, Series, StringChunked, TimeUnit, TimeZone,
};
use polars::prelude::{IntoSeries, NewChunkedArray};
use rayon::prelude::*;

use super::engagement::{Engagement, Rules, Seen};
use super::opens;
use super::sent::Sending;
use super::timeline::shared_sources::{SharedSources, SourceCounts};
use super::timeline::{self, Background};
use crate::events::columns::{campaign, engagement as column, send};
use crate::events::names::{NameId, NameList, readable};
use crate::events::row::Row;
use crate::events::table::{self, Table};
use crate::events::texts::{AllTexts, TextRef};
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::Reason;
use crate::sends::table::{Found, Send, Sends};

/// One message, in few bytes: a store has millions.
#[derive(Clone, Debug)]
struct Message {
    campaign: NameId,
    message: TextRef,
    /// In the order of [`COUNTERS`].
    counters: [u32; COUNTERS.len()],
    seen: Option<Seen>,
    unsubscribed: bool,
    confirmed: bool,
    has_apple_mpp: bool,
    /// In the order of [`INSTANTS`]; milliseconds since 1970 UTC, [`NEVER`] for none.
    instants: [i64; INSTANTS.len()],
}

/// The columns that are counts.
const COUNTERS: [&str; 9] = [
    campaign::OPENS_HUMAN,
    campaign::OPENS_UNKNOWN,
    campaign::CLICKS,
    campaign::UNKNOWN_CLICKS,
    campaign::MACHINE_CLICKS,
    campaign::PIXEL_HITS,
    campaign::MACHINE_PIXEL_HITS,
    column::LINKS,
    column::NETWORKS,
];

/// The columns that are instants.
const INSTANTS: [&str; 4] =
    [column::FIRST_HUMAN_OPEN, column::FIRST_HUMAN_CLICK, campaign::FIRST_SEEN, campaign::LAST_SEEN];

/// No instant.
const NEVER: i64 = i64::MIN;

/// The messages of a run, by campaign and message id.
#[derive(Debug)]
pub struct Messages {
    messages: Vec<Message>,
    names: Vec<String>,
    texts: AllTexts,
}

impl Messages {
    /// Folds all rows of a run, in parallel. Messages of which no hit counts are left out. With `sending`, what was sent
    /// tells, too; then whole campaigns should be there, because networks that ask for many messages are known only by
    /// all.
    pub fn fold(table: Table, names: &NameList, rules: Rules<'_>, sending: Option<Sending<'_>>) -> Self {
        let (parts, texts) = table.into_parts();
        let parts: Vec<Vec<Message>> = match sending {
            None => {
                let parts = parts.into_par_iter().with_max_len(1);
                parts.map(|part| messages_of(part.sort(), &texts, rules, |_| Background::default())).collect()
            }
            Some(sending) => {
                let parts: Vec<table::Messages> =
                    parts.into_par_iter().with_max_len(1).map(table::Part::sort).collect();
                folded_with(sending, parts, &texts, names, rules)
            }
        };
        let names: Vec<String> = names.texts().collect();
        // Each part is given back before the next is copied.
        let mut messages = Vec::with_capacity(parts.iter().map(Vec::len).sum());
        parts.into_iter().for_each(|part| messages.extend(part));
        let name = |message: &Message| names.get(message.campaign.index());
        messages.par_sort_unstable_by(|a, b| {
            let by_campaign = if a.campaign == b.campaign { std::cmp::Ordering::Equal } else { name(a).cmp(&name(b)) };
            by_campaign.then_with(|| texts.get(a.message).cmp(texts.get(b.message)))
        });
        Self { messages, names, texts }
    }

    /// The table, with these columns of it. Columns of sends are there where sends are.
    pub fn frame(&self, columns: &[&str], sends: Option<&Sends>) -> PolarsResult<DataFrame> {
        let is_asked = sends.filter(|_| columns.iter().any(|name| FROM_SENDS.contains(name)));
        let sent: Option<Vec<Option<Send<'_>>>> =
            is_asked.map(|sends| self.messages.par_iter().map(|message| self.send(message, sends)).collect());
        let columns = columns.iter().map(|name| self.column(name, sent.as_deref()));
        DataFrame::new(self.messages.len(), columns.collect::<PolarsResult<Vec<_>>>()?)
    }

    fn send<'s>(&self, message: &Message, sends: &'s Sends) -> Option<Send<'s>> {
        let campaign = self.names.get(message.campaign.index()).map(String::as_bytes);
        match sends.find(campaign, self.texts.get(message.message)) {
            Found::Send(id) | Found::WithoutCampaign(id) | Found::OtherCampaign(id) => Some(sends.get(id)),
            Found::UnknownMessage | Found::Ambiguous | Found::NoSends => None,
        }
    }

    fn column(&self, name: &str, sent: Option<&[Option<Send<'_>>]>) -> PolarsResult<Column> {
        if let Some(at) = COUNTERS.iter().position(|known| *known == name) {
            return Ok(self.of(name, |message| i64::from(message.counters[at])));
        }
        if INSTANTS.contains(&name) {
            return instants(&self.of(name, |message| message.instant(name)));
        }
        let texts = |value: &dyn Fn(&Message) -> Option<String>| {
            let texts = self.messages.iter().map(value);
            StringChunked::from_iter_options(name.into(), texts).into_series().into()
        };
        Ok(match name {
            campaign::CAMPAIGN => {
                let names = self.messages.iter().map(|message| self.names.get(message.campaign.index()));
                let names = names.map(|name| name.map_or("", String::as_str));
                StringChunked::from_iter_values(name.into(), names).into_series().into()
            }
            column::MESSAGE => texts(&|message| Some(readable(self.texts.get(message.message)))),
            column::SEEN => texts(&|message| message.seen.map(|seen| seen.code().to_owned())),
            column::UNSUBSCRIBED => self.of(name, |message| message.unsubscribed),
            campaign::CONFIRMED => self.of(name, |message| message.confirmed),
            column::HAS_APPLE_MPP => self.of(name, |message| message.has_apple_mpp),
            _ => self.sent_column(name, sent.unwrap_or_default())?,
        })
    }

    fn sent_column(&self, name: &str, sent: &[Option<Send<'_>>]) -> PolarsResult<Column> {
        let texts = |value: fn(Send<'_>) -> Option<String>| {
            let texts = sent.iter().map(|send| send.and_then(value));
            StringChunked::from_iter_options(name.into(), texts).into_series().into()
        };
        // Clocks differ a little: what comes before sending comes at once.
        let seconds = |instant: &str| {
            let seconds = |(message, send): (&Message, &Option<Send<'_>>)| {
                let ms = message.instant(instant)?.saturating_sub((*send)?.sent_at_ms()?).max(0);
                #[expect(clippy::cast_precision_loss, reason = "milliseconds of a million years fit into 53 bits")]
                Some(ms as f64 / 1000.0)
            };
            Series::new(name.into(), self.messages.iter().zip(sent).map(seconds).collect::<Vec<_>>()).into()
        };
        Ok(match name {
            send::RECIPIENT => texts(|send| send.recipient().map(str::to_owned)),
            send::SENDER => texts(|send| send.sender().map(str::to_owned)),
            send::VARIANT => texts(|send| send.variant().map(str::to_owned)),
            column::SECONDS_TO_OPEN => seconds(column::FIRST_HUMAN_OPEN),
            column::SECONDS_TO_CLICK => seconds(column::FIRST_HUMAN_CLICK),
            _ => {
                let times: Vec<Option<i64>> = sent.iter().map(|send| send.and_then(Send::sent_at_ms)).collect();
                instants(&Series::new(name.into(), times).into())?
            }
        })
    }

    fn of<T>(&self, name: &str, value: impl Fn(&Message) -> T) -> Column
    where
        Series: NamedFrom<Vec<T>, [T]>,
    {
        Series::new(name.into(), self.messages.iter().map(value).collect::<Vec<T>>()).into()
    }
}

/// Folds rows of which the sends tell which count and when their messages were sent.
fn folded_with(
    sending: Sending<'_>,
    mut parts: Vec<table::Messages>,
    texts: &AllTexts,
    names: &NameList,
    rules: Rules<'_>,
) -> Vec<Vec<Message>> {
    let sent_at_ms = |rows: &mut [Row]| {
        let campaign = names.bytes(rows[0].campaign).unwrap_or_default();
        sending.tell(campaign, texts.get(rows[0].message), rows).send.and_then(Send::sent_at_ms)
    };
    let count = |part: &mut table::Messages| {
        let mut counts = SourceCounts::default();
        part.for_each(texts, |rows| {
            if let Some(sent_at_ms) = sent_at_ms(rows) {
                counts.add_message(rows, sent_at_ms);
            }
        });
        counts
    };
    let counts = parts.par_iter_mut().with_max_len(1).map(count);
    let shared: SharedSources = counts.reduce(SourceCounts::default, SourceCounts::merge).shared();
    let background = |rows: &mut [Row]| Background { sent_at_ms: sent_at_ms(rows), shared_sources: Some(&shared) };
    parts.into_par_iter().with_max_len(1).map(|part| messages_of(part, texts, rules, background)).collect()
}

fn messages_of<'b>(
    mut part: table::Messages,
    texts: &AllTexts,
    rules: Rules<'_>,
    background: impl Fn(&mut [Row]) -> Background<'b>,
) -> Vec<Message> {
    let mut messages = Vec::new();
    part.for_each(texts, |rows| {
        let background = background(rows);
        messages.extend(Message::fold(rows, rules, background));
    });
    messages
}

/// The columns that only sends know.
pub const FROM_SENDS: [&str; 6] =
    [send::RECIPIENT, send::SENDER, send::VARIANT, send::SENT_AT, column::SECONDS_TO_OPEN, column::SECONDS_TO_CLICK];

fn instants(milliseconds: &Column) -> PolarsResult<Column> {
    milliseconds.cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)))
}

impl Message {
    fn instant(&self, name: &str) -> Option<i64> {
        let at = INSTANTS.iter().position(|known| *known == name)?;
        Some(self.instants[at]).filter(|instant| *instant != NEVER)
    }

    /// Folds the rows of one message, which are in time order.
    fn fold(rows: &mut [Row], rules: Rules<'_>, background: Background<'_>) -> Option<Self> {
        match rules.same.without_repeats(rows) {
            Some(mut once) => Self::fold_once(&mut once, rules, background),
            None => Self::fold_once(rows, rules, background),
        }
    }

    fn fold_once(rows: &mut [Row], rules: Rules<'_>, background: Background<'_>) -> Option<Self> {
        timeline::judge(rows, rules.sweeps, background);
        let first = rows[0];
        let counted = || rows.iter().filter(|row| row.not_counted.is_none() && rules.window.contains(row.ts_ms));
        counted().next()?;
        let human = || counted().filter(|row| row.actor == Actor::Human);
        let direct = human().filter(|row| row.via == Via::Direct);
        let networks: HashSet<u64> = direct.filter_map(Row::known_network).collect();
        let mut first_human_open_ms = None;
        let hits = rows.iter().filter(|row| row.kind == Kind::Open && row.not_counted.is_none());
        opens::fold(hits.map(|row| (row.ts_ms, row.actor)), rules.open_gap_ms, |open| {
            if open.is_human && rules.window.contains(open.start_ms) {
                first_human_open_ms.get_or_insert(open.start_ms);
            }
        });
        let first_human_click_ms =
            human().find(|row| row.kind == Kind::Click && !row.is_unsubscribe()).map(|row| row.ts_ms);
        let all = Engagement::fold(rows, rules);
        let counters = [
            all.opens_human,
            all.opens_unknown,
            all.clicks,
            all.unknown_clicks,
            all.machine_clicks,
            all.pixel_hits,
            all.machine_pixel_hits,
            all.links,
            networks.len() as u64,
        ];
        let (first_seen, last_seen) = all.human_span_ms.unzip();
        let instants = [first_human_open_ms, first_human_click_ms, first_seen, last_seen];
        Some(Self {
            campaign: first.campaign,
            message: first.message,
            counters: counters.map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            seen: all.seen,
            unsubscribed: all.unsubscribed,
            confirmed: all.is_confirmed(),
            has_apple_mpp: counted().any(|row| row.reason == Reason::AppleMpp),
            instants: instants.map(|instant| instant.unwrap_or(NEVER)),
        })
    }
}
