//! What was typed, the environment, the configuration file and the defaults, resolved once. Flags beat the
//! environment, the environment beats the file, and the file beats the defaults.

use std::path::PathBuf;

use anyhow::{Context, anyhow, bail};
use jiff::tz::TimeZone;
use mailpixel::analysis::opens::OPEN_GAP_MS;
use mailpixel::analysis::timeline::{SWEEP_RULES, SweepRule};
use mailpixel::classify::apple_relay::AppleRelay;
use mailpixel::classify::classifier::Classifier;
use mailpixel::classify::places::Places;
use mailpixel::classify::scanners::ScannerTable;
use mailpixel::logs::blocks::Effort;
use mailpixel::logs::field::Fields;
use mailpixel::logs::line::LineParser;
use mailpixel::report::cell::Zone;
use mailpixel::tracking::client::ClientAddress;
use mailpixel::tracking::counting::{CLICK_STATUS, Counting, PIXEL_STATUS};
use mailpixel::tracking::matcher::{DEFAULT_CLICK, DEFAULT_OPEN, Matcher};
use mailpixel::tracking::own::Own;
use mailpixel::tracking::recognizer::Recognizer;
use mailpixel::tracking::signature::SignatureKey;
use mailpixel::tracking::unsubscribe::{DEFAULT_UNSUBSCRIBE, UnsubscribeLinks};

use crate::args::ReadingArgs;
use crate::config::{Config, OneOrMany, SweepConfig};
use crate::when;

/// Unreadable tracking lines, as a share, from which on the exit code tells.
const MAX_REJECTED: f64 = 0.01;

/// How to read logs.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) recognizer: Recognizer,
    pub(crate) classifier: Classifier,
    pub(crate) sweeps: Vec<SweepRule>,
    pub(crate) effort: Effort,
    pub(crate) max_rejected: f64,
    pub(crate) open_gap_ms: i64,
}

/// Resolves everything that reading depends on.
pub(crate) fn reading(args: &ReadingArgs, config: &Config) -> anyhow::Result<Reading> {
    let client_ip = config.client_ip.as_deref().unwrap_or("remote_addr");
    let fields = Fields::with_client(client_ip);
    let formats =
        if args.log_format.is_empty() { many(config.log_format.as_ref(), &[]) } else { args.log_format.clone() };
    // An empty environment variable is none.
    let formats: Vec<String> = formats.into_iter().filter(|format| !format.trim().is_empty()).collect();
    let nginx_conf = args.nginx_conf.as_deref().or(config.nginx_conf.as_deref());
    if nginx_conf.is_some() && formats.is_empty() {
        bail!("--nginx-conf says where log formats are defined; name the one to use with --log-format");
    }
    check_client_ip(client_ip, config, !formats.is_empty())?;
    if args.threads.is_some_and(|threads| threads > 255) {
        bail!("--threads is at most 255");
    }
    let (open, click) = (many(config.open.as_ref(), &DEFAULT_OPEN), many(config.click.as_ref(), &DEFAULT_CLICK));
    if let Some(both) = open.iter().find(|template| click.contains(template)) {
        bail!("{both:?} is under `open` and under `click`: nothing tells an open from a click; change one of them");
    }
    let signatures = signatures(config, &open, &click)?;
    let matcher = Matcher::new(&open, &click);
    let own = Own::new(&config.own.networks, &config.own.agents, &config.own.messages);
    let unsubscribe = UnsubscribeLinks::new(&many(config.unsubscribe.as_ref(), &DEFAULT_UNSUBSCRIBE));
    let recognizer = Recognizer {
        parser: LineParser::compile(&formats, nginx_conf, &fields).context("log format")?,
        matcher: matcher?,
        client: ClientAddress::new(client_ip, &config.trusted_proxies).map_err(|e| anyhow!("trusted_proxies: {e}"))?,
        own: own.map_err(|error| anyhow!("own.networks: {error}"))?,
        counting: Counting::new(
            config.pixel_status.as_deref().unwrap_or(&PIXEL_STATUS),
            config.click_status.as_deref().unwrap_or(&CLICK_STATUS),
        ),
        signatures,
        unsubscribe: unsubscribe.map_err(|error| anyhow!("unsubscribe: {error}"))?,
        strict: args.strict,
    };
    let effort = Effort { threads: args.threads.unwrap_or(0), ..Effort::default() };
    let configured = config.max_rejected.as_ref().map(ToString::to_string);
    let max_rejected = match args.max_rejected.as_ref().or(configured.as_ref()) {
        Some(text) => {
            share(text).ok_or_else(|| anyhow!("max_rejected: {text:?} is no share; write it as 1% or 0.01"))?
        }
        None => MAX_REJECTED,
    };
    let open_gap_ms = config.open_gap_seconds.map_or(OPEN_GAP_MS, |seconds| i64::from(seconds) * 1000);
    let classifier = classifier(args, config)?;
    Ok(Reading { recognizer, classifier, sweeps: sweeps(config)?, effort, max_rejected, open_gap_ms })
}

