//! CSV for spreadsheets and programs.

use std::borrow::Cow;
use std::io::{self, Write};

use polars::prelude::DataFrame;

use super::cell::{self, Cell, Zone};
use super::json;

/// Writes a header and the rows.
pub fn write(frame: &DataFrame, zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = ::csv::Writer::from_writer(out);
    writer.write_record(frame.columns().iter().map(|column| column.name().as_str())).map_err(io_error)?;
    for row in 0..frame.height() {
        writer.write_record(cell::row(frame, row).map(|cell| text(cell, zone).into_owned())).map_err(io_error)?;
    }
    writer.flush()
}

/// The I/O error itself, so that a closed pipe is known as one.
fn io_error(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn text<'a>(cell: Cell<'a>, zone: &Zone) -> Cow<'a, str> {
    match cell {
        Cell::Missing => Cow::Borrowed(""),
        Cell::Text(text) => defuse(text),
        Cell::Integer(n) => n.to_string().into(),
        Cell::Float(n) => n.to_string().into(),
        Cell::Boolean(b) => b.to_string().into(),
        Cell::Instant(ms) => zone.rfc3339(ms).into(),
        // It begins with a bracket, which no spreadsheet runs.
        list @ Cell::List(_) => json::value(list, zone).to_string().into(),
    }
}

/// Puts a `'` before text that a spreadsheet would run as a formula (owasp.org/www-community/attacks/CSV_Injection).
fn defuse(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        Cow::Owned(format!("'{text}"))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{NamedFrom, Series};

    use super::*;

    #[test]
    fn writes_what_is_missing_as_empty_and_formulas_as_text() {
        let names = Series::new("campaign".into(), [Some("=1+1"), None, Some("a,\"b\""), Some("-x")]);
        let counts = Series::new("clicks".into(), [Some(-1_i64), Some(0), None, Some(2)]);
        let frame = DataFrame::new(4, vec![names.into(), counts.into()]).expect("a frame");
        let mut out = Vec::new();
        write(&frame, &Zone::utc(), &mut out).expect("in memory");
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text, "campaign,clicks\n'=1+1,-1\n,0\n\"a,\"\"b\"\"\",\n'-x,2\n");
    }
}
