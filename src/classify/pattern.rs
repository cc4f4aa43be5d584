//! What rules look for in a user agent.

/// One thing to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The whole agent is this.
    Is(&'static str),
    /// The agent starts with this.
    Starts(&'static str),
    /// This stands somewhere, in exactly this case.
    Has(&'static str),
    /// A name starts with this, in any case: what stands before it is no letter or digit. `Java/` is not in
    /// `NotJava/`.
    Name(&'static str),
    /// This is a whole word, in any case.
    Word(&'static str),
}

/// A user agent, ready to be matched: as it was sent, and in lower case.
#[derive(Clone, Debug)]
pub struct AgentText<'a> {
    raw: &'a [u8],
    lower: Vec<u8>,
}

impl<'a> AgentText<'a> {
    /// Prepares an agent. A missing one is empty.
    pub fn new(agent: &'a [u8]) -> Self {
        Self { raw: agent, lower: agent.to_ascii_lowercase() }
    }

    /// The agent as it was sent.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// Whether the pattern is there.
    pub fn has(&self, pattern: Pattern) -> bool {
        match pattern {
            Pattern::Is(text) => self.raw == text.as_bytes(),
            Pattern::Starts(text) => self.raw.starts_with(text.as_bytes()),
            Pattern::Has(text) => memchr::memmem::find(self.raw, text.as_bytes()).is_some(),
            Pattern::Name(text) => self.places(text).any(|(before, _)| !is_word_byte(before)),
            Pattern::Word(text) => {
                self.places(text).any(|(before, after)| !is_word_byte(before) && !is_word_byte(after))
            }
        }
    }

    /// Whether any of the patterns is there.
    pub fn has_any(&self, patterns: &[Pattern]) -> bool {
        patterns.iter().any(|pattern| self.has(*pattern))
    }

    /// The bytes before and after each place where the text stands in any case.
    fn places(&self, text: &'static str) -> impl Iterator<Item = (Option<u8>, Option<u8>)> {
        let needle = text.to_ascii_lowercase();
        let found: Vec<usize> = memchr::memmem::find_iter(&self.lower, needle.as_bytes()).collect();
        found.into_iter().map(move |at| {
            let before = at.checked_sub(1).map(|i| self.lower[i]);
            (before, self.lower.get(at + text.len()).copied())
        })
    }
}

fn is_word_byte(byte: Option<u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_at_the_right_places() {
        for (agent, pattern, expected) in [
            ("Mozilla/5.0", Pattern::Is("Mozilla/5.0"), true),
            ("Mozilla/5.0 (X11)", Pattern::Is("Mozilla/5.0"), false),
            ("hey.com/imageproxy (x)", Pattern::Starts("hey.com/imageproxy"), true),
            ("x (via ggpht.com GoogleImageProxy)", Pattern::Has("via ggpht.com GoogleImageProxy"), true),
            ("x googleimageproxy", Pattern::Has("GoogleImageProxy"), false),
            ("JAVA/1.8", Pattern::Name("Java/"), true),
            ("NotJava/1.8", Pattern::Name("Java/"), false),
            ("x (Mimecast)", Pattern::Word("mimecast"), true),
            ("x Mimecast2", Pattern::Word("mimecast"), false),
            ("CUBOT J9", Pattern::Word("bot"), false),
        ] {
            assert_eq!(AgentText::new(agent.as_bytes()).has(pattern), expected, "{agent} {pattern:?}");
        }
    }
}
