//! What all tests share.

pub(crate) mod logline;
pub(crate) mod mmdb;
pub(crate) mod timeline;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A temporary folder in which the binary runs.
pub(crate) struct Workdir(tempfile::TempDir);

/// What a run of the binary printed, and its exit code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Workdir {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file; a name ending in `.gz` or `.zst` is packed.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, pack(name, bytes)).unwrap();
        path
    }

    /// The binary, with nothing of this machine's environment.
    pub(crate) fn mailpixel(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mailpixel"));
        command.current_dir(self.path()).env_clear().env("RUST_BACKTRACE", "1").stdin(Stdio::null());
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, args: &[S]) -> Outcome {
        let output = self.mailpixel().args(args).output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// `report ARGS --format json`, which must succeed, as JSON.
    pub(crate) fn report<S: AsRef<OsStr>>(&self, args: &[S]) -> Vec<Row> {
        self.rows("report", args)
    }

    /// `COMMAND ARGS --format json`, which must succeed, as JSON.
    pub(crate) fn rows<S: AsRef<OsStr>>(&self, command: &str, args: &[S]) -> Vec<Row> {
        let mut all: Vec<&OsStr> = vec![command.as_ref(), "--format".as_ref(), "json".as_ref()];
        all.extend(args.iter().map(AsRef::as_ref));
        let outcome = self.run(&all);
        assert_eq!(outcome.code, 0, "{outcome:?}");
        serde_json::from_str(&outcome.stdout).unwrap()
    }

    /// Runs words that are separated by spaces, which must succeed, and gives what they print on standard output.
    pub(crate) fn ok(&self, words: &str) -> String {
        let outcome = self.run(&words.split_whitespace().collect::<Vec<_>>());
        assert_eq!(outcome.code, 0, "{words}: {outcome:?}");
        outcome.stdout
    }
}

/// A row of a JSON report.
pub(crate) type Row = serde_json::Map<String, serde_json::Value>;

/// Values of a row as one text, with `-` where there is none.
pub(crate) fn cells(row: &Row, names: &[&str]) -> String {
    let text = |name: &&str| match &row[*name] {
        serde_json::Value::Null => "-".to_owned(),
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    names.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// The bytes as a file of that name holds them.
pub(crate) fn pack(name: &str, bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    match Path::new(name).extension().and_then(OsStr::to_str) {
        Some("gz") => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        Some("zst") => zstd::encode_all(bytes, 1).unwrap(),
        _ => bytes.to_vec(),
    }
}

/// The repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files under a folder with this suffix, sorted.
pub(crate) fn files(folder: &Path, suffix: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, suffix));
        } else if path.extension().is_some_and(|extension| extension == suffix) {
            found.push(path);
        }
    }
    found.sort();
    found
}
