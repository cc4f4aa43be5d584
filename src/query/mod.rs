//! SQL over events, messages, campaigns and sends.
//!
//! The last layer, because it asks all others: events come out of the store, or out of logs as the survey reads them,
//! are judged by the analysis, and leave as a frame for the reports. polars plans the query; a table is made when its
//! scan runs, with the columns that the plan needs of it.

mod error;
mod events;
mod pruning;
pub mod schema;
mod source;
mod statement;
mod tables;

use std::sync::Arc;

use polars::prelude::{DataFrame, LazyFrame};
use polars::sql::SQLContext;

use crate::analysis::engagement::{Rules, SameEvent};
use crate::analysis::sent::{Base as Denominators, Sending};
use crate::analysis::timeline::SweepRule;
use crate::events::rows::{CampaignOf, Deciding};
use crate::logs::blocks::Effort;
use crate::model::send::UnknownConsent;
use crate::model::window::Window;
use crate::sends::table::Sends;
use crate::survey::{SurveyError, pool};
use crate::tracking::own::Own;
use crate::tracking::unsubscribe::UnsubscribeLinks;

pub use error::QueryError;
use error::explain;
use schema::TableName;
pub use source::Source;
use statement::Statement;

/// What the tables are made by.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What the operator named as their own.
    pub own: Own,
    /// The links that unsubscribe.
    pub unsubscribe: UnsubscribeLinks,
    /// What is a sweep of links.
    pub sweeps: Vec<SweepRule>,
    /// The pause from which on a further pixel hit is a further open, in milliseconds.
    pub open_gap_ms: i64,
}

impl Settings {
    fn deciding<'a>(&'a self, campaign_of: Option<CampaignOf<'a>>) -> Deciding<'a> {
        Deciding { own: &self.own, unsubscribe: &self.unsubscribe, attributes: &[], campaign_of }
    }

    fn rules(&self) -> Rules<'_> {
        let Self { open_gap_ms, sweeps, .. } = self;
        Rules { open_gap_ms: *open_gap_ms, window: Window::ALWAYS, same: SameEvent::Id, sweeps }
    }
}

/// Who the messages were sent to, and how that is read.
#[derive(Debug)]
pub struct Sent {
    /// The sends.
    pub sends: Sends,
    /// How messages are taken whose consent is unknown.
    pub unknown_consent: UnknownConsent,
    /// The present time, in milliseconds since 1970 UTC.
    pub now_ms: i64,
}

impl Sent {
    fn sending(&self) -> Sending<'_> {
        let Self { sends, unknown_consent, now_ms } = self;
        Sending {
            sends,
            unknown_consent: *unknown_consent,
            now_ms: *now_ms,
            window: Window::ALWAYS,
            base: Denominators::of(sends),
        }
    }
}

/// What all tables are made of.
#[derive(Debug)]
struct Base {
    source: Source,
    settings: Settings,
    sent: Option<Sent>,
    pool: rayon::ThreadPool,
}

/// A query that can be answered: it is one, and all tables that it names are there.
#[derive(Debug)]
pub struct Query {
    sql: String,
    statement: Statement,
    has_sends: HasSends,
}

/// Whether there are sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HasSends {
    /// There are.
    Yes,
    /// There are none.
    No,
}

impl Query {
    /// Reads a query, before anything else is read.
    pub fn parse(sql: &str, has_sends: HasSends) -> Result<Self, QueryError> {
        let statement = Statement::parse(sql, has_sends)?;
        Ok(Self { sql: sql.to_owned(), statement, has_sends })
    }

    /// Answers it.
    pub fn run(
        &self,
        source: Source,
        settings: Settings,
        sent: Option<Sent>,
        effort: Effort,
    ) -> Result<DataFrame, QueryError> {
        // polars would write its warnings, which are about its own future, to standard error.
        polars::error::set_warning_function(|_, _| ());
        let pool = pool(effort).map_err(SurveyError::Threads)?;
        let base = Arc::new(Base { source, settings, sent, pool });
        let mut context = SQLContext::new();
        let failed = |error| explain(&error, &self.sql, &self.statement, self.has_sends);
        for table in &self.statement.tables {
            context.register(table.name(), tables::table(*table, &base).map_err(failed)?);
        }
        context.execute(&self.sql).and_then(LazyFrame::collect).map_err(failed)
    }
}

impl Base {
    fn has_sends(&self) -> HasSends {
        if self.sent.is_some() { HasSends::Yes } else { HasSends::No }
    }

    /// What was sent, where that is known.
    fn sending(&self) -> Option<Sending<'_>> {
        self.sent.as_ref().map(Sent::sending)
    }
}

/// The names of the tables, for those who look for one.
fn table_names(has_sends: HasSends) -> impl Iterator<Item = &'static str> {
    TableName::ALL
        .into_iter()
        .filter(move |table| *table != TableName::Sends || has_sends == HasSends::Yes)
        .map(TableName::name)
}
