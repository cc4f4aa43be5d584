//! Columns of few different values as keys into a dictionary, which is how Parquet keeps them: each value is written once
//! a row group, and values are never hashed or compared again.

use polars::prelude::{IdxCa, IdxSize, NewChunkedArray, PlSmallStr, PolarsResult, Series};
use polars_arrow::array::{Array, BooleanArray, MutableBinaryViewArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;

use crate::model::text_codes::{NO_TEXT, TextCodes};

/// No value: null.
pub const NULL: u32 = NO_TEXT;

/// A column of a row group.
#[derive(Debug)]
pub enum Column {
    /// Its values.
    Array(Box<dyn Array>),
    /// Keys into a dictionary.
    Keyed(Keyed),
}

/// Keys into a dictionary.
#[derive(Debug)]
pub struct Keyed {
    /// The key of each row's value, or [`NULL`].
    pub keys: Keys,
    /// The values, none of them null, and each with a row that has it.
    pub values: Box<dyn Array>,
}

/// The keys of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Keys {
    /// All rows have the same.
    Same {
        /// The key, or [`NULL`].
        key: u32,
        /// How many rows there are.
        rows: usize,
    },
    /// Each row that is not null has its own.
    Each {
        /// The keys of the rows that are not null.
        keys: Vec<u32>,
        /// Which rows are not null, where some are. Columns that are null in the same rows share it.
        there: Option<Bitmap>,
    },
}

impl Keys {
    /// The keys of rows, of which some are [`NULL`].
    fn each(mut keys: Vec<u32>, has_nulls: bool) -> Self {
        if !has_nulls {
            return Self::Each { keys, there: None };
        }
        let there: Bitmap = keys.iter().map(|key| *key != NULL).collect();
        let mut n = 0;
        // Which rows are null is often as good as random: to ask takes longer than to write each key.
        for at in 0..keys.len() {
            keys[n] = keys[at];
            n += usize::from(keys[at] != NULL);
        }
        keys.truncate(n);
        Self::Each { keys, there: Some(there) }
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        match self {
            Self::Same { rows, .. } => *rows,
            Self::Each { keys, there } => there.as_ref().map_or(keys.len(), Bitmap::len),
        }
    }

    /// How many rows are null.
    pub fn nulls(&self) -> usize {
        match self {
            Self::Same { key, rows } => usize::from(*key == NULL) * *rows,
            Self::Each { keys, .. } => self.rows() - keys.len(),
        }
    }

    /// Which rows are not null, where some are.
    fn there(&self) -> Option<Bitmap> {
        match self {
            Self::Same { key: NULL, rows } => Some(Bitmap::new_zeroed(*rows)),
            Self::Same { .. } => None,
            Self::Each { there, .. } => there.clone(),
        }
    }

    /// The key of each row, or [`NULL`].
    fn iter(&self) -> impl Iterator<Item = u32> {
        let (same, keys): (_, &[u32]) = match self {
            Self::Same { key, .. } => (Some(*key), &[]),
            Self::Each { keys, .. } => (None, keys),
        };
        let there = if let Self::Each { there, .. } = self { there.as_ref() } else { None };
        let mut keys = keys.iter();
        (0..self.rows()).map(move |at| {
            let is_there = there.is_none_or(|there| there.get_bit(at));
            same.or_else(|| if is_there { keys.next().copied() } else { None }).unwrap_or(NULL)
        })
    }

    /// The same rows with other keys: `to` has the new key of each old one.
    fn map(&self, to: &[u32]) -> Self {
        let new = |key: u32| to.get(key as usize).copied().unwrap_or(NULL);
        let (keys, there) = match self {
            Self::Same { key, rows } => return Self::Same { key: new(*key), rows: *rows },
            Self::Each { keys, there } => (keys, there),
        };
        match to.first() {
            Some(first) if (there.is_none() || *first == NULL) && to.iter().all(|key| key == first) => {
                Self::Same { key: *first, rows: self.rows() }
            }
            _ if to.contains(&NULL) => Self::each(self.iter().map(new).collect(), true),
            _ => Self::Each { keys: keys.iter().map(|key| new(*key)).collect(), there: there.clone() },
        }
    }
}

