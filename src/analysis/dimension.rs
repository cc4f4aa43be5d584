//! What a report can be by.

use crate::events::attributes::Attribute;
use crate::events::columns::dimension as column;

/// Something that tells groups of hits or messages apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dimension {
    /// The campaign.
    Campaign,
    /// The version of the message, such as a subject line.
    Variant,
    /// Who sent it.
    Sender,
    /// The part of the recipient's address behind the `@`.
    RecipientDomain,
    /// The day on which it was sent.
    SendDate,
    /// The link that was clicked.
    Link,
    /// The day of the hit.
    Day,
    /// The hour of the hit.
    Hour,
    /// Open or click.
    Kind,
    /// Human, unknown or machine.
    Actor,
    /// What hides the place.
    Via,
    /// The rule that decided.
    Reason,
    /// What is known of the client and its place.
    Attribute(Attribute),
}

/// Every dimension with its name, as it is typed and as its column is called.
pub const DIMENSIONS: [(&str, Dimension); 22] = [
    (column::CAMPAIGN, Dimension::Campaign),
    (column::VARIANT, Dimension::Variant),
    (column::SENDER, Dimension::Sender),
    (column::RECIPIENT_DOMAIN, Dimension::RecipientDomain),
    (column::SEND_DATE, Dimension::SendDate),
    (column::LINK, Dimension::Link),
    (column::DAY, Dimension::Day),
    (column::HOUR, Dimension::Hour),
    (column::KIND, Dimension::Kind),
    (column::ACTOR, Dimension::Actor),
    (column::VIA, Dimension::Via),
    (column::REASON, Dimension::Reason),
    (column::CLIENT, Dimension::Attribute(Attribute::Client)),
    (column::CLIENT_VERSION, Dimension::Attribute(Attribute::ClientVersion)),
    (column::CLIENT_KIND, Dimension::Attribute(Attribute::ClientKind)),
    (column::OS, Dimension::Attribute(Attribute::Os)),
    (column::DEVICE, Dimension::Attribute(Attribute::Device)),
    (column::COUNTRY, Dimension::Attribute(Attribute::Country)),
    (column::REGION, Dimension::Attribute(Attribute::Region)),
    (column::CITY, Dimension::Attribute(Attribute::City)),
    (column::ASN, Dimension::Attribute(Attribute::Asn)),
    (column::HOST, Dimension::Attribute(Attribute::Host)),
];

impl Dimension {
    /// The dimension with this name; `domain` and `-` for `_` are understood.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        let name = if name == "domain" { column::RECIPIENT_DOMAIN } else { &name };
        DIMENSIONS.iter().find(|(known, _)| *known == name).map(|(_, dimension)| *dimension)
    }

    /// The name.
    pub fn name(self) -> &'static str {
        // Of variants there are two sources, and one name.
        DIMENSIONS.iter().find(|(_, dimension)| *dimension == self).map_or(column::VARIANT, |(name, _)| name)
    }

    /// Whether it is known of every send: only then a group has rates.
    pub fn is_of_sends(self) -> bool {
        matches!(self, Self::Campaign | Self::Variant | Self::Sender | Self::RecipientDomain | Self::SendDate)
    }

    /// Whether only a database of places tells it.
    pub fn is_place(self) -> bool {
        use Attribute::{Asn, City, Country, Region};
        matches!(self, Self::Attribute(Country | Region | City | Asn))
    }

    /// Whether it speaks only of hits that no proxy hides.
    pub fn is_hidden_by_proxies(self) -> bool {
        matches!(self, Self::Attribute(attribute) if attribute.is_hidden_by_proxies())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known() {
        for (name, dimension) in DIMENSIONS {
            assert_eq!((Dimension::of_name(name), dimension.name()), (Some(dimension), name));
        }
        assert_eq!(Dimension::of_name("Recipient-Domain"), Some(Dimension::RecipientDomain));
        assert_eq!(Dimension::of_name("domain"), Some(Dimension::RecipientDomain));
        assert_eq!(Dimension::of_name("colour"), None);
    }
}
