//! Properties against naive models.

use std::collections::{BTreeMap, BTreeSet};

use mailpixel::analysis::dimension::Dimension;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::analysis::group_key::Label;
use mailpixel::analysis::groups::{Group, Groups};
use mailpixel::analysis::question::{Question, Wanted};
use mailpixel::analysis::tally::COUNTERS;
use mailpixel::classify::classifier::Classifier;
use mailpixel::logs::blocks::Effort;
use mailpixel::logs::field::Fields;
use mailpixel::logs::line::LineParser;
use mailpixel::logs::source::Source;
use mailpixel::logs::time::TimeCache;
use mailpixel::model::kind::Kind;
use mailpixel::model::window::Window;
use mailpixel::survey::{self, Reader, Survey};
use mailpixel::tracking::client::ClientAddress;
use mailpixel::tracking::counting::Counting;
use mailpixel::tracking::matcher::{DEFAULT_CLICK, DEFAULT_OPEN, Matcher};
use mailpixel::tracking::own::Own;
use mailpixel::tracking::recognizer::{Line, Recognizer};
use mailpixel::tracking::template::{Ids, Slot, Template};
use mailpixel::tracking::unsubscribe::{DEFAULT_UNSUBSCRIBE, UnsubscribeLinks};
use mailpixel::tracking::url::Url;
use proptest::prelude::*;

use crate::support::Workdir;
use crate::support::logline::LogLine;

pub(crate) fn recognizer(strict: bool) -> Recognizer {
    Recognizer {
        parser: LineParser::usual(&Fields::default()),
        matcher: Matcher::new(&DEFAULT_OPEN, &DEFAULT_CLICK).unwrap(),
        client: ClientAddress::new("remote_addr", &[]).unwrap(),
        own: Own::new(&[], &["own-monitor".to_owned()], &[]).unwrap(),
        counting: Counting::default(),
        signatures: None,
        unsubscribe: UnsubscribeLinks::new(&DEFAULT_UNSUBSCRIBE).unwrap(),
        strict,
    }
}

fn survey(work: &Workdir, names: &[&str], window: Window, effort: Effort, strict: bool) -> Survey {
    let sources: Vec<_> = names.iter().map(|name| Source::File(work.path().join(name))).collect();
    let rules = Rules { open_gap_ms: 30_000, window, same: SameEvent::RequestAtInstant, sweeps: &[] };
    let question = Question {
        rules,
        by: &[Dimension::Campaign],
        only: &[],
        campaigns: &[],
        sending: None,
        zone: &jiff::tz::TimeZone::UTC,
        messages: Wanted::Groups,
        equal_ages: None,
    };
    let reader = Reader { recognizer: &recognizer(strict), classifier: &Classifier::default() };
    survey::run(&sources, reader, question, effort, None).unwrap()
}

/// One hit of the model.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) campaign: u8,
    pub(crate) message: u8,
    /// `None` for the pixel.
    pub(crate) link: Option<u8>,
    pub(crate) ts_ms: i64,
    pub(crate) agent: u8,
    request: Option<u8>,
    status: u16,
}

const AGENTS: [(&str, &str); 4] = [
    ("human", crate::support::timeline::BROWSER),
    ("unknown", "Mozilla/5.0"),
    ("machine", "curl/8.4.0"),
    ("own", "own-monitor/1.0"),
];

const LINKS: [&str; 3] = ["shop", "story", "unsubscribe"];

pub(crate) fn hits() -> impl Strategy<Value = Vec<Hit>> {
    let hit = (
        0..3_u8,
        0..4_u8,
        prop::option::of(0..3_u8),
        0..200_i64,
        0..4_u8,
        prop::option::weighted(0.7, any::<u8>()),
        prop::sample::select(vec![200_u16, 200, 302, 302, 404]),
    );
    let hit = hit.prop_map(|(campaign, message, link, halves, agent, request, status)| Hit {
        campaign,
        message,
        link,
        ts_ms: 1_795_471_000_000 + halves * 5_000,
        agent,
        request,
        status,
    });
    prop::collection::vec(hit, 0..60)
}

pub(crate) fn line(hit: &Hit) -> String {
    let Hit { campaign, message, link, .. } = hit;
    let url = match link {
        None => format!("/o/c{campaign}/m{message}.gif"),
        Some(link) => format!("/c/c{campaign}/m{message}/{}", LINKS[usize::from(*link)]),
    };
    let mut line = LogLine::new(hit.ts_ms, &url);
    AGENTS[usize::from(hit.agent)].1.clone_into(&mut line.agent);
    line.status = hit.status;
    line.request_id = hit.request.map_or("-".to_owned(), |id| format!("{id:032x}"));
    line.mailpixel()
}

