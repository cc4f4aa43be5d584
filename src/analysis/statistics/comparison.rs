//! Variants of a mailing side by side, and what may be said of them.

use super::chance::chances_of_best;
use super::difference::Difference;
use super::proportion::{Interval, Proportion};
use super::significance::{Significance, holm};

/// Below this adjusted p two arms differ.
pub const SIGNIFICANT_P: f64 = 0.05;

/// No verdict with fewer trials in an arm.
pub const MIN_TRIALS: u64 = 30;

/// No verdict with fewer successes or failures in an arm.
pub const MIN_OUTCOMES: u64 = 5;

/// Below this p the bases of two arms are told apart, if they are [`BASE_SHARE_POINTS`] apart.
pub const BASES_DIFFER_P: f64 = 0.01;

/// Percentage points between the shares that B has of the tracked messages, from which on they are worth a warning.
pub const BASE_SHARE_POINTS: u64 = 5;

/// One variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arm {
    name: String,
    outcome: Proportion,
    base: Proportion,
}

impl Arm {
    /// The outcome is successes among B, the base without Apple; `tracked` are all tracked messages of the arm.
    /// `None` where B exceeds them, or they are more than a [`Proportion`] holds.
    pub fn new(name: impl Into<String>, outcome: Proportion, tracked: u64) -> Option<Self> {
        Some(Self { name: name.into(), outcome, base: Proportion::new(outcome.trials(), tracked)? })
    }

    /// The variant's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Successes among B.
    pub fn outcome(&self) -> Proportion {
        self.outcome
    }

    /// B among the tracked messages.
    pub fn base(&self) -> Proportion {
        self.base
    }
}

/// Everything that a comparison says. Arms go by their place in `arms`.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The arms, in the order in which they were given.
    pub arms: Vec<ArmResult>,
    /// Every two arms that both have a base, in the order of the first and then of the second.
    pub pairs: Vec<Pair>,
    /// What may be said.
    pub verdict: Verdict,
    /// What to keep in mind, in the order of the arms.
    pub warnings: Vec<Warning>,
}

/// What is known of one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmResult {
    /// The arm itself.
    pub arm: Arm,
    /// Wilson's interval for its rate; `None` without a base.
    pub interval: Option<Interval>,
    /// The probability that its rate is the highest one.
    pub chance_of_best: f64,
}

/// What is known of two arms.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    /// The arm that stands first.
    pub one: usize,
    /// The arm that stands later.
    pub other: usize,
    /// The rate of `one` less that of `other`.
    pub difference: Difference,
    /// Whether they differ, looked at alone.
    pub significance: Significance,
    /// p after Holm's adjustment over all pairs, by which the verdict goes. With one pair it is p itself.
    pub adjusted_p: f64,
}

impl Pair {
    /// Whether the two arms differ.
    pub fn differs(&self) -> bool {
        self.adjusted_p < SIGNIFICANT_P
    }

    /// Whether this arm is one of the two and has the higher rate.
    fn is_won_by(&self, arm: usize) -> bool {
        let estimate = self.difference.estimate;
        self.differs() && ((self.one == arm && estimate > 0.0) || (self.other == arm && estimate < 0.0))
    }
}

/// What may be said of the arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: these arms have too few of something. There is at least one.
    TooFew(Vec<Shortage>),
    /// No two arms differ by more than chance. That is a full answer.
    NoDifference,
    /// This arm has a higher rate than every other one.
    Winner {
        /// Its place.
        arm: usize,
    },
    /// Some arms differ, and none is above all others.
    SomeDiffer,
}

/// Why an arm is too small for a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Its place.
    pub arm: usize,
    /// What it lacks; the first of several.
    pub lacks: Lack,
}

/// What an arm has too few of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// Fewer than [`MIN_TRIALS`] trials.
    Trials,
    /// Fewer than [`MIN_OUTCOMES`] successes.
    Successes,
    /// Fewer than [`MIN_OUTCOMES`] failures.
    Failures,
}

/// What to keep in mind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// B is under half of the arm's tracked messages: it may stand for other people than those.
    BaseUnderHalf {
        /// Its place.
        arm: usize,
    },
    /// B is a different share of the tracked messages in two arms, by more than chance: the arms' people differ.
    BasesDiffer {
        /// The arm that stands first.
        one: usize,
        /// The arm that stands later.
        other: usize,
    },
}

