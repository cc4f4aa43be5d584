//! Reads sends files and makes one table of them.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::tz::TimeZone;

use super::bad_row::{BadRow, BadRows, NAMED};
use super::chunk::Chunk;
use super::column::ColumnSet;
use super::error::SendsError;
use super::index::{MAX_ROWS, Repeat, Rows};
use super::table::Sends;
use super::{csv_file, csv_pieces, parquet_file};
use crate::events::names::{LocalNames, Names};
use crate::logs::compression::{self, Packing};

/// How to read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The zone of times without an offset; without it they are bad rows.
    pub zone: Option<TimeZone>,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The sends.
    pub sends: Sends,
    /// The first rows that can't be read.
    pub bad_rows: Vec<BadRow>,
    /// How many there are.
    pub n_bad: u64,
    /// Rows that say again what became of a message.
    pub duplicates: Duplicates,
    /// Columns that mean nothing.
    pub ignored_columns: Vec<IgnoredColumn>,
    /// All rows: the sends, the bad rows and the duplicates.
    pub n_rows: u64,
}

/// A column that means nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IgnoredColumn {
    /// The file.
    pub file: String,
    /// Its name.
    pub column: String,
}

/// Rows whose campaign and message stand in an earlier row, which is the one that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duplicates {
    /// How many say the same as the earlier row.
    pub n_identical: u64,
    /// How many say something else.
    pub n_differing: u64,
    /// The first of them, those that differ before the others.
    pub first: Vec<Duplicate>,
}

/// A row whose campaign and message stand in an earlier row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The file.
    pub file: String,
    /// The line.
    pub line: u64,
    /// The message.
    pub message: String,
    /// The file of the earlier row.
    pub first_file: String,
    /// The line of the earlier row.
    pub first_line: u64,
    /// Whether both say the same.
    pub is_identical: bool,
}

/// What is known while a file is read.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The index of the file.
    pub file: usize,
    /// Its name in messages.
    pub path: &'a str,
    /// The zone of times without an offset.
    pub zone: Option<&'a TimeZone>,
    /// The names of all files.
    pub names: &'a Names,
    /// What threads know of the names, while they work on no part.
    idle: &'a Mutex<Vec<LocalNames>>,
}

impl Reading<'_> {
    /// A thread's own copy of names; to be given back.
    pub fn take_names(&self) -> LocalNames {
        self.idle.lock().expect("no thread panicked with the lock").pop().unwrap_or_default()
    }

    /// Takes the copy back.
    pub fn give_names(&self, names: LocalNames) {
        self.idle.lock().expect("no thread panicked with the lock").push(names);
    }
}

/// What one thread read of a part of a file.
#[derive(Debug)]
pub struct Part {
    /// The rows.
    pub chunks: Vec<Chunk>,
    /// Those that can't be read.
    pub bad: BadRows,
}

/// What was read of a file.
#[derive(Debug)]
pub struct FileRows {
    /// The columns that it has.
    pub columns: ColumnSet,
    /// The names of those that mean nothing.
    pub ignored: Vec<String>,
    /// Its rows, in order.
    pub parts: Vec<Part>,
}

/// Reads files, CSV or Parquet as their first bytes say, as one table.
pub fn load(files: &[PathBuf], options: &Options) -> Result<Loaded, SendsError> {
    let paths: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    load_each(&paths, options, |reading| read_file(reading, &files[reading.file]))
}

/// Makes one table of what `read` reads of each of the files that have these names.
pub(super) fn load_each(
    paths: &[String],
    options: &Options,
    read: impl Fn(&Reading<'_>) -> Result<FileRows, SendsError>,
) -> Result<Loaded, SendsError> {
    let names = Names::default();
    let idle = Mutex::new(Vec::new());
    let mut loaded = Loaded::default();
    let mut columns = ColumnSet::default();
    let mut chunks = Vec::new();
    for (file, path) in paths.iter().enumerate() {
        let rows = read(&Reading { file, path, zone: options.zone.as_ref(), names: &names, idle: &idle })?;
        columns.extend(rows.columns);
        let ignored = rows.ignored.into_iter().map(|column| IgnoredColumn { file: path.clone(), column });
        loaded.ignored_columns.extend(ignored);
        for part in rows.parts {
            loaded.add_bad(path, part.bad);
            chunks.extend(part.chunks.into_iter().filter(|chunk| !chunk.is_empty()));
        }
    }
    drop(idle);
    let rows: usize = chunks.iter().map(Chunk::len).sum();
    if rows > MAX_ROWS {
        return Err(SendsError::TooMany { rows });
    }
    loaded.n_rows = loaded.n_bad + rows as u64;
    let (sends, repeats) = Sends::new(Rows::new(chunks), names.into_list(), columns);
    loaded.duplicates = duplicates(&sends, &repeats, paths);
    loaded.sends = sends;
    Ok(loaded)
}

impl Loaded {
    fn add_bad(&mut self, path: &str, bad: BadRows) {
        self.n_bad += bad.n;
        let room = NAMED - self.bad_rows.len();
        self.bad_rows.extend(bad.first.into_iter().take(room).map(|(line, fault)| BadRow {
            file: path.to_owned(),
            line,
            column: fault.column,
            value: fault.value,
            reason: fault.reason,
        }));
    }
}

fn read_file(reading: &Reading<'_>, path: &Path) -> Result<FileRows, SendsError> {
    let failed = |error| SendsError::io(reading.path, error);
    let file = File::open(path).map_err(failed)?;
    let mut head = [0; 4];
    // A pipe can't be looked into; it is no Parquet file, which is read from its end.
    if file.read_exact_at(&mut head, 0).is_ok() && head == *b"PAR1" {
        return parquet_file::read(reading, path);
    }
    let (packing, stream) = compression::detect(file).map_err(failed)?;
    if let Packing::Other(packing, command) = packing {
        return Err(SendsError::Packing { path: reading.path.to_owned(), packing, command });
    }
    csv_file::read(reading, compression::unpack(packing, stream).map_err(failed)?, csv_pieces::PIECE)
}

fn duplicates(sends: &Sends, repeats: &[Repeat], paths: &[String]) -> Duplicates {
    let duplicate = |repeat: &Repeat, is_identical| {
        let ((file, line), (first_file, first_line)) = (sends.position(repeat.row), sends.position(repeat.first));
        let message = sends.message(repeat.row).to_owned();
        let (file, first_file) = (paths[file].clone(), paths[first_file].clone());
        Duplicate { file, line, message, first_file, first_line, is_identical }
    };
    let (identical, differing): (Vec<Repeat>, Vec<Repeat>) = repeats.iter().partition(|repeat| sends.is_same(**repeat));
    let differing_first = differing.iter().map(|repeat| duplicate(repeat, false));
    let identical_then = identical.iter().map(|repeat| duplicate(repeat, true));
    Duplicates {
        n_identical: identical.len() as u64,
        n_differing: differing.len() as u64,
        first: differing_first.chain(identical_then).take(NAMED).collect(),
    }
}
