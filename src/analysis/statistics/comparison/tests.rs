use proptest::prelude::*;

use super::*;
use crate::analysis::statistics::significance::Test;

/// Arms of (successes, B, tracked), named a, b, c and so on.
fn compared(arms: &[(u64, u64, u64)]) -> Comparison {
    let arm = |(name, (successes, trials, tracked)): (char, &(u64, u64, u64))| {
        Arm::new(name, Proportion::new(*successes, *trials).unwrap(), *tracked).unwrap()
    };
    compare(('a'..).zip(arms).map(arm).collect()).unwrap()
}

fn verdict_of(arms: &[(u64, u64)]) -> Verdict {
    compared(&arms.iter().map(|(successes, trials)| (*successes, *trials, *trials)).collect::<Vec<_>>()).verdict
}

fn too_few(shortages: &[(usize, Lack)]) -> Verdict {
    Verdict::TooFew(shortages.iter().map(|(arm, lacks)| Shortage { arm: *arm, lacks: *lacks }).collect())
}

#[test]
fn the_check_value_in_full() {
    let Comparison { arms, pairs, verdict, warnings } = compared(&[(103, 976, 1500), (88, 943, 1500)]);
    assert_eq!((verdict, warnings), (Verdict::NoDifference, vec![]));
    assert_eq!([arms[0].arm.name(), arms[1].arm.name()], ["a", "b"]);
    assert_eq!(format!("{:.4} {:.4}", arms[0].chance_of_best, arms[1].chance_of_best), "0.8133 0.1867");
    assert_eq!(arms[0].interval, Proportion::new(103, 976).unwrap().wilson());
    let [Pair { one: 0, other: 1, difference, significance, adjusted_p }] = pairs[..] else { panic!("{pairs:?}") };
    assert_eq!(format!("{:.4} {:.4}", difference.interval.low, difference.interval.high), "-0.0147 0.0391");
    assert!(matches!(significance.test, Test::PooledZ { .. }));
    assert_eq!(format!("{adjusted_p:.4}"), "0.3716");
    assert_eq!(adjusted_p, significance.p);
}

#[test]
fn fewer_than_two_arms_are_no_comparison() {
    assert_eq!(compare(vec![]), None);
    assert_eq!(compare(vec![Arm::new("a", Proportion::new(9, 50).unwrap(), 50).unwrap()]), None);
}

#[test]
fn the_base_is_part_of_the_tracked() {
    assert_eq!(Arm::new("a", Proportion::new(9, 50).unwrap(), 49), None);
}

#[test]
fn no_verdict_on_small_arms() {
    for (arms, expected) in [
        (&[(20, 29), (1, 300)][..], &[(0, Lack::Trials), (1, Lack::Successes)][..]),
        (&[(200, 300), (4, 300)], &[(1, Lack::Successes)]),
        (&[(296, 300), (100, 300)], &[(0, Lack::Failures)]),
        (&[(0, 0), (0, 0)], &[(0, Lack::Trials), (1, Lack::Trials)]),
        // The third arm is small, so that the first two have no winner either.
        (&[(200, 300), (100, 300), (5, 20)], &[(2, Lack::Trials)]),
    ] {
        assert_eq!(verdict_of(arms), too_few(expected), "{arms:?}");
    }
    assert_eq!(verdict_of(&[(25, 30), (5, 30)]), Verdict::Winner { arm: 0 });
}

#[test]
fn an_arm_without_a_base_is_in_no_pair() {
    let found = compared(&[(100, 300, 300), (0, 0, 10), (150, 300, 300)]);
    assert_eq!(found.pairs.iter().map(|pair| (pair.one, pair.other)).collect::<Vec<_>>(), [(0, 2)]);
    assert_eq!(found.arms[1].interval, None);
    assert_eq!(found.pairs[0].adjusted_p, found.pairs[0].significance.p);
}

