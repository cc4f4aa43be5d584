//! Why a file of networks can't be used.

/// A file of networks that is not what it should be. The first fault ends the reading: half a table would change
/// verdicts without a word.
#[derive(Debug, thiserror::Error)]
pub enum NetworkFileError {
    /// The file can't be read.
    #[error("{path}: {error}")]
    Read {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// A value is not what stands in its column.
    #[error("{path}:{line}: {column} is {value:?}: expected {expected}")]
    Value {
        /// The file.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The column.
        column: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        expected: &'static str,
    },
    /// A place stands in two rows.
    #[error("{path}:{line}: {place} stands in line {before} already; keep one of the two")]
    Twice {
        /// The file.
        path: String,
        /// The later line, from 1.
        line: usize,
        /// The network or AS number.
        place: String,
        /// The earlier line, from 1.
        before: usize,
    },
    /// There is nothing in the file.
    #[error("{path}: there is nothing in it: expected {expected}")]
    Empty {
        /// The file.
        path: String,
        /// What should be there.
        expected: &'static str,
    },
}
