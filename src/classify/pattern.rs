//! What rules look for in a user agent.

use super::claims::claims;

/// One thing to look for, in exactly this case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// The whole agent is this.
    Is(&'static str),
    /// The agent starts with this.
    Starts(&'static str),
    /// This stands somewhere.
    Has(&'static str),
}

/// A user agent, ready to be matched: as it was sent, in lower case, and without the names of devices.
#[derive(Clone, Debug)]
pub struct AgentText<'a> {
    raw: &'a [u8],
    lower: Vec<u8>,
    claims: Vec<u8>,
}

impl<'a> AgentText<'a> {
    /// Prepares an agent. A missing one is empty.
    pub fn new(agent: &'a [u8]) -> Self {
        let lower = agent.to_ascii_lowercase();
        let claims = claims(&lower);
        Self { raw: agent, lower, claims }
    }

    /// The agent as it was sent.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The agent in lower case.
    pub fn lower(&self) -> &[u8] {
        &self.lower
    }

    /// What the program says of itself, in lower case: the names of devices are left out.
    pub fn claims(&self) -> &[u8] {
        &self.claims
    }

    /// Whether the pattern is there.
    pub fn has(&self, pattern: Pattern) -> bool {
        match pattern {
            Pattern::Is(text) => self.raw == text.as_bytes(),
            Pattern::Starts(text) => self.raw.starts_with(text.as_bytes()),
            Pattern::Has(text) => memchr::memmem::find(self.raw, text.as_bytes()).is_some(),
        }
    }

    /// Whether any of the patterns is there.
    pub fn has_any(&self, patterns: &[Pattern]) -> bool {
        patterns.iter().any(|pattern| self.has(*pattern))
    }
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
        ] {
            assert_eq!(AgentText::new(agent.as_bytes()).has(pattern), expected, "{agent} {pattern:?}");
        }
    }
}
