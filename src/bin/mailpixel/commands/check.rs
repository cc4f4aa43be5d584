//! `mailpixel check`: was it seen? One line, and an exit code, for monitoring.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::bail;
use mailpixel::analysis::answer::{Answer, Clock, Sight};
use mailpixel::analysis::dimension::Dimension;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::analysis::groups::{Groups, NO_CAMPAIGN};
use mailpixel::analysis::question::{Question, Wanted};
use mailpixel::analysis::sent::{Base, Sending};
use mailpixel::analysis::statistics::proportion::Proportion;
use mailpixel::analysis::tally::Tally;
use mailpixel::logs::source;
use mailpixel::model::window::Window;
use mailpixel::report::cell::Zone;
use mailpixel::report::rate;
use mailpixel::report::sanitize::sanitize;
use mailpixel::sends::column::Column;
use mailpixel::sends::table::{Found, Send, Sends};
use mailpixel::store::select::Selection;
use mailpixel::store::{Layout, newest};
use mailpixel::survey::Reader;
use mailpixel::survey::chosen::Chosen;
use mailpixel::survey::detail::{Details, of_logs, of_store};

use crate::args::Common;
use crate::args::check::{CheckArgs, Seer};
use crate::config::{self, Config};
use crate::exit::Exit;
use crate::settings::{self, Reading};
use crate::{sends, store_place, when};

/// Event files in which a campaign's name is looked for that may have been misspelt.
const NAME_FILES: usize = 64;

/// Answers. What fails is an answer, too.
pub(crate) fn run(common: &Common, args: &CheckArgs) -> Exit {
    let (line, plain, nagios) = match answer(common, args) {
        Ok((answer, text)) => (format!("{}: {text}", answer.words()), of_answer(answer), nagios_of(answer)),
        Err(error) => {
            let text = format!("{error:#}").replace('\n', " ");
            (format!("failed: {}", sanitize(&text)), Exit::Failed, ("UNKNOWN", Exit::Unknown))
        }
    };
    let (word, code) = nagios;
    // Nagios takes what stands behind a bar for figures.
    let line = if args.nagios { format!("{word}: {}", line.replace('|', "/")) } else { line };
    // The exit code is the answer: a closed standard output changes nothing.
    let _ = writeln!(io::stdout(), "{line}");
    if args.nagios { code } else { plain }
}

fn of_answer(answer: Answer) -> Exit {
    match answer {
        Answer::Seen => Exit::Done,
        Answer::CantTell | Answer::NotYet | Answer::NotSeen => Exit::Partly,
        Answer::Stale => Exit::Failed,
    }
}

fn nagios_of(answer: Answer) -> (&'static str, Exit) {
    match answer {
        Answer::Seen => ("OK", Exit::Done),
        Answer::NotYet => ("WARNING", Exit::Partly),
        Answer::CantTell | Answer::NotSeen => ("CRITICAL", Exit::Failed),
        Answer::Stale => ("UNKNOWN", Exit::Unknown),
    }
}

/// What is said of arguments that are wrong. A wrong argument of a monitoring plugin is UNKNOWN, and not CRITICAL.
pub(crate) fn misused(error: &clap::Error) -> ExitCode {
    let is_plugin = std::env::args().nth(1).is_some_and(|command| command == "check")
        && std::env::args().any(|arg| arg == "--nagios");
    let _ = error.print();
    if !error.use_stderr() {
        return Exit::Done.into();
    }
    if is_plugin {
        let _ = writeln!(io::stdout(), "UNKNOWN: failed: wrong arguments; see mailpixel check --help");
        return Exit::Unknown.into();
    }
    Exit::Failed.into()
}

/// Everything that the answer depends on.
struct Case<'a> {
    args: &'a CheckArgs,
    reading: &'a Reading,
    layout: &'a Layout,
    zone: Zone,
    now_ms: i64,
    sending: Option<Sending<'a>>,
    /// The send of the message.
    send: Option<Send<'a>>,
    /// The campaign as hits have it: empty for none.
    campaign: &'a str,
}

