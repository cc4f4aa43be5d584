//! `mailpixel rules`: the rule set.

use mailpixel::classify::rules::RULES_VERSION;
use mailpixel::report::{self, cell::Zone, frame_table, rule_list};

use crate::args::{Common, RulesArgs};
use crate::exit::Exit;
use crate::output::{self, Output, Target};
use crate::{config, settings};

/// Lists the rules, or the networks of mail scanners.
pub(crate) fn run(common: &Common, args: &RulesArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let format = output::format(&args.output)?;
    let target = Target::open(&args.output)?;
    let frame = if args.networks {
        rule_list::networks(&settings::reading(&args.reading, &config)?.classifier.scanners)?
    } else {
        rule_list::rules()?
    };
    target.write(|out, width| {
        match format {
            Output::Table => frame_table::write(&frame, &Zone::utc(), width, out)?,
            Output::Data(format) => report::write(&frame, format, &Zone::utc(), out)?,
        }
        Ok(())
    })?;
    if !common.quiet && !args.networks {
        output::tell(&format!("rule set {RULES_VERSION}: the first rule that fits a hit decides,"));
        output::tell("then the last two look at all hits of its message");
    }
    Ok(Exit::Done)
}
