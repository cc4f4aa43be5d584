//! Mail clients by user agent. woothee knows browsers and calls Outlook "Internet Explorer 7".

use super::client_table::KnownClient;
use super::lists::MAIL_CLIENTS;
use super::pattern::AgentText;
use super::pattern::Pattern::Has;
use crate::model::client_kind::ClientKind;

/// The mail client, where the agent is one's; a suite with a browser, which has one's add-ons, is found too.
pub fn known_mail_client(agent: &AgentText<'_>) -> Option<KnownClient> {
    MAIL_CLIENTS.first_in(agent.claims())
}

/// Whether the agent is a mail client's.
pub fn is_mail_client(agent: &AgentText<'_>) -> bool {
    known_mail_client(agent).is_some_and(|client| client.row.kind != ClientKind::Browser)
}

/// Whether the agent is Apple Mail's own: WebKit without the `Safari` that browsers add, and nothing behind it but
/// the build. This is a person's fetch, not Mail Privacy Protection.
pub fn is_apple_mail(agent: &AgentText<'_>) -> bool {
    const WEBKIT: &[u8] = b"(KHTML, like Gecko)";
    let raw = agent.raw();
    if raw.starts_with(b"Mail/") && agent.has(Has("CFNetwork/")) {
        return true;
    }
    let is_apple = agent.has_any(&[Has("(Macintosh; "), Has("(iPhone; "), Has("(iPad; "), Has("(iPod")]);
    let Some(at) = memchr::memmem::find(raw, WEBKIT).filter(|_| is_apple && agent.has(Has("AppleWebKit/"))) else {
        return false;
    };
    let behind = raw[at + WEBKIT.len()..].trim_ascii();
    behind.is_empty() || (behind.starts_with(b"Mobile/") && !behind.contains(&b' '))
}
