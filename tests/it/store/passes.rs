//! Reports in small passes over the store say what reports in one pass say.

use mailpixel::analysis::dimension::Dimension;
use mailpixel::analysis::engagement::{Rules, SameEvent};
use mailpixel::analysis::fold::Folding;
use mailpixel::analysis::question::{Question, Wanted};
use mailpixel::analysis::sent::{Base, Sending};
use mailpixel::events::attributes::Attribute;
use mailpixel::logs::blocks::Effort;
use mailpixel::model::send::UnknownConsent;
use mailpixel::model::window::Window;
use mailpixel::sends::load::{Options, load};
use mailpixel::sends::table::Sends;
use mailpixel::store::Layout;
use mailpixel::survey::of_store_with;

use crate::properties::recognizer;
use crate::support::logline::LogLine;
use crate::support::{Workdir, repository};

/// 2026-11-23T22:00:00Z.
const START_MS: i64 = 1_795_471_200_000;

/// Hits of some campaigns, also of none, with a scanner that looks at everything of one campaign right after sending.
fn world() -> (Workdir, Sends) {
    let work = Workdir::new();
    let mut log = String::new();
    let mut sends = "message,campaign,sent_at\n".to_owned();
    for i in 0..400_i64 {
        let campaign = ["a", "b", "bb", "c"][usize::try_from(i % 5 % 4).unwrap()];
        let sent_ms = START_MS + i % 3 * 86_400_000;
        let mut hit = |seconds: i64, url: &str, address: &str| {
            let mut line = LogLine::new(sent_ms + seconds * 1000, url);
            address.clone_into(&mut line.address);
            line.request_id = format!("{i:016x}{:016x}", log.len());
            log += &(line.mailpixel() + "\n");
        };
        if i % 5 == 0 {
            hit(20, &format!("/c/{campaign}/m{i}/shop"), "192.0.2.7");
        }
        hit(900 + i, &format!("/o/{campaign}/m{i}.gif"), &format!("198.51.100.{}", i % 200));
        if i % 7 == 0 {
            hit(86_400, &format!("/c/{campaign}/m{i}/news"), "203.0.113.9");
        }
        if i % 9 == 0 {
            hit(100, &format!("/track.php?id=m{i}"), "203.0.113.9");
        }
        if i % 10 != 3 {
            sends += &format!("m{i},{campaign},{}\n", jiff::Timestamp::from_millisecond(sent_ms).unwrap());
        }
    }
    work.write("access.log", log.as_bytes());
    work.ok("ingest access.log");
    let loaded = load(&[work.write("sends.csv", sends.as_bytes())], &Options::default()).unwrap();
    (work, loaded.sends)
}

/// Everything that a report says.
fn told(layout: &Layout, question: Question<'_>, pass_events: u64) -> String {
    let mut folding = Folding::new(question);
    let survey =
        of_store_with(layout, &recognizer(false), question, Effort::default(), pass_events, &mut folding).unwrap();
    format!("{:#?}\n{:?}\n{}\n{:?}", survey.groups, survey.account, survey.unread, survey.newest_ms)
}

fn compare(layout: &Layout, sends: &Sends, budgets: &[u64]) {
    let sending = Sending {
        sends,
        unknown_consent: UnknownConsent::Tracked,
        now_ms: START_MS + 10 * 86_400_000,
        window: Window::ALWAYS,
        base: Base::of(sends),
    };
    let zone = jiff::tz::TimeZone::UTC;
    let chosen = ["bb".to_owned(), "weekly-2026-45".to_owned()];
    for by in [vec![Dimension::Campaign], vec![Dimension::Day, Dimension::Attribute(Attribute::Client)]] {
        for sending in [None, Some(sending)] {
            for campaigns in [&[][..], &chosen] {
                let question = Question {
                    rules: Rules { open_gap_ms: 30_000, window: Window::ALWAYS, same: SameEvent::Id, sweeps: &[] },
                    by: &by,
                    only: &[],
                    campaigns,
                    sending,
                    zone: &zone,
                    messages: Wanted::Groups,
                    equal_ages: None,
                };
                let whole = told(layout, question, u64::MAX);
                for pass_events in budgets {
                    let parts = told(layout, question, *pass_events);
                    assert!(parts == whole, "{by:?} {campaigns:?} {pass_events}\n{parts}\n{whole}");
                }
            }
        }
    }
}

#[test]
fn small_passes_change_nothing() {
    let (work, sends) = world();
    compare(&Layout::new(work.path().join("mailpixel-store")), &sends, &[10, 50, 150, 400]);
}

#[test]
fn small_passes_over_the_sample_logs_change_nothing() {
    let work = Workdir::new();
    let samples = repository().join("sample-logs");
    work.ok(&format!("ingest {}", samples.display()));
    let sends = load(&[samples.join("sends.csv")], &Options::default()).unwrap().sends;
    compare(&Layout::new(work.path().join("mailpixel-store")), &sends, &[100, 400]);
}

#[test]
fn a_report_on_one_campaign_says_what_it_left_out() {
    let (work, _) = world();
    let all = work.ok("report --format csv --by campaign");
    let one = work.run(&["report", "--format", "csv", "--by", "campaign", "--campaign", "bb"]);
    let row = |text: &str| text.lines().find(|line| line.starts_with("bb,")).unwrap_or_default().to_owned();
    assert_eq!((row(&one.stdout), one.stdout.lines().count()), (row(&all), 2), "{one:?}");
    // Campaigns that were left unread are known by name, for those who misspelt one.
    let missing = work.run(&["report", "--campaign", "bbb"]);
    assert!(missing.stderr.contains("bb"), "{missing:?}");
}
