//! Groups out of some events only, which were read as a frame.

use polars::prelude::{DataFrame, PolarsResult};

use crate::analysis::fold;
use crate::analysis::groups::Groups;
use crate::analysis::question::Question;
use crate::analysis::sent::Sending;
use crate::events::event_columns::EventColumns;
use crate::events::names::{NameList, Names};
use crate::events::rows::{CampaignOf, Deciding, RowMaker};
use crate::events::table::{KeyHash, Rows, Table};
use crate::tracking::recognizer::Recognizer;

/// Events as rows that can be folded.
#[derive(Debug)]
pub struct Chosen {
    table: Table,
    names: NameList,
    /// The first hit that counts, as far as its line tells, in milliseconds since 1970 UTC.
    pub first_counted_ms: Option<i64>,
}

impl Chosen {
    /// Makes rows of events with the store's columns.
    pub fn new(events: &DataFrame, recognizer: &Recognizer, sending: Option<Sending<'_>>) -> PolarsResult<Self> {
        let campaign_of = sending.map(|sending| move |message: &[u8]| sending.campaign_of(message));
        let deciding = Deciding {
            own: &recognizer.own,
            unsubscribe: &recognizer.unsubscribe,
            attributes: &[],
            campaign_of: campaign_of.as_ref().map(|campaign_of| campaign_of as CampaignOf<'_>),
        };
        let columns = EventColumns::of(events, &[])?;
        let names = Names::default();
        let mut maker = RowMaker::new(KeyHash::default());
        let mut rows = Rows::new(0);
        let mut first_counted_ms: Option<i64> = None;
        let mut found = maker.look_up(&columns, &names, deciding);
        for at in 0..columns.height() {
            let message = columns.message(at).as_bytes();
            let row = found.row(at);
            rows.push(message, row);
            if row.not_counted.is_none() {
                first_counted_ms = Some(first_counted_ms.map_or(row.ts_ms, |first| first.min(row.ts_ms)));
            }
        }
        Ok(Self { table: Table::new(vec![rows]), names: names.into_list(), first_counted_ms })
    }

    /// Folds them.
    pub fn fold(self, question: Question<'_>) -> Groups {
        fold::fold(self.table, &self.names, question)
    }
}
