//! A query before it runs: that it is one, what it names, and where.

use std::ops::ControlFlow;

use sqlparser::ast::{Ident, ObjectName, Query, SetExpr, Statement as Parsed, TableFactor, Visit, Visitor};
use sqlparser::dialect::GenericDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Location, Token, Tokenizer};

use super::error::{Place, QueryError, nearest};
use super::schema::TableName;
use super::{HasSends, table_names};

/// One statement that only reads.
#[derive(Debug)]
pub(super) struct Statement {
    /// The tables that it names, each once.
    pub(super) tables: Vec<TableName>,
    /// Its identifiers and where they stand.
    words: Vec<(String, Place)>,
}

impl Statement {
    pub(super) fn parse(sql: &str, has_sends: HasSends) -> Result<Self, QueryError> {
        let refuse = |what: &str, place: Option<Place>| Err(QueryError::new(what, sql, place));
        // As polars parses it.
        let options = ParserOptions { trailing_commas: true, ..ParserOptions::default() };
        let parsed = Parser::new(&GenericDialect).with_options(options).try_with_sql(sql);
        let parsed = parsed.and_then(|mut parser| parser.parse_statements());
        let parsed = match parsed {
            Ok(parsed) => parsed,
            Err(error) => return Err(syntax(&error, sql)),
        };
        let query = match parsed.as_slice() {
            [] => return refuse("the query is empty; write it as \"SELECT …\"", None),
            [Parsed::Query(query)] => query,
            [_] => return refuse("a query only reads: it begins with SELECT or WITH", Some(Place::START)),
            [_, ..] => return refuse("one query at a time: leave out what stands behind the `;`", None),
        };
        let mut names = Names::default();
        if let ControlFlow::Break((what, place)) = query.visit(&mut names) {
            return refuse(&what, place);
        }
        let mut tables = Vec::new();
        for (name, place) in names.relations.iter().filter(|(name, _)| !names.own.contains(name)) {
            match TableName::ALL.into_iter().find(|table| table.name() == name) {
                Some(TableName::Sends) if has_sends == HasSends::No => {
                    return refuse("there are no sends: name their files with --sends FILE", Some(*place));
                }
                Some(table) if !tables.contains(&table) => tables.push(table),
                Some(_) => {}
                None => return Err(unknown_table(name, sql, *place, has_sends)),
            }
        }
        Ok(Self { tables, words: words(sql) })
    }

    /// Where a word stands first.
    pub(super) fn place(&self, word: &str) -> Option<Place> {
        self.words.iter().find(|(known, _)| known == word).map(|(_, place)| *place)
    }
}

fn unknown_table(name: &str, sql: &str, place: Place, has_sends: HasSends) -> QueryError {
    let known: Vec<&str> = table_names(has_sends).collect();
    let nearest = nearest(name, known.iter().copied()).map(|name| format!("; did you mean {name:?}?"));
    let what = format!("there is no table {name:?}{}", nearest.unwrap_or_default());
    QueryError::new(&what, sql, Some(place)).with(format!("the tables are {}", known.join(", ")))
}

/// A parser's error ends with the place.
fn syntax(error: &ParserError, sql: &str) -> QueryError {
    let (ParserError::ParserError(text) | ParserError::TokenizerError(text)) = error else {
        return QueryError::new("the query is nested too deeply", sql, None);
    };
    let (what, place) = text.rsplit_once(" at Line: ").unwrap_or((text, ""));
    let place = place
        .split_once(", Column: ")
        .and_then(|(line, column)| Some(Place { line: line.parse().ok()?, column: column.parse().ok()? }));
    let what = what.replacen("Expected: ", "expected ", 1).replacen(", found: EOF", ", but the query ends", 1);
    QueryError::new(&what.replacen(", found: ", ", found ", 1), sql, Some(place.unwrap_or_else(|| Place::end(sql))))
}

/// The identifiers of a query.
fn words(sql: &str) -> Vec<(String, Place)> {
    let tokens = Tokenizer::new(&GenericDialect, sql).tokenize_with_location().unwrap_or_default();
    let word = |token: sqlparser::tokenizer::TokenWithSpan| match token.token {
        Token::Word(word) if word.keyword != Keyword::SELECT => Some((word.value, place(token.span.start))),
        _ => None,
    };
    tokens.into_iter().filter_map(word).collect()
}

fn place(at: Location) -> Place {
    Place { line: usize::try_from(at.line).unwrap_or(1), column: usize::try_from(at.column).unwrap_or(1) }
}

/// The names in FROM, and those that the query itself gives to parts of it.
#[derive(Default)]
struct Names {
    relations: Vec<(String, Place)>,
    own: Vec<String>,
}

impl Visitor for Names {
    type Break = (String, Option<Place>);

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<Self::Break> {
        if let Some(with) = &query.with {
            self.own.extend(with.cte_tables.iter().map(|table| table.alias.name.value.clone()));
        }
        only_reads(&query.body)
    }

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<Self::Break> {
        let parts: Vec<&Ident> = relation.0.iter().filter_map(|part| part.as_ident()).collect();
        let [name] = parts.as_slice() else {
            let start = parts.first().map(|name| place(name.span.start));
            return ControlFlow::Break((format!("there is no table \"{relation}\": tables have no schema"), start));
        };
        self.relations.push((name.value.clone(), place(name.span.start)));
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<Self::Break> {
        match factor {
            TableFactor::Table { name, args: Some(_), .. } | TableFactor::Function { name, .. } => {
                let start = name.0.first().and_then(|part| part.as_ident()).map(|name| place(name.span.start));
                ControlFlow::Break((format!("{name}(…) is no table: a query reads no other files"), start))
            }
            TableFactor::Derived { alias: Some(alias), .. } => {
                self.own.push(alias.name.value.clone());
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Refuses what changes or makes tables inside of a query.
fn only_reads(body: &SetExpr) -> ControlFlow<(String, Option<Place>)> {
    let only_reads_again = "a query only reads: it has SELECT, and no INSERT, UPDATE, DELETE, MERGE or INTO";
    match body {
        SetExpr::Select(select) if select.into.is_none() => ControlFlow::Continue(()),
        SetExpr::SetOperation { left, right, .. } => {
            only_reads(left)?;
            only_reads(right)
        }
        SetExpr::Query(_) | SetExpr::Values(_) => ControlFlow::Continue(()),
        SetExpr::Table(_) => ControlFlow::Break(("write TABLE … as SELECT * FROM …".to_owned(), None)),
        SetExpr::Select(_) | SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {
            ControlFlow::Break((only_reads_again.to_owned(), None))
        }
    }
}