fn answer(common: &Common, args: &CheckArgs) -> anyhow::Result<(Answer, String)> {
    let config: Config = config::load(common.config.as_deref())?;
    let zone = settings::zone(args.tz.as_deref(), &config)?;
    let reading = settings::reading(&args.reading, &config)?;
    let layout = store_place::layout(&args.store, &config);
    let now_ms =
        args.clock.now.as_deref().map_or_else(|| Ok(store_place::now_ms()), |now| when::instant(now, &zone))?;
    let named_zone = settings::named_zone(args.tz.as_deref(), &config)?;
    let loaded = sends::load(common, &args.sends, &config, Some(&layout), named_zone)?;
    let sending = |sends| -> anyhow::Result<Sending<'_>> {
        let unknown_consent = sends::unknown_consent(sends, &args.sends, &config)?;
        Ok(Sending { sends, unknown_consent, now_ms, window: Window::ALWAYS, base: Base::of(sends) })
    };
    let sending = loaded.as_ref().map(|loaded| sending(&loaded.sends)).transpose()?;
    let campaign = if args.campaign == NO_CAMPAIGN { "" } else { &args.campaign };
    let send = sending.and_then(|sending| find(sending.sends, campaign, args.message.as_deref()?));
    Case { args, reading: &reading, layout: &layout, zone, now_ms, sending, send, campaign }.answer()
}

fn find<'a>(sends: &'a Sends, campaign: &str, message: &str) -> Option<Send<'a>> {
    match sends.find(Some(campaign.as_bytes()), message.as_bytes()) {
        Found::Send(id) | Found::WithoutCampaign(id) | Found::OtherCampaign(id) => Some(sends.get(id)),
        Found::UnknownMessage | Found::Ambiguous | Found::NoSends => None,
    }
}

/// What was counted up to an instant.
struct Count {
    sight: Sight,
    human_span_ms: Option<(i64, i64)>,
    has_hits: bool,
    /// Seen as it was asked for, and seen by anybody who may be a person, of the tracked messages.
    shares: [Option<Proportion>; 2],
}

