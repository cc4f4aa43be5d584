//! One Parquet file of events, with what `store rebuild` needs in its footer.

use std::fs::File;
use std::path::Path;

use polars::prelude::{DataFrame, PolarsError, PolarsResult};
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::row_group::{self, FileSchema, RowGroup};
use super::source::Source;
use crate::events::frame::{SCHEMA_VERSION, with_all_columns};

/// Rows of a row group: one campaign of a thousand is then read without the others.
pub const ROW_GROUP: usize = 32 << 10;

/// Footer keys.
const SCHEMA_KEY: &str = "mailpixel.schema";
const SOURCES_KEY: &str = "mailpixel.sources";

/// How far a log had been read when a file was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reached {
    /// The source's id.
    pub id: String,
    /// Its state.
    pub source: Source,
}

/// The bytes of a file with the events of a frame.
pub fn encode(frame: &DataFrame, reached: &[Reached]) -> PolarsResult<Vec<u8>> {
    let schema = FileSchema::new(frame.schema())?;
    let rows = (0..frame.height()).step_by(ROW_GROUP);
    let row_groups = rows.map(|start| RowGroup::of_frame(&schema, &frame.slice(start as i64, ROW_GROUP)));
    of_row_groups(&schema, &row_groups.collect::<PolarsResult<Vec<_>>>()?, reached)
}

/// The bytes of a file with these row groups.
pub fn of_row_groups(schema: &FileSchema, row_groups: &[RowGroup], reached: &[Reached]) -> PolarsResult<Vec<u8>> {
    let sources = serde_json::to_string(reached).expect("sources have only text keys");
    row_group::file(schema, row_groups, &[(SCHEMA_KEY, SCHEMA_VERSION.to_string()), (SOURCES_KEY, sources)])
}

/// What a file's footer says.
#[derive(Clone, Debug)]
pub struct Footer {
    /// Its events.
    pub rows: u64,
    /// How far logs had been read.
    pub reached: Vec<Reached>,
}

/// Reads a file's footer.
pub fn footer(path: &Path) -> Result<Footer, StoreError> {
    let mut reader = open(path)?;
    let metadata = reader.get_metadata().map_err(|error| failed(path, error))?;
    let mut reached = Vec::new();
    for entry in metadata.key_value_metadata().iter().flatten() {
        if entry.key == SOURCES_KEY {
            reached = serde_json::from_str(entry.value.as_deref().unwrap_or_default())
                .map_err(|error| failed(path, PolarsError::ComputeError(error.to_string().into())))?;
        }
    }
    let rows = metadata.num_rows as u64;
    Ok(Footer { rows, reached })
}

/// Reads a file with all columns of today's schema; those that an older file does not have are null.
pub fn read_whole(path: &Path) -> Result<DataFrame, StoreError> {
    with_all_columns(&read(path, None)?).map_err(|error| failed(path, error))
}

/// Reads columns of a file; those that an older schema does not have are left out.
pub fn read(path: &Path, columns: Option<&[&str]>) -> Result<DataFrame, StoreError> {
    let mut reader = open(path)?;
    let schema = reader.schema().map_err(|error| failed(path, error))?;
    let there = columns.map(|columns| {
        columns.iter().filter(|name| schema.contains(name)).map(|name| (*name).to_owned()).collect::<Vec<_>>()
    });
    reader.with_columns(there).read_parallel(ParallelStrategy::None).finish().map_err(|error| failed(path, error))
}

/// Opens a file that holds something, and whose schema is known.
pub(super) fn open(path: &Path) -> Result<ParquetReader<File>, StoreError> {
    let file = File::open(path).map_err(|error| StoreError::io(path, error))?;
    if file.metadata().map_err(|error| StoreError::io(path, error))?.len() == 0 {
        return Err(failed(path, PolarsError::ComputeError("the file is empty: its data was lost".into())));
    }
    let mut reader = ParquetReader::new(file);
    let metadata = reader.get_metadata().map_err(|error| failed(path, error))?;
    for entry in metadata.key_value_metadata().iter().flatten().filter(|entry| entry.key == SCHEMA_KEY) {
        check_version(entry.value.as_deref().unwrap_or_default())?;
    }
    Ok(reader)
}

fn check_version(text: &str) -> Result<(), StoreError> {
    let version = text.parse().unwrap_or(u32::MAX);
    if version > SCHEMA_VERSION {
        return Err(StoreError::Newer { what: "event file", version, known: SCHEMA_VERSION });
    }
    Ok(())
}

fn failed(path: &Path, error: PolarsError) -> StoreError {
    StoreError::Events { path: path.display().to_string(), error }
}