/// Whether the model counts the hit; unknown agents that click are machines.
pub(crate) fn actor(hit: &Hit) -> Option<&'static str> {
    let counts = if hit.link.is_none() { hit.status == 200 } else { hit.status == 302 };
    match AGENTS[usize::from(hit.agent)].0 {
        "own" => None,
        _ if !counts => None,
        "unknown" if hit.link.is_some() => Some("machine"),
        actor => Some(actor),
    }
}

/// The campaign table by the book: section 5 of the facts, over lists.
pub(crate) fn model(hits: &[Hit], window: Window) -> BTreeMap<String, BTreeMap<&'static str, u64>> {
    let mut table: BTreeMap<String, BTreeMap<&'static str, u64>> = BTreeMap::new();
    let messages: BTreeSet<_> = hits.iter().map(|hit| (hit.campaign, hit.message)).collect();
    for (campaign, message) in messages {
        let mut seen = BTreeSet::new();
        let mut own: Vec<(&Hit, &str)> = hits
            .iter()
            .filter(|hit| (hit.campaign, hit.message) == (campaign, message))
            .filter_map(|hit| Some((hit, actor(hit)?)))
            .collect();
        own.sort_by_key(|(hit, actor)| (hit.ts_ms, hit.link.is_some(), *actor, hit.link));
        own.retain(|(hit, _)| hit.request.is_none_or(|id| seen.insert((id, hit.ts_ms))));
        let inside: Vec<_> = own.iter().filter(|(hit, _)| window.contains(hit.ts_ms)).collect();
        let unsub = |hit: &Hit| hit.link == Some(2);
        let count =
            |test: &dyn Fn(&Hit, &str) -> bool| inside.iter().filter(|(hit, actor)| test(hit, actor)).count() as u64;
        let pixels = count(&|hit, _| hit.link.is_none());
        let machine_pixels = count(&|hit, a| hit.link.is_none() && a == "machine");
        let clicks = |who: &'static str| count(&|hit, a| hit.link.is_some() && !unsub(hit) && a == who);
        let mut opens: Vec<(i64, bool)> = Vec::new();
        let mut last = i64::MIN / 2;
        for (hit, actor) in own.iter().filter(|(hit, a)| hit.link.is_none() && *a != "machine") {
            if hit.ts_ms - last >= 30_000 {
                opens.push((hit.ts_ms, false));
            }
            opens.last_mut().unwrap().1 |= *actor == "human";
            last = hit.ts_ms;
        }
        opens.retain(|(start, _)| window.contains(*start));
        let human = opens.iter().filter(|(_, human)| *human).count() as u64;
        let unknown = opens.len() as u64 - human;
        let machines = count(&|_, a| a == "machine");
        let others = count(&|_, a| a != "machine");
        let links: BTreeSet<_> = inside
            .iter()
            .filter(|(hit, a)| hit.link.is_some() && !unsub(hit) && *a == "human")
            .map(|(hit, _)| hit.link)
            .collect();
        let clicked = clicks("human") > 0;
        let groups =
            [human > 0, human == 0 && unknown > 0, human + unknown == 0 && clicked, false, machines > 0 && others == 0]
                .map(u64::from);
        let row = [
            groups.iter().sum(),
            pixels,
            machine_pixels,
            human,
            unknown,
            groups[0],
            groups[1],
            clicks("human"),
            u64::from(clicked),
            links.len() as u64,
            clicks("unknown"),
            clicks("machine"),
            u64::from(count(&|hit, a| unsub(hit) && a == "human") > 0),
            groups[2],
            groups[3],
            groups[4],
            u64::from(human > 0 || clicked),
        ];
        if row.iter().any(|n| *n > 0) {
            let sums = table.entry(format!("c{campaign}")).or_default();
            COUNTERS.iter().zip(row).for_each(|(name, n)| *sums.entry(name).or_default() += n);
        }
    }
    table
}

pub(crate) fn found(groups: &Groups) -> BTreeMap<String, BTreeMap<&'static str, u64>> {
    let row = |group: &Group| {
        let Label::Text(name) = &group.labels[0] else { panic!("{group:?} has no name") };
        (name.clone(), COUNTERS.iter().map(|name| (*name, group.tally.counter(name).unwrap())).collect())
    };
    groups.groups.iter().map(row).collect()
}

