//! The event files piece by piece, for questions that look at some columns of many events.

use polars::prelude::{DataFrame, PolarsError};
use polars_io::SerReader;
use polars_io::parquet::read::ParallelStrategy;
use rayon::prelude::*;

use super::events_file::{self, ROW_GROUP};
use super::lock::{self, Lock, Patience, Sharing};
use super::select::{self, Selection};
use super::settings::Settings;
use super::{Layout, StoreError};

/// Rows of a piece, at most: what a thread holds at a time.
const PIECE_ROWS: usize = 8 * ROW_GROUP;

/// The event files as they are now: no writer publishes while this lives.
#[derive(Debug)]
pub struct EventFiles {
    layout: Layout,
    files: Vec<String>,
    _lock: Lock,
}

/// Some rows of one event file, in their order there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    file: usize,
    offset: usize,
    /// How many.
    pub rows: usize,
}

impl EventFiles {
    /// The files of a store.
    pub fn open(layout: &Layout) -> Result<Self, StoreError> {
        if Settings::read(layout)?.is_none() {
            return Err(StoreError::Missing(layout.root().display().to_string()));
        }
        let lock = lock::take(&layout.readers_lock(), Sharing::Shared, Patience::Wait)?;
        Ok(Self { files: layout.event_files()?, layout: layout.clone(), _lock: lock })
    }

    /// The pieces that may hold such events, in the order of days and files. What a piece holds besides is not left out.
    pub fn pieces(&self, selection: Selection<'_>) -> Result<Vec<Piece>, StoreError> {
        let of_file = |(file, name): (usize, &String)| -> Result<Vec<Piece>, StoreError> {
            let slices = select::slices(&self.layout.events().join(name), selection)?;
            Ok(slices
                .into_iter()
                .flat_map(|(offset, rows)| cut(offset, rows))
                .map(|(offset, rows)| Piece { file, offset, rows })
                .collect())
        };
        let pieces: Vec<Vec<Piece>> =
            self.files.par_iter().enumerate().with_max_len(1).map(of_file).collect::<Result<_, _>>()?;
        Ok(pieces.concat())
    }

    /// The UTC day of a piece, as `YYYY-MM-DD`.
    pub fn day(&self, piece: Piece) -> &str {
        let folder = self.files[piece.file].split('/').next().unwrap_or_default();
        folder.strip_prefix("date=").unwrap_or(folder)
    }

    /// Reads columns of a piece; those that an older schema does not have are left out.
    pub fn read(&self, piece: Piece, columns: &[&str]) -> Result<DataFrame, StoreError> {
        let path = self.layout.events().join(&self.files[piece.file]);
        let failed = |error: PolarsError| StoreError::Events { path: path.display().to_string(), error };
        let mut reader = events_file::open(&path)?;
        let schema = reader.schema().map_err(failed)?;
        let there = columns.iter().filter(|name| schema.contains(name)).map(|name| (*name).to_owned()).collect();
        let reader = reader.with_columns(Some(there)).with_slice(Some((piece.offset, piece.rows)));
        reader.read_parallel(ParallelStrategy::None).finish().map_err(failed)
    }
}

/// Cuts rows, given as offset and length, into pieces.
pub fn cut(offset: usize, rows: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).step_by(PIECE_ROWS).map(move |start| (offset + start, PIECE_ROWS.min(rows - start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_have_every_row_once() {
        let cuts = |rows| cut(5, rows).collect::<Vec<_>>();
        assert_eq!(cuts(0), []);
        assert_eq!(cuts(PIECE_ROWS), [(5, PIECE_ROWS)]);
        assert_eq!(cuts(PIECE_ROWS + 1), [(5, PIECE_ROWS), (5 + PIECE_ROWS, 1)]);
    }
}
