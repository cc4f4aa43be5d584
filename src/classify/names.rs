//! Lists of names that are looked for in a user agent, all in one pass.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

/// Names, found in a text in lower case, where nothing of the word is left out on either side: `Java/` is not in `NotJava/`, and
/// `spider` not in `Spiderman`. `^` at the start of a name says that the agent starts with it, `$` at its end that the
/// agent ends there, `#` at its end that a digit follows, `*` at its end that the word may go on.
///
/// One name a line; lines that start with `# ` say what the names below them are. What stands behind a tab is no part of
/// the name.
#[derive(Debug)]
pub struct NameSet {
    lines: &'static str,
    matcher: OnceLock<Matcher>,
}

/// A name that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place in the list.
    pub index: usize,
    /// Where it starts in the text.
    pub start: usize,
    /// Where it ends in the text.
    pub end: usize,
}

#[derive(Debug)]
struct Matcher {
    automaton: AhoCorasick,
    ends: Vec<End>,
}

/// What must stand around a name.
#[derive(Clone, Copy, Debug)]
struct End {
    at_start: bool,
    behind: Behind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// The word ends, where the name ends in a letter or digit.
    WordEnd,
    Anything,
    Digit,
    Nothing,
}

impl NameSet {
    /// A list of names.
    pub const fn new(lines: &'static str) -> Self {
        Self { lines, matcher: OnceLock::new() }
    }

    /// Whether any of the names is in a text in lower case.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.found(text).next().is_some()
    }

    /// Of the names that are there, the one that stands first in the list.
    pub fn first_in(&self, text: &[u8]) -> Option<Found> {
        self.found(text).min_by_key(|found| found.index)
    }

    fn found<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Found> + 'a {
        let matcher = self.matcher.get_or_init(|| Matcher::new(self.lines));
        matcher.automaton.find_overlapping_iter(text).filter_map(move |found| {
            let (start, end) = (found.start(), found.end());
            let index = found.pattern().as_usize();
            matcher.ends[index].fits(text, start, end).then_some(Found { index, start, end })
        })
    }
}

impl Matcher {
    fn new(lines: &str) -> Self {
        let lines = lines.lines().filter(|line| !line.is_empty() && !line.starts_with("# "));
        let names = lines.map(|line| line.split_once('\t').map_or(line, |(name, _)| name));
        let (texts, ends): (Vec<String>, Vec<End>) = names.map(End::of).unzip();
        let automaton = AhoCorasick::new(texts).expect("a few hundred short names fit into an automaton");
        Self { automaton, ends }
    }
}

impl End {
    /// The text of a name, in lower case, and what must stand around it.
    fn of(name: &str) -> (String, Self) {
        let (name, at_start) = name.strip_prefix('^').map_or((name, false), |rest| (rest, true));
        let (name, behind) = [('#', Behind::Digit), ('$', Behind::Nothing), ('*', Behind::Anything)]
            .into_iter()
            .find_map(|(mark, behind)| name.strip_suffix(mark).map(|rest| (rest, behind)))
            .unwrap_or((name, Behind::WordEnd));
        (name.to_ascii_lowercase(), Self { at_start, behind })
    }

    fn fits(self, text: &[u8], start: usize, end: usize) -> bool {
        let before = start.checked_sub(1).map(|i| text[i]);
        let after = text.get(end).copied();
        let starts = if self.at_start { before.is_none() } else { !goes_on(before, text[start]) };
        starts
            && match self.behind {
                Behind::WordEnd => !goes_on(after, text[end - 1]),
                Behind::Anything => true,
                Behind::Digit => after.is_some_and(|byte| byte.is_ascii_digit()),
                Behind::Nothing => after.is_none(),
            }
    }
}

/// Whether a word that has `inner` at its edge goes on over that edge.
fn goes_on(outer: Option<u8>, inner: u8) -> bool {
    inner.is_ascii_alphanumeric() && outer.is_some_and(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_names_as_whole_words() {
        for (name, agent, expected) in [
            ("mimecast", "x (Mimecast)", true),
            ("mimecast", "x Mimecast2", false),
            ("Java/#", "JAVA/1.8", true),
            ("Java/#", "NotJava/1.8", false),
            (" Java/#", "SonyEricssonW666i/R2BA Java/SEMC-Java/2.0", false),
            ("+http", "x (+https://example.org)", false),
            ("+http*", "x (+https://example.org)", true),
            ("^Mail/", "Mail/53 CFNetwork", true),
            ("^Mail/", "My Mail/53", false),
            ("^curl$", "curl", true),
            ("^curl$", "curl x", false),
        ] {
            let set = NameSet::new(name);
            assert_eq!(set.is_in(agent.to_ascii_lowercase().as_bytes()), expected, "{name} in {agent}");
        }
    }

    #[test]
    fn the_first_of_the_list_wins() {
        static SET: NameSet = NameSet::new("# Letters.\nb\na\n");
        assert_eq!(SET.first_in(b"a b"), Some(Found { index: 0, start: 2, end: 3 }));
    }
}
