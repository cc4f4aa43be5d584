//! What can be concluded from a comparison of variants, and what not, in sentences.

use std::io::{self, Write};

use super::prose;
use super::rate;
use super::sanitize::sanitize;
use crate::analysis::group_key::Label;
use crate::analysis::statistics::comparison::{Comparison, Lack, MIN_OUTCOMES, MIN_TRIALS, Pair, Verdict, Warning};
use crate::analysis::variants::{Compared, Success};

/// Writes the conclusion of each comparison.
pub fn write(compared: &[Compared], success: Success, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    for Compared { within, comparison } in compared {
        let within: Vec<&str> = within
            .iter()
            .filter_map(|label| if let Label::Text(text) = label { Some(text.as_str()) } else { None })
            .collect();
        let start = if within.is_empty() { String::new() } else { format!("{}: ", sanitize(&within.join(", "))) };
        writeln!(out)?;
        prose::write(&format!("{start}{}", conclusion(comparison, success)), width, out)?;
        for warning in &comparison.warnings {
            prose::write(&warn(comparison, warning), width, out)?;
        }
    }
    Ok(())
}

fn name(comparison: &Comparison, arm: usize) -> String {
    sanitize(comparison.arms[arm].arm.name()).into_owned()
}

fn verb(success: Success) -> &'static str {
    match success {
        Success::Open => "was opened",
        Success::Click => "was clicked",
    }
}

fn noun(success: Success) -> &'static str {
    match success {
        Success::Open => "opens",
        Success::Click => "clicks",
    }
}

fn conclusion(comparison: &Comparison, success: Success) -> String {
    let verb = verb(success);
    match &comparison.verdict {
        Verdict::TooFew(shortages) => {
            let short: Vec<String> = shortages
                .iter()
                .map(|shortage| {
                    let lacks = match shortage.lacks {
                        Lack::Trials => format!("under {MIN_TRIALS} messages to compare"),
                        Lack::Successes => format!("under {MIN_OUTCOMES} that were"),
                        Lack::Failures => format!("under {MIN_OUTCOMES} that were not"),
                    };
                    format!("{} has {lacks}", name(comparison, shortage.arm))
                })
                .collect();
            format!("Too few to say which {verb} more: {}.", short.join(", "))
        }
        Verdict::NoDifference => match comparison.pairs.as_slice() {
            [pair] => format!(
                "No difference in {} shown between {} and {}: {}. One of that size may still be there.",
                noun(success),
                name(comparison, pair.one),
                name(comparison, pair.other),
                difference(pair)
            ),
            pairs => {
                let (noun, n) = (noun(success), pairs.len());
                format!("No difference in {noun} shown in any of {n} pairs (p adjusted by Holm).")
            }
        },
        Verdict::Winner { arm } => {
            let against: Vec<String> = comparison
                .pairs
                .iter()
                .filter(|pair| pair.one == *arm || pair.other == *arm)
                .map(|pair| {
                    let other = if pair.one == *arm { pair.other } else { pair.one };
                    format!("than {} ({})", name(comparison, other), difference(pair))
                })
                .collect();
            format!("{} {verb} more often {}.", name(comparison, *arm), against.join(" and "))
        }
        Verdict::SomeDiffer => {
            let differing = comparison.pairs.iter().filter(|pair| pair.differs());
            let pairs: Vec<String> = differing
                .map(|pair| {
                    format!(
                        "{} and {} ({})",
                        name(comparison, pair.one),
                        name(comparison, pair.other),
                        difference(pair)
                    )
                })
                .collect();
            format!("No variant is ahead of all others, but these differ: {}.", pairs.join("; "))
        }
    }
}

/// `4.1 points, 95 % interval 1.2 to 7.0, p = .006`
fn difference(pair: &Pair) -> String {
    let points = |share: f64| format!("{:.1}", share * 100.0);
    let (low, high) = (pair.difference.interval.low, pair.difference.interval.high);
    // The sign says nothing to somebody who does not know which was taken from which.
    let (low, high) = if pair.difference.estimate < 0.0 { (-high, -low) } else { (low, high) };
    let p = if pair.adjusted_p < 0.001 {
        "p < .001".to_owned()
    } else {
        format!("p = {}", format!("{:.3}", pair.adjusted_p).trim_start_matches('0'))
    };
    format!("{} points, 95 % interval {} to {}, {p}", points(pair.difference.estimate.abs()), points(low), points(high))
}

fn warn(comparison: &Comparison, warning: &Warning) -> String {
    match warning {
        Warning::BaseUnderHalf { arm } => format!(
            "warning: only {} of {} can be compared; Apple fetched the others, read or not",
            rate::spoken(comparison.arms[*arm].arm.base()),
            name(comparison, *arm)
        ),
        Warning::BasesDiffer { one, other } => format!(
            "warning: Apple fetched other shares of {} and of {}: their readers differ, not only their variants",
            name(comparison, *one),
            name(comparison, *other)
        ),
    }
}
