//! Rates against naive models: what sends change, by the book.

use std::collections::{BTreeMap, BTreeSet};

use mailpixel::analysis::dimension::Dimension;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::analysis::groups::Groups;
use mailpixel::analysis::question::{Question, Wanted};
use mailpixel::analysis::sent::{Base, Sending};
use mailpixel::classify::classifier::Classifier;
use mailpixel::logs::blocks::Effort;
use mailpixel::logs::source::Source;
use mailpixel::model::reason::NotCounted;
use mailpixel::model::send::UnknownConsent;
use mailpixel::model::window::Window;
use mailpixel::sends::load::{Options, load};
use mailpixel::survey::{self, Reader, Survey};
use proptest::prelude::*;

use crate::properties::{Hit, actor, found, hits, line, model, recognizer};
use crate::support::Workdir;

const START_MS: i64 = 1_795_471_000_000;

/// One send of the model. All hits come in the first 1000 seconds.
#[derive(Clone, Debug)]
struct Sent {
    campaign: u8,
    message: u8,
    /// Seconds from the start; none where the file does not say it.
    sent_at: Option<i64>,
    status: &'static str,
    consent: &'static str,
}

/// Sends of two campaigns, each message at most once; the third campaign has none.
fn sends() -> impl Strategy<Value = Vec<Sent>> {
    let sent = (
        prop::sample::select(vec![None, Some(-3_600), Some(-3_600), Some(2_000), Some(900_000)]),
        prop::sample::select(vec!["delivered", "delivered", "delivered", "bounced", "sent", ""]),
        prop::sample::select(vec!["granted", "granted", "denied", ""]),
        prop::bool::weighted(0.8),
    );
    prop::collection::vec(sent, 8).prop_map(|rows| {
        let places = (0..2_u8).flat_map(|campaign| (0..4_u8).map(move |message| (campaign, message)));
        let rows = places.zip(rows).filter(|(_, (.., is_there))| *is_there);
        let sent =
            |((campaign, message), (sent_at, status, consent, _))| Sent { campaign, message, sent_at, status, consent };
        rows.map(sent).collect()
    })
}

fn csv(sends: &[Sent]) -> String {
    let mut text = "message,campaign,sent_at,status,consent\n".to_owned();
    for Sent { campaign, message, sent_at, status, consent } in sends {
        let time = |seconds: i64| jiff::Timestamp::from_millisecond(START_MS + seconds * 1000).unwrap().to_string();
        let sent_at = sent_at.map_or(String::new(), time);
        text += &format!("m{message},c{campaign},{sent_at},{status},{consent}\n");
    }
    text
}

const NOW_S: i64 = 500_000;

fn survey_with(work: &Workdir, text: &str, sends: &[Sent], unknown_consent: UnknownConsent) -> Survey {
    let log = work.write("access.log", text.as_bytes());
    let loaded = load(&[work.write("sends.csv", csv(sends).as_bytes())], &Options::default()).unwrap();
    assert_eq!(loaded.n_bad, 0, "{:?}", loaded.bad_rows);
    let sending = Sending {
        sends: &loaded.sends,
        unknown_consent,
        now_ms: START_MS + NOW_S * 1000,
        window: Window::ALWAYS,
        base: Base::of(&loaded.sends),
    };
    let question = Question {
        rules: Rules { open_gap_ms: 30_000, window: Window::ALWAYS, same: SameEvent::RequestAtInstant, sweeps: &[] },
        by: &[Dimension::Campaign],
        only: &[],
        campaigns: &[],
        sending: Some(sending),
        zone: &jiff::tz::TimeZone::UTC,
        messages: Wanted::Groups,
        equal_ages: None,
    };
    let reader = Reader { recognizer: &recognizer(false), classifier: &Classifier::default() };
    survey::run(&[Source::File(log)], reader, question, Effort::default(), None).unwrap()
}

/// Why a hit that would count does not, by its send.
fn refused(hit: &Hit, sends: &[Sent], unknown: UnknownConsent) -> Option<NotCounted> {
    let in_campaign: Vec<&Sent> = sends.iter().filter(|sent| sent.campaign == hit.campaign).collect();
    let others: Vec<&Sent> = sends.iter().filter(|sent| sent.message == hit.message).collect();
    let own = in_campaign.iter().find(|sent| sent.message == hit.message);
    let sent = match own {
        Some(sent) => sent,
        None if in_campaign.is_empty() => return None,
        // The only send of the message is in another campaign: the URL wins, and the send holds.
        None if others.len() == 1 => &others[0],
        None => return Some(NotCounted::UnknownMessage),
    };
    if !is_tracked(sent, unknown) {
        return Some(NotCounted::NoConsent);
    }
    let seconds = (hit.ts_ms - START_MS) / 1000;
    sent.sent_at.is_some_and(|at| seconds < at - 300).then_some(NotCounted::BeforeSend)
}

