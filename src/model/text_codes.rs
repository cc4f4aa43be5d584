//! Rows of texts of which many are equal, as numbers.

use std::sync::Arc;

use hashbrown::HashMap;

/// The number of no text.
pub const NO_TEXT: u32 = u32::MAX;

/// Rows of `N` texts each. Each different text is held once.
#[derive(Clone, Debug)]
pub struct TextCodes<const N: usize> {
    rows: Vec<[u32; N]>,
    texts: Vec<Arc<str>>,
    known: HashMap<Arc<str>, u32, foldhash::fast::RandomState>,
}

impl<const N: usize> Default for TextCodes<N> {
    fn default() -> Self {
        Self { rows: Vec::new(), texts: Vec::new(), known: HashMap::default() }
    }
}

impl<const N: usize> TextCodes<N> {
    /// Adds a row; what is not there is null.
    pub fn push(&mut self, texts: [Option<&str>; N]) {
        let row = texts.map(|text| text.map_or(NO_TEXT, |text| self.code(text)));
        self.rows.push(row);
    }

    fn code(&mut self, text: &str) -> u32 {
        if let Some(code) = self.known.get(text) {
            return *code;
        }
        let code = u32::try_from(self.texts.len()).expect("under four billion texts fit into memory");
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.known.insert(text, code);
        code
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many different texts there are.
    pub fn n_texts(&self) -> usize {
        self.texts.len()
    }

    /// The numbers of a row's texts, or [`NO_TEXT`].
    pub fn row(&self, at: u32) -> [u32; N] {
        self.rows[at as usize]
    }

    /// The text with a number.
    pub fn text(&self, code: u32) -> &str {
        &self.texts[code as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_have_one_number() {
        let mut codes = TextCodes::default();
        codes.push([Some("a"), Some("b")]);
        codes.push([Some("b"), None]);
        assert_eq!((codes.row(0), codes.row(1), codes.n_texts()), ([0, 1], [1, NO_TEXT], 2));
        assert_eq!((codes.text(0), codes.text(1), codes.len()), ("a", "b", 2));
    }
}
