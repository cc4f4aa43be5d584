//! The message table: every message's engagement as a row.

use hashbrown::HashSet;
use polars::prelude::{
    Column, DataFrame, DataType, NamedFrom, PolarsResult, Series, StringChunked, TimeUnit, TimeZone,
};
use polars::prelude::{IntoSeries, NewChunkedArray};
use rayon::prelude::*;

use super::engagement::{Engagement, Rules, Seen};
use super::opens;
use super::timeline::{self, Background};
use crate::events::columns::{campaign, engagement as column, send};
use crate::events::names::{NameId, NameList, readable};
use crate::events::row::Row;
use crate::events::table::Table;
use crate::events::texts::{AllTexts, TextRef};
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::Reason;
use crate::sends::table::{Found, Send, Sends};

/// One message.
#[derive(Clone, Debug)]
struct Message {
    campaign: NameId,
    message: TextRef,
    engagement: Engagement,
    first_human_open_ms: Option<i64>,
    first_human_click_ms: Option<i64>,
    networks: u32,
    has_apple_mpp: bool,
}

/// The messages of a run, by campaign and message id.
#[derive(Debug)]
pub struct Messages {
    messages: Vec<Message>,
    names: Vec<String>,
    texts: AllTexts,
}

impl Messages {
    /// Folds all rows of a run, in parallel. Messages of which no hit counts are left out.
    pub fn fold(table: Table, names: &NameList, rules: Rules<'_>) -> Self {
        let (parts, texts) = table.into_parts();
        let parts: Vec<Vec<Message>> = parts
            .into_par_iter()
            .with_max_len(1)
            .map(|part| {
                let mut messages = Vec::new();
                part.sort().for_each(&texts, |rows| messages.extend(Message::fold(rows, rules)));
                messages
            })
            .collect();
        let names: Vec<String> = names.texts().collect();
        let mut messages = parts.concat();
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
            Found::Send(id) | Found::WithoutCampaign(id) => Some(sends.get(id)),
            Found::OtherCampaign(_) | Found::UnknownMessage | Found::Ambiguous | Found::NoSends => None,
        }
    }

    fn column(&self, name: &str, sent: Option<&[Option<Send<'_>>]>) -> PolarsResult<Column> {
        if let Some(value) = counter(name) {
            return Ok(self.of(name, |message| value(message).cast_signed()));
        }
        let texts = |value: &dyn Fn(&Message) -> Option<String>| {
            let texts = self.messages.iter().map(value);
            StringChunked::from_iter_options(name.into(), texts).into_series().into()
        };
        let seen = |message: &Message| message.engagement.seen.map(|seen: Seen| seen.code().to_owned());
        Ok(match name {
            campaign::CAMPAIGN => {
                texts(&|message| Some(self.names.get(message.campaign.index()).cloned().unwrap_or_default()))
            }
            column::MESSAGE => texts(&|message| Some(readable(self.texts.get(message.message)))),
            column::SEEN => texts(&seen),
            column::UNSUBSCRIBED => self.of(name, |message| message.engagement.unsubscribed),
            campaign::CONFIRMED => self.of(name, |message| message.engagement.is_confirmed()),
            column::HAS_APPLE_MPP => self.of(name, |message| message.has_apple_mpp),
            column::FIRST_HUMAN_OPEN => instants(self.of(name, |message| message.first_human_open_ms))?,
            column::FIRST_HUMAN_CLICK => instants(self.of(name, |message| message.first_human_click_ms))?,
            campaign::FIRST_SEEN => instants(self.of(name, |message| Some(message.engagement.human_span_ms?.0)))?,
            campaign::LAST_SEEN => instants(self.of(name, |message| Some(message.engagement.human_span_ms?.1)))?,
            _ => self.sent_column(name, sent.unwrap_or_default())?,
        })
    }

    fn sent_column(&self, name: &str, sent: &[Option<Send<'_>>]) -> PolarsResult<Column> {
        let texts = |value: fn(Send<'_>) -> Option<String>| {
            let texts = sent.iter().map(|send| send.and_then(value));
            StringChunked::from_iter_options(name.into(), texts).into_series().into()
        };
        // Clocks differ a little: what comes before sending comes at once.
        let seconds = |instant: fn(&Message) -> Option<i64>| {
            let seconds = |(message, send): (&Message, &Option<Send<'_>>)| {
                let ms = instant(message)?.saturating_sub((*send)?.sent_at_ms()?).max(0);
                #[expect(clippy::cast_precision_loss, reason = "milliseconds of a million years fit into 53 bits")]
                Some(ms as f64 / 1000.0)
            };
            Series::new(name.into(), self.messages.iter().zip(sent).map(seconds).collect::<Vec<_>>()).into()
        };
        Ok(match name {
            send::RECIPIENT => texts(|send| send.recipient().map(str::to_owned)),
            send::SENDER => texts(|send| send.sender().map(str::to_owned)),
            send::VARIANT => texts(|send| send.variant().map(str::to_owned)),
            column::SECONDS_TO_OPEN => seconds(|message| message.first_human_open_ms),
            column::SECONDS_TO_CLICK => seconds(|message| message.first_human_click_ms),
            _ => {
                let times: Vec<Option<i64>> = sent.iter().map(|send| send.and_then(Send::sent_at_ms)).collect();
                instants(Series::new(name.into(), times).into())?
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

/// The columns that only sends know.
pub const FROM_SENDS: [&str; 6] =
    [send::RECIPIENT, send::SENDER, send::VARIANT, send::SENT_AT, column::SECONDS_TO_OPEN, column::SECONDS_TO_CLICK];

fn instants(milliseconds: Column) -> PolarsResult<Column> {
    milliseconds.cast(&DataType::Datetime(TimeUnit::Milliseconds, Some(TimeZone::UTC)))
}

fn counter(name: &str) -> Option<fn(&Message) -> u64> {
    Some(match name {
        campaign::OPENS_HUMAN => |message| message.engagement.opens_human,
        campaign::OPENS_UNKNOWN => |message| message.engagement.opens_unknown,
        campaign::CLICKS => |message| message.engagement.clicks,
        campaign::UNKNOWN_CLICKS => |message| message.engagement.unknown_clicks,
        campaign::MACHINE_CLICKS => |message| message.engagement.machine_clicks,
        campaign::PIXEL_HITS => |message| message.engagement.pixel_hits,
        campaign::MACHINE_PIXEL_HITS => |message| message.engagement.machine_pixel_hits,
        column::LINKS => |message| message.engagement.links,
        column::NETWORKS => |message| u64::from(message.networks),
        _ => return None,
    })
}

impl Message {
    /// Folds the rows of one message, which are in time order.
    fn fold(rows: &mut [Row], rules: Rules<'_>) -> Option<Self> {
        match rules.same.without_repeats(rows) {
            Some(mut once) => Self::fold_once(&mut once, rules),
            None => Self::fold_once(rows, rules),
        }
    }

    fn fold_once(rows: &mut [Row], rules: Rules<'_>) -> Option<Self> {
        timeline::judge(rows, rules.sweeps, Background::default());
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
        Some(Self {
            campaign: first.campaign,
            message: first.message,
            engagement: Engagement::fold(rows, rules),
            first_human_open_ms,
            first_human_click_ms: human()
                .find(|row| row.kind == Kind::Click && !row.is_unsubscribe())
                .map(|row| row.ts_ms),
            networks: u32::try_from(networks.len()).unwrap_or(u32::MAX),
            has_apple_mpp: counted().any(|row| row.reason == Reason::AppleMpp),
        })
    }
}
