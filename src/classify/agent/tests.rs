use super::*;

const CHROME: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

/// `open actor/reason, click actor/reason, via` of a plain GET.
fn judged(agent: &str) -> String {
    let signs = RequestSigns { is_get: true, is_prefetch: false };
    let verdicts = AgentVerdicts::of(agent.as_bytes());
    let open = verdicts.judge(Kind::Open, signs, &NetworkSigns::default());
    let click = verdicts.judge(Kind::Click, signs, &NetworkSigns::default());
    let text = |v: Verdict| format!("{} {}", v.actor.code(), v.reason.code());
    format!("{} | {} | {}", text(open), text(click), open.via.code())
}

#[test]
fn judges_agents() {
    for (agent, expected) in [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
            "machine gmail-prefetch | machine not-a-browser | gmail",
        ),
        (
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            "human gmail-proxy | machine not-a-browser | gmail",
        ),
        ("Mozilla/5.0", "unknown apple-mpp | machine not-a-browser | apple"),
        (
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
            "human yahoo-proxy | machine not-a-browser | yahoo",
        ),
        ("hey.com/imageproxy", "human hey-proxy | machine not-a-browser | hey"),
        (
            "Mozilla/5.0 (compatible; FastmailUA/1.0; +https://fastmail.com)",
            "human fastmail-proxy | machine not-a-browser | fastmail",
        ),
        ("RamblerMail/6.0 (incompatible; ImageProxy/6.0)", "human other-proxy | machine not-a-browser | rambler"),
        ("Mozilla/5.0 (compatible; mimecast)", "machine scanner-agent | machine scanner-agent | direct"),
        (
            "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
            "machine link-preview | machine link-preview | direct",
        ),
        (
            "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
            "machine link-preview | machine link-preview | direct",
        ),
        ("curl/8.4.0", "machine http-library | machine http-library | direct"),
        ("Apache-HttpClient/4.5.13 (Java/11.0.8)", "unknown http-library | machine http-library | direct"),
        ("okhttp/4.12.0", "unknown http-library | machine http-library | direct"),
        (
            "Dalvik/2.1.0 Apache-HttpClient/UNAVAILABLE (java 1.4)",
            "unknown http-library | machine http-library | direct",
        ),
        (
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "machine crawler | machine crawler | direct",
        ),
        (
            "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
            "machine crawler | machine crawler | direct",
        ),
        ("", "unknown no-agent | machine no-agent | direct"),
        ("-", "unknown no-agent | machine no-agent | direct"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
            "human apple-mail | human apple-mail | direct",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:78.0) Gecko/20100101 Thunderbird/78.13.0",
            "human mail-client | human mail-client | direct",
        ),
        (CHROME, "human browser | human browser | direct"),
    ] {
        assert_eq!(judged(agent), expected, "{agent}");
    }
}

#[test]
fn phones_stay_human() {
    for model in [
        "CUBOT J9 Build/O11019",
        "M bot 54 Build/LRX21M",
        "VR BOT 552 Build/MRA58K",
        "CUBOT NOTE S)",
        "Phantom6 Build/MRA58K",
        "Orange San Francisco Build/FRF91",
    ] {
        let agent = format!(
            "Mozilla/5.0 (Linux; Android 8.1.0; {model}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/78.0 Mobile Safari/537.36"
        );
        assert_eq!(judged(&agent), "human browser | human browser | direct", "{agent}");
    }
}

#[test]
fn the_request_may_decide_first() {
    let judge = |agent: &str, kind, is_get, is_prefetch| {
        let verdict = AgentVerdicts::of(agent.as_bytes()).judge(
            kind,
            RequestSigns { is_get, is_prefetch },
            &NetworkSigns::default(),
        );
        (verdict.actor, verdict.reason, verdict.via)
    };
    let gmail = "x (via ggpht.com GoogleImageProxy)";
    assert_eq!(judge(gmail, Kind::Open, false, true), (Actor::Machine, Reason::Method, Via::Gmail));
    assert_eq!(judge(CHROME, Kind::Open, true, true), (Actor::Machine, Reason::PrefetchHeader, Via::Direct));
    assert_eq!(judge(CHROME, Kind::Click, true, true), (Actor::Unknown, Reason::PrefetchHeader, Via::Direct));
    assert!(announces_prefetch(b"Prefetch;anonymous-client-ip"));
    assert!(!announces_prefetch(b"-"));
}
