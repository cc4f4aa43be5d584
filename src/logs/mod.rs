//! Files → lines → records: what to read, how it is packed, where lines end, and what a line says.

pub mod block_notes;
pub mod blocks;
pub mod compression;
pub mod copies;
pub mod escape;
pub mod field;
pub mod format;
pub mod json;
pub mod line;
pub mod nginx_conf;
pub mod prefix_hash;
pub mod record;
pub mod short_text;
pub mod source;
pub mod stream_blocks;
pub mod time;

/// A log or part of a log that could not be read; the others are read all the same.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system refused.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Compressed data ended early or is damaged: what came before was read.
    #[error(
        "{path}: the {packing} data is cut or damaged after {bytes} bytes of log ({error}); what came before it was read"
    )]
    Damaged {
        /// The file.
        path: String,
        /// gzip or zstd.
        packing: &'static str,
        /// Decompressed bytes that were read.
        bytes: u64,
        /// What the decoder said.
        error: std::io::Error,
    },
    /// The file is packed in a way that the program does not read.
    #[error("{path}: {packing} is not read; unpack it first, for example: {hint}")]
    Packing {
        /// The file.
        path: String,
        /// The name of the packing.
        packing: &'static str,
        /// A command that unpacks it into the program.
        hint: String,
    },
    /// A folder holds nothing that looks like an access log.
    #[error("{path}: no access logs in this folder (looked for names with `.log` or `access` in them, not `error`)")]
    EmptyFolder {
        /// The folder.
        path: String,
    },
    /// A pattern matches no file.
    #[error("{pattern}: no file matches")]
    NoMatch {
        /// The pattern.
        pattern: String,
    },
    /// A pattern can't be read.
    #[error("{pattern}: {error}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong with it.
        error: glob::PatternError,
    },
}

impl ReadError {
    /// An I/O error with the path that it happened on.
    pub fn io(path: impl Into<String>, error: std::io::Error) -> Self {
        Self::Io { path: path.into(), error }
    }
}
