//! A column of texts as keys into its different values, as Parquet keeps it: what a text means is looked up once for each
//! value and not once for each row.

use hashbrown::HashMap;
use polars_arrow::array::{Array, DictionaryArray, PrimitiveArray, Utf8ViewArray};

/// The texts of some rows.
#[derive(Clone, Debug)]
pub struct KeyedTexts {
    /// The place of each row's value; that behind the last value stands for null.
    keys: Vec<u32>,
    values: Utf8ViewArray,
}

impl KeyedTexts {
    /// The texts of a column with a dictionary or without one; `None` where it has no texts.
    pub fn of(column: &dyn Array) -> Option<Self> {
        if let Some(coded) = column.as_any().downcast_ref::<DictionaryArray<u32>>() {
            let values = coded.values().as_any().downcast_ref::<Utf8ViewArray>()?.clone();
            let null = place(values.len());
            let keys = coded.keys();
            let keys = match keys.validity() {
                None => keys.values().as_slice().to_vec(),
                Some(_) => keys.iter().map(|key| key.copied().unwrap_or(null)).collect(),
            };
            return Some(Self { keys, values });
        }
        let texts = column.as_any().downcast_ref::<Utf8ViewArray>()?;
        Some(Self::new(texts.iter(), |text| text))
    }

    /// Integers as texts.
    pub fn of_integers(integers: &PrimitiveArray<i64>, text: impl Fn(i64) -> String) -> Self {
        Self::new(integers.iter().map(Option::<&i64>::copied), text)
    }

    fn new<V: Copy + Eq + std::hash::Hash, T: AsRef<str>>(
        rows: impl Iterator<Item = Option<V>>,
        text: impl Fn(V) -> T,
    ) -> Self {
        let mut known: HashMap<V, u32, foldhash::fast::RandomState> = HashMap::default();
        let mut values: Vec<T> = Vec::new();
        let key = |value: Option<V>| {
            let Some(value) = value else { return u32::MAX };
            *known.entry(value).or_insert_with(|| {
                values.push(text(value));
                place(values.len() - 1)
            })
        };
        let mut keys: Vec<u32> = rows.map(key).collect();
        let null = place(values.len());
        keys.iter_mut().for_each(|key| *key = null.min(*key));
        Self { keys, values: Utf8ViewArray::from_slice_values(values) }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The place of a row's value in what [`KeyedTexts::map`] makes.
    pub fn key(&self, at: usize) -> usize {
        self.keys[at] as usize
    }

    /// The text of a row.
    pub fn get(&self, at: usize) -> Option<&str> {
        let key = self.key(at);
        (key < self.values.len()).then(|| self.values.value(key))
    }

    /// What each value means, and behind them what null means.
    pub fn map<'s, T>(&'s self, mut meaning: impl FnMut(Option<&'s str>) -> T) -> Vec<T> {
        let mut meanings: Vec<T> = self.values.values_iter().map(|value| meaning(Some(value))).collect();
        meanings.push(meaning(None));
        meanings
    }
}

fn place(n: usize) -> u32 {
    u32::try_from(n).expect("a frame has fewer than four billion rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_with_and_without_dictionary_are_alike() {
        let texts = [Some("a"), None, Some("b"), Some("a"), Some("")];
        let plain = Utf8ViewArray::from_slice(texts);
        let keys = PrimitiveArray::from_slice([0_u32, 0, 1, 0, 2])
            .with_validity(Some([true, false, true, true, true].into_iter().collect()));
        let values = Utf8ViewArray::from_slice_values(["a", "b", ""]).boxed();
        let coded = DictionaryArray::try_from_keys(keys, values, false).expect("keys have values");
        for column in [&plain as &dyn Array, &coded] {
            let keyed = KeyedTexts::of(column).expect("texts");
            assert_eq!((0..keyed.len()).map(|at| keyed.get(at)).collect::<Vec<_>>(), texts);
            let lengths = keyed.map(|text| text.map_or(9, str::len));
            assert_eq!((0..keyed.len()).map(|at| lengths[keyed.key(at)]).collect::<Vec<_>>(), [1, 9, 1, 1, 0]);
        }
        assert!(KeyedTexts::of(&PrimitiveArray::from_slice([1_i64])).is_none());
    }
}