impl Case<'_> {
    fn answer(&self) -> anyhow::Result<(Answer, String)> {
        let CheckArgs { min_rate, within, stale, .. } = self.args;
        if min_rate.is_some() {
            self.require_sends()?;
        }
        let details = self.read()?;
        let chosen = Chosen::new(&details.events, &self.reading.recognizer, self.sending)?;
        let start_ms = self.sent_at_ms().or(chosen.first_counted_ms);
        let until_ms = within.as_ref().and_then(|within| Some(start_ms?.saturating_add(within.ms)));
        let count = self.count(chosen, until_ms.unwrap_or(i64::MAX));
        let wanted = if self.args.actor == Seer::Human { Sight::Person } else { Sight::CantTell };
        let clock = Clock {
            now_ms: self.now_ms,
            until_ms,
            has_limit: within.is_some(),
            newest_ms: details.newest_ms,
            stale_ms: stale.as_ref().map(|stale| stale.ms),
        };
        let answer = Answer::of(count.sight, wanted, clock);
        if answer != Answer::Seen && !details.errors.is_empty() {
            let errors: Vec<String> = details.errors.iter().map(ToString::to_string).collect();
            bail!("{}: {}", self.what(), errors.join("; "));
        }
        let mut text = self.text(answer, &count, clock);
        if answer == Answer::NotSeen || answer == Answer::NotYet {
            if !count.has_hits && details.events.height() == 0 {
                text.push_str(&self.hint(&details)?);
            } else if self.is_unknown_message() {
                text.push_str("; the sends of the campaign do not have it");
            } else if min_rate.is_none() && until_ms.is_some_and(|until| until <= self.now_ms) {
                let later = Chosen::new(&details.events, &self.reading.recognizer, self.sending)?;
                if let (None, Some((first, _))) = (count.human_span_ms, self.count(later, i64::MAX).human_span_ms) {
                    text.push_str(&format!("; a person did later, first at {}", self.time(first)));
                }
            }
        }
        Ok((answer, text))
    }

    /// Whether the message's hits do not count because the sends do not have it.
    fn is_unknown_message(&self) -> bool {
        let has_sends = self.sending.is_some_and(|sending| sending.sends.has_campaign(self.campaign.as_bytes()));
        has_sends && self.args.message.is_some() && self.send.is_none()
    }

    /// A rate is one of what was sent.
    fn require_sends(&self) -> anyhow::Result<()> {
        let Some(sending) = self.sending else {
            bail!("--min-rate is a share of what was sent: name the sends with --sends, or keep them in the store")
        };
        if !sending.sends.has_campaign(self.campaign.as_bytes()) {
            let names = sending.sends.campaigns().filter_map(|(name, _)| name.map(str::to_owned)).collect();
            bail!("no sends of {}{}", self.what(), did_you_mean(self.campaign, &names));
        }
        Ok(())
    }

    /// The events that the answer depends on, and no others.
    fn read(&self) -> anyhow::Result<Details> {
        // Which networks are shared, only the hits of a whole campaign tell.
        let needs_all = self.sending.is_some_and(|sending| sending.sends.has_column(Column::SentAt));
        let message = self.args.message.as_deref().filter(|_| !(needs_all && self.send.is_some()));
        let named = Selection { campaign: Some(self.campaign), message };
        // The sends tell the campaigns of hits whose URLs name none.
        let nameless = Selection { campaign: Some(""), message: self.args.message.as_deref() };
        let is_nameless = self.sending.is_some() && !self.campaign.is_empty();
        let selections = if is_nameless { vec![named, nameless] } else { vec![named] };
        let effort = self.reading.effort;
        if self.args.log.is_empty() {
            return Ok(of_store(self.layout, &selections, effort)?);
        }
        let (sources, missing) = source::discover(&self.args.log);
        let reader = Reader { recognizer: &self.reading.recognizer, classifier: &self.reading.classifier };
        let mut details = of_logs(&sources, reader, &selections, effort)?;
        details.errors.splice(0..0, missing);
        Ok(details)
    }

    /// When the message was sent, or the last one of the campaign.
    fn sent_at_ms(&self) -> Option<i64> {
        if self.args.message.is_some() {
            return self.send?.sent_at_ms();
        }
        let sending = self.sending?;
        let of_campaign = |send: &Send<'_>| send.campaign().unwrap_or_default() == self.campaign;
        sending
            .sends
            .iter()
            .filter(|send| of_campaign(send) && sending.is_in_base(*send))
            .filter_map(Send::sent_at_ms)
            .max()
    }

    fn count(&self, chosen: Chosen, until_ms: i64) -> Count {
        let wanted = if self.campaign.is_empty() { NO_CAMPAIGN } else { self.campaign };
        let question = Question {
            rules: Rules {
                open_gap_ms: self.reading.open_gap_ms,
                window: Window { since_ms: i64::MIN, until_ms },
                same: SameEvent::Id,
                sweeps: &self.reading.sweeps,
            },
            by: &[Dimension::Campaign],
            only: &[],
            campaigns: &[wanted.to_owned()],
            sending: self.sending,
            zone: self.zone.zone(),
            messages: if self.send.is_some() { Wanted::Messages } else { Wanted::Groups },
            equal_ages: None,
        };
        let groups = chosen.fold(question);
        match self.send {
            Some(send) => of_message(&groups, send),
            None => self.of_campaign(groups.campaign(wanted).unwrap_or(&Tally::default())),
        }
    }

    fn of_campaign(&self, tally: &Tally) -> Count {
        let sight = Sight::of_group(tally);
        let has_hits = tally.counters().iter().any(|n| *n > 0);
        let shares =
            [tally.sent.open_min(), tally.sent.open_max()].map(|share| share.filter(|share| share.trials() > 0));
        let reaches = |share: Option<Proportion>| {
            share.and_then(Proportion::rate).is_some_and(|rate| self.args.min_rate.is_some_and(|min| rate >= min))
        };
        let sight = match self.args.min_rate {
            None => sight,
            Some(_) if reaches(shares[0]) => Sight::Person,
            Some(_) if reaches(shares[1]) => Sight::CantTell,
            Some(_) => Sight::Nobody,
        };
        Count { sight, human_span_ms: tally.human_span_ms(), has_hits, shares }
    }

    fn what(&self) -> String {
        let campaign = format!("campaign {:?}", sanitize(&self.args.campaign));
        match &self.args.message {
            Some(message) => format!("message {:?} of {campaign}", sanitize(message)),
            None => campaign,
        }
    }

    fn time(&self, ms: i64) -> String {
        self.zone.format(ms, "%Y-%m-%d %H:%M:%S %Z")
    }

    fn text(&self, answer: Answer, count: &Count, clock: Clock) -> String {
        let what = self.what();
        if answer == Answer::Stale {
            let limit = self.args.stale.as_ref().map_or("", |stale| &stale.text);
            let why = match clock.newest_ms {
                Some(ms) => {
                    format!("the newest {} is of {}, more than {limit} ago", self.newest_word(), self.time(ms))
                }
                None => format!("there is no {}", self.newest_word()),
            };
            return format!("{why}: nothing can be said of {what}");
        }
        let by_when = match (&self.args.within, clock.until_ms) {
            (Some(within), Some(until)) => format!(" within {}, until {}", within.text, self.time(until)),
            (Some(within), None) => format!(" within {}, which have not begun", within.text),
            _ => String::new(),
        };
        if let Some(min_rate) = self.args.min_rate {
            return self.rate_text(count, min_rate, &by_when);
        }
        match answer {
            Answer::Seen => match count.human_span_ms {
                Some((first, _)) => format!("{what} by a person, first at {}", self.time(first)),
                None => format!("{what}, nobody can tell whether by a person"),
            },
            Answer::CantTell => format!("{what} has hits, and nobody can tell whether a person made them{by_when}"),
            Answer::NotYet if count.sight == Sight::CantTell => {
                format!("{what} has hits, and nobody can tell whether a person made them; a person may follow{by_when}")
            }
            _ if count.has_hits => format!("nobody has seen {what}{by_when}; its only hits are machines'"),
            _ => format!("nobody has seen {what}{by_when}"),
        }
    }

    fn rate_text(&self, count: &Count, min_rate: f64, by_when: &str) -> String {
        let what = self.what();
        let [Some(least), Some(most)] = count.shares else {
            return format!("no tracked message of {what} has been sent{by_when}");
        };
        let most_text = if least == most { String::new() } else { format!(", at most {}", rate::spoken(most)) };
        format!(
            "at least {} of {what} seen by people{most_text}; {} wanted{by_when}",
            rate::spoken(least),
            rate::percent(min_rate)
        )
    }

    fn newest_word(&self) -> &'static str {
        if self.args.log.is_empty() { "event of the store" } else { "line of the logs" }
    }

    /// The name of the campaign may be misspelt.
    fn hint(&self, details: &Details) -> anyhow::Result<String> {
        let sent = self.sending.iter().flat_map(|sending| sending.sends.campaigns());
        let mut names: BTreeSet<String> = sent.filter_map(|(name, _)| name.map(str::to_owned)).collect();
        if names.contains(self.campaign) {
            return Ok("; there are no hits of it".to_owned());
        }
        if self.args.log.is_empty() {
            names.extend(newest::campaigns(self.layout, NAME_FILES)?);
        }
        names.extend(details.campaigns.iter().filter_map(|name| String::from_utf8(name.clone()).ok()));
        Ok(format!("; there are no hits of it{}", did_you_mean(self.campaign, &names)))
    }
}

fn of_message(groups: &Groups, send: Send<'_>) -> Count {
    let Some(message) = groups.messages.iter().find(|message| message.send == send.id()) else {
        return Count { sight: Sight::Nobody, human_span_ms: None, has_hits: false, shares: [None, None] };
    };
    let engagement = &message.engagement;
    let sight = Sight::of_message(engagement);
    Count { sight, human_span_ms: engagement.human_span_ms, has_hits: engagement.seen.is_some(), shares: [None, None] }
}

/// The nearest name, where one is near and it is not there itself.
fn did_you_mean(name: &str, names: &BTreeSet<String>) -> String {
    let likeness = |known: &&String| strsim::jaro_winkler(known, name);
    let nearest = names.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match nearest.filter(|known| *known != name && likeness(known) > 0.7 && !names.contains(name)) {
        Some(known) => format!("; did you mean {:?}?", sanitize(known)),
        None => String::new(),
    }
}