/// The key of signed URLs. It would make every hit a forged one where no URL has a signature.
fn signatures(config: &Config, open: &[String], click: &[String]) -> anyhow::Result<Option<SignatureKey>> {
    let Some(key) = config.signature_key.as_deref().filter(|key| !key.is_empty()) else { return Ok(None) };
    for (name, templates) in [("open", open), ("click", click)] {
        if !templates.iter().any(|template| template.contains("{signature}")) {
            bail!(
                "`signature_key` is set, and no URL under `{name}` has a {{signature}}: every hit would count as forged"
            );
        }
    }
    Ok(Some(SignatureKey::new(key.as_bytes())))
}

/// Loads what addresses are looked up in.
fn classifier(args: &ReadingArgs, config: &Config) -> anyhow::Result<Classifier> {
    let scanners = args.scanner_networks.as_deref().or(config.scanner_networks.as_deref());
    let apple_relay = args.apple_relay.as_deref().or(config.apple_relay.as_deref());
    let geo = if args.geo.is_empty() {
        many(config.geo.as_ref(), &[]).into_iter().map(PathBuf::from).collect()
    } else {
        args.geo.clone()
    };
    Ok(Classifier {
        scanners: scanners.map_or_else(|| Ok(ScannerTable::built_in()), ScannerTable::read)?,
        apple_relay: apple_relay.map_or_else(|| Ok(AppleRelay::default()), AppleRelay::read)?,
        places: Places::open(&geo)?,
    })
}

fn sweeps(config: &Config) -> anyhow::Result<Vec<SweepRule>> {
    let Some(rules) = &config.link_sweep else { return Ok(SWEEP_RULES.to_vec()) };
    let rule = |rule: &SweepConfig| {
        if rule.links < 2 || !(0.0..=3600.0).contains(&rule.seconds) {
            bail!(
                "link_sweep: {} links within {} seconds: at least 2 links, at most 3600 seconds",
                rule.links,
                rule.seconds
            );
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most 3 600 000")]
        Ok(SweepRule { links: rule.links, within_ms: (rule.seconds * 1000.0).round() as i64 })
    };
    rules.iter().map(rule).collect()
}

/// The zone of the flag or the environment, else of the file.
pub(crate) fn zone(typed: Option<&str>, config: &Config) -> anyhow::Result<Zone> {
    when::zone(typed.filter(|name| !name.is_empty()).or(config.tz.as_deref()))
}

/// The zone of the flag, the environment or the file; `None` where nobody named one. Times of sends without an offset
/// are read in it, and never in a zone that nobody named.
pub(crate) fn named_zone(typed: Option<&str>, config: &Config) -> anyhow::Result<Option<TimeZone>> {
    let name = typed.filter(|name| !name.is_empty()).or(config.tz.as_deref());
    name.map(|name| when::zone(Some(name)).map(|zone| zone.zone().clone())).transpose()
}

/// Refuses a client's address that could never be found.
fn check_client_ip(client_ip: &str, config: &Config, has_format: bool) -> anyhow::Result<()> {
    let name = client_ip.trim_start_matches('$');
    if name == "remote_addr" {
        return Ok(());
    }
    if config.trusted_proxies.is_empty() {
        bail!("`client_ip` is {name}, and `trusted_proxies` names no proxy whose word is taken for it");
    }
    if !has_format && name != "http_x_forwarded_for" {
        bail!("`client_ip` is {name}, which the usual log formats do not have: name yours with `log_format`");
    }
    Ok(())
}

pub(crate) fn many(configured: Option<&OneOrMany>, usual: &[&str]) -> Vec<String> {
    configured.map_or_else(|| usual.iter().map(|text| (*text).to_owned()).collect(), |list| list.clone().into_vec())
}

/// `1%` or `0.01`.
pub(crate) fn share(text: &str) -> Option<f64> {
    let share = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().ok()? / 100.0,
        None => text.parse().ok()?,
    };
    (0.0..=1.0).contains(&share).then_some(share)
}
