//! `mailpixel explain`: one message, hit by hit.

use anyhow::bail;
use mailpixel::analysis::detail::{self, Hit};
use mailpixel::analysis::engagement::{Engagement, Rules, SameEvent};
use mailpixel::analysis::groups::NO_CAMPAIGN;
use mailpixel::analysis::timeline::Background;
use mailpixel::events::rows::Deciding;
use mailpixel::logs::source;
use mailpixel::model::window::Window;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::{self, explain};
use mailpixel::store::select::Selection;
use mailpixel::survey::Reader;
use mailpixel::survey::detail::{Details, of_logs, of_store};

use crate::args::{Common, ExplainArgs};
use crate::exit::Exit;
use crate::output::{self, Output, Target};
use crate::{config, settings, store_place};

/// Reads the message's events and writes what became of each.
pub(crate) fn run(common: &Common, args: &ExplainArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let reading = settings::reading(&args.reading, &config)?;
    let format = output::format(&args.output)?;
    let target = Target::open(&args.output)?;
    let campaign = if args.campaign == NO_CAMPAIGN { "" } else { &args.campaign };
    let selection = Selection { campaign: Some(campaign), message: Some(&args.message) };
    let Details { events, mut errors, .. } = if args.logs.is_empty() {
        of_store(&store_place::layout(&args.store, &config), &[selection], reading.effort)?
    } else {
        let (sources, missing) = source::discover(&args.logs);
        if sources.is_empty() {
            missing.iter().for_each(|error| output::tell(&format!("mailpixel: {error}")));
            bail!("none of the logs could be read");
        }
        let reader = Reader { recognizer: &reading.recognizer, classifier: &reading.classifier };
        let mut details = of_logs(&sources, reader, &[selection], reading.effort)?;
        details.errors.splice(0..0, missing);
        details
    };
    errors.drain(..).for_each(|error| output::tell(&format!("mailpixel: {}", sanitize(&error.to_string()))));
    let deciding = Deciding {
        own: &reading.recognizer.own,
        unsubscribe: &reading.recognizer.unsubscribe,
        attributes: &[],
        campaign_of: None,
    };
    let rules = Rules {
        open_gap_ms: reading.open_gap_ms,
        window: Window::ALWAYS,
        same: SameEvent::Id,
        sweeps: &reading.sweeps,
    };
    let messages = detail::judge(&events, deciding, rules, Background::default())?;
    let Some(hits) = messages.into_iter().next() else {
        output::tell(&format!(
            "no hits of message {:?} in campaign {:?}",
            sanitize(&args.message),
            sanitize(&args.campaign)
        ));
        return Ok(Exit::Partly);
    };
    target.write(|out, width| {
        match format {
            Output::Table => {
                let counted: Vec<_> = hits.iter().filter(|hit: &&Hit| !hit.is_duplicate).map(|hit| hit.row).collect();
                let engagement = Engagement::fold(&counted, rules);
                explain::write(&hits, &events, &engagement, &zone, width, out)?;
            }
            Output::Data(format) => report::write(&detail::frame(&events, &hits)?, format, &zone, out)?,
        }
        Ok(())
    })?;
    Ok(Exit::Done)
}
