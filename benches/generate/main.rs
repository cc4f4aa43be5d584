//! Writes access logs that look like those of a server that tracks mail: for benchmarks, and for the repository's
//! sample logs. And databases of places that know their addresses.
//!
//! A visit is made (`people`, `machines`, `background`), put in order of time (`stream`) and written (`lines`). All
//! of it follows from the seed.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

mod rng;

mod addresses;
mod agents;
mod delays;
mod mail_apps;
mod robots;

mod campaigns;
mod visit;

mod background;
mod machines;
mod people;
mod world;

mod escape;
mod lines;
mod numbers;
mod stream;

mod samples;
mod scenes;
mod sends;

mod databases;
/// What the tests write databases with.
#[expect(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/it/support/mmdb.rs"]
mod mmdb;

mod args;

use args::Args;
use lines::{Format, Lines};
use stream::Stream;
use world::{Wish, World};

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match (&args.samples, &args.databases, args.wish()) {
        (Some(folder), ..) => samples::write(folder),
        (None, Some(folder), _) => databases::write(folder),
        (None, None, Ok(wish)) => write_to(&args.out, &wish, args.format),
        (None, None, Err(advice)) => Err(io::Error::other(advice)),
    };
    match done {
        // `| head` has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody is left to tell when stderr is closed too.
            let _ = writeln!(io::stderr(), "generate: {error}");
            ExitCode::from(2)
        }
        Ok(()) => ExitCode::SUCCESS,
    }
}

/// Writes a log to a file, or to standard output for `-`.
fn write_to(out: &Path, wish: &Wish, format: Format) -> io::Result<()> {
    if out == Path::new("-") {
        return write(io::stdout().lock(), wish, format);
    }
    let named = |error| io::Error::other(format!("{}: {error}", out.display()));
    write(File::create(out).map_err(named)?, wish, format).map_err(named)
}

fn write(out: impl Write, wish: &Wish, format: Format) -> io::Result<()> {
    let (world, rates) = World::plan(wish);
    let mut out = BufWriter::with_capacity(1 << 20, out);
    let mut lines = Lines::new(&world);
    let mut line = Vec::with_capacity(1 << 13);
    for visit in Stream::new(&world, rates, wish.lines) {
        line.clear();
        lines.push(&mut line, &visit, format);
        out.write_all(&line)?;
    }
    out.flush()
}
