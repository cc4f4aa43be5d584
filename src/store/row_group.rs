//! Parquet of columns that may have their dictionaries already. polars' own writer takes frames only, and looks for the
//! dictionary of every column anew, which took longer than everything else about a file.

use polars::prelude::{CompatLevel, DataFrame, PolarsResult, Schema};
use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray};
use polars_arrow::datatypes::ArrowSchema;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::page::{DataPage, DataPageHeader};
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FileWriter, KeyValue, Page,
    ParquetType, SchemaDescriptor, StatisticsOptions, Version, WriteOptions, array_to_columns, compress,
    fallible_streaming_iterator, get_dtype_encoding, schema_to_metadata_key, to_parquet_schema,
};

use super::keys_page;
use crate::events::columns::event as column;
use crate::events::dictionary::{Column, Keyed, Keys};

/// Columns whose values hardly repeat: a dictionary is not looked for.
const PLAIN: [&str; 3] = [column::EVENT_HI, column::EVENT_LO, column::TS_MS];

/// Bytes before a page, and about it in the footer, or a little more.
const PAGE_HEADER: usize = 256;

fn options() -> WriteOptions {
    WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        compression: CompressionOptions::Lz4Raw,
        data_page_size: None,
    }
}

/// The columns of a file.
#[derive(Debug)]
pub struct FileSchema {
    arrow: ArrowSchema,
    parquet: SchemaDescriptor,
}

impl FileSchema {
    /// Columns with the names and types of a frame.
    pub fn new(schema: &Schema) -> PolarsResult<Self> {
        let field = |(name, dtype): (&_, &polars::prelude::DataType)| {
            let field = dtype.to_arrow_field(polars::prelude::PlSmallStr::clone(name), CompatLevel::newest());
            (field.name.clone(), field)
        };
        let arrow: ArrowSchema = schema.iter().map(field).collect();
        let parquet = to_parquet_schema(&arrow)?;
        Ok(Self { arrow, parquet })
    }
}

/// Rows on their way into a file: encoded and compressed.
pub struct RowGroup {
    rows: usize,
    columns: Vec<Pages>,
    /// Bytes that it takes at most.
    room: usize,
}

/// The pages of a column.
#[derive(Default)]
struct Pages {
    pages: Vec<CompressedPage>,
    room: usize,
}

impl Pages {
    fn add(&mut self, page: Page) -> PolarsResult<()> {
        let room = if let Page::Dict(dictionary) = &page { dictionary.buffer.len() } else { 0 };
        let page = compress(page, Vec::new(), options().compression)?;
        let packed = if let CompressedPage::Data(page) = &page { page.compressed_size() } else { 0 };
        self.room += room.max(packed) + PAGE_HEADER;
        self.pages.push(page);
        Ok(())
    }
}

impl RowGroup {
    /// Encodes columns, in the order of the schema.
    pub fn encode(schema: &FileSchema, rows: usize, columns: &[Column]) -> PolarsResult<Self> {
        assert_eq!(columns.len(), schema.arrow.len(), "the columns are those of the schema");
        let columns = columns.iter().zip(schema.arrow.iter_names()).zip(schema.parquet.fields());
        let columns = columns.map(|((column, name), field)| match column {
            Column::Array(array) => pages(&**array, name, field),
            Column::Keyed(keyed) => keyed_pages(keyed, field),
        });
        let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
        let room = columns.iter().map(|column| column.room).sum();
        Ok(Self { rows, columns, room })
    }

    /// Encodes a frame with the columns of the schema.
    pub fn of_frame(schema: &FileSchema, frame: &DataFrame) -> PolarsResult<Self> {
        let columns = frame.columns().iter().map(|column| {
            let column = column.as_materialized_series().rechunk();
            Column::Array(column.to_arrow(0, CompatLevel::newest()))
        });
        Self::encode(schema, frame.height(), &columns.collect::<Vec<_>>())
    }
}

fn pages(column: &dyn Array, name: &str, field: &ParquetType) -> PolarsResult<Pages> {
    let encoding = match column.dtype() {
        _ if PLAIN.contains(&name) => vec![Encoding::Plain],
        other => get_dtype_encoding(other),
    };
    let mut all = Pages::default();
    for pages in array_to_columns(column.to_boxed(), field.clone(), options(), &encoding)? {
        for page in pages {
            all.add(page?)?;
        }
    }
    Ok(all)
}

/// The pages of a column that has its dictionary. polars makes that of the values, and the statistics; the keys are ours.
fn keyed_pages(keyed: &Keyed, field: &ParquetType) -> PolarsResult<Pages> {
    let Keyed { keys, values } = keyed;
    let first = if values.is_empty() { None } else { Some(0_u32) };
    let one_row = DictionaryArray::try_from_keys(PrimitiveArray::from(vec![first]), values.clone(), false)?;
    let mut all = Pages::default();
    for pages in array_to_columns(one_row.boxed(), field.clone(), options(), &[Encoding::RleDictionary])? {
        for page in pages {
            let page = match page? {
                Page::Data(page) => Page::Data(with_keys(&page, keys, values.len())),
                dictionary @ Page::Dict(_) => dictionary,
            };
            all.add(page)?;
        }
    }
    Ok(all)
}

fn with_keys(page: &DataPage, keys: &Keys, n_values: usize) -> DataPage {
    let mut header = page.header().clone();
    if let DataPageHeader::V1(header) = &mut header {
        header.num_values = i32::try_from(keys.rows()).expect("a row group has fewer than two billion rows");
        if let Some(statistics) = &mut header.statistics {
            statistics.null_count = i64::try_from(keys.nulls()).ok();
        }
    }
    DataPage::new(header, CowBuffer::Owned(keys_page::body(keys, n_values)), page.descriptor.clone(), keys.rows())
}

/// The bytes of a file with these row groups, and texts by key in its footer.
pub fn file(schema: &FileSchema, row_groups: &[RowGroup], texts: &[(&str, String)]) -> PolarsResult<Vec<u8>> {
    let size = row_groups.iter().map(|row_group| row_group.room).sum();
    let mut writer = FileWriter::try_new(Vec::with_capacity(size), schema.arrow.clone(), options())?;
    for RowGroup { rows, columns, .. } in row_groups {
        let columns = columns.iter().map(|pages| {
            let pages = pages.pages.iter().map(PolarsResult::Ok);
            Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages)))
        });
        writer.write(*rows as u64, DynIter::new(columns))?;
    }
    let texts = texts.iter().map(|(key, text)| KeyValue { key: (*key).to_owned(), value: Some(text.clone()) });
    let metadata = std::iter::once(schema_to_metadata_key(&schema.arrow)).chain(texts).collect();
    writer.end(Some(metadata))?;
    Ok(writer.into_inner())
}
