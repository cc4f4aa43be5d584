//! The keys of groups: a few integers, whatever a report is by.

use hashbrown::HashMap;
use jiff::tz::TimeZone;

use super::dimension::Dimension;
use super::timeline::reason_code;
use crate::events::attributes;
use crate::events::names::{LocalNames, NameId, NameList, Names};
use crate::events::row::Row;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::Reason;
use crate::model::suspicion::Suspicions;
use crate::sends::table::Send;

/// Dimensions of a report, at most, filters included.
pub const MAX_DIMENSIONS: usize = 8;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// Offsets of a zone change at quarters of an hour only.
const QUARTER_MS: i64 = 900_000;

/// A value that is missing.
const NONE: i64 = -1;

/// The values of a group, as integers.
pub type Key = [i64; MAX_DIMENSIONS];

/// A value of a group, for people and files.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// It is missing.
    Missing,
    /// An instant, in milliseconds since 1970 UTC.
    Instant(i64),
    /// A text.
    Text(String),
}

/// What makes keys, in one thread.
pub struct KeyMaker<'a> {
    dimensions: &'a [Dimension],
    names: &'a NameList,
    zone: &'a TimeZone,
    labels: &'a Names,
    local: LocalNames,
    campaigns: HashMap<NameId, i64>,
    offsets: HashMap<i64, i64, foldhash::fast::RandomState>,
}

impl<'a> KeyMaker<'a> {
    /// `names` are those of the rows, `labels` what all threads collect.
    pub fn new(dimensions: &'a [Dimension], names: &'a NameList, zone: &'a TimeZone, labels: &'a Names) -> Self {
        Self {
            dimensions,
            names,
            zone,
            labels,
            local: LocalNames::default(),
            campaigns: HashMap::new(),
            offsets: HashMap::default(),
        }
    }

    /// The key of a message's rows, as far as it is the same for all of them.
    pub fn of_message(&mut self, campaign: NameId, send: Option<Send<'_>>) -> Key {
        let campaign = match self.campaigns.get(&campaign) {
            Some(known) => *known,
            None => {
                let label = self.label(self.names.bytes(campaign));
                self.campaigns.insert(campaign, label);
                label
            }
        };
        self.of_send_in(campaign, send)
    }

    /// The key of a send without hits.
    pub fn of_send(&mut self, send: Send<'_>) -> Key {
        let campaign = self.label(send.campaign().map(str::as_bytes));
        self.of_send_in(campaign, Some(send))
    }

    fn of_send_in(&mut self, campaign: i64, send: Option<Send<'_>>) -> Key {
        let mut key = [NONE; MAX_DIMENSIONS];
        for (at, dimension) in self.dimensions.iter().enumerate() {
            key[at] = match dimension {
                Dimension::Campaign => campaign,
                Dimension::Variant => self.label(send.and_then(Send::variant).map(str::as_bytes)),
                Dimension::Sender => self.label(send.and_then(Send::sender).map(str::as_bytes)),
                Dimension::RecipientDomain => self.label(send.and_then(Send::recipient_domain).map(str::as_bytes)),
                Dimension::SendDate => {
                    send.and_then(Send::sent_at_ms).map_or(NONE, |ms| (ms + self.offset(ms)).div_euclid(DAY_MS))
                }
                _ => NONE,
            };
        }
        key
    }

    /// Completes a message's key for one of its rows.
    pub fn of_row(&mut self, mut key: Key, row: &Row) -> Key {
        for (at, dimension) in self.dimensions.iter().enumerate() {
            key[at] = match dimension {
                Dimension::Link => index(row.link),
                Dimension::Day => (row.ts_ms + self.offset(row.ts_ms)).div_euclid(DAY_MS),
                Dimension::Hour => {
                    let offset = self.offset(row.ts_ms);
                    (row.ts_ms + offset).div_euclid(HOUR_MS) * HOUR_MS - offset
                }
                Dimension::Kind => row.kind as i64,
                Dimension::Actor => row.actor as i64,
                Dimension::Via => row.via as i64,
                Dimension::Reason => i64::from(row.suspicions.bits()) << 8 | row.reason as i64,
                Dimension::Attribute(_) => index(row.group),
                _ => continue,
            };
            if *dimension == Dimension::Reason && row.reason != Reason::Suspicions {
                key[at] = row.reason as i64;
            }
        }
        key
    }

    fn label(&mut self, text: Option<&[u8]>) -> i64 {
        index(text.map_or(NameId::NONE, |text| self.local.id(text, self.labels)))
    }

    /// The zone's offset from UTC at an instant, in milliseconds.
    fn offset(&mut self, ts_ms: i64) -> i64 {
        if *self.zone == TimeZone::UTC {
            return 0;
        }
        let quarter = ts_ms.div_euclid(QUARTER_MS);
        *self.offsets.entry(quarter).or_insert_with(|| {
            let instant = jiff::Timestamp::from_millisecond(quarter * QUARTER_MS);
            instant.map_or(0, |instant| i64::from(self.zone.to_offset(instant).seconds()) * 1000)
        })
    }
}

fn index(name: NameId) -> i64 {
    if name == NameId::NONE { NONE } else { i64::try_from(name.index()).unwrap_or(NONE) }
}

/// What turns keys back into values.
pub struct KeyReader<'a> {
    /// The dimensions, in the order of the keys.
    pub dimensions: &'a [Dimension],
    /// The names of the rows.
    pub names: &'a NameList,
    /// What all threads collected.
    pub labels: &'a NameList,
}

impl KeyReader<'_> {
    /// The values of a key, in the order of the dimensions.
    pub fn labels(&self, key: &Key) -> Vec<Label> {
        let mut attribute = 0;
        let label = |(at, dimension): (usize, &Dimension)| {
            let value = key[at];
            let text = |text: Option<String>| text.map_or(Label::Missing, Label::Text);
            let name = |list: &NameList| usize::try_from(value).ok().and_then(|at| list.text(NameId::from_index(at)));
            match dimension {
                Dimension::Campaign | Dimension::Variant | Dimension::Sender | Dimension::RecipientDomain => {
                    text(name(self.labels))
                }
                Dimension::SendDate if value == NONE => Label::Missing,
                Dimension::SendDate | Dimension::Day => Label::Text(crate::events::batch::day_name(value)),
                Dimension::Hour => Label::Instant(value),
                Dimension::Link => text(name(self.names)),
                Dimension::Kind => code(value, &[Kind::Open.code(), Kind::Click.code()]),
                Dimension::Actor => code(value, &Actor::ALL.map(Actor::code)),
                Dimension::Via => code(value, &Via::ALL.map(Via::code)),
                Dimension::Reason => reason(value),
                Dimension::Attribute(_) => {
                    attribute += 1;
                    text(
                        name(self.names).and_then(|all| attributes::split(&all).nth(attribute - 1)?.map(str::to_owned)),
                    )
                }
            }
        };
        self.dimensions.iter().enumerate().map(label).collect()
    }
}

fn code(value: i64, codes: &[&'static str]) -> Label {
    let at = usize::try_from(value).ok();
    at.and_then(|at| codes.get(at)).map_or(Label::Missing, |code| Label::Text((*code).to_owned()))
}

fn reason(value: i64) -> Label {
    let reason = usize::try_from(value & 0xFF).ok().and_then(|at| Reason::ALL.get(at).copied());
    let suspicions = Suspicions::of_bits(u8::try_from(value >> 8).unwrap_or(0));
    reason.map_or(Label::Missing, |reason| Label::Text(reason_code(reason, suspicions)))
}
