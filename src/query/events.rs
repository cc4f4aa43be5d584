//! The table `events`: read part by part, with the columns that the plan needs, and judged only where it needs that.

use std::any::Any;
use std::sync::Arc;

use polars::prelude::{
    AnonymousScan, AnonymousScanArgs, Column, DataFrame, Expr, IntoColumn, NewChunkedArray, PolarsResult, StringChunked,
};
use rayon::prelude::*;

use super::Base;
use super::pruning::{Pruning, is_by_row, without_limits};
use super::schema::JUDGED;
use super::source::{Part, filter, once, places};
use crate::analysis::sent::Sending;
use crate::analysis::verdicts::{Pile, Verdict, column_of};
use crate::events::columns::event;
use crate::events::event_columns::COLUMNS;
use crate::events::rows::CampaignOf;

/// The scan of `events`.
pub(super) struct Events(pub(super) Arc<Base>);

impl AnonymousScan for Events {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn scan(&self, asked: AnonymousScanArgs) -> PolarsResult<DataFrame> {
        let wanted = Wanted::of(&asked);
        self.0.pool.install(|| self.read(&wanted))
    }

    fn allows_predicate_pushdown(&self) -> bool {
        true
    }

    fn allows_projection_pushdown(&self) -> bool {
        true
    }
}

/// What a plan asks of a table.
pub(super) struct Wanted {
    /// The columns that come out.
    pub(super) columns: Vec<String>,
    /// Those, and what the condition looks at.
    pub(super) needed: Vec<String>,
    pub(super) condition: Option<Expr>,
    /// How many rows there have to be at most; counted before the condition is asked.
    n_rows: Option<usize>,
}

impl Wanted {
    pub(super) fn of(asked: &AnonymousScanArgs) -> Self {
        let all = || asked.schema.iter_names().map(ToString::to_string).collect();
        let columns: Vec<String> =
            asked.with_columns.as_ref().map_or_else(all, |names| names.iter().map(ToString::to_string).collect());
        let condition = asked.predicate.clone().and_then(without_limits);
        let leaves: Vec<&str> = condition.iter().flatten().filter_map(leaf).collect();
        let needed = once(columns.iter().map(String::as_str).chain(leaves));
        let needed = needed.into_iter().map(str::to_owned).collect();
        Self { columns, needed, condition, n_rows: asked.n_rows }
    }

    /// What can be passed over: nothing where a condition compares rows with each other, or rows are counted.
    pub(super) fn pruning(&self) -> Pruning {
        let condition = self.condition.as_ref().filter(|condition| self.n_rows.is_none() && is_by_row(condition));
        Pruning::of(condition)
    }

    /// The rows and columns of a frame that are asked for.
    pub(super) fn cut(&self, frame: DataFrame) -> PolarsResult<DataFrame> {
        let frame = match self.n_rows {
            Some(n_rows) => frame.head(Some(n_rows)),
            None => frame,
        };
        filter(frame, self.condition.as_ref())?.select(self.columns.iter().map(String::as_str))
    }
}

fn leaf(part: &Expr) -> Option<&str> {
    match part {
        Expr::Column(name) => Some(name),
        _ => None,
    }
}

impl Events {
    fn read(&self, wanted: &Wanted) -> PolarsResult<DataFrame> {
        let source = &self.0.source;
        let is_judged = wanted.needed.iter().any(|name| JUDGED.contains(&name.as_str()));
        let mut pruning = wanted.pruning();
        if let Some(sent) = &self.0.sent {
            pruning = pruning.with_sends(&sent.sends, is_judged);
        }
        let verdicts = if is_judged { Some(self.judge(&pruning)?) } else { None };
        let parts = source.parts(&pruning)?;
        let places = places(&parts);
        let is_asked = |(part, start): &(&Part, &usize)| {
            source.has_day(**part, &pruning) && wanted.n_rows.is_none_or(|n_rows| **start < n_rows)
        };
        let parts: Vec<(&Part, &usize)> = parts.iter().zip(&places).filter(is_asked).collect();
        // A condition is asked part by part, so that only what it leaves is held.
        let condition = wanted.condition.as_ref();
        let by_part = wanted.n_rows.is_none() && condition.is_none_or(is_by_row);
        let read = |(part, start): &(&Part, &usize)| {
            let frame = self.frame(**part, **start, &wanted.needed, verdicts.as_deref())?;
            if by_part { wanted.cut(frame) } else { Ok(frame) }
        };
        let frames: Vec<DataFrame> = parts.par_iter().with_max_len(1).map(read).collect::<PolarsResult<_>>()?;
        let nothing = self.frame(Part::Empty, 0, &wanted.needed, Some(&[]))?;
        let mut all = if by_part { wanted.cut(nothing)? } else { nothing };
        for frame in frames {
            all.vstack_mut_owned(frame)?;
        }
        if by_part { Ok(all) } else { wanted.cut(all) }
    }

    /// Columns of a part whose first event has this place among the verdicts.
    fn frame(
        &self,
        part: Part,
        start: usize,
        columns: &[String],
        verdicts: Option<&[Option<Verdict>]>,
    ) -> PolarsResult<DataFrame> {
        let names: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut frame = self.0.source.read(part, &names)?;
        if let Some(sending) = self.0.sending().filter(|_| names.contains(&event::CAMPAIGN)) {
            let messages = self.0.source.read(part, &[event::CAMPAIGN, event::MESSAGE])?;
            frame.with_column(campaigns(&messages, sending)?)?;
        }
        let verdicts = verdicts.map_or(&[][..], |verdicts| &verdicts[start..start + part.rows()]);
        for name in names {
            if let Some(column) = column_of(name, verdicts) {
                frame.with_column(column?)?;
            }
        }
        Ok(frame)
    }

    /// What is said of every event of the wanted messages.
    fn judge(&self, pruning: &Pruning) -> PolarsResult<Vec<Option<Verdict>>> {
        let Base { source, settings, .. } = &*self.0;
        let sending = self.0.sending();
        let campaign_of = sending.map(|sending| move |message: &[u8]| sending.campaign_of(message));
        let campaign_of = campaign_of.as_ref().map(|campaign_of| campaign_of as CampaignOf<'_>);
        let pile = Pile::new(settings.deciding(campaign_of));
        let n = source.for_each(pruning, &COLUMNS, |start, frame| pile.add(start, frame))?;
        Ok(pile.judge(n, settings.rules(), sending))
    }
}

/// The campaigns of events; where the URL names none, the sends tell it.
fn campaigns(events: &DataFrame, sending: Sending<'_>) -> PolarsResult<Column> {
    let [campaigns, messages] = [events.column(event::CAMPAIGN)?.str()?, events.column(event::MESSAGE)?.str()?];
    let told = campaigns.iter().zip(messages.iter()).map(|(campaign, message)| match campaign.unwrap_or_default() {
        "" => sending.campaign_of(message.unwrap_or_default().as_bytes()).unwrap_or_default(),
        named => named,
    });
    Ok(StringChunked::from_iter_values(event::CAMPAIGN.into(), told).into_column())
}
