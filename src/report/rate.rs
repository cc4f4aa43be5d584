//! Rates as people read them: never without what they are made of.

use super::text_table::group_digits;
use crate::analysis::statistics::proportion::Proportion;

/// `34.1 % 47/138`; under a base of 30 `3/20`; without a base `insufficient`.
pub fn cell(proportion: Option<Proportion>) -> String {
    let Some(proportion) = proportion else { return "insufficient".to_owned() };
    let fraction = format!("{}/{}", proportion.successes(), proportion.trials());
    match proportion.rate() {
        None => "insufficient".to_owned(),
        Some(rate) if proportion.is_shown_as_percent() => format!("{:.1} % {fraction}", rate * 100.0),
        Some(_) => fraction,
    }
}

/// `34 % (47 of 138)`, or `3 of 20` under a base of 30.
pub fn spoken(proportion: Proportion) -> String {
    let of = format!("{} of {}", group_digits(proportion.successes()), group_digits(proportion.trials()));
    match proportion.rate().filter(|_| proportion.is_shown_as_percent()) {
        Some(rate) => format!("{} ({of})", percent(rate)),
        None => of,
    }
}

/// `47 (34 %)`, or `3` under a base of 30, where it was said before of how many.
pub fn counted(proportion: Proportion) -> String {
    let n = group_digits(proportion.successes());
    match proportion.rate().filter(|_| proportion.is_shown_as_percent()) {
        Some(rate) => format!("{n} ({})", percent(rate)),
        None => n,
    }
}

/// A share in whole percents; one decimal where that would say 0 or 100 of what is neither.
pub fn percent(rate: f64) -> String {
    let whole = (rate * 100.0).round();
    let is_misleading = (whole == 0.0 && rate > 0.0) || (whole >= 100.0 && rate < 1.0);
    if is_misleading { format!("{:.1} %", rate * 100.0) } else { format!("{whole:.0} %") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_rates_are_made_of() {
        for (n, d, in_cell, aloud, alone) in [
            (47, 138, "34.1 % 47/138", "34 % (47 of 138)", "47 (34 %)"),
            (3, 20, "3/20", "3 of 20", "3"),
            (0, 0, "insufficient", "0 of 0", "0"),
            (1, 1000, "0.1 % 1/1000", "0.1 % (1 of 1 000)", "1 (0.1 %)"),
            (999, 1000, "99.9 % 999/1000", "99.9 % (999 of 1 000)", "999 (99.9 %)"),
        ] {
            let proportion = Proportion::new(n, d);
            assert_eq!(cell(proportion), in_cell);
            let proportion = proportion.expect("a proportion");
            assert_eq!((spoken(proportion).as_str(), counted(proportion).as_str()), (aloud, alone));
        }
    }
}
