//! The image proxies of mail providers, by the user agent that they send.

use super::pattern::{AgentText, Pattern};
use crate::model::actor::Via;
use crate::model::reason::Reason;

/// Gmail's prefetcher (sparkpost.com/blog/gmail-prefetching-images).
const GMAIL_PREFETCH: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                              Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0";

/// What Apple Mail Privacy Protection sends: exactly this and no more.
const APPLE_MPP: &str = "Mozilla/5.0";

/// Each proxy's agent, the rule that knows it, and the provider.
const PROXIES: [(Pattern, Reason, Via); 11] = [
    (Pattern::Is(GMAIL_PREFETCH), Reason::GmailPrefetch, Via::Gmail),
    (Pattern::Has("via ggpht.com GoogleImageProxy"), Reason::GmailProxy, Via::Gmail),
    (Pattern::Is(APPLE_MPP), Reason::AppleMpp, Via::Apple),
    (Pattern::Has("YahooMailProxy"), Reason::YahooProxy, Via::Yahoo),
    (Pattern::Starts("hey.com/imageproxy"), Reason::HeyProxy, Via::Hey),
    (Pattern::Has("FastmailUA/"), Reason::FastmailProxy, Via::Fastmail),
    (Pattern::Has("Shortwave Image Fetcher"), Reason::OtherProxy, Via::Shortwave),
    (Pattern::Has("SeznamEmailProxy"), Reason::OtherProxy, Via::Seznam),
    (Pattern::Has("RamblerMail/"), Reason::OtherProxy, Via::Rambler),
    (Pattern::Has("mail.ukr.net proxy"), Reason::OtherProxy, Via::UkrNet),
    (Pattern::Has("YandexImageResizer"), Reason::OtherProxy, Via::Yandex),
];

/// The rule and the provider of a proxy's agent; `None` for every other agent.
pub fn find(agent: &AgentText<'_>) -> Option<(Reason, Via)> {
    let found = PROXIES.iter().find(|(pattern, _, via)| {
        // Rambler's own app calls itself RamblerMail too.
        agent.has(*pattern) && (*via != Via::Rambler || agent.has(Pattern::Has("ImageProxy")))
    });
    found.map(|(_, reason, via)| (*reason, *via))
}
