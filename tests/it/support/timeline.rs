//! Timelines in the notation of the scenarios: `o H A 0` is a pixel hit by a desktop browser from network A at second
//! 0; `k L1 S X 43.6` is a click on L1 by a scanner; `HEAD`, `status=404`, `id=…` and `m=…` (another message) may follow.

use super::logline::LogLine;

/// A desktop browser.
pub(crate) const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36";

const SAFARI: &str = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                      Version/17.3 Safari/605.1.15";

/// The log of a timeline in the supplied format; `start_ms` is second 0.
pub(crate) fn log(start_ms: i64, hits: &[String]) -> String {
    hits.iter().enumerate().map(|(i, hit)| line(start_ms, hit, i).mailpixel() + "\n").collect()
}

fn line(start_ms: i64, hit: &str, number: usize) -> LogLine {
    let mut words = hit.split_whitespace();
    let mut next = || words.next().unwrap_or_else(|| panic!("{hit:?} ends early"));
    let link = match next() {
        "o" => None,
        "k" => Some(next().to_owned()),
        other => panic!("{hit:?}: {other} is neither o nor k"),
    };
    let agent = agent(next());
    let address = address(next());
    let seconds: f64 = next().parse().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "seconds of a test")]
    let ts_ms = start_ms + (seconds * 1000.0).round() as i64;
    let mut message = "m";
    let mut line = LogLine::new(ts_ms, "/o/");
    line.request_id = format!("{number:032x}");
    let mut status = None;
    for word in words {
        match word.split_once('=') {
            Some(("status", code)) => status = Some(code.parse().unwrap()),
            Some(("id", id)) => id.clone_into(&mut line.request_id),
            Some(("m", other)) => message = other,
            Some((key, _)) => panic!("{hit:?}: {key}?"),
            None => word.clone_into(&mut line.method),
        }
    }
    line.url = match &link {
        None => format!("/o/c/{message}.gif"),
        Some(link) => format!("/c/c/{message}/{link}"),
    };
    line.status = status.unwrap_or(if link.is_some() { 302 } else { 200 });
    agent.clone_into(&mut line.agent);
    line.address = address;
    line
}

fn agent(letter: &str) -> &'static str {
    match letter {
        "H" | "S" => BROWSER,
        "G" => "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
        "P" => {
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
             Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0"
        }
        "M" => "Mozilla/5.0",
        "C" => "curl/8.4.0",
        "R" => SAFARI,
        "OD" => "Microsoft Office Protocol Discovery",
        "OM" => "Mozilla/4.0 (compatible; ms-office; MSOffice 16)",
        other => panic!("no agent is called {other}"),
    }
}

fn address(letter: &str) -> String {
    match letter {
        "A" => "192.0.2.10".to_owned(),
        "B" => "198.51.100.10".to_owned(),
        "D" => "203.0.113.10".to_owned(),
        "X" => "198.18.7.10".to_owned(),
        "Y" => "66.249.84.10".to_owned(),
        "Z" => "104.28.42.10".to_owned(),
        // Two more networks of a scanner's, one of Microsoft's scanners, and one of Microsoft's others.
        "Y2" => "198.18.8.10".to_owned(),
        "Y3" => "198.18.9.10".to_owned(),
        "N" => "40.107.1.1".to_owned(),
        "W" => "20.190.1.10".to_owned(),
        other => panic!("no network is called {other}"),
    }
}
