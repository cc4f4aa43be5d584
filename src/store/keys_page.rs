//! The body of a Parquet data page with dictionary keys: which rows have a value, then the keys of those that do, both in
//! the hybrid of runs and packed bits (parquet.apache.org, "Encodings"). polars' encoder looks for runs value by value,
//! which takes several times as long as to pack them; here a page is either all runs or all packed.

use polars_arrow::bitmap::Bitmap;
use polars_parquet::parquet::encoding::{bitpacked, uleb128};

use crate::events::dictionary::{Keys, NULL};

/// A run takes as many bytes as some packed keys: with fewer keys a run on average, all are packed.
const RUN: usize = 16;

/// Keys that are packed at once.
const PACK: usize = 32;

/// The body of a page of version 1, of a column that may be null. `n_values` is how many values the dictionary has.
pub(super) fn body(keys: &Keys, n_values: usize) -> Vec<u8> {
    let rows = keys.rows();
    let width = (u32::BITS - u32::try_from(n_values.saturating_sub(1)).unwrap_or(u32::MAX).leading_zeros()) as usize;
    let mut body = Vec::with_capacity(rows * width / 8 + rows / 8 + 64);
    body.extend([0; 4]);
    match keys {
        Keys::Each { there: Some(there), .. } => levels(there, &mut body),
        _ => run(rows, usize::from(keys.nulls() == 0), 1, &mut body),
    }
    let length = u32::try_from(body.len() - 4).expect("a page is far smaller than 4 GiB");
    body[..4].copy_from_slice(&length.to_le_bytes());
    body.push(u8::try_from(width).expect("a key has 32 bits at most"));
    match keys {
        Keys::Same { key: NULL, .. } => {}
        Keys::Same { key, rows } => run(*rows, *key as usize, width, &mut body),
        Keys::Each { keys, .. } => values(keys, width, &mut body),
    }
    body
}

/// Which rows have a value, a bit each: a bitmap of Arrow has them in the same order.
fn levels(there: &Bitmap, body: &mut Vec<u8>) {
    packed_header(there.len(), body);
    let (bytes, offset, rows) = there.as_slice();
    assert_eq!(offset, 0, "the bits of a row group begin with a byte");
    body.extend_from_slice(&bytes[..rows.div_ceil(8)]);
}

/// Keys of `width` bits.
fn values(keys: &[u32], width: usize, body: &mut Vec<u8>) {
    let changes = keys.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if (changes + 1) * RUN <= keys.len() || width == 0 {
        for same in keys.chunk_by(|a, b| a == b) {
            run(same.len(), same[0] as usize, width, body);
        }
        return;
    }
    packed_header(keys.len(), body);
    for keys in keys.chunks(PACK) {
        let mut packed = [0; 4 * PACK];
        bitpacked::encode_pack(keys, width, &mut packed);
        // Whole groups of eight are written; the reader knows how many values there are.
        body.extend_from_slice(&packed[..keys.len().div_ceil(8) * width]);
    }
}

fn packed_header(n: usize, body: &mut Vec<u8>) {
    number(n.div_ceil(8) << 1 | 1, body);
}

/// One value of `width` bits `n` times.
fn run(n: usize, value: usize, width: usize, body: &mut Vec<u8>) {
    number(n << 1, body);
    body.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8)]);
}

fn number(n: usize, body: &mut Vec<u8>) {
    let mut bytes = [0; 10];
    let length = uleb128::encode(n as u64, &mut bytes);
    body.extend_from_slice(&bytes[..length]);
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, DataType, Field, Schema};
    use polars_io::SerReader as _;
    use polars_io::parquet::read::ParquetReader;
    use proptest::prelude::*;

    use super::*;
    use crate::events::dictionary::{Coded, Coder, Column};
    use crate::store::row_group::{FileSchema, RowGroup, file};

    /// Writes a column of texts and one of integers, and reads them with polars.
    fn check(coded: impl Fn() -> Coded, rows: usize) {
        let columns = [
            coded().written(|number, out| out.push_str(&format!("value {number}"))),
            coded().integers(|number| i64::from(number) * 1_000_003),
        ];
        let names = ["texts", "integers"];
        let types = names.into_iter().zip([DataType::String, DataType::Int64]);
        let schema: Schema = types.map(|(name, dtype)| Field::new(name.into(), dtype)).collect();
        let schema = FileSchema::new(&schema).expect("a schema");
        let row_group = RowGroup::encode(&schema, rows, &columns).expect("a row group");
        let bytes = file(&schema, &[row_group], &[]).expect("a file");
        let read = ParquetReader::new(std::io::Cursor::new(bytes)).finish().expect("a frame");
        let decoded = columns.iter().zip(names).map(|(column, name)| Column::decode(column, &name.into()));
        let expected = decoded.map(|series| series.expect("a series").into()).collect();
        assert!(read.equals_missing(&DataFrame::new(rows, expected).expect("a frame")), "{rows} rows");
    }

    /// Runs of the same value, or of none.
    fn runs() -> impl Strategy<Value = Vec<u32>> {
        let value = prop_oneof![3 => 0..6_u32, 1 => 0..3000_u32, 1 => Just(NULL)];
        let length = prop_oneof![1..4_usize, 1..200_usize];
        prop::collection::vec((value, length), 0..40)
            .prop_map(|runs| runs.into_iter().flat_map(|(value, n)| std::iter::repeat_n(value, n)).collect())
    }

    proptest! {
        #[test]
        fn polars_reads_what_was_written(numbers in runs()) {
            check(|| Coder::default().code(3000, numbers.iter().copied()), numbers.len());
        }

        #[test]
        fn any_number_of_values_is_read(n in 1..2000_u32, step in 1..9_u32, nulls in 2..20_u32) {
            let numbers = (0..n).map(|i| if i % nulls == 1 { NULL } else { i * step % n });
            check(|| Coder::default().code(n as usize, numbers.clone()), n as usize);
        }
    }

    #[test]
    fn columns_of_one_value_or_none_are_read() {
        for rows in [0, 1, 7, 8, 33, 40_000] {
            check(|| Coded::same(5, rows), rows);
            check(|| Coded::same(NULL, rows), rows);
        }
    }
}
