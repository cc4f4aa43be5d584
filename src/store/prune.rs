//! Days that are removed for good.

use super::StoreError;
use super::commit::Writer;
use super::ledger::Step;
use crate::events::batch::{DAY_MS, day_name};

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pruned {
    /// The first day that is kept, as `2026-11-23`.
    pub floor: String,
    /// How many days were removed.
    pub days: usize,
}

/// Removes the days that ended more than this many days ago. Events of those days are no longer stored either, when their
/// logs are read again.
pub fn prune(writer: &mut Writer<'_>, older_than_days: u32, now_ms: i64) -> Result<Pruned, StoreError> {
    let floor = day_name(now_ms.div_euclid(DAY_MS) - i64::from(older_than_days));
    // The floor goes first: a kill right behind it leaves days that are too old, and none that come back.
    if writer.settings.floor.as_ref().is_none_or(|known| *known < floor) {
        writer.settings.floor = Some(floor.clone());
        writer.settings.write(&writer.layout().clone(), writer.disk())?;
    }
    let first = format!("date={floor}");
    let mut old: Vec<String> = super::entries(&writer.layout().events())?;
    old.retain(|date| date.starts_with("date=") && *date < first);
    writer.ledger.files.retain(|file, _| **file >= *first);
    writer.commit_steps(old.iter().map(|date| Step::Remove { date: date.clone() }).collect())?;
    writer.write_ledger()?;
    Ok(Pruned { floor, days: old.len() })
}