/// The values of some rows as numbers.
#[derive(Debug)]
pub struct Coded {
    keys: Keys,
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
        let mut nulls = 0;
        let key = |number: u32| {
            let Some(known) = known.get_mut(number as usize) else {
                nulls += 1;
                return NULL;
            };
            if *known == 0 {
                used.push(number);
                *known = u32::try_from(used.len()).expect("a row group has fewer than four billion values");
            }
            *known - 1
        };
        let keys: Vec<u32> = numbers.map(key).collect();
        used.iter().for_each(|number| self.known[*number as usize] = 0);
        let keys = match (used.len(), nulls) {
            (1, 0) => Keys::Same { key: 0, rows: keys.len() },
            (0, _) => Keys::Same { key: NULL, rows: keys.len() },
            _ => Keys::each(keys, nulls > 0),
        };
        Coded { keys, used }
    }

    /// The same rows with what their values are mapped to: a number under `n`, or [`NULL`].
    pub fn map(&mut self, rows: &Coded, n: usize, map: impl Fn(u32) -> u32) -> Coded {
        let Coded { keys, used } = self.code(n, rows.used.iter().map(|number| map(*number)));
        let to: Vec<u32> = keys.iter().collect();
        Coded { keys: rows.keys.map(&to), used }
    }

    /// As a column of the texts that the values have.
    pub fn texts<const N: usize>(&mut self, rows: &Coded, codes: &TextCodes<N>, column: usize) -> Column {
        let rows = self.map(rows, codes.n_texts(), |number| codes.row(number)[column]);
        rows.texts(|code| codes.text(code))
    }
}

impl Coded {
    /// Rows that all have one number, or [`NULL`].
    pub fn same(number: u32, rows: usize) -> Self {
        if number == NULL {
            Self { keys: Keys::Same { key: NULL, rows }, used: Vec::new() }
        } else {
            Self { keys: Keys::Same { key: 0, rows }, used: vec![number] }
        }
    }

    /// As a column of texts.
    pub fn texts<'t>(self, text: impl Fn(u32) -> &'t str) -> Column {
        let mut values = MutableBinaryViewArray::with_capacity(self.used.len());
        self.used.iter().for_each(|number| values.push_value(text(*number)));
        self.column(Utf8ViewArray::from(values).boxed())
    }

    /// As a column of texts that are written one after the other.
    pub fn written(self, write: impl Fn(u32, &mut String)) -> Column {
        let mut values = MutableBinaryViewArray::with_capacity(self.used.len());
        let mut text = String::new();
        for number in &self.used {
            text.clear();
            write(*number, &mut text);
            values.push_value(&text);
        }
        self.column(Utf8ViewArray::from(values).boxed())
    }

    /// As a column of integers.
    pub fn integers(self, integer: impl Fn(u32) -> i64) -> Column {
        let values: Vec<i64> = self.used.iter().map(|number| integer(*number)).collect();
        self.column(PrimitiveArray::from_vec(values).boxed())
    }

    /// As a column of flags.
    pub fn flags(&self, flag: impl Fn(u32) -> bool) -> Column {
        let flags: Vec<bool> = self.used.iter().map(|number| flag(*number)).collect();
        let flag = |key: u32| flags.get(key as usize).copied().unwrap_or_default();
        let bits = match flags.first() {
            Some(first) if flags.iter().all(|flag| flag == first) => Bitmap::new_with_value(*first, self.keys.rows()),
            _ => self.keys.iter().map(flag).collect(),
        };
        Column::Array(BooleanArray::from(bits).with_validity(self.keys.there()).boxed())
    }

    fn column(self, values: Box<dyn Array>) -> Column {
        Column::Keyed(Keyed { keys: self.keys, values })
    }
}

