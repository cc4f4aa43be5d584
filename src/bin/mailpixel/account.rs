//! The account of a run, for standard error.

use std::io::{self, Write};

use mailpixel::logs::block_notes::RejectedLine;
use mailpixel::model::account::Account;
use mailpixel::model::reason::{NotCounted, Rejected};
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::text_table::group_digits;

/// Writes where every line went.
pub(crate) fn write(
    account: &Account,
    logs: usize,
    copies: &[(String, String)],
    out: &mut dyn Write,
) -> io::Result<()> {
    for (copy, of) in copies {
        writeln!(out, "{copy} is left out: {of} has all of its lines")?;
    }
    writeln!(out, "{} read from {logs} {}:", plural(account.lines, "line"), if logs == 1 { "log" } else { "logs" })?;
    write_entries(account, out)
}

/// Writes the entries of an account; they add up to its lines.
pub(crate) fn write_entries(account: &Account, out: &mut dyn Write) -> io::Result<()> {
    let mut line = |n: u64, what: &str| writeln!(out, "  {:>12}  {what}", group_digits(n));
    line(account.events, "hits counted")?;
    line(account.duplicates, "duplicates (a request id that was there already)")?;
    line(account.not_tracking, "not tracking (no tracking URL)")?;
    if account.pruned > 0 {
        line(account.pruned, "pruned (of days that the store no longer keeps)")?;
    }
    let not_counted = NotCounted::ALL.map(|reason| (account.not_counted[reason as usize], reason.code()));
    line(account.not_counted_total(), &with_parts("not counted", &not_counted))?;
    let rejected = Rejected::ALL.map(|reason| (account.rejected[reason as usize], reason.code()));
    line(account.rejected_total(), &with_parts("rejected (tracking lines that can't be read)", &rejected))
}

/// Writes where every event of the store went.
pub(crate) fn write_stored(account: &Account, unread: u64, out: &mut dyn Write) -> io::Result<()> {
    let of = if unread > 0 { format!(" of {}", group_digits(account.lines + unread)) } else { String::new() };
    writeln!(out, "{}{of} in the store:", plural(account.lines, "event"))?;
    let mut line = |n: u64, what: &str| writeln!(out, "  {:>12}  {what}", group_digits(n));
    line(account.events, "hits counted")?;
    line(account.duplicates, "duplicates (an event that is there already)")?;
    let not_counted = NotCounted::ALL.map(|reason| (account.not_counted[reason as usize], reason.code()));
    line(account.not_counted_total(), &with_parts("not counted", &not_counted))
}

/// Writes the first rejected lines with their places.
pub(crate) fn write_rejected(rejected: &[RejectedLine], total: u64, out: &mut dyn Write) -> io::Result<()> {
    for line in rejected {
        let excerpt = String::from_utf8_lossy(&line.excerpt);
        writeln!(out, "{}:{}: {}: {}", sanitize(&line.log), line.line, line.reason.words(), sanitize(&excerpt))?;
    }
    let more = total - rejected.len() as u64;
    if more > 0 {
        writeln!(
            out,
            "… and {} more; `mailpixel report LOG --rejects FILE` keeps them all",
            plural(more, "rejected line")
        )?;
    }
    Ok(())
}

fn with_parts(what: &str, parts: &[(u64, &str)]) -> String {
    let parts: Vec<_> =
        parts.iter().filter(|(n, _)| *n > 0).map(|(n, name)| format!("{name} {}", group_digits(*n))).collect();
    if parts.is_empty() { what.to_owned() } else { format!("{what}: {}", parts.join(", ")) }
}

/// `1 line`, `2 lines`.
pub(crate) fn plural(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", group_digits(n), if n == 1 { "" } else { "s" })
}
