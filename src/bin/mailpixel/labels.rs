//! What campaigns and links are called: the campaigns file.

use std::io::{self, Write};

use anyhow::anyhow;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::text_table::group_digits;
use mailpixel::sends::labels::{self, Labels, LoadedLabels};

use crate::account::plural;
use crate::args::{Common, LabelsArgs};
use crate::config::Config;
use crate::sends::{SHOWN, write_ignored};

/// The labels of the flag's file, else of the configuration's; without either, every id stands for itself. Also whether
/// every row could be used; if not, it has been said why, and the exit code is 1.
pub(crate) fn load(common: &Common, args: &LabelsArgs, config: &Config) -> anyhow::Result<(Labels, bool)> {
    let Some(path) = args.campaigns.as_ref().or(config.campaigns.as_ref()) else {
        return Ok((Labels::default(), true));
    };
    let loaded = labels::load(path).map_err(|error| anyhow!("campaigns: {}", sanitize(&error.to_string())))?;
    let mut text = Vec::new();
    write(&loaded, common, &mut text).expect("writing to memory can't fail");
    let _ = io::stderr().write_all(&text);
    Ok((loaded.labels, loaded.n_bad == 0))
}

fn write(loaded: &LoadedLabels, common: &Common, err: &mut dyn Write) -> io::Result<()> {
    for bad in loaded.bad_rows.iter().take(SHOWN) {
        writeln!(err, "{}", sanitize(&bad.to_string()))?;
    }
    if loaded.n_bad > 0 {
        let (n, rows) = (group_digits(loaded.n_bad), plural(loaded.n_rows, "row"));
        writeln!(err, "mailpixel: {n} of {rows} left out of the campaigns")?;
    }
    if common.quiet { Ok(()) } else { write_ignored(&loaded.ignored_columns, err) }
}
