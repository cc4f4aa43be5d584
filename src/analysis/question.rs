//! What a report asks of the rows.

use jiff::tz::TimeZone;

use super::dimension::Dimension;
use super::engagement::Rules;
use super::groups::NO_CAMPAIGN;
use super::sent::Sending;
use super::variants::EqualAges;
use crate::events::attributes::Attribute;
use crate::sends::column::Column;

/// What is asked of the rows.
#[derive(Clone, Copy)]
pub struct Question<'a> {
    /// How messages are folded, and what is counted.
    pub rules: Rules<'a>,
    /// What the report is by.
    pub by: &'a [Dimension],
    /// Only hits with these values.
    pub only: &'a [(Dimension, String)],
    /// Only these campaigns; none stands for all, and [`NO_CAMPAIGN`] for hits without one.
    pub campaigns: &'a [String],
    /// What was sent, where that is known.
    pub sending: Option<Sending<'a>>,
    /// Days and hours are those of this zone.
    pub zone: &'a TimeZone,
    /// Whether the messages themselves are wanted, too.
    pub messages: Wanted,
    /// Where variants are compared: up to which age.
    pub equal_ages: Option<&'a EqualAges>,
}

/// Whether a report is about single messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Groups are enough.
    Groups,
    /// Every message with a send is kept, which takes memory for each.
    Messages,
}

impl Question<'_> {
    /// The dimensions of the keys: what the report is by, then what it is filtered by. Where the sends know no variants,
    /// those of the URLs are meant.
    pub(super) fn dimensions(&self) -> Vec<Dimension> {
        let is_sent = self.sending.is_some_and(|sending| sending.sends.has_column(Column::Variant));
        let all = self.by.iter().copied().chain(self.only.iter().map(|(dimension, _)| *dimension));
        all.map(|dimension| match dimension {
            Dimension::Variant if !is_sent => Dimension::Attribute(Attribute::Variant),
            other => other,
        })
        .collect()
    }

    /// The values that each row must have, in the order in which they are asked for.
    pub fn attributes(&self) -> Vec<Attribute> {
        let of = |dimension| if let Dimension::Attribute(attribute) = dimension { Some(attribute) } else { None };
        self.dimensions().into_iter().filter_map(of).collect()
    }

    /// Whether hits in the wrong places may be passed over: only these campaigns are spoken of. Who unsubscribed holds for
    /// all campaigns.
    pub fn is_about_campaigns(&self) -> bool {
        !self.campaigns.is_empty() && self.messages == Wanted::Groups
    }

    /// The names of the campaigns as URLs have them: an empty one for none.
    pub fn campaigns_in_urls(&self) -> Vec<String> {
        let in_url = |name: &String| if name == NO_CAMPAIGN { String::new() } else { name.clone() };
        self.campaigns.iter().map(in_url).collect()
    }

    /// Whether every group is one of sends.
    pub(super) fn has_rates(&self, dimensions: &[Dimension]) -> bool {
        self.sending.is_some() && dimensions.iter().all(|dimension| dimension.is_of_sends())
    }

    /// What was sent, where it is known when.
    pub(super) fn timed_sending(&self) -> Option<Sending<'_>> {
        self.sending.filter(|sending| sending.sends.has_column(Column::SentAt))
    }
}
