//! Any frame as a table for people.

use std::borrow::Cow;
use std::io::{self, Write};

use polars::prelude::DataFrame;

use super::cell::{self, Cell, Zone};
use super::sanitize::sanitize;
use super::text_table::{Align, Heading, LEAST_WIDTH, TextTable, group_digits, text_width};

/// Writes all columns of a frame under their names; `width` is the terminal's, where there is one. The text column with
/// the longest texts is cut where the table is too wide, and columns are left out from the right.
pub fn write(frame: &DataFrame, zone: &Zone, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    if frame.width() == 0 {
        return Ok(());
    }
    let headings: Vec<Heading> = frame.columns().iter().enumerate().map(|(at, column)| heading(at, column)).collect();
    let rows: Vec<Vec<String>> =
        (0..frame.height()).map(|row| cell::row(frame, row).map(|cell| text(cell, zone)).collect()).collect();
    let longest = |at: usize| rows.iter().map(|row| text_width(&row[at])).max().unwrap_or(0);
    let is_text = |at: &usize| headings[*at].align == Align::Left;
    let cut = (0..headings.len()).filter(is_text).max_by_key(|at| longest(*at)).unwrap_or(0);
    TextTable { headings, rows, cut, least: LEAST_WIDTH, has_total: false }.write(width, out)
}

fn heading(at: usize, column: &polars::prelude::Column) -> Heading {
    let text = Cow::Owned(column.name().as_str().replace('_', " "));
    let align = if column.dtype().is_primitive_numeric() { Align::Right } else { Align::Left };
    Heading { text, align, leave: u8::try_from(at).unwrap_or(u8::MAX) }
}

/// A value as people read it. What is missing is a dash.
fn text(cell: Cell<'_>, zone: &Zone) -> String {
    match cell {
        Cell::Missing => "-".to_owned(),
        Cell::Text(text) => sanitize(&text).into_owned(),
        Cell::Integer(n) if n < 0 => format!("-{}", group_digits(n.unsigned_abs())),
        Cell::Integer(n) => group_digits(n.unsigned_abs()),
        Cell::Float(n) => format!("{n:.4}"),
        Cell::Boolean(is_true) => if is_true { "yes" } else { "no" }.to_owned(),
        Cell::List(cells) => cells.into_iter().map(|cell| text(cell, zone)).collect::<Vec<_>>().join(", "),
        Cell::Instant(ms) => zone.format(ms, "%Y-%m-%d %H:%M:%S"),
    }
}
