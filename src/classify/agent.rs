//! The verdicts that depend on the user agent alone, found once for each distinct agent.

use super::client;
use super::mail_client::{is_apple_mail, is_mail_client};
use super::network_signs::NetworkSigns;
use super::pattern::AgentText;
use super::proxies;
use super::rules::{Evidence, RULES, Rule};
use super::shapes;
use crate::logs::field::Field;
use crate::logs::record::Record;
use crate::model::actor::{Actor, Via};
use crate::model::client_kind::ClientKind;
use crate::model::kind::Kind;
use crate::model::reason::Reason;

/// Who was behind a hit, and why we say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who decided when it was made.
    pub actor: Actor,
    /// The rule that says so.
    pub reason: Reason,
    /// What hides where it was made from.
    pub via: Via,
}

/// What a user agent alone tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgentVerdicts {
    open: (Reason, Actor),
    click: (Reason, Actor),
    via: Via,
    office: Option<Office>,
    is_browser: bool,
}

/// Which step of the way from an Office document to the browser an agent takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Office {
    /// It looks a link up, with HEAD or OPTIONS.
    Lookup,
    /// It asks for the link itself, before the browser does.
    Request,
}

impl Office {
    fn of(agent: &AgentText<'_>) -> Option<Self> {
        let has = |part: &str| memchr::memmem::find(agent.raw(), part.as_bytes()).is_some();
        if agent.raw().starts_with(b"Microsoft Office") && has("Discovery") {
            Some(Self::Lookup)
        } else {
            has("ms-office").then_some(Self::Request)
        }
    }
}

/// What a single request tells besides its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestSigns {
    /// The method is GET.
    pub is_get: bool,
    /// A header announces a prefetch, preview or prerender.
    pub is_prefetch: bool,
}

impl AgentVerdicts {
    /// Matches all rules against an agent, as the client sent it; empty or `-` where there is none.
    pub fn of(agent: &[u8]) -> Self {
        let agent = AgentText::new(if agent == b"-" { b"" } else { agent });
        let proxy = proxies::find(&agent);
        let fits = |rule: &Rule| match rule.evidence {
            Evidence::Proxy => proxy.is_some_and(|(reason, _)| reason == rule.reason),
            Evidence::AnyProxy => proxy.is_some(),
            Evidence::Names(names) => names.is_in(agent.claims()),
            Evidence::Declared(names) => names.is_in(agent.claims()) || shapes::is_program(&agent),
            Evidence::NoAgent => agent.raw().trim_ascii().is_empty(),
            Evidence::AppleMail => is_apple_mail(&agent),
            Evidence::MailClient => is_mail_client(&agent),
            Evidence::Rest => true,
            // The request, the address and the other hits are looked at for each hit.
            _ => false,
        };
        let via = proxy.map_or(Via::Direct, |(_, via)| via);
        let (mut open, mut click) = (None, None);
        for rule in &RULES {
            let is_wanted = (open.is_none() && rule.open.is_some()) || (click.is_none() && rule.click.is_some());
            if is_wanted && fits(rule) {
                let verdict = |actor| (rule.reason, actor);
                open = open.or(rule.open.map(verdict));
                click = click.or(rule.click.map(verdict));
            }
        }
        let expectation = "the last rule fits every hit";
        let (open, click) = (open.expect(expectation), click.expect(expectation));
        let is_browser = || client::client(&agent).is_some_and(|client| client.kind == ClientKind::Browser);
        let is_browser = open.0 == Reason::Browser && is_browser();
        Self { open, click, via, office: Office::of(&agent), is_browser }
    }

    /// The verdict on one hit, by its agent, its request and its address.
    pub fn judge(&self, kind: Kind, signs: RequestSigns, network: &NetworkSigns) -> Verdict {
        let by_agent = match kind {
            Kind::Open => self.open,
            Kind::Click => self.click,
        };
        let by_rest = if signs.is_get && !signs.is_prefetch && network.is_empty() {
            None
        } else {
            first(kind, |rule| match rule.evidence {
                Evidence::Method => !signs.is_get,
                Evidence::Purpose => signs.is_prefetch,
                Evidence::ScannerNetwork => network.is_scanner(),
                Evidence::Microsoft => network.microsoft.is_some(),
                Evidence::AppleRelay => self.is_relayed(network),
                Evidence::MicrosoftProxy => network.is_microsoft_proxy(),
                _ => false,
            })
        };
        // Reasons are in the order of the rules: the smaller one is the rule that comes first.
        let (reason, actor) = by_rest.filter(|(reason, _)| *reason < by_agent.0).unwrap_or(by_agent);
        Verdict { actor, reason, via: self.via_network(kind, network) }
    }

    /// What hides the place: told by the agent, else by the address, whichever rule decided.
    fn via_network(&self, kind: Kind, network: &NetworkSigns) -> Via {
        if self.via != Via::Direct {
            self.via
        } else if self.is_relayed(network) {
            Via::Apple
        } else if kind == Kind::Open && network.is_microsoft_proxy() {
            Via::Microsoft
        } else {
            Via::Direct
        }
    }

    fn is_relayed(&self, network: &NetworkSigns) -> bool {
        network.is_apple_relay && self.is_browser
    }

    /// Whether the agent is that of a mail provider's image proxy.
    pub fn is_mail_proxy(&self) -> bool {
        self.via != Via::Direct
    }

    /// The agent's step, where it is Office's.
    pub fn office(&self) -> Option<Office> {
        self.office
    }

    /// The rule that the agent alone decides by.
    pub fn agent_reason(&self, kind: Kind) -> Reason {
        match kind {
            Kind::Open => self.open.0,
            Kind::Click => self.click.0,
        }
    }
}

/// The first rule for this kind of hit that fits.
fn first(kind: Kind, fits: impl Fn(&Rule) -> bool) -> Option<(Reason, Actor)> {
    RULES.iter().find_map(|rule| rule.verdict(kind).filter(|_| fits(rule)).map(|actor| (rule.reason, actor)))
}

/// The header that announces a prefetch, as it stands in the log, where one of the four does. Nearly always all four
/// are missing.
pub fn prefetch_header<'a>(record: &Record<'a>) -> Option<&'a [u8]> {
    [Field::SecPurpose, Field::Purpose, Field::XPurpose, Field::XMoz]
        .into_iter()
        .map(|field| record.raw(field))
        .find(|value| !value.is_empty() && announces_prefetch(value))
}

fn announces_prefetch(value: &[u8]) -> bool {
    let value = value.to_ascii_lowercase();
    [&b"prefetch"[..], b"preview", b"prerender"].iter().any(|word| memchr::memmem::find(&value, word).is_some())
}

#[cfg(test)]
mod tests;