impl Column {
    /// As a series, without its dictionary where it has one.
    pub fn decode(&self, name: &PlSmallStr) -> PolarsResult<Series> {
        let Keyed { keys, values } = match self {
            Self::Array(array) => return Series::try_from((name.clone(), array.clone())),
            Self::Keyed(keyed) => keyed,
        };
        let values = Series::try_from((name.clone(), values.clone()))?;
        if values.is_empty() {
            return Ok(Series::full_null(name.clone(), keys.rows(), values.dtype()));
        }
        let keys = keys.iter().map(|key| (key != NULL).then(|| IdxSize::try_from(key).ok()).flatten());
        values.take(&IdxCa::from_iter_options(name.clone(), keys))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(coded: Coded) -> Vec<Option<String>> {
        let all = ["zero", "one", "two", "three"];
        let column = coded.texts(|number| all[number as usize]);
        let series = column.decode(&"x".into()).expect("a series");
        series.str().expect("texts").iter().map(|text| text.map(str::to_owned)).collect()
    }

    fn flags(coded: &Coded) -> Vec<Option<bool>> {
        let series = coded.flags(|number| number > 1).decode(&"x".into()).expect("a series");
        series.bool().expect("flags").iter().collect()
    }

    #[test]
    fn gives_back_what_it_took() {
        let some =
            |texts: &[&str]| texts.iter().map(|text| (*text != "-").then(|| (*text).to_owned())).collect::<Vec<_>>();
        let mut coder = Coder::default();
        let coded = coder.code(4, [3, 1, NULL, 3, 0].into_iter());
        assert_eq!(coded.used, [3, 1, 0]);
        assert_eq!(flags(&coded), [Some(true), Some(false), None, Some(true), Some(false)]);
        // Two values become one, and one becomes null.
        let mapped = coder.map(&coded, 4, |number| if number == 0 { NULL } else { 2 });
        assert_eq!(mapped.used, [2]);
        assert_eq!(mapped.keys.nulls(), 2);
        assert_eq!(texts(mapped), some(&["two", "two", "-", "two", "-"]));
        assert_eq!(texts(coded), some(&["three", "one", "-", "three", "zero"]));
        let integers = coder.code(2, [1, NULL].into_iter()).integers(|number| i64::from(number) * 10);
        let series = integers.decode(&"x".into()).expect("a series");
        assert_eq!(series.i64().expect("integers").iter().collect::<Vec<_>>(), [Some(10), None]);
    }

    #[test]
    fn rows_that_are_the_same_have_one_key() {
        let mut coder = Coder::default();
        let of = |texts: &[Option<&str>]| texts.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>();
        let (one, none, two) = (Some("one"), None, Some("two"));
        for (numbers, expected) in [
            (vec![1, 1], of(&[one, one])),
            (vec![NULL, NULL], of(&[none, none])),
            (vec![], of(&[])),
            (vec![1, NULL], of(&[one, none])),
        ] {
            let coded = coder.code(4, numbers.iter().copied());
            let is_same = numbers.iter().all(|number| *number == numbers[0]);
            assert_eq!(matches!(coded.keys, Keys::Same { .. }), is_same, "{numbers:?}");
            assert_eq!(texts(coded), expected);
        }
        assert_eq!(texts(Coded::same(2, 2)), of(&[two, two]));
        assert_eq!(texts(Coded::same(NULL, 1)), of(&[none]));
        let different = coder.code(4, [0, 3, 0].into_iter());
        for to in [2, NULL] {
            let mapped = coder.map(&different, 4, |_| to);
            assert_eq!(mapped.keys, Keys::Same { key: if to == NULL { NULL } else { 0 }, rows: 3 });
        }
        let with_null = coder.code(4, [0, NULL, 3].into_iter());
        assert_eq!(texts(coder.map(&with_null, 4, |_| 1)), of(&[one, none, one]));
        assert_eq!(texts(coder.map(&with_null, 4, |_| NULL)), of(&[none, none, none]));
        assert_eq!(flags(&coder.code(4, [2, 3].into_iter())), [Some(true), Some(true)]);
    }
}
