//! Today's rules applied to events that were stored under earlier ones.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use polars::prelude::{
    BooleanChunked, Column, DataFrame, Int64Chunked, IntoSeries, NamedFrom, PolarsResult, Series, StringChunked,
};
use sha2::{Digest, Sha256};

use super::commit::{Staged, Writer};
use super::day::NewDay;
use super::events_file;
use super::{StoreError, entries};
use crate::classify::agent::{AgentVerdicts, RequestSigns, Verdict};
use crate::classify::client::{self, Client};
use crate::classify::network_signs::NetworkSigns;
use crate::classify::pattern::AgentText;
use crate::classify::rules::RULES_VERSION;
use crate::events::columns::event as column;
use crate::model::actor::Via;
use crate::model::client_kind::Device;
use crate::model::kind::Kind;
use crate::model::reason::Reason;

/// What was done.
#[derive(Debug, Default)]
pub struct Reclassified {
    /// Events that were looked at.
    pub events: u64,
    /// Events whose user agent was not kept: they stay as they are.
    pub without_agent: u64,
    /// Verdicts that changed: from actor and reason, to actor and reason, and how many events.
    pub changes: BTreeMap<[String; 4], u64>,
    /// Events whose client changed.
    pub clients: u64,
    /// Files that were, or would be, written anew.
    pub files: usize,
}

/// Applies today's rules to all stored events. The request and what the full address told are as they were stored. A file
/// in which nothing changes stays as it is. With `dry_run` nothing is written.
pub fn reclassify(writer: &mut Writer<'_>, dry_run: bool) -> Result<Reclassified, StoreError> {
    let mut done = Reclassified::default();
    let mut agents = Agents::default();
    let layout = writer.layout().clone();
    for date in entries(&layout.events())? {
        let folder = layout.events().join(&date);
        let mut day: Option<NewDay> = None;
        for name in entries(&folder)?.into_iter().filter(|name| name.ends_with(".parquet")) {
            let path = folder.join(&name);
            let frame = events_file::read_whole(&path)?;
            let failed = |error| StoreError::Events { path: path.display().to_string(), error };
            let Some(frame) = judge(&frame, &mut agents, &mut done).map_err(failed)? else { continue };
            done.files += 1;
            if dry_run {
                continue;
            }
            let bytes = events_file::encode(&frame, &events_file::footer(&path)?.reached).map_err(failed)?;
            let day = match &mut day {
                Some(day) => day,
                None => day.insert(NewDay::start(writer, &date)?),
            };
            let rows = frame.height() as u64;
            let new = Staged { date: date.clone(), name: new_name(&name), rows, bytes };
            day.write(writer, &new, &[name])?;
        }
        if let Some(day) = day {
            day.exchange(writer)?;
        }
    }
    Ok(done)
}

/// A name that the old folder does not have.
fn new_name(old: &str) -> String {
    let hash = Sha256::digest(format!("{old} {RULES_VERSION}"));
    format!("r-{}.parquet", hash.iter().take(12).map(|byte| format!("{byte:02x}")).collect::<String>())
}

/// What is known of the agents that have been met.
#[derive(Default)]
struct Agents(HashMap<String, (AgentVerdicts, Option<Client>)>);

impl Agents {
    fn get(&mut self, agent: &str) -> &(AgentVerdicts, Option<Client>) {
        if !self.0.contains_key(agent) {
            let bytes = agent.as_bytes();
            let known = (AgentVerdicts::of(bytes), client::client(&AgentText::new(bytes)));
            self.0.insert(agent.to_owned(), known);
        }
        &self.0[agent]
    }
}

/// The columns that the rules decide, for one event.
#[derive(Clone, PartialEq, Eq)]
struct Decided {
    actor: String,
    via: String,
    reason: String,
    agent_reason: String,
    rules: Option<i64>,
    client: [Option<String>; 5],
}

/// The columns of [`Decided::client`].
const CLIENT: [&str; 5] = [column::CLIENT, column::CLIENT_VERSION, column::CLIENT_KIND, column::OS, column::DEVICE];

impl Decided {
    fn new(verdict: Verdict, not_counted: Option<&str>, agent_reason: Reason, client: Option<&Client>) -> Self {
        let client =
            if verdict.via == Via::Microsoft { Some(client::via_client(Via::Microsoft)) } else { client.cloned() };
        Self {
            actor: verdict.actor.code().to_owned(),
            via: verdict.via.code().to_owned(),
            reason: not_counted.unwrap_or_else(|| verdict.reason.code()).to_owned(),
            agent_reason: agent_reason.code().to_owned(),
            rules: Some(i64::from(RULES_VERSION)),
            client: [
                client.as_ref().map(|client| client.family.clone()),
                client.as_ref().and_then(|client| client.version.clone()),
                client.as_ref().map(|client| client.kind.code().to_owned()),
                client.as_ref().and_then(|client| client.os.clone()),
                client.as_ref().and_then(|client| client.device).map(|device| Device::code(device).to_owned()),
            ],
        }
    }
}

