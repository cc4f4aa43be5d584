//! Where reports go: the format, the terminal's width, standard error.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use mailpixel::report::DataFormat;
use mailpixel::report::file::OutputFile;

use crate::args::{Format, OutputArgs};

/// A table for people, or data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Table,
    Data(DataFormat),
}

/// The format that was asked for, or that the output file's name says.
pub(crate) fn format(args: &OutputArgs) -> anyhow::Result<Output> {
    let suffix = args.output.as_deref().and_then(Path::extension).map(std::ffi::OsStr::to_ascii_lowercase);
    let by_name = suffix.and_then(|suffix| match suffix.to_str()? {
        "csv" => Some(Format::Csv),
        "json" => Some(Format::Json),
        "parquet" => Some(Format::Parquet),
        _ => None,
    });
    let format = args.format.or(by_name).unwrap_or(Format::Table);
    let to_stdout = args.output.as_deref().is_none_or(|path| path == Path::new("-"));
    if format == Format::Parquet && to_stdout && io::stdout().is_terminal() {
        bail!("Parquet is not for terminals: add -o FILE or redirect the output");
    }
    Ok(match format {
        Format::Table => Output::Table,
        Format::Csv => Output::Data(DataFormat::Csv),
        Format::Json => Output::Data(DataFormat::Json),
        Format::Parquet => Output::Data(DataFormat::Parquet),
    })
}

/// Where a report goes: a file, which is made before the work so that a bad path fails at once, or standard output.
pub(crate) struct Target(Option<(PathBuf, OutputFile)>);

impl Target {
    /// The file that was named.
    pub(crate) fn open(args: &OutputArgs) -> anyhow::Result<Self> {
        let path = args.output.as_deref().filter(|path| *path != Path::new("-"));
        Ok(Self(path.map(|path| create(path).map(|file| (path.to_owned(), file))).transpose()?))
    }

    /// The file, where it is one.
    pub(crate) fn file(&self) -> Option<&OutputFile> {
        self.0.as_ref().map(|(_, file)| file)
    }

    /// Writes the report. `write` takes the terminal's width, where there is one.
    pub(crate) fn write(
        self,
        write: impl FnOnce(&mut dyn Write, Option<u16>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match self.0 {
            Some((path, mut file)) => {
                let written = write(&mut file, None).and_then(|()| Ok(file.finish()?));
                written.map_err(|error| unwritten(&path, &error))
            }
            None => {
                let mut out = BufWriter::new(io::stdout().lock());
                write(&mut out, width())?;
                Ok(out.flush()?)
            }
        }
    }
}

/// A file that appears when it is whole.
pub(crate) fn create(path: &Path) -> anyhow::Result<OutputFile> {
    OutputFile::create(path).with_context(|| format!("{} can't be written", path.display()))
}

/// The error as text only: a closed pipe is none where it is standard output, but it is one where it was named.
pub(crate) fn unwritten(path: &Path, error: &anyhow::Error) -> anyhow::Error {
    anyhow!("{}: {error:#}", path.display())
}

/// The terminal's width, where there is one.
fn width() -> Option<u16> {
    comfy_table::Table::new().width()
}

/// Writes a line to standard error. A closed one is no reason to fail.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}
