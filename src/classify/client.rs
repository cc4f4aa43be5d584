//! Mail clients by user agent. woothee knows browsers and calls Outlook "Internet Explorer 7"; so this table goes
//! first and woothee serves the rest.

use super::pattern::AgentText;
use super::pattern::Pattern::{self, Has, Starts};

/// What the user agent says of the program that sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// The name: `Thunderbird`, `Chrome`.
    pub family: String,
    /// The version, where the agent has one that is known to be the client's.
    pub version: Option<String>,
    /// The operating system.
    pub os: Option<String>,
    /// `pc`, `smartphone`, `mobilephone`, `appliance` or `misc`, as woothee groups them.
    pub device: Option<String>,
}

/// Mail clients, each by what only its own agent has.
const MAIL_CLIENTS: [(Pattern, &str); 41] = [
    (Has("Microsoft Outlook"), "Outlook"),
    (Has("ms-office"), "Outlook"),
    (Has("MSOffice"), "Outlook"),
    (Has("MacOutlook/"), "Outlook"),
    (Has("Outlook-iOS"), "Outlook"),
    (Has("Outlook-Android"), "Outlook"),
    (Starts("Outlook-Express/"), "Windows Live Mail"),
    (Has("WindowsMail/"), "Windows Mail"),
    (Has("Thunderbird/"), "Thunderbird"),
    (Has("Icedove/"), "Thunderbird"),
    (Has("Lightning/"), "Thunderbird"),
    (Has("Postbox/"), "Postbox"),
    (Has("eM Client/"), "eM Client"),
    (Has("eMClient/"), "eM Client"),
    (Starts("Airmail "), "Airmail"),
    (Starts("Canary/"), "Canary"),
    (Starts("MailMate/"), "MailMate"),
    (Starts("Superhuman"), "Superhuman"),
    (Has("SparkDesktop/"), "Spark"),
    (Has("ProtonMail/"), "Proton Mail"),
    (Has("tutanota-desktop/"), "Tuta Mail"),
    (Has("ZohoMail-Desktop/"), "Zoho Mail"),
    (Has("Mailspring/"), "Mailspring"),
    (Has("BlueMail/"), "BlueMail"),
    (Has("Mailbird/"), "Mailbird"),
    (Starts("SamsungEmail/"), "Samsung Email"),
    (Starts("Android-Gmail/"), "Gmail app"),
    (Starts("AquaMail/"), "AquaMail"),
    (Starts("K-9 Mail/"), "K-9 Mail"),
    (Starts("FairEmail/"), "FairEmail"),
    (Starts("Nine/"), "Nine"),
    (Starts("NaverMailApp/"), "Naver Mail"),
    (Starts("YahooMobileMail/"), "Yahoo Mail app"),
    (Has("Lotus-Notes/"), "Lotus Notes"),
    (Starts("The Bat!"), "The Bat!"),
    (Starts("Claws Mail/"), "Claws Mail"),
    (Starts("Evolution/"), "Evolution"),
    (Has("kmail2/"), "KMail"),
    (Starts("Geary/"), "Geary"),
    (Has("Foxmail/"), "Foxmail"),
    (Has("MailMaster/"), "NetEase Mail Master"),
];

/// The mail client, where the agent is one's.
pub fn mail_client(agent: &AgentText<'_>) -> Option<&'static str> {
    MAIL_CLIENTS.iter().find(|(pattern, _)| agent.has(*pattern)).map(|(_, name)| *name)
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

/// The client of an agent; `None` where neither the table nor woothee knows it.
pub fn client(agent: &AgentText<'_>) -> Option<Client> {
    let text = String::from_utf8_lossy(agent.raw());
    let known = |word: &str| (word != woothee::woothee::VALUE_UNKNOWN && !word.is_empty()).then(|| word.to_owned());
    let browser = woothee::parser::Parser::new().parse(&text);
    let os = browser.as_ref().and_then(|browser| known(browser.os));
    let device = browser.as_ref().and_then(|browser| known(browser.category));
    let mail = if is_apple_mail(agent) { Some("Apple Mail") } else { mail_client(agent) };
    if let Some(family) = mail {
        return Some(Client { family: family.to_owned(), version: None, os, device });
    }
    let browser = browser?;
    Some(Client { family: known(browser.name)?, version: known(browser.version), os, device })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_clients() {
        for (agent, family) in [
            ("Mozilla/4.0 (compatible; ms-office; MSOffice 16)", Some("Outlook")),
            (
                "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Microsoft Outlook 16.0.6366; ms-office; MSOffice 16)",
                Some("Outlook"),
            ),
            ("Outlook-iOS/709.2042344.prod.iphone (3.21.0)", Some("Outlook")),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
                Some("Apple Mail"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
                Some("Apple Mail"),
            ),
            ("Mail/53 CFNetwork/711.2.23 Darwin/14.0.0", Some("Apple Mail")),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:78.0) Gecko/20100101 Thunderbird/78.13.0", Some("Thunderbird")),
            ("The Bat! 9.2.1", Some("The Bat!")),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
                Some("Chrome"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
                Some("Safari"),
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS]",
                Some("Webview"),
            ),
            ("something of its own", None),
        ] {
            let client = client(&AgentText::new(agent.as_bytes()));
            assert_eq!(client.map(|c| c.family).as_deref(), family, "{agent}");
        }
    }
}