/// The columns of a frame that are looked at.
struct Stored<'a> {
    decided: [&'a StringChunked; 4],
    rules: &'a Int64Chunked,
    client: [&'a StringChunked; 5],
    counted: &'a BooleanChunked,
    user_agent: &'a StringChunked,
    kind: &'a StringChunked,
    method: &'a StringChunked,
    purpose: &'a StringChunked,
    network: &'a StringChunked,
}

impl<'a> Stored<'a> {
    fn of(frame: &'a DataFrame) -> PolarsResult<Self> {
        let text = |name: &str| frame.column(name).and_then(|column| column.str());
        let [family, version, client_kind, os, device] = CLIENT;
        Ok(Self {
            decided: [text(column::ACTOR)?, text(column::VIA)?, text(column::REASON)?, text(column::AGENT_REASON)?],
            rules: frame.column(column::RULES)?.i64()?,
            client: [text(family)?, text(version)?, text(client_kind)?, text(os)?, text(device)?],
            counted: frame.column(column::COUNTED)?.bool()?,
            user_agent: text(column::USER_AGENT)?,
            kind: text(column::KIND)?,
            method: text(column::METHOD)?,
            purpose: text(column::PURPOSE)?,
            network: text(column::NETWORK_REASON)?,
        })
    }

    fn before(&self, at: usize) -> Decided {
        let [actor, via, reason, agent_reason] = self.decided.map(|texts| texts.get(at).unwrap_or_default().to_owned());
        let client = self.client.map(|texts| texts.get(at).map(str::to_owned));
        Decided { actor, via, reason, agent_reason, rules: self.rules.get(at), client }
    }

    /// What today's rules say; `None` where the user agent was not kept.
    fn after(&self, at: usize, before: &Decided, agents: &mut Agents) -> Option<Decided> {
        let agent = self.user_agent.get(at);
        if agent.is_none() && before.agent_reason != Reason::NoAgent.code() {
            return None;
        }
        let kind = if self.kind.get(at) == Some(Kind::Click.code()) { Kind::Click } else { Kind::Open };
        let is_get = self.method.get(at) == Some("GET");
        let signs = RequestSigns { is_get, is_prefetch: self.purpose.get(at).is_some() };
        let network = NetworkSigns::of_code(self.network.get(at).unwrap_or_default());
        let (verdicts, client) = agents.get(agent.unwrap_or_default());
        let verdict = verdicts.judge(kind, signs, &network);
        let not_counted = (self.counted.get(at) == Some(false)).then_some(before.reason.as_str());
        Some(Decided::new(verdict, not_counted, verdicts.agent_reason(kind), client.as_ref()))
    }
}

/// The frame as today's rules decide it; `None` where nothing changes.
fn judge(frame: &DataFrame, agents: &mut Agents, done: &mut Reclassified) -> PolarsResult<Option<DataFrame>> {
    let stored = Stored::of(frame)?;
    let mut rows = Vec::with_capacity(frame.height());
    let mut is_changed = false;
    for at in 0..frame.height() {
        let before = stored.before(at);
        let after = stored.after(at, &before, agents);
        done.events += 1;
        done.without_agent += u64::from(after.is_none());
        let after = after.unwrap_or_else(|| before.clone());
        if (&before.actor, &before.reason) != (&after.actor, &after.reason) {
            let change = [&before.actor, &before.reason, &after.actor, &after.reason].map(Clone::clone);
            *done.changes.entry(change).or_default() += 1;
        }
        done.clients += u64::from(before.client != after.client);
        is_changed |= before != after;
        rows.push(after);
    }
    is_changed.then(|| with(frame, &rows)).transpose()
}

/// The frame with these columns in place of its own.
fn with(frame: &DataFrame, rows: &[Decided]) -> PolarsResult<DataFrame> {
    let column_of = |name: &str, value: &dyn Fn(&Decided) -> Option<String>| -> Column {
        Series::new(name.into(), rows.iter().map(value).collect::<Vec<_>>()).into()
    };
    let mut new = vec![
        column_of(column::ACTOR, &|row| Some(row.actor.clone())),
        column_of(column::VIA, &|row| Some(row.via.clone())),
        column_of(column::REASON, &|row| Some(row.reason.clone())),
        column_of(column::AGENT_REASON, &|row| Some(row.agent_reason.clone())),
        Series::new(column::RULES.into(), rows.iter().map(|row| row.rules).collect::<Vec<_>>()).into(),
    ];
    new.extend(CLIENT.iter().enumerate().map(|(i, name)| column_of(name, &|row| row.client[i].clone())));
    new.extend(places(frame, rows)?);
    let mut frame = frame.clone();
    for column in new {
        frame.with_column(column)?;
    }
    Ok(frame)
}

/// The places of direct hits; that of a proxy is nobody's.
fn places(frame: &DataFrame, rows: &[Decided]) -> PolarsResult<Vec<Column>> {
    let direct = || rows.iter().map(|row| row.via == Via::Direct.code());
    let mut columns = Vec::new();
    for name in [column::COUNTRY, column::REGION, column::CITY] {
        let texts = frame.column(name)?.str()?.iter().zip(direct());
        let kept: StringChunked = texts.map(|(text, is_direct)| text.filter(|_| is_direct)).collect();
        columns.push(kept.with_name(name.into()).into_series().into());
    }
    let numbers = frame.column(column::ASN)?.i64()?.iter().zip(direct());
    let kept: Int64Chunked = numbers.map(|(number, is_direct)| number.filter(|_| is_direct)).collect();
    columns.push(kept.with_name(column::ASN.into()).into_series().into());
    Ok(columns)
}
