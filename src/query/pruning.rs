//! What a condition rules out before anything is read: other campaigns and messages, and other days.

use polars::lazy::dsl::{BooleanFunction, Expr, FunctionExpr, Operator};
use polars::prelude::{AnyValue, LiteralValue, TimeUnit};

use crate::events::columns::{event, hit};
use crate::sends::column::Column;
use crate::sends::table::Sends;
use crate::store::select::Selection;

/// Where events can be that a condition is true of. What is read besides is filtered out by the condition itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pruning {
    campaign: Option<String>,
    message: Option<String>,
    /// The first and the last day, as `YYYY-MM-DD`.
    from: Option<String>,
    to: Option<String>,
}

impl Pruning {
    /// Reads what all parts of a condition, joined by AND, say in the plainest form.
    pub(super) fn of(condition: Option<&Expr>) -> Self {
        let mut pruning = Self::default();
        if let Some(condition) = condition {
            pruning.add(condition);
        }
        pruning
    }

    /// The messages whose events are wanted.
    pub(super) fn selection(&self) -> Selection<'_> {
        Selection { campaign: self.campaign.as_deref(), message: self.message.as_deref() }
    }

    /// Whether events of this day are wanted.
    pub(super) fn has_day(&self, day: &str) -> bool {
        self.from.as_deref().is_none_or(|from| from <= day) && self.to.as_deref().is_none_or(|to| day <= to)
    }

    /// The same where sends are known. They tell the campaigns of hits whose URLs name none, so that a campaign's hits are
    /// not only where its name stands; and which networks ask for many messages, only whole campaigns tell.
    pub(super) fn with_sends(self, sends: &Sends, is_judged: bool) -> Self {
        let needs_all = is_judged && sends.has_column(Column::SentAt);
        Self { campaign: None, message: self.message.filter(|_| !needs_all), ..self }
    }

    fn add(&mut self, condition: &Expr) {
        let Expr::BinaryExpr { left, op, right } = condition else { return };
        match (op, &**left, &**right) {
            (Operator::And | Operator::LogicalAnd, left, right) => {
                self.add(left);
                self.add(right);
            }
            (op, Expr::Column(name), Expr::Literal(value)) => self.compare(name, *op, value),
            (op, Expr::Literal(value), Expr::Column(name)) => {
                if let Some(op) = turned(*op) {
                    self.compare(name, op, value);
                }
            }
            _ => {}
        }
    }

    fn compare(&mut self, name: &str, op: Operator, value: &LiteralValue) {
        let Some(value) = value.to_any_value() else { return };
        match name {
            event::CAMPAIGN if op == Operator::Eq => self.campaign = text(&value).or(self.campaign.take()),
            event::MESSAGE if op == Operator::Eq => self.message = text(&value).or(self.message.take()),
            hit::DATE | hit::TIME | event::TS_MS => {
                let Some(day) = day(name, &value) else { return };
                if matches!(op, Operator::Eq | Operator::Gt | Operator::GtEq) {
                    self.from = self.from.take().max(Some(day.clone()));
                }
                if matches!(op, Operator::Eq | Operator::Lt | Operator::LtEq) {
                    self.to = Some(self.to.take().map_or(day.clone(), |to| to.min(day)));
                }
            }
            _ => {}
        }
    }
}

fn turned(op: Operator) -> Option<Operator> {
    Some(match op {
        Operator::Eq => Operator::Eq,
        Operator::Lt => Operator::Gt,
        Operator::LtEq => Operator::GtEq,
        Operator::Gt => Operator::Lt,
        Operator::GtEq => Operator::LtEq,
        _ => return None,
    })
}

