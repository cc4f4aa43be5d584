//! `mailpixel explain`: one message, hit by hit.

use anyhow::bail;
use mailpixel::analysis::detail::{self, Hit};
use mailpixel::analysis::engagement::{Engagement, Rules, SameEvent};
use mailpixel::analysis::groups::NO_CAMPAIGN;
use mailpixel::analysis::sent::{Base, Sending};
use mailpixel::events::columns::event as column;
use mailpixel::events::rows::Deciding;
use mailpixel::logs::source;
use mailpixel::model::window::Window;
use mailpixel::report::sanitize::sanitize;
use mailpixel::report::{self, explain};
use mailpixel::sends::table::Sends;
use mailpixel::store::select::Selection;
use mailpixel::survey::Reader;
use mailpixel::survey::detail::{Details, of_logs, of_store};

use crate::args::{Common, ExplainArgs, SendsArgs};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::output::{self, Output, Target};
use crate::settings::Reading;
use crate::{sends, settings, store_place};

/// Reads the message's events and writes what became of each.
pub(crate) fn run(common: &Common, args: &ExplainArgs) -> anyhow::Result<Exit> {
    let config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let reading = settings::reading(&args.reading, &config)?;
    let format = output::format(&args.output)?;
    let target = Target::open(&args.output)?;
    let campaign = if args.campaign == NO_CAMPAIGN { "" } else { &args.campaign };
    let layout = store_place::layout(&args.store, &config);
    let named_zone = settings::named_zone(args.tz.as_deref(), &config)?;
    let loaded = sends::load(common, &args.sends, &config, Some(&layout), named_zone)?;
    let sending = loaded.as_ref().map(|loaded| sending(&loaded.sends, &args.sends, &config)).transpose()?;
    // What other messages of the campaign were asked for from one network tells only where it is known when they were sent.
    let message = sending.is_none().then_some(args.message.as_str());
    let selection = Selection { campaign: Some(campaign), message };
    let Details { events, errors, .. } = if args.logs.is_empty() {
        of_store(&layout, &[selection], reading.effort)?
    } else {
        read_logs(&args.logs, &reading, selection)?
    };
    errors.iter().for_each(|error| output::tell(&format!("mailpixel: {}", sanitize(&error.to_string()))));
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
    let ids = events.column(column::MESSAGE)?.str()?.clone();
    let is_asked = |hits: &Vec<Hit>| ids.get(hits[0].at) == Some(args.message.as_str());
    let messages = detail::judge(&events, deciding, rules, sending)?;
    let Some(hits) = messages.into_iter().find(is_asked) else {
        output::tell(&format!(
            "no hits of message {:?} in campaign {:?}; `mailpixel report` lists the campaigns, and (none) stands for \
             URLs without one",
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
    Ok(if errors.is_empty() { Exit::Done } else { Exit::Partly })
}

fn sending<'a>(sends: &'a Sends, args: &SendsArgs, config: &Config) -> anyhow::Result<Sending<'a>> {
    Ok(Sending {
        sends,
        unknown_consent: sends::unknown_consent(sends, args, config)?,
        now_ms: store_place::now_ms(),
        window: Window::ALWAYS,
        base: Base::of(sends),
    })
}

/// Reads the message's hits out of logs, of which at least one must be readable.
fn read_logs(logs: &[String], reading: &Reading, selection: Selection<'_>) -> anyhow::Result<Details> {
    let (sources, missing) = source::discover(logs);
    let reader = Reader { recognizer: &reading.recognizer, classifier: &reading.classifier };
    let mut details = of_logs(&sources, reader, &[selection], reading.effort)?;
    let is_unread = details.errors.len() >= sources.len() && details.events.height() == 0;
    details.errors.splice(0..0, missing);
    if is_unread {
        details.errors.iter().for_each(|error| output::tell(&format!("mailpixel: {}", sanitize(&error.to_string()))));
        bail!("none of the logs could be read");
    }
    Ok(details)
}
