//! The command line of mailpixel: the only place for arguments, the environment, standard output and exit codes.

mod account;
mod args;
mod commands;
mod config;
mod exit;
mod labels;
mod output;
mod sends;
mod settings;
mod show;
mod store_place;
mod when;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use exit::Exit;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return commands::check::misused(&error),
    };
    let result = match &cli.command {
        Command::Report(args) => commands::report::run(&cli.common, args),
        Command::Ingest(args) => commands::ingest::run(&cli.common, args),
        Command::Explain(args) => commands::explain::run(&cli.common, args),
        Command::Check(args) => Ok(commands::check::run(&cli.common, args)),
        Command::Export(args) => commands::export::run(&cli.common, args),
        Command::Sends(args) => commands::sends::run(&cli.common, args),
        Command::Query(args) => commands::query::run(&cli.common, args),
        Command::Rules(args) => commands::rules::run(&cli.common, args),
        Command::Store(args) => commands::store::run(&cli.common, args),
    };
    match result {
        Ok(exit) => exit.into(),
        Err(error) if is_closed_pipe(&error) => Exit::Done.into(),
        Err(error) => {
            // A closed standard error is no reason to panic.
            let _ = writeln!(std::io::stderr(), "mailpixel: {error:#}");
            Exit::Failed.into()
        }
    }
}

/// `mailpixel report … | head` closes the pipe early, which is no error.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
