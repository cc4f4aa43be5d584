//! The client of a user agent: the mail client, browser or app, its system and its device.

use super::lists::{BROWSERS, PERSONAL_APPS};
use super::mail_client::{is_apple_mail, known_mail_client};
use super::pattern::AgentText;
use super::platform::platform;
use super::programs;
use super::proxies;
use super::version;
use crate::model::actor::Via;
use crate::model::client_kind::{ClientKind, Device};

/// What the user agent says of the program that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name: `Thunderbird`, `Chrome`, `via Gmail`.
    pub family: String,
    /// The version, where the agent has one that is known to be the client's.
    pub version: Option<String>,
    /// What kind of client it is.
    pub kind: ClientKind,
    /// The operating system: `Windows 10`, `macOS`, `iOS`, `Android`, `Linux`.
    pub os: Option<String>,
    /// The kind of device.
    pub device: Option<Device>,
}

/// The client of an agent; `None` where nothing is known of it.
pub fn client(agent: &AgentText<'_>) -> Option<Client> {
    if let Some((_, via)) = proxies::find(agent) {
        return Some(via_client(via));
    }
    if let Some(program) = programs::program(agent) {
        // Crawlers write the system of a browser that they are not.
        let kind = ClientKind::Program;
        return Some(Client { family: program.name, version: program.version, kind, os: None, device: None });
    }
    apple_mail(agent)
        .or_else(|| known(agent))
        .or_else(|| personal_app(agent))
        .or_else(|| app(agent))
        .or_else(|| safari(agent))
        .or_else(|| other(agent))
}

/// The client behind a proxy, of which nothing more is knowable.
pub fn via_client(via: Via) -> Client {
    let family = format!("via {}", via.words());
    Client { family, version: None, kind: ClientKind::Proxy, os: None, device: None }
}

fn on_platform(agent: &AgentText<'_>, family: &str, version: Option<String>, kind: ClientKind) -> Client {
    let (os, device) = platform(agent);
    Client { family: family.to_owned(), version, kind, os: os.map(str::to_owned), device }
}

fn apple_mail(agent: &AgentText<'_>) -> Option<Client> {
    let version = agent.raw().strip_prefix(b"Mail/").and_then(|rest| version::behind(rest, 0));
    is_apple_mail(agent).then(|| on_platform(agent, "Apple Mail", version, ClientKind::MailClient))
}

/// A client of the tables: mail clients come first, because they say that they are browsers.
fn known(agent: &AgentText<'_>) -> Option<Client> {
    let known = known_mail_client(agent).or_else(|| BROWSERS.first_in(agent.lower()))?;
    let mut client = on_platform(agent, known.row.family, known.version(agent.raw()), known.row.kind);
    if client.os.is_none() {
        client.os = known.row.os.map(str::to_owned);
        client.device = client.device.or_else(|| device_of(known.row.os?));
    }
    Some(client)
}

/// The device of a system that is on one kind only.
fn device_of(os: &str) -> Option<Device> {
    matches!(os, "Windows" | "macOS" | "Linux").then_some(Device::Desktop)
}

/// Feed readers and the like, which give an address as crawlers do.
fn personal_app(agent: &AgentText<'_>) -> Option<Client> {
    let found = PERSONAL_APPS.first_in(agent.claims())?;
    let name = String::from_utf8_lossy(&agent.raw()[found.start..found.end]);
    let name = name.trim_end_matches('/');
    Some(on_platform(agent, name, version::behind(agent.raw(), found.end), ClientKind::App))
}

/// An app that names itself: with Apple's network library, or behind Apple's WebKit where browsers write `Safari`.
fn app(agent: &AgentText<'_>) -> Option<Client> {
    let raw = agent.raw();
    let has = |part: &[u8]| memchr::memmem::find(raw, part);
    let product = if has(b"CFNetwork/").is_some() && !raw.starts_with(b"Mozilla/") {
        raw.split(|byte| *byte == b' ').next()
    } else {
        let behind = has(b" Mobile/").filter(|_| has(b"Safari").is_none() && has(b"like Mac OS X").is_some())?;
        raw[behind + 1..].split(|byte| *byte == b' ').find(|token| is_product(token))
    }?;
    let slash = product.iter().position(|byte| *byte == b'/').unwrap_or(product.len());
    let name = String::from_utf8_lossy(&product[..slash]).replace("%20", " ");
    (!name.is_empty()).then(|| on_platform(agent, &name, version::behind(product, slash), ClientKind::App))
}

/// `Name/1.2`, and neither the build of the system nor a browser.
fn is_product(token: &[u8]) -> bool {
    let is_common = [&b"Mobile/"[..], b"Version/", b"Safari"].iter().any(|start| token.starts_with(start));
    token.contains(&b'/') && token[0].is_ascii_alphabetic() && !is_common
}

/// Safari, the old browser of Android, and pages in apps that name nothing.
fn safari(agent: &AgentText<'_>) -> Option<Client> {
    let raw = agent.raw();
    let has = |part: &[u8]| memchr::memmem::find(raw, part).is_some();
    if !has(b"AppleWebKit/") {
        return None;
    }
    let version = version::at(raw, "Version/");
    let family = match platform(agent).0 {
        Some("Android") if has(b"Version/") => "Android Browser",
        Some("iOS" | "macOS") if has(b"Safari/") => "Safari",
        Some("iOS") => return Some(on_platform(agent, "iOS WebView", None, ClientKind::App)),
        _ => return None,
    };
    Some(on_platform(agent, family, version, ClientKind::Browser))
}

/// What woothee knows of the rest.
fn other(agent: &AgentText<'_>) -> Option<Client> {
    let text = String::from_utf8_lossy(agent.raw());
    let browser = woothee::parser::Parser::new().parse(&text)?;
    let known = |word: &str| word != woothee::woothee::VALUE_UNKNOWN && !word.is_empty();
    // A crawler by woothee's patterns is no verdict: one of them is the name of a phone.
    let is_named = known(browser.name) && browser.category != "crawler";
    let version = Some(browser.version.to_owned()).filter(|version| known(version));
    is_named.then(|| on_platform(agent, browser.name, version, ClientKind::Browser))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_hides_the_client() {
        let agent = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)";
        assert_eq!(client(&AgentText::new(agent.as_bytes())), Some(via_client(Via::Gmail)));
        assert_eq!(via_client(Via::Gmail).family, "via Gmail");
    }

    #[test]
    fn what_nobody_knows_has_no_client() {
        for agent in ["", "something of its own"] {
            assert_eq!(client(&AgentText::new(agent.as_bytes())), None, "{agent}");
        }
    }
}
