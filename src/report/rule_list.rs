//! The rule set, as a table.

use polars::prelude::{Column, DataFrame, NamedFrom, PolarsResult, Series};

use crate::classify::rules::{RULES, Rule};
use crate::classify::scanners::ScannerTable;
use crate::events::columns::{rule as column, scanner};
use crate::model::actor::Actor;
use crate::model::reason::Reason;

fn texts(name: &str, values: Vec<Option<String>>) -> Column {
    Series::new(name.into(), values).into()
}

/// The rules in the order in which they are tried: the reason, the verdict on pixels and on links, and what is seen.
pub fn rules() -> PolarsResult<DataFrame> {
    let numbers: Vec<i64> = (1..).take(RULES.len()).collect();
    let verdict = |actor: Option<Actor>| actor.map(|actor| actor.code().to_owned());
    DataFrame::new(
        RULES.len(),
        vec![
            Series::new(column::NUMBER.into(), numbers).into(),
            texts(column::REASON, RULES.iter().map(|rule| Some(rule.reason.code().to_owned())).collect()),
            texts(column::ON_PIXEL, RULES.iter().map(|rule| verdict(rule.open)).collect()),
            texts(column::ON_LINK, RULES.iter().map(|rule| verdict(rule.click)).collect()),
            texts(column::SEES, RULES.iter().map(|rule| Some(sees(rule).to_owned())).collect()),
        ],
    )
}

/// What a rule sees, in words. Two rules have one reason: the libraries that apps load images with, and the others.
fn sees(rule: &Rule) -> &'static str {
    match (rule.reason, rule.open) {
        (Reason::HttpLibrary, Some(Actor::Unknown)) => "an HTTP library of apps, too",
        (reason, _) => reason.words(),
    }
}

/// The networks of mail scanners.
pub fn networks(table: &ScannerTable) -> PolarsResult<DataFrame> {
    let rows = table.rows();
    DataFrame::new(
        rows.len(),
        vec![
            texts(scanner::NETWORK, rows.iter().map(|row| Some(row.place.to_string())).collect()),
            texts(scanner::SCOPE, rows.iter().map(|row| Some(row.scope.code().to_owned())).collect()),
            texts(scanner::CERTAINTY, rows.iter().map(|row| Some(row.certainty.code().to_owned())).collect()),
            texts(scanner::WHOSE, rows.iter().map(|row| row.whose.map(str::to_owned)).collect()),
        ],
    )
}