fn is_tracked(sent: &Sent, unknown: UnknownConsent) -> bool {
    sent.consent == "granted" || (sent.consent.is_empty() && unknown == UnknownConsent::Tracked)
}

/// tracked, confirmed, unknown, clicked, apple, apple_confirmed, apple_clicked by campaign.
fn rates(hits: &[Hit], sends: &[Sent], unknown: UnknownConsent) -> BTreeMap<String, [u64; 7]> {
    let knows_delivered = sends.iter().any(|sent| sent.status == "delivered");
    let mut table: BTreeMap<String, [u64; 7]> = BTreeMap::new();
    for sent in sends {
        let is_base = (!knows_delivered || sent.status == "delivered")
            && is_tracked(sent, unknown)
            && sent.sent_at.is_none_or(|at| at <= NOW_S);
        if !is_base {
            continue;
        }
        let of_message: Vec<(&Hit, &str)> = hits
            .iter()
            .filter(|hit| (hit.campaign, hit.message) == (sent.campaign, sent.message))
            .filter_map(|hit| Some((hit, actor(hit)?)))
            .collect();
        let has = |who: &str, click: bool| {
            of_message.iter().any(|(hit, actor)| *actor == who && hit.link.is_some() == click && hit.link != Some(2))
        };
        let clicked = has("human", true);
        let confirmed = clicked || has("human", false);
        let apple = has("unknown", false);
        let row = table.entry(format!("c{}", sent.campaign)).or_default();
        for (sum, is_it) in row.iter_mut().zip([
            true,
            confirmed,
            // An unknown hit that belongs to a human open makes no open of its own; then the message is confirmed.
            apple && !confirmed,
            clicked,
            apple,
            apple && confirmed,
            apple && clicked,
        ]) {
            *sum += u64::from(is_it);
        }
    }
    table
}

fn found_rates(groups: &Groups) -> BTreeMap<String, [u64; 7]> {
    let rows = groups.groups.iter().filter(|group| group.tally.sent.tracked > 0).map(|group| {
        let sent = &group.tally.sent;
        let mailpixel::analysis::group_key::Label::Text(name) = &group.labels[0] else { panic!("{group:?}") };
        let row = [
            sent.tracked,
            sent.confirmed,
            sent.unknown,
            sent.clicked,
            sent.apple,
            sent.apple_confirmed,
            sent.apple_clicked,
        ];
        (name.clone(), row)
    });
    rows.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rates_equal_a_naive_model(hits in hits(), sends in sends(), tracks_unknown: bool) {
        let unknown = if tracks_unknown { UnknownConsent::Tracked } else { UnknownConsent::Untracked };
        let work = Workdir::new();
        let text: String = hits.iter().map(|hit| line(hit) + "\n").collect();
        let survey = survey_with(&work, &text, &sends, unknown);
        prop_assert!(survey.account.adds_up(), "{:?}", survey.account);
        let counted: Vec<Hit> = hits.iter().filter(|hit| refused(hit, &sends, unknown).is_none()).cloned().collect();
        let mut expected = model(&counted, Window::ALWAYS);
        // Campaigns of tracked sends stand in the table without hits, too.
        let rates = rates(&counted, &sends, unknown);
        let zeros: BTreeSet<&String> = rates.keys().filter(|name| !expected.contains_key(*name)).collect();
        let mut zero_rows = BTreeMap::new();
        for name in zeros {
            let row = mailpixel::analysis::tally::COUNTERS.iter().map(|counter| (*counter, 0)).collect();
            zero_rows.insert(name.clone(), row);
        }
        expected.extend(zero_rows);
        prop_assert_eq!(found(&survey.groups), expected);
        prop_assert_eq!(found_rates(&survey.groups), rates);
        let tally = |reason: NotCounted| survey.account.not_counted[reason as usize];
        let would_count = |hit: &&Hit| actor(hit).is_some();
        for reason in [NotCounted::UnknownMessage, NotCounted::NoConsent, NotCounted::BeforeSend] {
            // Repeats of a request are duplicates, whatever else they are.
            let n = hits.iter().filter(would_count).filter(|hit| refused(hit, &sends, unknown) == Some(reason)).count();
            prop_assert!(tally(reason) <= n as u64, "{reason:?}");
            prop_assert!((n == 0) == (tally(reason) == 0), "{reason:?}");
        }
    }
}
