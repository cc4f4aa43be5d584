//! `mailpixel export`: a folder of tables for each campaign, for cron.

use crate::args::Common;
use crate::args::export::ExportArgs;
use crate::exit::Exit;

pub(crate) fn run(_common: &Common, _args: &ExportArgs) -> anyhow::Result<Exit> {
    Ok(Exit::Failed)
}
