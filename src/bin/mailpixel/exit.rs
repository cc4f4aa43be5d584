//! Exit codes.

use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is done.
    Done,
    /// Done, but the answer is no, or something could not be read.
    Partly,
    /// Nothing was done: a wrong argument, a wrong configuration, an output that can't be written.
    Failed,
    /// Monitoring asked, and there is no answer; as Nagios' UNKNOWN.
    Unknown,
    /// Another run holds the store; as `EX_TEMPFAIL` of sysexits.h.
    Busy,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Partly => 1,
            Exit::Failed => 2,
            Exit::Unknown => 3,
            Exit::Busy => 75,
        })
    }
}
