//! Today's rules applied to events that were stored under earlier ones.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series, StringChunked};
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
            let Some(mut frame) = judge(&frame, &mut agents, &mut done).map_err(failed)? else { continue };
            done.files += 1;
            if dry_run {
                continue;
            }
            let bytes = events_file::encode(&mut frame, &events_file::footer(&path)?.reached).map_err(failed)?;
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

/// The frame as today's rules decide it; `None` where nothing changes.
fn judge(frame: &DataFrame, agents: &mut Agents, done: &mut Reclassified) -> PolarsResult<Option<DataFrame>> {
    let text = |name: &str| frame.column(name).and_then(|column| column.str());
    let (actors, vias) = (text(column::ACTOR)?, text(column::VIA)?);
    let (reasons, agent_reasons) = (text(column::REASON)?, text(column::AGENT_REASON)?);
    let (user_agents, kinds, methods) = (text(column::USER_AGENT)?, text(column::KIND)?, text(column::METHOD)?);
    let (purposes, networks) = (text(column::PURPOSE)?, text(column::NETWORK_REASON)?);
    let clients: Vec<&StringChunked> = CLIENT.iter().map(|name| text(name)).collect::<PolarsResult<_>>()?;
    let counted = frame.column(column::COUNTED)?.bool()?;
    let versions = frame.column(column::RULES)?.i64()?;
    let mut rows = Vec::with_capacity(frame.height());
    let mut is_changed = versions.iter().any(|version| version != Some(i64::from(RULES_VERSION)));
    for at in 0..frame.height() {
        let value = |texts: &StringChunked| texts.get(at).unwrap_or_default().to_owned();
        let before = Decided {
            actor: value(actors),
            via: value(vias),
            reason: value(reasons),
            agent_reason: value(agent_reasons),
            client: std::array::from_fn(|i| clients[i].get(at).map(str::to_owned)),
        };
        done.events += 1;
        let agent = user_agents.get(at);
        if agent.is_none() && before.agent_reason != Reason::NoAgent.code() {
            done.without_agent += 1;
            rows.push(before);
            continue;
        }
        let kind = if kinds.get(at) == Some(Kind::Click.code()) { Kind::Click } else { Kind::Open };
        let signs = RequestSigns { is_get: methods.get(at) == Some("GET"), is_prefetch: purposes.get(at).is_some() };
        let (verdicts, client) = agents.get(agent.unwrap_or_default());
        let verdict = verdicts.judge(kind, signs, &NetworkSigns::of_code(networks.get(at).unwrap_or_default()));
        let not_counted = (counted.get(at) == Some(false)).then_some(before.reason.as_str());
        let after = Decided::new(verdict, not_counted, verdicts.agent_reason(kind), client.as_ref());
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
        Series::new(column::RULES.into(), vec![i64::from(RULES_VERSION); rows.len()]).into(),
    ];
    new.extend(CLIENT.iter().enumerate().map(|(i, name)| column_of(name, &|row| row.client[i].clone())));
    let mut frame = frame.clone();
    for column in new {
        frame.with_column(column)?;
    }
    Ok(frame)
}
