//! What makes a sends file unusable as a whole.

use super::column::Column;

/// A sends file that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum SendsError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is packed in a way that the program does not read.
    #[error("{path}: {packing} is not read; unpack it first with `{command}`")]
    Packing {
        /// The file.
        path: String,
        /// The name of the packing.
        packing: &'static str,
        /// The command that unpacks it.
        command: &'static str,
    },
    /// The file has no header.
    #[error("{path}: the file is empty: a sends file starts with the names of its columns, `message` among them")]
    Empty {
        /// The file.
        path: String,
    },
    /// The file is not UTF-8 from its first line on.
    #[error("{path}: the names of the columns are not UTF-8{hint}; save the file as CSV in UTF-8")]
    Encoding {
        /// The file.
        path: String,
        /// What it may be instead.
        hint: &'static str,
    },
    /// There is no column `message`.
    #[error("{path}: there is no column `message`, only {}{}", listed(found), did_you_mean(nearest.as_deref()))]
    NoMessage {
        /// The file.
        path: String,
        /// The columns that it has.
        found: Vec<String>,
        /// The one that is most like it.
        nearest: Option<String>,
    },
    /// Two columns have one name.
    #[error("{path}: there are two columns `{}`; rename one of them", column.name())]
    Twice {
        /// The file.
        path: String,
        /// Their name.
        column: Column,
    },
    /// A quote is never closed: where the rows end can't be told.
    #[error("{path}:{line}: a quoted cell of the row that starts here does not end; close its quote or remove it")]
    OpenQuote {
        /// The file.
        path: String,
        /// Where the row starts.
        line: u64,
    },
    /// A row is longer than any row of sends.
    #[error("{path}:{line}: the row that starts here is longer than 16 MiB; is this a CSV file?")]
    TooLong {
        /// The file.
        path: String,
        /// Where the row starts.
        line: u64,
    },
    /// A Parquet column has a type that can't mean what its name says.
    #[error("{path}: the column `{}` is {found}; it must be {expected}", column.name())]
    Type {
        /// The file.
        path: String,
        /// The column.
        column: Column,
        /// Its type.
        found: String,
        /// Types that can be read.
        expected: &'static str,
    },
    /// A Parquet file is damaged or not understood.
    #[error("{path}: {reason}")]
    Parquet {
        /// The file.
        path: String,
        /// What polars said.
        reason: String,
    },
    /// There are more sends than row numbers.
    #[error("{rows} sends are more than the 2147483648 that can be held")]
    TooMany {
        /// How many there are.
        rows: usize,
    },
}

impl SendsError {
    /// An I/O error with the path that it happened on.
    pub fn io(path: &str, error: std::io::Error) -> Self {
        Self::Io { path: path.to_owned(), error }
    }
}

/// The first names of a list; a file that is no sends file may have any bytes there.
fn listed(names: &[String]) -> String {
    const SHOWN: usize = 20;
    const LETTERS: usize = 40;
    let shown = |name: &String| {
        let start: String = name.trim().chars().take(LETTERS).collect();
        format!("`{}`", start.escape_debug())
    };
    let mut list: Vec<String> = names.iter().take(SHOWN).map(shown).collect();
    if names.len() > SHOWN {
        list.push(format!("and {} more", names.len() - SHOWN));
    }
    list.join(", ")
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!("; if `{}` holds the message ids, rename it to `message`", name.escape_debug()))
        .unwrap_or_default()
}
