//! Why a query can't be answered, and where in it the reason stands.

use std::fmt;

use polars::prelude::PolarsError;

use super::schema::{TableName, column_names};
use super::statement::Statement;
use super::{HasSends, schema};
use crate::report::text_table::text_width;
use crate::survey::SurveyError;

/// A likeness of names from which on one may be meant by the other.
const ALIKE: f64 = 0.7;

/// Why a query can't be answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// The query is at fault.
    #[error("{what}{}{}", Shown(.at.as_ref()), .more.iter().map(|line| format!("\n{line}")).collect::<String>())]
    Query {
        /// What is wrong with it.
        what: String,
        /// The line of it, and the column where the fault is.
        at: Option<(String, usize)>,
        /// What there is instead.
        more: Vec<String>,
    },
    /// The store or the logs can't be read.
    #[error(transparent)]
    Reading(#[from] SurveyError),
}

/// A line and a column, both from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: usize,
    pub(super) column: usize,
}

impl Place {
    pub(super) const START: Self = Self { line: 1, column: 1 };

    /// Behind the last character that is no space.
    pub(super) fn end(sql: &str) -> Self {
        let text = sql.trim_end();
        let last = text.rsplit('\n').next().unwrap_or_default();
        Self { line: text.matches('\n').count() + 1, column: last.chars().count() + 1 }
    }
}

impl QueryError {
    pub(super) fn new(what: &str, sql: &str, place: Option<Place>) -> Self {
        let line = |place: Place| Some((sql.split('\n').nth(place.line - 1)?.trim_end().to_owned(), place.column));
        let at = place.filter(|place| place.line > 0).and_then(line);
        Self::Query { what: what.to_owned(), at, more: Vec::new() }
    }

    /// With a line that says what there is.
    pub(super) fn with(mut self, line: String) -> Self {
        if let Self::Query { more, .. } = &mut self {
            more.push(line);
        }
        self
    }
}

/// The line with a caret under the column.
struct Shown<'a>(Option<&'a (String, usize)>);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((line, column)) = self.0 else { return Ok(()) };
        let before = column.saturating_sub(1);
        let space =
            |c: char| if c == '\t' { "\t".to_owned() } else { " ".repeat(text_width(c.encode_utf8(&mut [0; 4]))) };
        let indent: String = line.chars().take(before).map(space).collect();
        let more = " ".repeat(before.saturating_sub(line.chars().count()));
        write!(f, "\n  {line}\n  {indent}{more}^")
    }
}

/// What polars says when there is no such column, whose name comes next in quotes.
const NO_COLUMN: [&str; 3] = ["unable to find column ", "no column named ", "could not find "];

/// What polars said, in the words of the query.
pub(super) fn explain(error: &PolarsError, sql: &str, statement: &Statement, has_sends: HasSends) -> QueryError {
    let text = error.to_string();
    let unknown = NO_COLUMN.iter().find_map(|start| quoted(text.split_once(start)?.1).next());
    if let Some(name) = unknown.filter(|name| statement.place(name).is_some()) {
        return unknown_column(name, sql, statement, has_sends);
    }
    let place = quoted(&text).find_map(|word| statement.place(word));
    QueryError::new(&shortened(&text), sql, place)
}

fn unknown_column(name: &str, sql: &str, statement: &Statement, has_sends: HasSends) -> QueryError {
    let known = statement.tables.iter().flat_map(|table| column_names(*table, has_sends));
    let what = match nearest(name, known) {
        _ if has_sends == HasSends::No && schema::is_from_sends(name) => {
            format!("there is no column {name:?} without --sends FILE")
        }
        Some(nearest) => format!("there is no column {name:?}; did you mean {nearest:?}?"),
        None => format!("there is no column {name:?}"),
    };
    let columns = |table: &TableName| column_names(*table, has_sends).collect::<Vec<_>>().join(", ");
    let error = QueryError::new(&what, sql, statement.place(name));
    statement.tables.iter().fold(error, |error, table| error.with(format!("{} has {}", table.name(), columns(table))))
}

/// The name that is most like another, where one is.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |other: &str| strsim::jaro_winkler(&name.to_lowercase(), other);
    let nearest = known.into_iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(nearest) > ALIKE).then_some(nearest)
}

/// What stands in quotes.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split(['"', '\'', '`']).skip(1).step_by(2)
}

/// Without the whole plan, or the parsed form of an expression, that polars adds to some errors.
fn shortened(text: &str) -> String {
    let text = text.split("\n\nResolved plan until failure").next().unwrap_or(text).trim_end();
    match text.split_once(['(', '{', '[']) {
        Some((start, parsed)) if parsed.contains("Span(Location(") => {
            format!("{}: polars' SQL does not have it", start.trim_end())
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_polars_adds_is_left_out() {
        let parsed = "expression Rollup([[Identifier(Ident { span: Span(Location(1,45)..) })]]) is not supported";
        assert_eq!(shortened(parsed), "expression Rollup: polars' SQL does not have it");
        assert_eq!(shortened("no (x)\n\nResolved plan until failure:\n\n\tFILTER"), "no (x)");
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        for (sql, place, expected) in [
            ("SELECT x", Place { line: 1, column: 8 }, "no\n  SELECT x\n         ^"),
            ("SELECT\n  é, x\nFROM", Place { line: 2, column: 6 }, "no\n    é, x\n       ^"),
            ("SELECT 春, x", Place { line: 1, column: 11 }, "no\n  SELECT 春, x\n             ^"),
            ("SELECT", Place::end("SELECT  "), "no\n  SELECT\n        ^"),
            ("SELECT", Place { line: 3, column: 1 }, "no"),
        ] {
            assert_eq!(QueryError::new("no", sql, Some(place)).to_string(), expected, "{sql}");
        }
    }
}