#[test]
fn a_winner_beats_every_arm() {
    assert_eq!(verdict_of(&[(100, 1000), (150, 1000)]), Verdict::Winner { arm: 1 });
    assert_eq!(verdict_of(&[(100, 1000), (101, 1000), (200, 1000)]), Verdict::Winner { arm: 2 });
    // The highest is above the lowest, and not above the one in between.
    assert_eq!(verdict_of(&[(100, 1000), (140, 1000), (160, 1000)]), Verdict::SomeDiffer);
    // Below all others is no victory.
    assert_eq!(verdict_of(&[(200, 1000), (100, 1000), (201, 1000)]), Verdict::SomeDiffer);
    assert_eq!(verdict_of(&[(100, 1000), (101, 1000), (102, 1000)]), Verdict::NoDifference);
}

#[test]
fn holm_decides_beyond_two_arms() {
    // Alone p is .0301; beside a third arm that is in between, three times that.
    assert_eq!(verdict_of(&[(100, 1000), (131, 1000)]), Verdict::Winner { arm: 1 });
    let found = compared(&[(100, 1000, 1000), (131, 1000, 1000), (115, 1000, 1000)]);
    assert_eq!(found.verdict, Verdict::NoDifference);
    assert!((found.pairs[0].adjusted_p - 3.0 * found.pairs[0].significance.p).abs() < 1e-12);
    assert!(found.pairs[0].significance.p < SIGNIFICANT_P);
}

#[test]
fn rare_outcomes_go_by_fisher() {
    let found = compared(&[(5, 1000, 1000), (6, 300, 300)]);
    assert_eq!(found.pairs[0].significance.test, Test::FisherExact);
}

#[test]
fn warns_of_small_and_unlike_bases() {
    let warnings = |arms: &[(u64, u64, u64)]| compared(arms).warnings;
    assert_eq!(warnings(&[(10, 499, 1000), (10, 500, 1000)]), [Warning::BaseUnderHalf { arm: 0 }]);
    // 30 % and 35 % are 5 points apart: with 1000 messages p is .017, with 2000 it is under .001.
    let small = [Warning::BaseUnderHalf { arm: 0 }, Warning::BaseUnderHalf { arm: 1 }];
    assert_eq!(warnings(&[(10, 300, 1000), (10, 350, 1000)]), small);
    let differ = Warning::BasesDiffer { one: 0, other: 1 };
    assert_eq!(warnings(&[(10, 600, 2000), (10, 700, 2000)]), [small[0], small[1], differ]);
    // 4.95 points are under 5, whatever p is.
    assert_eq!(warnings(&[(10, 60_000, 100_000), (10, 64_950, 100_000)]), []);
    let differ = |one, other| Warning::BasesDiffer { one, other };
    let three = [(10, 6000, 10_000), (10, 7000, 10_000), (10, 6001, 10_000)];
    assert_eq!(warnings(&three), [differ(0, 1), differ(1, 2)]);
    assert_eq!(warnings(&[(0, 0, 0), (0, 0, 100)]), [Warning::BaseUnderHalf { arm: 1 }]);
}

fn arm() -> impl Strategy<Value = (u64, u64, u64)> {
    (0..3000_u64, any::<u64>(), any::<u64>())
        .prop_map(|(tracked, trials, successes)| (trials % (tracked + 1), successes, tracked))
        .prop_map(|(trials, successes, tracked)| (successes % (trials + 1), trials, tracked))
}

fn moved(verdict: &Verdict, arms: usize) -> Verdict {
    match verdict {
        Verdict::Winner { arm } => Verdict::Winner { arm: arms - 1 - arm },
        Verdict::TooFew(shortages) => {
            let moved = |shortage: &Shortage| Shortage { arm: arms - 1 - shortage.arm, ..*shortage };
            Verdict::TooFew(shortages.iter().rev().map(moved).collect())
        }
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn the_order_of_arms_changes_nothing(arms in prop::collection::vec(arm(), 2..6)) {
        let found = compared(&arms);
        prop_assert_eq!(&found, &compared(&arms));
        let reversed = compared(&arms.iter().rev().copied().collect::<Vec<_>>());
        prop_assert_eq!(&reversed.verdict, &moved(&found.verdict, arms.len()));
        prop_assert_eq!(found.pairs.len(), reversed.pairs.len());
        prop_assert_eq!(found.warnings.len(), reversed.warnings.len());
        for pair in &found.pairs {
            prop_assert!(pair.one < pair.other);
            prop_assert!(pair.significance.p <= pair.adjusted_p && pair.adjusted_p <= 1.0);
        }
    }
}
