//! The two kinds of hit.

/// What a tracking URL was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// The pixel was requested.
    Open,
    /// A link was requested.
    Click,
}

impl Kind {
    /// The stable code, as stored and exported.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Click => "click",
        }
    }
}
