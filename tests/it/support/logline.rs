//! Log lines in the supplied format.

use jiff::Timestamp;

/// A log line; change what a test is about.
#[derive(Clone, Debug)]
pub(crate) struct LogLine {
    pub(crate) address: String,
    pub(crate) ts_ms: i64,
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) status: u16,
    pub(crate) agent: String,
    pub(crate) request_id: String,
    pub(crate) sec_purpose: String,
}

impl LogLine {
    /// A GET of a URL by a browser.
    pub(crate) fn new(ts_ms: i64, url: &str) -> Self {
        Self {
            address: "192.0.2.1".to_owned(),
            ts_ms,
            method: "GET".to_owned(),
            url: url.to_owned(),
            status: if url.starts_with("/c/") { 302 } else { 200 },
            agent: super::timeline::BROWSER.to_owned(),
            request_id: "-".to_owned(),
            sec_purpose: "-".to_owned(),
        }
    }

    /// nginx's `combined`.
    pub(crate) fn combined(&self) -> String {
        let time = Timestamp::from_millisecond(self.ts_ms).unwrap();
        let Self { address, method, url, status, agent, .. } = self;
        let time = time.strftime("%d/%b/%Y:%H:%M:%S +0000");
        format!(r#"{address} - - [{time}] "{method} {url} HTTP/1.1" {status} 43 "-" "{agent}""#)
    }

    /// The supplied `log_format mailpixel`.
    pub(crate) fn mailpixel(&self) -> String {
        let (seconds, ms) = (self.ts_ms.div_euclid(1000), self.ts_ms.rem_euclid(1000));
        let Self { request_id, sec_purpose, .. } = self;
        format!(r#"{} {seconds}.{ms:03} {request_id} "{sec_purpose}" "-" "-" "-" "-""#, self.combined())
    }
}
