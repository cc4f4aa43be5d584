//! Variants held against each other, a row a pair.

/// What the pair has in common, such as its campaign.
pub const WITHIN: &str = "within";
/// The one variant.
pub const VARIANT: &str = "variant";
/// Its messages that were opened, or clicked.
pub const SUCCESSES: &str = "successes";
/// Its messages that can be compared.
pub const TRIALS: &str = "trials";
/// The other variant.
pub const OTHER: &str = "other";
/// The other's messages that were opened, or clicked.
pub const OTHER_SUCCESSES: &str = "other_successes";
/// The other's messages that can be compared.
pub const OTHER_TRIALS: &str = "other_trials";
/// The one rate minus the other.
pub const DIFFERENCE: &str = "difference";
/// The lower end of its interval.
pub const DIFFERENCE_LOW: &str = "difference_low";
/// The upper end of its interval.
pub const DIFFERENCE_HIGH: &str = "difference_high";
/// pooled-z or fisher.
pub const TEST: &str = "test";
/// The probability of such a difference if there is none.
pub const P: &str = "p";
/// The same, adjusted by Holm for all pairs.
pub const ADJUSTED_P: &str = "adjusted_p";
/// The chance that the one variant is the best of all.
pub const CHANCE_OF_BEST: &str = "chance_of_best";
/// too-few, no-difference, winner or some-differ.
pub const VERDICT: &str = "verdict";
/// The variant that is ahead of all others.
pub const WINNER: &str = "winner";
