//! The rules: one row, one reason. Of all rows that match a hit, the first one decides.

use super::lists::{APP_LIBRARIES, CRAWLERS, HTTP_LIBRARIES, LINK_PREVIEWS, SCANNERS};
use super::names::NameSet;
use crate::model::actor::Actor::{self, Human, Machine, Unknown};
use crate::model::kind::Kind;
use crate::model::reason::Reason;

/// The version of the rule set: a change of any verdict raises it.
pub const RULES_VERSION: u32 = 2;

/// One rule.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its code.
    pub reason: Reason,
    /// What it looks at.
    pub evidence: Evidence,
    /// Its verdict on a pixel request; `None`: it is not for those.
    pub open: Option<Actor>,
    /// Its verdict on a link request; `None`: it is not for those.
    pub click: Option<Actor>,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
pub enum Evidence {
    /// The method is not GET.
    Method,
    /// A header announces a prefetch.
    Purpose,
    /// The agent is that of the mail proxy that has this reason.
    Proxy,
    /// The agent is that of any mail proxy.
    AnyProxy,
    /// The agent has one of these names in it.
    Names(&'static NameSet),
    /// The agent has one of these names in it, or the shape of a program's agent and no name of a person's program.
    Declared(&'static NameSet),
    /// The address is in a certain row of the scanner table.
    ScannerNetwork,
    /// There is no agent.
    NoAgent,
    /// The address is in a probable row of the scanner table, right after sending: decided over the timeline.
    ProbableNetwork,
    /// The address is Microsoft's.
    Microsoft,
    /// The address is Apple's, and the agent a browser's.
    AppleRelay,
    /// The address is Outlook on the web's.
    MicrosoftProxy,
    /// The agent is Apple Mail's.
    AppleMail,
    /// The agent is another mail client's.
    MailClient,
    /// Anything.
    Rest,
    /// The other hits of the message: decided over the timeline.
    Timeline,
}

impl Rule {
    const fn new(reason: Reason, evidence: Evidence, open: Option<Actor>, click: Option<Actor>) -> Self {
        Self { reason, evidence, open, click }
    }

    /// The verdict on a kind of hit.
    pub fn verdict(&self, kind: Kind) -> Option<Actor> {
        match kind {
            Kind::Open => self.open,
            Kind::Click => self.click,
        }
    }
}

/// All rules, in order.
pub static RULES: [Rule; 26] = [
    Rule::new(Reason::Method, Evidence::Method, Some(Machine), Some(Machine)),
    // On a click a browser may use the prefetched answer for the real visit.
    Rule::new(Reason::PrefetchHeader, Evidence::Purpose, Some(Machine), Some(Unknown)),
    Rule::new(Reason::GmailPrefetch, Evidence::Proxy, Some(Machine), None),
    Rule::new(Reason::GmailProxy, Evidence::Proxy, Some(Human), None),
    // A person may or may not have read it: never "read", never "not read".
    Rule::new(Reason::AppleMpp, Evidence::Proxy, Some(Unknown), None),
    Rule::new(Reason::YahooProxy, Evidence::Proxy, Some(Human), None),
    Rule::new(Reason::HeyProxy, Evidence::Proxy, Some(Human), None),
    Rule::new(Reason::FastmailProxy, Evidence::Proxy, Some(Human), None),
    Rule::new(Reason::OtherProxy, Evidence::Proxy, Some(Human), None),
    // Image proxies and Mail Privacy Protection never click.
    Rule::new(Reason::NotABrowser, Evidence::AnyProxy, None, Some(Machine)),
    Rule::new(Reason::ScannerNetwork, Evidence::ScannerNetwork, Some(Machine), Some(Machine)),
    Rule::new(Reason::ScannerAgent, Evidence::Names(&SCANNERS), Some(Machine), Some(Machine)),
    Rule::new(Reason::LinkPreview, Evidence::Names(&LINK_PREVIEWS), Some(Machine), Some(Machine)),
    // Android apps load images with these, and name `Java/` beside them; nobody follows a link with them.
    Rule::new(Reason::HttpLibrary, Evidence::Names(&APP_LIBRARIES), Some(Unknown), Some(Machine)),
    Rule::new(Reason::HttpLibrary, Evidence::Names(&HTTP_LIBRARIES), Some(Machine), Some(Machine)),
    Rule::new(Reason::Crawler, Evidence::Declared(&CRAWLERS), Some(Machine), Some(Machine)),
    // Some privacy proxies send no agent.
    Rule::new(Reason::NoAgent, Evidence::NoAgent, Some(Unknown), Some(Machine)),
    // Browser isolation carries people through these networks later.
    Rule::new(Reason::ProbableNetwork, Evidence::ProbableNetwork, Some(Machine), Some(Machine)),
    // SafeLinks scans from there, and people at Windows 365 click from there.
    Rule::new(Reason::MicrosoftClick, Evidence::Microsoft, None, Some(Unknown)),
    // Privacy Protection and Private Relay share these addresses: the address alone proves nothing.
    Rule::new(Reason::AppleRelay, Evidence::AppleRelay, Some(Human), Some(Human)),
    Rule::new(Reason::MicrosoftProxy, Evidence::MicrosoftProxy, Some(Human), None),
    Rule::new(Reason::AppleMail, Evidence::AppleMail, Some(Human), Some(Human)),
    Rule::new(Reason::MailClient, Evidence::MailClient, Some(Human), Some(Human)),
    Rule::new(Reason::Browser, Evidence::Rest, Some(Human), Some(Human)),
    Rule::new(Reason::LinkSweep, Evidence::Timeline, Some(Machine), Some(Machine)),
    Rule::new(Reason::Suspicions, Evidence::Timeline, None, Some(Unknown)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_in_the_order_of_their_reasons() {
        assert!(RULES.windows(2).all(|pair| pair[0].reason <= pair[1].reason));
        for reason in Reason::ALL {
            assert!(RULES.iter().any(|rule| rule.reason == reason), "{reason:?} has no row");
        }
    }

    #[test]
    fn every_hit_finds_a_rule() {
        let is_timeline = |rule: &&Rule| matches!(rule.evidence, Evidence::Timeline);
        let last = RULES.iter().rev().find(|rule| !is_timeline(rule)).expect("there are rules");
        assert!(matches!(last.evidence, Evidence::Rest));
        assert!(last.open.is_some() && last.click.is_some());
    }
}
