//! What is known of a hit besides its row: client, system, device, place, host. Rows hold the values that a report is by as
//! one name, so that they stay small.

use std::sync::Arc;

use hashbrown::HashMap;

use super::columns::event as column;
use super::names::{LocalNames, NameId, Names, readable};
use crate::classify::client::{self, Client};
use crate::classify::pattern::AgentText;
use crate::classify::place_numbers::{NumberedPlace, PlaceId, PlaceNumbers};
use crate::model::actor::Via;
use crate::model::client_kind::Device;

/// One of these values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// The client's name.
    Client,
    /// The client's name and version.
    ClientVersion,
    /// What kind of client it is.
    ClientKind,
    /// The operating system.
    Os,
    /// The kind of device.
    Device,
    /// The country.
    Country,
    /// The region.
    Region,
    /// The city.
    City,
    /// The autonomous system.
    Asn,
    /// The host whose log it was.
    Host,
    /// The variant in the URL.
    Variant,
}

/// Between two values in a name; what is missing is empty.
const BETWEEN: char = '\u{1f}';

impl Attribute {
    /// The column of the store.
    pub fn column(self) -> &'static str {
        match self {
            Self::Client => column::CLIENT,
            Self::ClientVersion => column::CLIENT_VERSION,
            Self::ClientKind => column::CLIENT_KIND,
            Self::Os => column::OS,
            Self::Device => column::DEVICE,
            Self::Country => column::COUNTRY,
            Self::Region => column::REGION,
            Self::City => column::CITY,
            Self::Asn => column::ASN,
            Self::Host => column::HOST,
            Self::Variant => column::VARIANT,
        }
    }

    /// Whether a proxy hides it.
    pub fn is_hidden_by_proxies(self) -> bool {
        !matches!(self, Self::Host | Self::Variant)
    }

    fn of_client(self, client: &Client) -> Option<String> {
        match self {
            Self::Client => Some(client.family.clone()),
            Self::ClientVersion => client.version.clone(),
            Self::ClientKind => Some(client.kind.code().to_owned()),
            Self::Os => client.os.clone(),
            Self::Device => client.device.map(|device| Device::code(device).to_owned()),
            _ => None,
        }
    }

    fn of_place(self, place: &NumberedPlace) -> Option<String> {
        match self {
            Self::Country => place.country.as_deref().map(str::to_owned),
            Self::Region => place.region.as_deref().map(str::to_owned),
            Self::City => place.city.as_deref().map(str::to_owned),
            Self::Asn => place.asn.map(|asn| format!("AS{asn}")),
            _ => None,
        }
    }
}

/// The values of a name, in the order of the attributes.
pub fn split(name: &str) -> impl Iterator<Item = Option<&str>> {
    name.split(BETWEEN).map(|value| Some(value).filter(|value| !value.is_empty()))
}

/// Values as a name.
pub(super) fn join(values: impl Iterator<Item = Option<String>>) -> String {
    let values = values.map(|value| value.unwrap_or_default().replace(BETWEEN, " "));
    values.collect::<Vec<_>>().join(&BETWEEN.to_string())
}

/// One thread's names of the values of hits that come straight from logs.
#[derive(Debug, Default)]
pub struct LogAttributes {
    clients: HashMap<(u32, Via), Vec<Option<String>>>,
    known: HashMap<(u32, Via, PlaceId, NameId), NameId>,
}

/// A hit whose values are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Its agent, and a hash of it.
    pub agent: (&'a [u8], u32),
    /// What hides its place.
    pub via: Via,
    /// Its place.
    pub place: PlaceId,
    /// The variant in its URL; empty where there is none.
    pub variant: &'a [u8],
}

impl LogAttributes {
    /// The name of a hit's values.
    pub fn name(
        &mut self,
        wanted: &[Attribute],
        asked: Asked<'_>,
        places: &PlaceNumbers,
        local: &mut LocalNames,
        names: &Names,
    ) -> NameId {
        if wanted.is_empty() {
            return NameId::NONE;
        }
        let Asked { agent, via, place, variant } = asked;
        let key = (agent.1, via, place, local.id(variant, names));
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let of_client = self.clients.entry((agent.1, via)).or_insert_with(|| {
            let client = if via == Via::Microsoft {
                Some(client::via_client(via))
            } else {
                client::client(&AgentText::new(agent.0))
            };
            wanted.iter().map(|attribute| attribute.of_client(client.as_ref()?)).collect()
        });
        let located: Option<Arc<NumberedPlace>> = if via == Via::Direct { places.get(place) } else { None };
        let values = wanted.iter().zip(of_client.iter()).map(|(attribute, of_client)| {
            let of_url = (*attribute == Attribute::Variant).then(|| readable(variant));
            of_client.clone().or_else(|| attribute.of_place(located.as_deref()?)).or(of_url)
        });
        let name = local.id(join(values).as_bytes(), names);
        self.known.insert(key, name);
        name
    }
}