/// Compares two or more arms of equal age; `None` for fewer.
///
/// Wilson's interval and the chance of being best for each arm; for every two arms Newcombe's interval and a p, by
/// Holm's adjustment beyond one pair. The verdict goes by the adjusted p; intervals and chances describe.
pub fn compare(arms: Vec<Arm>) -> Option<Comparison> {
    if arms.len() < 2 {
        return None;
    }
    let outcomes: Vec<Proportion> = arms.iter().map(Arm::outcome).collect();
    let pairs = pairs(&outcomes);
    let verdict = verdict(&outcomes, &pairs);
    let warnings = warnings(&arms);
    let chances = chances_of_best(&outcomes);
    let results = arms.into_iter().zip(chances).map(|(arm, chance_of_best)| {
        let interval = arm.outcome().wilson();
        ArmResult { arm, interval, chance_of_best }
    });
    Some(Comparison { arms: results.collect(), pairs, verdict, warnings })
}

/// The places of every two arms.
fn twos(arms: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..arms).flat_map(move |one| (one + 1..arms).map(move |other| (one, other)))
}

fn pairs(outcomes: &[Proportion]) -> Vec<Pair> {
    let pair = |(one, other): (usize, usize)| {
        let difference = Difference::between(outcomes[one], outcomes[other])?;
        let significance = Significance::between(outcomes[one], outcomes[other])?;
        Some(Pair { one, other, difference, significance, adjusted_p: significance.p })
    };
    let mut pairs: Vec<Pair> = twos(outcomes.len()).filter_map(pair).collect();
    let adjusted = holm(&pairs.iter().map(|pair| pair.significance.p).collect::<Vec<_>>());
    for (pair, adjusted_p) in pairs.iter_mut().zip(adjusted) {
        pair.adjusted_p = adjusted_p;
    }
    pairs
}

fn verdict(outcomes: &[Proportion], pairs: &[Pair]) -> Verdict {
    let shortages: Vec<Shortage> = outcomes
        .iter()
        .enumerate()
        .filter_map(|(arm, outcome)| lack(*outcome).map(|lacks| Shortage { arm, lacks }))
        .collect();
    if !shortages.is_empty() {
        return Verdict::TooFew(shortages);
    }
    let others = outcomes.len() - 1;
    let beats_all = |arm: &usize| pairs.iter().filter(|pair| pair.is_won_by(*arm)).count() == others;
    match (0..outcomes.len()).find(beats_all) {
        Some(arm) => Verdict::Winner { arm },
        None if pairs.iter().any(Pair::differs) => Verdict::SomeDiffer,
        None => Verdict::NoDifference,
    }
}

fn lack(outcome: Proportion) -> Option<Lack> {
    if outcome.trials() < MIN_TRIALS {
        Some(Lack::Trials)
    } else if outcome.successes() < MIN_OUTCOMES {
        Some(Lack::Successes)
    } else if outcome.failures() < MIN_OUTCOMES {
        Some(Lack::Failures)
    } else {
        None
    }
}

fn warnings(arms: &[Arm]) -> Vec<Warning> {
    let small = arms.iter().enumerate().filter(|(_, arm)| arm.base.successes() < arm.base.failures());
    let small = small.map(|(arm, _)| Warning::BaseUnderHalf { arm });
    let apart = twos(arms.len()).filter(|(one, other)| do_bases_differ(arms[*one].base, arms[*other].base));
    small.chain(apart.map(|(one, other)| Warning::BasesDiffer { one, other })).collect()
}

fn do_bases_differ(one: Proportion, other: Proportion) -> bool {
    // In whole numbers, because .35 − .30 is less than .05 in floats.
    let cross = |a: Proportion, b: Proportion| u128::from(a.successes()) * u128::from(b.trials());
    let apart = cross(one, other).abs_diff(cross(other, one)) * 100;
    let bound = u128::from(one.trials()) * u128::from(other.trials()) * u128::from(BASE_SHARE_POINTS);
    apart >= bound && Significance::between(one, other).is_some_and(|found| found.p < BASES_DIFFER_P)
}

#[cfg(test)]
mod tests;
