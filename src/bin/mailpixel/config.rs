//! The configuration file.

use std::fmt;
use std::path::Path;

use anyhow::{Context, bail};
use serde::Deserialize;

use crate::args::ConsentUnknown;

/// All keys; what is missing has its default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) open: Option<OneOrMany>,
    pub(crate) click: Option<OneOrMany>,
    pub(crate) signature_key: Option<String>,
    pub(crate) unsubscribe: Option<OneOrMany>,
    pub(crate) log_format: Option<OneOrMany>,
    pub(crate) nginx_conf: Option<std::path::PathBuf>,
    pub(crate) client_ip: Option<String>,
    pub(crate) trusted_proxies: Vec<String>,
    pub(crate) pixel_status: Option<Vec<u16>>,
    pub(crate) click_status: Option<Vec<u16>>,
    pub(crate) open_gap_seconds: Option<u32>,
    pub(crate) link_sweep: Option<Vec<SweepConfig>>,
    pub(crate) scanner_networks: Option<std::path::PathBuf>,
    pub(crate) apple_relay: Option<std::path::PathBuf>,
    pub(crate) geo: Option<OneOrMany>,
    pub(crate) max_rejected: Option<TextOrNumber>,
    pub(crate) tz: Option<String>,
    pub(crate) store: Option<std::path::PathBuf>,
    pub(crate) sends: Option<OneOrMany>,
    pub(crate) consent_unknown: Option<ConsentUnknown>,
    pub(crate) campaigns: Option<std::path::PathBuf>,
    pub(crate) own: OwnConfig,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OwnConfig {
    pub(crate) networks: Vec<String>,
    pub(crate) agents: Vec<String>,
    pub(crate) messages: Vec<String>,
}

/// So many different links within so many seconds are a sweep.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SweepConfig {
    pub(crate) links: u32,
    pub(crate) seconds: f64,
}

/// One text, or a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

/// `"1%"`, `"0.01"` or `0.01`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum TextOrNumber {
    Text(String),
    Number(f64),
}

impl fmt::Display for TextOrNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => number.fmt(f),
        }
    }
}

impl OneOrMany {
    pub(crate) fn into_vec(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

const KEYS: [&str; 22] = [
    "open",
    "click",
    "signature_key",
    "unsubscribe",
    "log_format",
    "nginx_conf",
    "client_ip",
    "trusted_proxies",
    "pixel_status",
    "click_status",
    "open_gap_seconds",
    "link_sweep",
    "scanner_networks",
    "apple_relay",
    "geo",
    "max_rejected",
    "tz",
    "store",
    "sends",
    "consent_unknown",
    "campaigns",
    "own",
];

const OWN_KEYS: [&str; 3] = ["networks", "agents", "messages"];

/// The file that is read when none is named.
const USUAL: &str = "mailpixel.toml";

/// Reads the named file, or `./mailpixel.toml` where it is there.
pub(crate) fn load(named: Option<&Path>) -> anyhow::Result<Config> {
    let path = match named.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => path,
        None if Path::new(USUAL).exists() => Path::new(USUAL),
        None => return Ok(Config::default()),
    };
    let text = std::fs::read_to_string(path).with_context(|| format!("configuration {}", path.display()))?;
    parse(&text, &path.display().to_string())
}

fn parse(text: &str, path: &str) -> anyhow::Result<Config> {
    if let Ok(table) = text.parse::<toml::Table>() {
        check_keys(&table, &KEYS, text, path)?;
        if let Some(toml::Value::Table(own)) = table.get("own") {
            check_keys(own, &OWN_KEYS, text, path)?;
        }
    }
    toml::from_str(text).with_context(|| format!("configuration {path}"))
}

/// Refuses keys that are not known, and says which one was probably meant.
fn check_keys(table: &toml::Table, known: &[&str], text: &str, path: &str) -> anyhow::Result<()> {
    let Some(key) = table.keys().find(|key| !known.contains(&key.as_str())) else { return Ok(()) };
    let is_key = |line: &str| {
        line.trim_start_matches(['[', ' ', '\t'])
            .strip_prefix(key.as_str())
            .is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
    };
    let line = text.lines().position(is_key).map_or(1, |at| at + 1);
    let nearest = known.iter().max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
    match nearest.filter(|nearest| strsim::jaro_winkler(nearest, key) > 0.8) {
        Some(nearest) => bail!("{path}:{line}: unknown key `{key}`; did you mean `{nearest}`?"),
        None => bail!("{path}:{line}: unknown key `{key}`; known are {}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_every_key() {
        let example = include_str!("../../../mailpixel.example.toml");
        parse(example, "example").expect("the example as it is");
        let lines = example.lines().map(|line| line.strip_prefix('#').filter(|l| !l.starts_with(' ')).unwrap_or(line));
        let uncommented: Vec<&str> = lines.collect();
        parse(&uncommented.join("\n"), "example").expect("the example with every line in force");
        let table: toml::Table = uncommented.join("\n").parse().expect("TOML");
        for key in KEYS {
            assert!(table.contains_key(key), "{key} is not in the example");
        }
        let own = table["own"].as_table().expect("a table");
        assert!(OWN_KEYS.iter().all(|key| own.contains_key(*key)));
    }

    #[test]
    fn unknown_keys_are_refused_with_the_line() {
        for (text, message) in [
            ("tz = 'UTC'\nopne = '/x'\n", "c.toml:2: unknown key `opne`; did you mean `open`?"),
            ("[own]\nnetwork = []\n", "c.toml:2: unknown key `network`; did you mean `networks`?"),
            ("zzz = 1", "c.toml:1: unknown key `zzz`; known are open, click"),
            ("open = 5", "configuration c.toml"),
            ("open = ", "configuration c.toml"),
        ] {
            let error = format!("{:#}", parse(text, "c.toml").expect_err(text));
            assert!(error.starts_with(message), "{error}");
        }
    }
}
