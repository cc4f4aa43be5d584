//! The sends that a command uses: those of the files that were named, else those of the store.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use jiff::tz::TimeZone;
use mailpixel::model::send::{Consent, UnknownConsent};
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::text_table::group_digits;
use mailpixel::sends::load::{self, Duplicates, IgnoredColumn, Loaded, Options};
use mailpixel::sends::table::Sends;
use mailpixel::store::Layout;

use crate::account::plural;
use crate::args::{Common, ConsentUnknown, SendsArgs};
use crate::config::Config;
use crate::settings::many;

/// Bad rows, and duplicates, that are shown; all are counted.
pub(crate) const SHOWN: usize = 5;

/// Sends, and whether all of them could be read.
#[derive(Debug)]
pub(crate) struct LoadedSends {
    pub(crate) sends: Sends,
    /// Whether every row could be read. If not, it has been said why, and the exit code is 1.
    pub(crate) is_clean: bool,
    /// Whether they are those of the store.
    pub(crate) is_stored: bool,
}

/// Loads the sends of the flag, else of the configuration, else of the store; `None` where there are none. `zone` is the
/// one that was named, see `settings::named_zone`. Says on standard error what could not be read. Rates also need
/// [`unknown_consent`].
pub(crate) fn load(
    common: &Common,
    args: &SendsArgs,
    config: &Config,
    layout: Option<&Layout>,
    zone: Option<TimeZone>,
) -> anyhow::Result<Option<LoadedSends>> {
    let named = if args.sends.is_empty() { many(config.sends.as_ref(), &[]) } else { args.sends.clone() };
    if named.is_empty() {
        let kept = layout.map(mailpixel::store::sends::read).transpose()?.flatten();
        return Ok(kept.map(|sends| LoadedSends { sends, is_clean: true, is_stored: true }));
    }
    let loaded = read(&files(&named)?, zone)?;
    tell(&loaded, common);
    Ok(Some(LoadedSends { is_clean: loaded.n_bad == 0, sends: loaded.sends, is_stored: false }))
}

/// Reads files of sends.
pub(crate) fn read(files: &[PathBuf], zone: Option<TimeZone>) -> anyhow::Result<Loaded> {
    load::load(files, &Options { zone }).map_err(|error| anyhow!("sends: {}", sanitize(&error.to_string())))
}

/// The files that the arguments name, in their order, each once. `-` is standard input; what is no file is a glob.
pub(crate) fn files(named: &[String]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for name in named {
        let path = Path::new(name);
        if name == "-" {
            files.push(PathBuf::from("/dev/stdin"));
        } else if path.is_dir() {
            bail!("sends: {name} is a folder; name its files, for example '{}/*.csv'", name.trim_end_matches('/'));
        } else if path.exists() || !name.contains(['*', '?', '[']) {
            files.push(path.to_owned());
        } else {
            let found = glob::glob(name).with_context(|| format!("sends: {name:?} is no glob"))?;
            let before = files.len();
            for path in found {
                files.push(path.context("sends")?);
            }
            if files.len() == before {
                bail!("sends: no file matches {name:?}");
            }
        }
    }
    let mut seen = HashSet::new();
    files.retain(|path| seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())));
    Ok(files)
}

/// How unknown consents are taken: as the operator says. It is an error where that was not said and there are any.
pub(crate) fn unknown_consent(sends: &Sends, args: &SendsArgs, config: &Config) -> anyhow::Result<UnknownConsent> {
    match args.consent_unknown.or(config.consent_unknown) {
        Some(ConsentUnknown::Tracked) => Ok(UnknownConsent::Tracked),
        Some(ConsentUnknown::Untracked) => Ok(UnknownConsent::Untracked),
        None => {
            let unknown = sends.iter().filter(|send| send.consent() == Some(Consent::Unknown)).count() as u64;
            if unknown > 0 {
                bail!(
                    "the consent of {} is unknown: say consent_unknown = \"tracked\" or \"untracked\" in \
                     mailpixel.toml, or --consent-unknown",
                    plural(unknown, "send")
                );
            }
            Ok(UnknownConsent::Untracked)
        }
    }
}

/// Tells what is wrong with files of sends, and what of them is not used. A closed standard error changes nothing.
pub(crate) fn tell(loaded: &Loaded, common: &Common) {
    let mut text = Vec::new();
    write(loaded, common, &mut text).expect("writing to memory can't fail");
    let _ = io::stderr().write_all(&text);
}

fn write(loaded: &Loaded, common: &Common, err: &mut dyn Write) -> io::Result<()> {
    for bad in loaded.bad_rows.iter().take(SHOWN) {
        writeln!(err, "{}", sanitize(&bad.to_string()))?;
    }
    if loaded.n_bad > 0 {
        let (n, rows) = (group_digits(loaded.n_bad), plural(loaded.n_rows, "row"));
        writeln!(err, "mailpixel: {n} of {rows} left out of the sends")?;
    }
    write_duplicates(&loaded.duplicates, common, err)?;
    if common.quiet { Ok(()) } else { write_ignored(&loaded.ignored_columns, err) }
}

/// Names the columns that mean nothing, file by file.
pub(crate) fn write_ignored(columns: &[IgnoredColumn], err: &mut dyn Write) -> io::Result<()> {
    let mut ignored: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for column in columns {
        ignored.entry(&column.file).or_default().push(format!("`{}`", column.column));
    }
    for (file, columns) in ignored {
        writeln!(err, "{}: not used: {}", sanitize(file), sanitize(&columns.join(", ")))?;
    }
    Ok(())
}

fn write_duplicates(duplicates: &Duplicates, common: &Common, err: &mut dyn Write) -> io::Result<()> {
    if duplicates.n_differing > 0 {
        let rows = group_digits(duplicates.n_differing);
        writeln!(
            err,
            "warning: rows that say something else than the first row of their campaign and message, which holds: {rows}"
        )?;
        for duplicate in duplicates.first.iter().filter(|duplicate| !duplicate.is_identical).take(SHOWN) {
            let (file, first) = (sanitize(&duplicate.file), sanitize(&duplicate.first_file));
            let message = sanitize(&duplicate.message);
            let (line, first_line) = (duplicate.line, duplicate.first_line);
            writeln!(err, "{file}:{line}: message \"{message}\" stands in {first}:{first_line} already")?;
        }
    }
    if duplicates.n_identical > 0 && !common.quiet {
        writeln!(err, "rows that repeat an earlier one: {}", group_digits(duplicates.n_identical))?;
    }
    Ok(())
}
