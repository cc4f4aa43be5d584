//! All that happened to one message, folded.

use hashbrown::HashSet;

use super::opens;
use super::timeline::SweepRule;
use crate::events::names::NameId;
use crate::events::row::Row;
use crate::model::actor::Actor;
use crate::model::kind::Kind;
use crate::model::window::Window;

/// What the fold depends on.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The pause from which on a further pixel hit is a further open, in milliseconds.
    pub open_gap_ms: i64,
    /// What is counted. Opens are folded over the whole timeline all the same.
    pub window: Window,
    /// Which rows of a message are the same event.
    pub same: SameEvent,
    /// What is a sweep of links.
    pub sweeps: &'a [SweepRule],
}

/// Which rows of a message are the same event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameEvent {
    /// Those with one request id at one instant: rows that come straight from logs.
    RequestAtInstant,
    /// Those with one id: rows that come from the store, where the id names the event.
    Id,
}

impl SameEvent {
    /// The rows of a message, which are in time order, without those that are an earlier one again. `None` where there
    /// are no such rows. Anybody can request one message a million times: the work grows with the rows, not their square.
    pub fn without_repeats(self, rows: &[Row]) -> Option<Vec<Row>> {
        if rows.len() < 2 {
            return None;
        }
        // All rows at one instant stand together, and those with one request id beside each other.
        let is_again = |pair: &[Row]| pair[0].is_same_request(&pair[1]) && pair[0].ts_ms == pair[1].ts_ms;
        let once: Vec<Row> = match self {
            Self::RequestAtInstant => {
                if !rows.windows(2).any(is_again) {
                    return None;
                }
                let repeats = std::iter::once(false).chain(rows.windows(2).map(is_again));
                rows.iter().zip(repeats).filter(|(_, is_repeat)| !is_repeat).map(|(row, _)| *row).collect()
            }
            Self::Id => {
                if rows.len() <= FEW_ROWS && !has_repeat(rows) {
                    return None;
                }
                let mut seen = HashSet::with_capacity_and_hasher(rows.len(), foldhash::fast::RandomState::default());
                rows.iter().filter(|row| row.request == 0 || seen.insert(row.request)).copied().collect()
            }
        };
        (once.len() < rows.len()).then_some(once)
    }
}

/// With no more rows than these, to compare each with all others takes less than to make a set.
const FEW_ROWS: usize = 16;

fn has_repeat(rows: &[Row]) -> bool {
    rows.iter()
        .enumerate()
        .any(|(at, row)| row.request != 0 && rows[..at].iter().any(|other| other.request == row.request))
}

/// The one group that a message which was seen is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It has a human open.
    OpenedByHuman,
    /// It has unknown opens and no human one.
    OpenedByUnknown,
    /// It has a human click and no open.
    ClickedOnly,
    /// Unknown clicks are its only hits that are not a machine's.
    UnknownClickOnly,
    /// All its hits are machines'.
    MachineOnly,
}

impl Seen {
    /// The stable code, as exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::OpenedByHuman => "opened-by-human",
            Self::OpenedByUnknown => "opened-by-unknown",
            Self::ClickedOnly => "clicked-only",
            Self::UnknownClickOnly => "unknown-click-only",
            Self::MachineOnly => "machine-only",
        }
    }
}

/// One message's numbers. Hits count by their own time, opens by the time of their first hit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Engagement {
    /// Counted pixel requests.
    pub pixel_hits: u64,
    /// Those by machines.
    pub machine_pixel_hits: u64,
    /// Opens by people.
    pub opens_human: u64,
    /// Opens that may be anybody's.
    pub opens_unknown: u64,
    /// Clicks by people, unsubscribe links left out.
    pub clicks: u64,
    /// Clicks that may be anybody's, unsubscribe links left out.
    pub unknown_clicks: u64,
    /// Clicks by machines, unsubscribe links left out.
    pub machine_clicks: u64,
    /// Distinct links clicked by people, unsubscribe links left out.
    pub links: u64,
    /// Whether a person followed an unsubscribe link.
    pub unsubscribed: bool,
    /// The group; `None` where no open and no click falls into the window.
    pub seen: Option<Seen>,
    /// The first and the last human hit.
    pub human_span_ms: Option<(i64, i64)>,
    /// When the first human open began, and when the first human click was, in milliseconds since 1970 UTC.
    pub first_open_ms: Option<i64>,
    /// See `first_open_ms`.
    pub first_click_ms: Option<i64>,
    /// When the last human open began, or the last human click was, whichever is later.
    pub last_engaged_ms: Option<i64>,
    /// Hits that may be anybody's, those on unsubscribe links too.
    pub unknown_hits: u64,
    /// Hits by machines, pixel and link.
    pub machine_hits: u64,
}

impl Engagement {
    /// Folds the rows of one message, which are in time order, free of duplicates and judged. Those that do not count
    /// are passed over.
    pub fn fold(rows: &[Row], rules: Rules<'_>) -> Self {
        Self::fold_where(rows, rules, |_| true)
    }

