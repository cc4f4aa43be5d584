//! The columns of stored events that rows are made of.

use polars::prelude::{CompatLevel, DataFrame, PolarsError, PolarsResult};
use polars_arrow::array::{Array, BooleanArray, PrimitiveArray, Utf8ViewArray};

use super::attributes::Attribute;
use super::columns::event as column;
use super::keyed_texts::KeyedTexts;

/// The columns that rows are made of.
pub const COLUMNS: [&str; 14] = [
    column::EVENT_LO,
    column::CAMPAIGN,
    column::MESSAGE,
    column::TS_MS,
    column::KIND,
    column::LINK,
    column::METHOD,
    column::COUNTED,
    column::ACTOR,
    column::VIA,
    column::REASON,
    column::NETWORK_REASON,
    column::NETWORK,
    column::USER_AGENT,
];

/// The columns of some events. Texts that an older schema does not have are `None`.
#[derive(Debug)]
pub struct EventColumns {
    height: usize,
    pub(super) ids: PrimitiveArray<i64>,
    pub(super) times: PrimitiveArray<i64>,
    pub(super) counted: BooleanArray,
    pub(super) networks: Option<PrimitiveArray<i64>>,
    /// The campaigns in the URLs.
    pub campaigns: KeyedTexts,
    messages: Messages,
    pub(super) kinds: Option<KeyedTexts>,
    pub(super) links: Option<KeyedTexts>,
    pub(super) methods: Option<KeyedTexts>,
    pub(super) actors: Option<KeyedTexts>,
    pub(super) vias: Option<KeyedTexts>,
    pub(super) reasons: Option<KeyedTexts>,
    pub(super) network_reasons: Option<KeyedTexts>,
    pub(super) agents: Option<KeyedTexts>,
    pub(super) attributes: Vec<Option<KeyedTexts>>,
}

/// Message ids, which seldom repeat.
#[derive(Debug)]
enum Messages {
    Plain(Utf8ViewArray),
    Keyed(KeyedTexts),
}

impl EventColumns {
    /// The columns of a frame that has all that no schema lacks.
    pub fn of(frame: &DataFrame, attributes: &[Attribute]) -> PolarsResult<Self> {
        Self::new(frame.height(), attributes, |name| {
            let column = frame.column(name).ok().map(|column| column.as_materialized_series().rechunk());
            Ok(column.map(|column| column.to_arrow(0, CompatLevel::newest())))
        })
    }

    /// The columns that `read` gives by their names; `None` where they are not there. Texts may have dictionaries.
    pub fn new(
        height: usize,
        attributes: &[Attribute],
        mut read: impl FnMut(&str) -> PolarsResult<Option<Box<dyn Array>>>,
    ) -> PolarsResult<Self> {
        let read = &mut read;
        let attribute = |wanted: &Attribute| -> PolarsResult<Option<KeyedTexts>> {
            let Some(column) = read(wanted.column())? else { return Ok(None) };
            let integers = column.as_any().downcast_ref::<PrimitiveArray<i64>>();
            let asns = || Some(KeyedTexts::of_integers(integers?, |asn| format!("AS{asn}")));
            Ok(KeyedTexts::of(&*column).or_else(asns))
        };
        let attributes = attributes.iter().map(attribute).collect::<PolarsResult<_>>()?;
        let mut texts = |name: &str| Ok::<_, PolarsError>(read(name)?.and_then(|column| KeyedTexts::of(&*column)));
        let campaigns = texts(column::CAMPAIGN)?.ok_or_else(|| missing(column::CAMPAIGN))?;
        let [kinds, links, methods, actors, vias, reasons, network_reasons, agents] = [
            texts(column::KIND)?,
            texts(column::LINK)?,
            texts(column::METHOD)?,
            texts(column::ACTOR)?,
            texts(column::VIA)?,
            texts(column::REASON)?,
            texts(column::NETWORK_REASON)?,
            texts(column::USER_AGENT)?,
        ];
        let messages = read(column::MESSAGE)?.ok_or_else(|| missing(column::MESSAGE))?;
        let messages = match messages.as_any().downcast_ref::<Utf8ViewArray>() {
            Some(plain) => Messages::Plain(plain.clone()),
            None => Messages::Keyed(KeyedTexts::of(&*messages).ok_or_else(|| missing(column::MESSAGE))?),
        };
        Ok(Self {
            height,
            ids: array(read(column::EVENT_LO)?, column::EVENT_LO)?,
            times: array(read(column::TS_MS)?, column::TS_MS)?,
            counted: array(read(column::COUNTED)?, column::COUNTED)?,
            networks: read(column::NETWORK)?.and_then(|column| array(Some(column), column::NETWORK).ok()),
            campaigns,
            messages,
            kinds,
            links,
            methods,
            actors,
            vias,
            reasons,
            network_reasons,
            agents,
            attributes,
        })
    }

    /// How many events there are.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The message id of an event.
    pub fn message(&self, at: usize) -> &str {
        match &self.messages {
            Messages::Plain(texts) => texts.get(at),
            Messages::Keyed(texts) => texts.get(at),
        }
        .unwrap_or_default()
    }
}

fn missing(name: &str) -> PolarsError {
    PolarsError::ColumnNotFound(name.to_owned().into())
}

fn array<A: Array + Clone>(column: Option<Box<dyn Array>>, name: &str) -> PolarsResult<A> {
    let column = column.ok_or_else(|| missing(name))?;
    let array = column.as_any().downcast_ref::<A>().cloned();
    array.ok_or_else(|| PolarsError::SchemaMismatch(format!("column {name} has another type").into()))
}