fn text(value: &AnyValue<'_>) -> Option<String> {
    match value {
        AnyValue::String(text) => Some((*text).to_owned()),
        AnyValue::StringOwned(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The UTC day of a value that a column is compared with.
fn day(name: &str, value: &AnyValue<'_>) -> Option<String> {
    let ms =
        match value {
            AnyValue::Date(days) => i64::from(*days).checked_mul(86_400_000)?,
            AnyValue::Datetime(ms, TimeUnit::Milliseconds, _)
            | AnyValue::DatetimeOwned(ms, TimeUnit::Milliseconds, _) => *ms,
            AnyValue::Datetime(us, TimeUnit::Microseconds, _)
            | AnyValue::DatetimeOwned(us, TimeUnit::Microseconds, _) => us.div_euclid(1000),
            value if name == event::TS_MS && value.is_integer() => value.extract::<i64>()?,
            _ => return None,
        };
    let instant = jiff::Timestamp::from_millisecond(ms).ok()?;
    Some(instant.strftime("%Y-%m-%d").to_string())
}

/// The condition without what the plan of ORDER BY … LIMIT adds to it: a hint that leaves rows out early, and that only
/// polars' own readers understand.
pub(super) fn without_limits(condition: Expr) -> Option<Expr> {
    match condition {
        Expr::Display { fmt_str, .. } if fmt_str.starts_with("dynamic_pred") => None,
        Expr::BinaryExpr { left, op: op @ (Operator::And | Operator::LogicalAnd), right } => {
            match (without_limits((*left).clone()), without_limits((*right).clone())) {
                (Some(left), Some(right)) => Some(Expr::BinaryExpr { left: left.into(), op, right: right.into() }),
                (one, other) => one.or(other),
            }
        }
        other => Some(other),
    }
}

/// Whether a condition says of each row by that row alone, so that rows can be asked piece by piece.
pub(super) fn is_by_row(condition: &Expr) -> bool {
    condition.into_iter().all(|part| match part {
        Expr::Column(_) | Expr::Literal(_) | Expr::BinaryExpr { .. } | Expr::Cast { .. } | Expr::Alias(..) => true,
        Expr::Ternary { .. } => true,
        Expr::Function { function: FunctionExpr::StringExpr(_), .. } => true,
        Expr::Function { function: FunctionExpr::Boolean(function), .. } => matches!(
            function,
            BooleanFunction::IsNull | BooleanFunction::IsNotNull | BooleanFunction::Not | BooleanFunction::IsIn { .. }
        ),
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use polars::prelude::{col, lit};

    use super::*;

    #[test]
    fn only_what_all_parts_say_is_ruled_out() {
        let day = |text: &str| Some(text.to_owned());
        let spring = || col("campaign").eq(lit("spring"));
        let ms = 1_795_471_127_042_i64;
        for (condition, expected) in [
            (spring(), Pruning { campaign: day("spring"), ..Pruning::default() }),
            (lit("spring").eq(col("campaign")), Pruning { campaign: day("spring"), ..Pruning::default() }),
            (spring().or(col("message").eq(lit("m"))), Pruning::default()),
            (col("campaign").neq(lit("spring")), Pruning::default()),
            (
                spring().and(col("message").eq(lit("m"))).and(col("ts_ms").gt_eq(lit(ms))),
                Pruning { campaign: day("spring"), message: day("m"), from: day("2026-11-23"), to: None },
            ),
            (
                col("ts_ms").gt(lit(ms)).and(lit(ms).lt_eq(col("ts_ms"))).and(col("ts_ms").lt(lit(ms + 172_800_000))),
                Pruning { from: day("2026-11-23"), to: day("2026-11-25"), ..Pruning::default() },
            ),
        ] {
            assert_eq!(Pruning::of(Some(&condition)), expected, "{condition:?}");
        }
        let two_days = Pruning { from: day("2026-11-23"), to: day("2026-11-24"), ..Pruning::default() };
        let days = ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"].map(|day| two_days.has_day(day));
        assert_eq!(days, [false, true, true, false]);
    }

    #[test]
    fn hints_of_the_plan_are_left_out() {
        let hint = || Expr::Display { inputs: vec![col("a")], fmt_str: Box::new("dynamic_pred: 7".into()) };
        let plain = || col("a").eq(lit(1));
        assert_eq!(without_limits(hint()), None);
        assert_eq!(without_limits(hint().and(plain())), Some(plain()));
        assert_eq!(without_limits(plain().and(plain().and(hint()))), Some(plain().and(plain())));
        assert_eq!(without_limits(plain().and(plain())), Some(plain().and(plain())));
    }

    #[test]
    fn aggregates_are_not_asked_piece_by_piece() {
        assert!(is_by_row(&col("a").eq(lit(1)).and(col("b").is_null().not())));
        assert!(!is_by_row(&col("a").gt(col("a").mean())));
    }
}
