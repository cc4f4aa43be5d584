//! Rows that can't be read: named, counted, and left out.

use std::fmt;

use super::column::Column;

/// How many bad rows, and how many duplicates, are named; all are counted.
pub const NAMED: usize = 100;

/// Characters of a bad value that are shown.
const EXCERPT: usize = 60;

/// A row that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadRow {
    /// The file.
    pub file: String,
    /// The line on which the row starts, from 1; in Parquet, which has no lines, the row.
    pub line: u64,
    /// The column, where one is to blame.
    pub column: Option<Column>,
    /// The start of the value that can't be read.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for BadRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if let Some(column) = self.column {
            write!(f, "{} ", column.name())?;
            if !self.value.is_empty() {
                write!(f, "{:?} ", self.value)?;
            }
        }
        f.write_str(&self.reason)
    }
}

/// What is wrong with a row, before it is known where the row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The column, where one is to blame.
    pub column: Option<Column>,
    /// The start of the value.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Fault {
    /// A cell that can't be read.
    pub fn cell(column: Column, value: &[u8], reason: impl fmt::Display) -> Self {
        // A letter is four bytes at most.
        let start = &value[..value.len().min(4 * EXCERPT + 4)];
        let text = String::from_utf8_lossy(start);
        let mut excerpt: String = text.chars().take(EXCERPT).collect();
        if text.chars().count() > EXCERPT {
            excerpt.push('…');
        }
        Self { column: Some(column), value: excerpt, reason: reason.to_string() }
    }

    /// A row that is wrong as a whole.
    pub fn row(reason: impl fmt::Display) -> Self {
        Self { column: None, value: String::new(), reason: reason.to_string() }
    }
}

/// The bad rows of a part of a file.
#[derive(Clone, Debug, Default)]
pub struct BadRows {
    /// The first of them, with their lines.
    pub first: Vec<(u64, Fault)>,
    /// How many there are.
    pub n: u64,
}

impl BadRows {
    /// Adds one.
    pub fn push(&mut self, line: u64, fault: Fault) {
        self.n += 1;
        if self.first.len() < NAMED {
            self.first.push((line, fault));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_place_and_cuts_the_value() {
        let fault = Fault::cell(Column::SentAt, "ä".repeat(90).as_bytes(), "is no time");
        let bad = BadRow {
            file: "sends.csv".to_owned(),
            line: 7,
            column: fault.column,
            value: fault.value,
            reason: fault.reason,
        };
        assert_eq!(bad.to_string(), format!("sends.csv:7: sent_at \"{}…\" is no time", "ä".repeat(60)));
        let bad = BadRow { column: None, value: String::new(), reason: "has 2 cells".to_owned(), ..bad };
        assert_eq!(bad.to_string(), "sends.csv:7: has 2 cells");
    }
}