    /// Folds the rows of one message whose places are in a group. Opens are folded over all rows; each belongs to the
    /// group of its first hit.
    pub fn fold_where(rows: &[Row], rules: Rules<'_>, is_in_group: impl Fn(usize) -> bool) -> Self {
        let mut all = Self::default();
        let mut links: Vec<NameId> = Vec::new();
        let mut other_hits = 0_u64;
        for (at, row) in rows.iter().enumerate() {
            if row.not_counted.is_some() || !rules.window.contains(row.ts_ms) || !is_in_group(at) {
                continue;
            }
            match row.actor {
                Actor::Machine => all.machine_hits += 1,
                Actor::Human => all.saw_human(row.ts_ms),
                Actor::Unknown => all.unknown_hits += 1,
            }
            match (row.kind, row.actor) {
                (Kind::Open, actor) => {
                    all.pixel_hits += 1;
                    all.machine_pixel_hits += u64::from(actor == Actor::Machine);
                    other_hits += u64::from(actor != Actor::Machine);
                }
                (Kind::Click, actor) if row.is_unsubscribe() => {
                    all.unsubscribed |= actor == Actor::Human;
                    other_hits += u64::from(actor != Actor::Machine);
                }
                (Kind::Click, Actor::Human) => {
                    all.clicks += 1;
                    all.first_click_ms = all.first_click_ms.or(Some(row.ts_ms));
                    all.last_engaged_ms = Some(row.ts_ms);
                    links.push(row.link);
                }
                (Kind::Click, Actor::Unknown) => all.unknown_clicks += 1,
                (Kind::Click, Actor::Machine) => all.machine_clicks += 1,
            }
        }
        links.sort_unstable();
        links.dedup();
        all.links = links.len() as u64;
        all.fold_opens(rows, rules, is_in_group);
        all.seen = all.group(other_hits);
        all
    }

    fn saw_human(&mut self, ts_ms: i64) {
        self.human_span_ms = Some(self.human_span_ms.map_or((ts_ms, ts_ms), |(first, _)| (first, ts_ms)));
    }

    fn fold_opens(&mut self, rows: &[Row], rules: Rules<'_>, is_in_group: impl Fn(usize) -> bool) {
        let is_open = |at: &usize| rows[*at].kind == Kind::Open && rows[*at].not_counted.is_none();
        let places = || (0..rows.len()).filter(is_open);
        let hits = places().map(|at| (rows[at].ts_ms, rows[at].actor));
        // First hits come in time order: each is found a few places behind the one before.
        let (mut walk, mut passed) = (places(), 0);
        opens::fold(hits, rules.open_gap_ms, |open| {
            let first = walk.nth(open.first - passed);
            passed = open.first + 1;
            if rules.window.contains(open.start_ms) && first.is_some_and(&is_in_group) {
                self.opens_human += u64::from(open.is_human);
                self.opens_unknown += u64::from(!open.is_human);
                if open.is_human {
                    self.first_open_ms = self.first_open_ms.or(Some(open.start_ms));
                    self.last_engaged_ms = self.last_engaged_ms.max(Some(open.start_ms));
                }
            }
        });
    }

    /// `other_hits` are pixel and unsubscribe hits that are not machines'.
    fn group(&self, other_hits: u64) -> Option<Seen> {
        if self.opens_human > 0 {
            Some(Seen::OpenedByHuman)
        } else if self.opens_unknown > 0 {
            Some(Seen::OpenedByUnknown)
        } else if self.clicks > 0 {
            Some(Seen::ClickedOnly)
        } else if self.unknown_clicks > 0 && other_hits == 0 {
            Some(Seen::UnknownClickOnly)
        } else if self.machine_hits > 0 && other_hits + self.unknown_clicks == 0 {
            Some(Seen::MachineOnly)
        } else {
            None
        }
    }

    /// Whether a person certainly had the message before them: a human open or a human click.
    pub fn is_confirmed(&self) -> bool {
        self.opens_human > 0 || self.clicks > 0
    }

    /// When a person first opened or clicked.
    pub fn first_engaged_ms(&self) -> Option<i64> {
        self.first_open_ms.into_iter().chain(self.first_click_ms).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::row::Signs;
    use crate::events::texts::Texts;
    use crate::model::actor::Via;
    use crate::model::reason::Reason;
    use crate::model::suspicion::Suspicions;

    #[test]
    fn repeats_are_told_by_instant_or_by_id() {
        let message = Texts::new(0).push(b"m");
        let row = |ts_ms: i64, request: u64| Row {
            key: 0,
            ts_ms,
            request,
            message,
            campaign: NameId::NONE,
            group: NameId::NONE,
            link: NameId::NONE,
            kind: Kind::Open,
            actor: Actor::Human,
            via: Via::Direct,
            reason: Reason::Browser,
            not_counted: None,
            suspicions: Suspicions::default(),
            signs: Signs::GET,
            network: Row::NO_NETWORK,
            agent: 0,
        };
        let rows = [row(0, 0), row(0, 0), row(0, 7), row(0, 7), row(0, 8), row(5, 7)];
        let kept = |same: SameEvent| same.without_repeats(&rows).map(|rows| rows.len());
        assert_eq!((kept(SameEvent::RequestAtInstant), kept(SameEvent::Id)), (Some(5), Some(4)));
        assert!(SameEvent::Id.without_repeats(&rows[..3]).is_none());
        assert!(SameEvent::RequestAtInstant.without_repeats(&rows[3..]).is_none());
        // One pixel, requested over and over.
        let many: Vec<Row> = (1..=1_000_000_u64).map(|i| row(0, i)).collect();
        assert!(SameEvent::Id.without_repeats(&many).is_none());
        for n in [1, 2, FEW_ROWS - 1, FEW_ROWS, FEW_ROWS + 1] {
            let once = &many[..n];
            assert!(SameEvent::Id.without_repeats(once).is_none());
            let again: Vec<Row> = once.iter().chain(&once[..1]).copied().collect();
            assert_eq!(SameEvent::Id.without_repeats(&again).map(|rows| rows.len()), Some(n));
        }
    }
}
