//! The span of time that a report is about.

/// A half-open span of time, since ≤ t < until, in milliseconds since 1970 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first instant inside.
    pub since_ms: i64,
    /// The first instant after it.
    pub until_ms: i64,
}

impl Window {
    /// All of time.
    pub const ALWAYS: Self = Self { since_ms: i64::MIN, until_ms: i64::MAX };

    /// Whether the instant lies inside.
    pub fn contains(self, ts_ms: i64) -> bool {
        self.since_ms <= ts_ms && ts_ms < self.until_ms
    }
}