/// Any text with tracking URLs here and there, and broken lines.
fn any_log() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
            hits().prop_map(|hits| hits.iter().map(|hit| line(hit) + "\n").collect::<String>().into_bytes()),
            prop::collection::vec(any::<u8>(), 0..40),
            "[ -~]{0,60}\n".prop_map(String::into_bytes),
            Just(b"{\"request\":\"GET /o/c0/m0.gif\",\"status\":200,\"msec\":\"1795471000.000\"}\n".to_vec()),
            Just(b"x /o/c/m.gif\r\n".to_vec()),
            Just(
                br#"192.0.2.1 - - [23/Nov/2026:21:58:47 +0000] "GET \x2Fo/c0/m1.gif HTTP/1.1" 200 43 "-" "-""#
                    .iter()
                    .copied()
                    .chain(*b"\n")
                    .collect()
            ),
            Just(b"{\"request\":\"GET \\u002fo/c0/m2.gif\",\"status\":200,\"msec\":\"1795471000.000\"}\n".to_vec()),
        ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_the_line_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), cut in 0..260_usize) {
        let line = line(&Hit { campaign: 1, message: 1, link: Some(0), ts_ms: 0, agent: 0, request: Some(1), status: 302 });
        let at = cut.min(line.len());
        let mixed = [&line.as_bytes()[..at], &bytes, &line.as_bytes()[at..]].concat();
        for text in [&bytes[..], &mixed, &line.as_bytes()[..at]] {
            let read = recognizer(true).line(text, &mut TimeCache::default(), |_| ());
            prop_assert!(read != Line::NotTracking || text.trim_ascii().is_empty() || recognizer(true).parser.parse(text).is_ok());
        }
    }

    #[test]
    fn block_size_and_threads_change_nothing(text in any_log(), block_size in 1..300_usize, threads in 1..4_usize, strict: bool) {
        let work = Workdir::new();
        work.write("access.log", &text);
        work.write("packed.gz", &text);
        let effort = Effort { threads, block_size };
        let whole = survey(&work, &["access.log"], Window::ALWAYS, Effort { threads: 1, block_size: 1 << 20 }, strict);
        prop_assert!(whole.account.adds_up(), "{:?}", whole.account);
        for name in ["access.log", "packed.gz"] {
            let other = survey(&work, &[name], Window::ALWAYS, effort, strict);
            prop_assert_eq!(&other.account, &whole.account);
            prop_assert_eq!(&other.groups.groups, &whole.groups.groups);
            let places = |s: &Survey| s.rejected.iter().map(|r| (r.line, r.reason)).collect::<Vec<_>>();
            prop_assert_eq!(places(&other), places(&whole));
        }
        let lines = text.split(|b| *b == b'\n').count() as u64 - u64::from(text.is_empty() || text.ends_with(b"\n"));
        prop_assert_eq!(whole.account.lines, lines);
    }

    #[test]
    fn reports_equal_a_naive_model(hits in hits(), since in 0..200_i64, length in 1..200_i64) {
        let work = Workdir::new();
        let text: String = hits.iter().map(|hit| line(hit) + "\n").collect();
        work.write("access.log", text.as_bytes());
        let since_ms = 1_795_471_000_000 + since * 5_000;
        for window in [Window::ALWAYS, Window { since_ms, until_ms: since_ms + length * 5_000 }] {
            let report = survey(&work, &["access.log"], window, Effort::default(), false);
            prop_assert!(report.account.adds_up(), "{:?}", report.account);
            prop_assert_eq!(found(&report.groups), model(&hits, window));
        }
    }

    #[test]
    fn what_is_rendered_is_read_back(campaign in "\\PC{1,12}", message in "\\PC{1,12}", link in "\\PC{1,12}") {
        for (text, kind) in DEFAULT_OPEN.map(|text| (text, Kind::Open)).into_iter().chain(DEFAULT_CLICK.map(|text| (text, Kind::Click))) {
            let template = Template::parse(text, kind).unwrap();
            let mut ids = Ids::default();
            ids.set(Slot::Campaign, campaign.as_bytes());
            ids.set(Slot::Message, message.as_bytes());
            ids.set(Slot::Link, link.as_bytes());
            // Ids that a path can't carry are refused, and only those.
            let Ok(url) = template.render(&ids) else {
                let odd = |id: &str| id.contains('/') || id == "." || id == "..";
                prop_assert!(odd(&campaign) || odd(&message) || odd(&link), "{campaign:?} {message:?} {link:?}");
                continue;
            };
            let url = Url::parse(url.as_bytes()).unwrap();
            let mut read = Ids::default();
            prop_assert!(template.read(&url.path, &url.query, &mut read));
            prop_assert_eq!(read.get(Slot::Message), message.as_bytes());
            if !text.contains("track.php") {
                prop_assert_eq!(read.get(Slot::Campaign), campaign.as_bytes());
            }
        }
    }
}
