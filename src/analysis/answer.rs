//! Was it seen? The answers that monitoring gets, told apart.

use super::engagement::Engagement;
use super::tally::Tally;
use crate::events::columns::campaign as column;

/// What the hits of a message or a campaign show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// No hits but machines', if any.
    Nobody,
    /// Hits of which nobody can tell whether a person made them.
    CantTell,
    /// A person.
    Person,
}

impl Sight {
    /// What is shown of one message. Who follows an unsubscribe link has seen the message, too.
    pub fn of_message(engagement: &Engagement) -> Self {
        Self::of(engagement.human_span_ms, engagement.opens_unknown + engagement.unknown_clicks)
    }

    /// What is shown of all messages of a group.
    pub fn of_group(tally: &Tally) -> Self {
        let unknown =
            tally.counter(column::OPENS_UNKNOWN).unwrap_or(0) + tally.counter(column::UNKNOWN_CLICKS).unwrap_or(0);
        Self::of(tally.human_span_ms(), unknown)
    }

    fn of(human_span_ms: Option<(i64, i64)>, unknown: u64) -> Self {
        match (human_span_ms, unknown) {
            (Some(_), _) => Self::Person,
            (None, 0) => Self::Nobody,
            (None, _) => Self::CantTell,
        }
    }
}

/// What time it is for an answer; instants in milliseconds since 1970 UTC.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// Now.
    pub now_ms: i64,
    /// When the time to see it is over; `None` where there is no such time, and before the clock started.
    pub until_ms: Option<i64>,
    /// Whether there is a time to see it in.
    pub has_limit: bool,
    /// The newest that is known of.
    pub newest_ms: Option<i64>,
    /// How old that may be.
    pub stale_ms: Option<i64>,
}

impl Clock {
    /// Whether what is known is too old to say no.
    fn is_stale(self) -> bool {
        let is_old = |stale_ms| self.newest_ms.is_none_or(|newest| self.now_ms.saturating_sub(newest) > stale_ms);
        self.stale_ms.is_some_and(is_old)
    }

    /// Whether there is still time to see it.
    fn is_running(self) -> bool {
        self.has_limit && self.until_ms.is_none_or(|until| self.now_ms < until)
    }
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It was seen.
    Seen,
    /// There are hits, and nobody can tell.
    CantTell,
    /// Nobody has seen it, and there is still time.
    NotYet,
    /// Nobody has seen it.
    NotSeen,
    /// Nobody has seen it as far as is known, and what is known is old.
    Stale,
}

impl Answer {
    /// The answer to whether it was seen like `wanted`. What was seen stays seen, however old; nothing else is said of old
    /// data.
    pub fn of(sight: Sight, wanted: Sight, clock: Clock) -> Self {
        if sight >= wanted {
            Self::Seen
        } else if clock.is_stale() {
            Self::Stale
        } else if clock.is_running() {
            Self::NotYet
        } else if sight == Sight::CantTell {
            Self::CantTell
        } else {
            Self::NotSeen
        }
    }

    /// The words of it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::CantTell => "can't tell",
            Self::NotYet => "not yet",
            Self::NotSeen => "not seen",
            Self::Stale => "stale",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        use Sight::{CantTell, Nobody, Person};
        let answer = |sight, wanted, until_ms: Option<i64>, newest_ms, stale_ms| {
            Answer::of(
                sight,
                wanted,
                Clock { now_ms: 100, until_ms, has_limit: until_ms.is_some(), newest_ms, stale_ms },
            )
        };
        for (sight, wanted, until, newest, stale, expected) in [
            (Person, Person, None, None, Some(1), Answer::Seen),
            (CantTell, CantTell, Some(50), Some(0), Some(1), Answer::Seen),
            (CantTell, Person, Some(100), None, None, Answer::CantTell),
            (CantTell, Person, Some(101), None, None, Answer::NotYet),
            (CantTell, Person, Some(101), Some(98), Some(1), Answer::Stale),
            (Nobody, Person, None, Some(99), Some(1), Answer::NotSeen),
            (Nobody, CantTell, Some(101), Some(99), Some(1), Answer::NotYet),
            (Nobody, CantTell, Some(101), None, Some(1), Answer::Stale),
        ] {
            assert_eq!(answer(sight, wanted, until, newest, stale), expected, "{sight:?} {until:?} {newest:?}");
        }
        let not_started = Clock { now_ms: 0, until_ms: None, has_limit: true, newest_ms: None, stale_ms: None };
        assert_eq!(Answer::of(Nobody, Person, not_started), Answer::NotYet);
    }
}
