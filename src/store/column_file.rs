//! An event file column by column: row groups as arrays that keep their dictionaries.

use std::fs::File;
use std::io::Cursor;
use std::os::unix::fs::FileExt;
use std::path::Path;

use polars::prelude::{PolarsError, PolarsResult};
use polars_arrow::array::Array;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, DTYPE_CATEGORICAL_NEW, Field, IntegerType, Metadata};
use polars_buffer::Buffer;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, PageReader, RowGroupMetadata, column_iter_to_arrays,
    infer_schema,
};

use super::{StoreError, events_file};
use crate::events::columns::event as column;

/// An event file.
pub struct ColumnFile {
    file: File,
    metadata: FileMetadata,
    schema: ArrowSchema,
}

/// The values of a column of a row group lie between these, where that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// None is below this one.
    pub min: Option<Vec<u8>>,
    /// None is above this one.
    pub max: Option<Vec<u8>>,
}

impl Span {
    /// Whether the value may be among them.
    pub fn may_hold(&self, value: &[u8]) -> bool {
        self.min.as_deref().is_none_or(|min| value >= min) && self.max.as_deref().is_none_or(|max| value <= max)
    }
}

impl ColumnFile {
    /// Opens a file and reads its footer.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let mut reader = events_file::open(path)?;
        let failed = |error| StoreError::Events { path: path.display().to_string(), error };
        let metadata = FileMetadata::clone(&**reader.get_metadata().map_err(failed)?);
        let schema = infer_schema(&metadata).map_err(failed)?;
        let file = File::open(path).map_err(|error| StoreError::io(path, error))?;
        Ok(Self { file, metadata, schema })
    }

    /// How many events each row group has.
    pub fn row_groups(&self) -> impl Iterator<Item = usize> {
        self.metadata.row_groups.iter().map(RowGroupMetadata::num_rows)
    }

    /// What a row group says of the values of one of its columns.
    pub fn span(&self, row_group: usize, name: &str) -> Span {
        let statistics =
            self.chunk(row_group, name).and_then(|chunk| chunk.statistics(&self.metadata.footer_buf)?.ok());
        let Some(statistics) = statistics.as_ref().and_then(|statistics| statistics.as_binary()) else {
            return Span::default();
        };
        Span { min: statistics.min_value.clone(), max: statistics.max_value.clone() }
    }

    fn chunk(&self, row_group: usize, name: &str) -> Option<&ColumnChunkMetadata> {
        self.metadata.row_groups[row_group].columns_under_root_iter(name)?.next()
    }

    /// Reads a column of a row group; `None` where the file's schema does not have it. Texts come with the dictionary that
    /// they have in the file, or without one.
    pub fn read(&self, row_group: usize, name: &str) -> PolarsResult<Option<Box<dyn Array>>> {
        let Some((chunk, field)) = self.chunk(row_group, name).zip(self.schema.get(name)) else { return Ok(None) };
        let range = chunk.byte_range();
        let length = usize::try_from(range.end - range.start).expect("a row group fits into memory");
        let mut bytes = vec![0; length];
        self.file.read_exact_at(&mut bytes, range.start)?;
        let bytes = Buffer::from(bytes);
        let is_text = field.dtype == ArrowDataType::Utf8View;
        // Message ids hardly repeat, and have a dictionary where they do: then polars' reader is as fast.
        if is_text && name != column::MESSAGE {
            let dtype = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(ArrowDataType::Utf8View), false);
            // This tells the reader that the dictionary is whole in each row group.
            let metadata: Metadata = [(DTYPE_CATEGORICAL_NEW.into(), "".into())].into_iter().collect();
            let coded = Field::new(field.name.clone(), dtype, true).with_metadata(metadata);
            // A writer may have found a dictionary not worth it: then the texts are plain.
            if let Ok(array) = decode(chunk, bytes.clone(), coded) {
                return Ok(Some(array));
            }
        }
        decode(chunk, bytes, field.clone()).map(Some)
    }
}

fn decode(chunk: &ColumnChunkMetadata, bytes: Buffer<u8>, field: Field) -> PolarsResult<Box<dyn Array>> {
    let pages = PageReader::new(Cursor::new(bytes), chunk, Vec::new(), usize::MAX);
    let pages = BasicDecompressor::new(pages, Vec::new());
    let types = vec![&chunk.descriptor().descriptor.primitive_type];
    let (mut arrays, _) = column_iter_to_arrays(vec![pages], types, field, None)?;
    match (arrays.pop(), arrays.is_empty()) {
        (Some(array), true) => Ok(array),
        // One array a row group is what polars gives; what is else is no column of ours.
        _ => Err(PolarsError::ComputeError("a column of a row group is not one array".into())),
    }
}
