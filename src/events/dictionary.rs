//! Columns of few different values as keys into a dictionary, which is how Parquet keeps them: each value is written once
//! a row group, and values are never hashed or compared again.

use polars::prelude::{IdxCa, IdxSize, NewChunkedArray, PlSmallStr, PolarsResult, Series};
use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::ArrowDataType;

use crate::model::text_codes::{NO_TEXT, TextCodes};

/// No value: null.
pub const NULL: u32 = NO_TEXT;

/// The values of some rows as numbers.
#[derive(Debug)]
pub struct Coded {
    /// The place in `used` of each row's value, or [`NULL`].
    keys: Vec<u32>,
    /// The numbers of the values that occur, in the order in which they first do.
    used: Vec<u32>,
}

/// Finds the values of rows, one column after the other. It keeps its memory: to get and clear it anew for each column takes
/// longer than the work.
#[derive(Debug, Default)]
pub struct Coder {
    /// One more than the place of each number among the values that occur; zero where it does not.
    known: Vec<u32>,
}

impl Coder {
    /// Numbers of rows' values, each under `n`, or [`NULL`].
    pub fn code(&mut self, n: usize, numbers: impl Iterator<Item = u32>) -> Coded {
        if self.known.len() < n {
            self.known.resize(n, 0);
        }
        let known = &mut self.known[..n];
        let mut used = Vec::new();
        let key = |number: u32| {
            let Some(known) = known.get_mut(number as usize) else { return NULL };
            if *known == 0 {
                used.push(number);
                *known = u32::try_from(used.len()).expect("a row group has fewer than four billion values");
            }
            *known - 1
        };
        let keys = numbers.map(key).collect();
        used.iter().for_each(|number| self.known[*number as usize] = 0);
        Coded { keys, used }
    }

    /// The same rows with what their values are mapped to: a number under `n`, or [`NULL`].
    pub fn map(&mut self, rows: &Coded, n: usize, map: impl Fn(u32) -> u32) -> Coded {
        let mapped = self.code(n, rows.used.iter().map(|number| map(*number)));
        let key = |key: &u32| mapped.keys.get(*key as usize).copied().unwrap_or(NULL);
        Coded { keys: rows.keys.iter().map(key).collect(), used: mapped.used }
    }

    /// As a column of the texts that the values have.
    pub fn texts<const N: usize>(&mut self, rows: &Coded, codes: &TextCodes<N>, column: usize) -> Box<dyn Array> {
        let rows = self.map(rows, codes.n_texts(), |number| codes.row(number)[column]);
        rows.texts(|code| codes.text(code))
    }
}

impl Coded {
    /// As a column of texts.
    pub fn texts<T: AsRef<str>>(&self, text: impl Fn(u32) -> T) -> Box<dyn Array> {
        let values: Vec<T> = self.used.iter().map(|number| text(*number)).collect();
        self.array(Utf8ViewArray::from_slice_values(values).boxed())
    }

    /// As a column of integers.
    pub fn integers(&self, integer: impl Fn(u32) -> i64) -> Box<dyn Array> {
        let values: Vec<i64> = self.used.iter().map(|number| integer(*number)).collect();
        self.array(PrimitiveArray::from_vec(values).boxed())
    }

    fn array(&self, values: Box<dyn Array>) -> Box<dyn Array> {
        let keys = if self.keys.contains(&NULL) {
            let validity: Bitmap = self.keys.iter().map(|key| *key != NULL).collect();
            let keys = self.keys.iter().map(|key| if *key == NULL { 0 } else { *key }).collect::<Vec<_>>();
            PrimitiveArray::new(ArrowDataType::UInt32, keys.into(), Some(validity))
        } else {
            PrimitiveArray::from_slice(&self.keys)
        };
        DictionaryArray::try_from_keys(keys, values, false).expect("every key has its value").boxed()
    }
}

/// A column as a series, without its dictionary where it has one.
pub fn decode(name: &str, column: &dyn Array) -> PolarsResult<Series> {
    let name = PlSmallStr::from_str(name);
    let Some(coded) = column.as_any().downcast_ref::<DictionaryArray<u32>>() else {
        return Series::try_from((name, column.to_boxed()));
    };
    let keys =
        IdxCa::from_iter_options(PlSmallStr::EMPTY, coded.keys().iter().map(|key| key.map(|key| *key as IdxSize)));
    let values = Series::try_from((name, coded.values().clone()))?;
    if values.is_empty() {
        return Ok(Series::full_null(values.name().clone(), column.len(), values.dtype()));
    }
    values.take(&keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(coded: &Coded) -> Vec<Option<String>> {
        let all = ["zero", "one", "two", "three"];
        let column = coded.texts(|number| all[number as usize]);
        let series = decode("x", &*column).expect("a series");
        series.str().expect("texts").iter().map(|text| text.map(str::to_owned)).collect()
    }

    #[test]
    fn gives_back_what_it_took() {
        let some =
            |texts: &[&str]| texts.iter().map(|text| (*text != "-").then(|| (*text).to_owned())).collect::<Vec<_>>();
        let mut coder = Coder::default();
        let coded = coder.code(4, [3, 1, NULL, 3, 0].into_iter());
        assert_eq!(coded.used, [3, 1, 0]);
        assert_eq!(texts(&coded), some(&["three", "one", "-", "three", "zero"]));
        // Two values become one, and one becomes null.
        let mapped = coder.map(&coded, 4, |number| if number == 0 { NULL } else { 2 });
        assert_eq!(mapped.used, [2]);
        assert_eq!(texts(&mapped), some(&["two", "two", "-", "two", "-"]));
        assert_eq!(texts(&coder.code(4, [NULL, NULL].into_iter())), some(&["-", "-"]));
        assert_eq!(texts(&coder.code(4, std::iter::empty())), some(&[]));
        let integers = coder.code(2, [1, NULL].into_iter()).integers(|number| i64::from(number) * 10);
        let series = decode("x", &*integers).expect("a series");
        assert_eq!(series.i64().expect("integers").iter().collect::<Vec<_>>(), [Some(10), None]);
    }
}
