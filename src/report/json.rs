//! JSON for programs: a list of objects with the frame's columns, in their order.

use std::io::{self, Write};

use polars::prelude::DataFrame;
use serde_json::{Map, Value};

use super::cell::{self, Cell, Zone};

/// Writes a list of objects, one a line.
pub fn write(frame: &DataFrame, zone: &Zone, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(b"[")?;
    for row in 0..frame.height() {
        out.write_all(if row == 0 { b"\n" } else { b",\n" })?;
        let names = frame.columns().iter().map(|column| column.name().to_string());
        let values = cell::row(frame, row).map(|cell| value(cell, zone));
        serde_json::to_writer(&mut *out, &names.zip(values).collect::<Map<_, _>>())?;
    }
    out.write_all(b"\n]\n")
}

/// The value as JSON.
pub(super) fn value(cell: Cell<'_>, zone: &Zone) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Text(text) => text.into(),
        Cell::Integer(n) => n.into(),
        Cell::Float(n) => n.into(),
        Cell::Boolean(b) => b.into(),
        Cell::Instant(ms) => zone.rfc3339(ms).into(),
        Cell::List(cells) => cells.into_iter().map(|cell| value(cell, zone)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{NamedFrom, Series};

    use super::*;

    #[test]
    fn writes_objects_in_column_order() {
        let names = Series::new("campaign".into(), [Some("a\"b"), None]);
        let counts = Series::new("clicks".into(), [1_i64, 0]);
        let frame = DataFrame::new(2, vec![names.into(), counts.into()]).expect("a frame");
        let mut out = Vec::new();
        write(&frame, &Zone::utc(), &mut out).expect("in memory");
        let text = String::from_utf8(out).expect("UTF-8");
        assert_eq!(text, "[\n{\"campaign\":\"a\\\"b\",\"clicks\":1},\n{\"campaign\":null,\"clicks\":0}\n]\n");
    }
}
