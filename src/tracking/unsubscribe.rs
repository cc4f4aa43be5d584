//! Which links unsubscribe: their hits are in no click metric.

/// The links that unsubscribe when the configuration names none.
pub const DEFAULT_UNSUBSCRIBE: [&str; 1] = ["unsub*"];

/// Patterns of links that unsubscribe.
#[derive(Clone, Debug)]
pub struct UnsubscribeLinks(Vec<glob::Pattern>);

impl UnsubscribeLinks {
    /// Patterns with `*` and `?`, for whole link names, in any case.
    pub fn new<S: AsRef<str>>(patterns: &[S]) -> Result<Self, String> {
        let compile = |pattern: &S| {
            glob::Pattern::new(pattern.as_ref()).map_err(|error| format!("{:?}: {error}", pattern.as_ref()))
        };
        Ok(Self(patterns.iter().map(compile).collect::<Result<_, _>>()?))
    }

    /// Whether a link unsubscribes.
    pub fn has(&self, link: &[u8]) -> bool {
        let link = String::from_utf8_lossy(link);
        let options = glob::MatchOptions { case_sensitive: false, ..Default::default() };
        self.0.iter().any(|pattern| pattern.matches_with(&link, options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_whole_names() {
        let links = UnsubscribeLinks::new(&["unsub*", "opt-out"]).expect("patterns");
        for (link, expected) in
            [("unsubscribe", true), ("Unsub", true), ("opt-out", true), ("opt-out-2", false), ("shop", false)]
        {
            assert_eq!(links.has(link.as_bytes()), expected, "{link}");
        }
        assert!(UnsubscribeLinks::new(&["[a"]).is_err());
    }
}
