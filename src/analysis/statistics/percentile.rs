//! Percentiles of durations.

/// The nearest-rank percentile: the smallest value that at least this many per cent of the values do not exceed.
/// `None` without values; over 100 per cent is 100, and 0 per cent the smallest value.
///
/// It is a duration that somebody took, and never lies between two, so that "half of those who opened did so within
/// 2 h" is true word by word; with an even number the median is the lower one of the middle two. Type 1 of Hyndman and
/// Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996), in whole numbers.
pub fn percentile(sorted: &[i64], percent: u8) -> Option<i64> {
    debug_assert!(sorted.is_sorted(), "percentiles are of sorted values");
    let rank = (sorted.len() * usize::from(percent.min(100))).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn percentiles_by_hand() {
        for (sorted, percent, expected) in [
            (&[][..], 50, None),
            (&[7], 0, Some(7)),
            (&[7], 100, Some(7)),
            (&[15, 20, 35, 40, 50], 5, Some(15)),
            (&[15, 20, 35, 40, 50], 30, Some(20)),
            (&[15, 20, 35, 40, 50], 40, Some(20)),
            (&[15, 20, 35, 40, 50], 41, Some(35)),
            (&[15, 20, 35, 40, 50], 50, Some(35)),
            (&[15, 20, 35, 40, 50], 100, Some(50)),
            (&[15, 20, 35, 40, 50], 255, Some(50)),
            (&[-3, 1, 2, 9], 50, Some(1)),
        ] {
            assert_eq!(percentile(sorted, percent), expected, "{sorted:?} {percent}");
        }
    }

    proptest! {
        #[test]
        fn is_the_smallest_value_that_enough_do_not_exceed(mut values in prop::collection::vec(-50..50_i64, 1..60), percent in 1..=100_u8) {
            values.sort_unstable();
            let enough = |bound: i64| {
                values.iter().filter(|value| **value <= bound).count() * 100 >= values.len() * usize::from(percent)
            };
            let expected = values.iter().copied().find(|value| enough(*value));
            prop_assert_eq!(percentile(&values, percent), expected);
        }
    }
}
