//! What the LOG arguments stand for: files, globs, folders and standard input.

use std::collections::HashSet;
use std::fmt;
use std::fs::{File, Metadata};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::ReadError;

/// One log to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

impl Source {
    /// Device and inode of a regular file, which standard input may be, too.
    pub fn inode(&self) -> Option<(u64, u64)> {
        let metadata = match self {
            Self::File(path) => std::fs::metadata(path),
            Self::Stdin => std::io::stdin().as_fd().try_clone_to_owned().and_then(|fd| File::from(fd).metadata()),
        };
        metadata.ok().filter(Metadata::is_file).map(|metadata| (metadata.dev(), metadata.ino()))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Stdin => write!(f, "standard input"),
        }
    }
}

/// The logs that the arguments name, in their order, each once, and the arguments that name none. `-` is standard
/// input; a folder stands for those of its own files that look like access logs; what is no file is a glob.
pub fn discover(args: &[String]) -> (Vec<Source>, Vec<ReadError>) {
    let mut sources = Vec::new();
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for arg in args {
        match expand(arg, &mut errors) {
            Ok(found) => sources.extend(found.into_iter().filter(|source| seen.insert(identity(source)))),
            Err(error) => errors.push(error),
        }
    }
    (sources, errors)
}

/// The same file by two spellings of its path is one source.
fn identity(source: &Source) -> Source {
    match source {
        Source::File(path) => Source::File(path.canonicalize().unwrap_or_else(|_| path.clone())),
        Source::Stdin => Source::Stdin,
    }
}

/// The logs of one argument. What can't be looked into goes to `errors` and does not hide the other logs.
fn expand(arg: &str, errors: &mut Vec<ReadError>) -> Result<Vec<Source>, ReadError> {
    if arg == "-" {
        return Ok(vec![Source::Stdin]);
    }
    let path = Path::new(arg);
    if path.is_dir() {
        return logs_of_folder(path);
    }
    if path.exists() || !arg.contains(['*', '?', '[']) {
        return Ok(vec![Source::File(path.to_owned())]);
    }
    let paths = glob::glob(arg).map_err(|error| ReadError::Pattern { pattern: arg.to_owned(), error })?;
    let errors_before = errors.len();
    let mut files = Vec::new();
    for path in paths {
        match path {
            Ok(path) if path.is_dir() => {}
            Ok(path) => files.push(Source::File(path)),
            Err(error) => errors.push(ReadError::io(error.path().display().to_string(), error.into())),
        }
    }
    if files.is_empty() && errors.len() == errors_before {
        return Err(ReadError::NoMatch { pattern: arg.to_owned() });
    }
    Ok(files)
}

fn logs_of_folder(folder: &Path) -> Result<Vec<Source>, ReadError> {
    let failed = |error| ReadError::io(folder.display().to_string(), error);
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if name.is_some_and(|name| looks_like_access_log(&name)) && !path.is_dir() {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(ReadError::EmptyFolder { path: folder.display().to_string() });
    }
    Ok(files.into_iter().map(Source::File).collect())
}

/// Whether a file's name is one that nginx or logrotate give to an access log: `access.log`, `mail.log.1`,
/// `access.log-20261123.gz`, `access.2026-11-23.zst`; no error log, no hidden file, no other suffix.
fn looks_like_access_log(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    if lower.starts_with('.') || lower.contains("error") {
        return false;
    }
    // Packings that are not read are let through, so that an error names them.
    let packings = [".gz", ".zst", ".xz", ".bz2", ".lz4", ".zip"];
    let unpacked = packings.iter().find_map(|suffix| lower.strip_suffix(suffix)).unwrap_or(&lower);
    let stem = unpacked.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'));
    let stem = stem.strip_suffix(".json").unwrap_or(stem);
    stem.ends_with(".log") || stem.ends_with("_log") || stem.ends_with("access")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_access_logs_by_name() {
        for name in [
            "access.log",
            "access.log.1",
            "access.log.2.gz",
            "access.log.3.zst",
            "mail.example.com.log",
            "access.log-20261123",
            "access.log-20261123.gz",
            "access.log.4.xz",
            "access_log",
            "access.2026-11-23.gz",
            "access.json.1",
        ] {
            assert!(looks_like_access_log(name), "{name}");
        }
        for name in [
            "error.log",
            "access.log.error",
            ".access.log.swp",
            "README.md",
            "pixel.gif",
            "notes.txt",
            "access.log.bak",
            "photos.zip",
        ] {
            assert!(!looks_like_access_log(name), "{name}");
        }
    }

    #[test]
    fn expands_arguments() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        for name in ["access.log", "access.log.1", "error.log", "notes.txt"] {
            std::fs::write(at(name), "").expect("written");
        }
        std::fs::create_dir(at("deep.log")).expect("a folder");
        let names = |args: &[String]| -> Vec<String> {
            let (sources, errors) = discover(args);
            assert!(errors.is_empty(), "{errors:?}");
            sources.iter().map(|s| s.to_string().rsplit('/').next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(names(&[at("")]), ["access.log", "access.log.1"]);
        assert_eq!(names(&[at("*"), at("access.log")]), ["access.log", "access.log.1", "error.log", "notes.txt"]);
        assert_eq!(names(&[at("notes.txt"), at("./notes.txt"), "-".to_owned()]), ["notes.txt", "standard input"]);
        assert_eq!(discover(&[at("missing*")]).1.len(), 1);
        assert_eq!(discover(&[at("deep.log")]).1.len(), 1);
    }
}
