//! Reports about recipients against a naive model, through the binary.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::logline::LogLine;
use crate::support::{Workdir, timeline};

/// 2026-11-02 10:00 UTC.
const START_MS: i64 = 1_793_613_600_000;

/// A message of the model: its campaign, recipient, sender, and when it was sent, in steps of two minutes.
type Sent = (u8, u8, u8, i64);
/// A hit: the message, pixel or shop or unsubscribe, a person or can't tell or a machine, network, and when.
type Hit = (usize, u8, u8, u8, i64);

fn file(sends: &[Sent], hits: &[Hit]) -> (String, String) {
    let mut csv = "message,campaign,recipient,sender,sent_at\n".to_owned();
    for (i, (campaign, recipient, sender, _)) in sends.iter().enumerate() {
        let sent_at = Timestamp::from_millisecond(sent_ms(sends[i])).unwrap();
        csv += &format!("m{i},c{campaign},r{recipient},s{sender},{sent_at}\n");
    }
    let lines = hits.iter().enumerate().map(|(i, (message, what, who, network, step))| {
        let message = message % sends.len();
        let campaign = sends[message].0;
        let url = match what {
            0 => format!("/o/c{campaign}/m{message}.gif"),
            1 => format!("/c/c{campaign}/m{message}/shop"),
            _ => format!("/c/c{campaign}/m{message}/unsubscribe"),
        };
        let mut line = LogLine::new(START_MS + step * 120_000, &url);
        line.agent = [timeline::BROWSER, "Mozilla/5.0", "curl/8.4.0"][usize::from(*who)].to_owned();
        line.address = format!("198.51.{network}.1");
        line.request_id = format!("{i:032x}");
        line.mailpixel() + "\n"
    });
    (csv, lines.collect())
}

/// No hit comes in the first minute after sending, in which it would be suspicious.
fn sent_ms(sent: Sent) -> i64 {
    START_MS + sent.3 * 120_000 + 45_000
}

/// What the model knows of a message.
#[derive(Clone, Default)]
struct Seen {
    /// Instants of opens, and whether a person's.
    opens: BTreeMap<i64, bool>,
    clicks: Vec<i64>,
    unsubscribed: bool,
    machines: bool,
    human: BTreeSet<i64>,
    networks: BTreeSet<u8>,
}

impl Seen {
    fn of(message: usize, sends: &[Sent], hits: &[Hit]) -> Self {
        let mut seen = Self::default();
        for (at, what, who, network, step) in hits {
            let ms = START_MS + step * 120_000;
            if at % sends.len() != message || ms < sent_ms(sends[message]) - 300_000 {
                continue;
            }
            match (what, who) {
                (_, 2) | (1 | 2, 1) => seen.machines = true,
                (0, _) => *seen.opens.entry(ms).or_default() |= *who == 0,
                (1, _) => seen.clicks.push(ms),
                _ => seen.unsubscribed = true,
            }
            if *who == 0 {
                seen.human.insert(ms);
                seen.networks.insert(*network);
            }
        }
        seen.clicks.sort_unstable();
        seen
    }

    fn human_opens(&self) -> Vec<i64> {
        self.opens.iter().filter(|(_, is_human)| **is_human).map(|(ms, _)| *ms).collect()
    }

    fn engaged(&self) -> BTreeSet<i64> {
        self.human_opens().into_iter().chain(self.clicks.iter().copied()).collect()
    }
}

fn time(ms: Option<&i64>) -> Value {
    let text = |ms: &i64| Timestamp::from_millisecond(*ms).unwrap().strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string();
    ms.map_or(Value::Null, |ms| text(ms).into())
}

fn sends() -> impl Strategy<Value = Vec<Sent>> {
    prop::collection::vec((0..3_u8, 0..4_u8, 0..2_u8, 0..300_i64), 1..14)
}

fn hits() -> impl Strategy<Value = Vec<Hit>> {
    let what = prop::sample::select(vec![0_u8, 0, 0, 1, 1, 2]);
    prop::collection::vec((0..14_usize, what, 0..3_u8, 0..5_u8, 0..1500_i64), 0..50)
}

/// The hits without clicks of one message at one instant as another: two links at once are a sweep.
fn without_sweeps(hits: Vec<Hit>, n_sends: usize) -> Vec<Hit> {
    let mut clicks = BTreeSet::new();
    hits.into_iter().filter(|(at, what, _, _, step)| *what == 0 || clicks.insert((at % n_sends, *step))).collect()
}

/// The rows of a report of the model, by the order-free columns that it knows.
fn sorted(rows: impl IntoIterator<Item = Value>) -> Vec<String> {
    let mut rows: Vec<String> = rows.into_iter().map(|row| row.to_string()).collect();
    rows.sort();
    rows
}

fn pick(rows: &[Map<String, Value>], names: &[&str]) -> Vec<String> {
    sorted(rows.iter().map(|row| names.iter().map(|name| row[*name].clone()).collect()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn reports_equal_a_naive_model(sends in sends(), hits in hits(), now in 0..60_i64, days in 0..3_u32) {
        let work = Workdir::new();
        let hits = without_sweeps(hits, sends.len());
        let (csv, log) = file(&sends, &hits);
        work.write("sends.csv", csv.as_bytes());
        work.write("access.log", log.as_bytes());
        let now_ms = START_MS + now * 3_600_000;
        // Nothing is known of what comes after the last line.
        let end_ms = hits.iter().map(|hit| START_MS + hit.4 * 120_000).max().map_or(now_ms, |end_ms| end_ms.min(now_ms));
        let now = Timestamp::from_millisecond(now_ms).unwrap().to_string();
        let report = |show: &str, more: &[&str]| {
            let all = ["access.log", "--sends", "sends.csv", "--now", &now, "--show", show];
            let outcome = work.run(&[&["report", "--format", "json"], &all[..], more].concat());
            serde_json::from_str::<Vec<Map<String, Value>>>(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:?}"))
        };
        let all: Vec<(Sent, Seen)> = sends.iter().enumerate().map(|(i, sent)| (*sent, Seen::of(i, &sends, &hits))).collect();
        let tracked: Vec<_> = all.iter().filter(|(sent, _)| sent_ms(*sent) <= now_ms).collect();
        let gone: BTreeSet<u8> = all.iter().filter(|(_, seen)| seen.unsubscribed).map(|(sent, _)| sent.1).collect();

        let follow_up = all.iter().enumerate().filter(|(_, (sent, seen))| {
            !gone.contains(&sent.1) && (!seen.opens.is_empty() || !seen.clicks.is_empty())
        });
        let model = follow_up.map(|(i, (_, seen))| {
            let opens = seen.human_opens();
            let certainty =
                if !seen.clicks.is_empty() { "clicked" } else if opens.is_empty() { "cannot-tell" } else { "opened" };
            json!([format!("m{i}"), certainty, opens.len(), seen.clicks.len(), time(opens.first()),
                time(seen.clicks.first()), time(seen.human.last()), seen.networks.len()])
        });
        let names = ["message", "certainty", "opens", "clicks", "opened_at", "clicked_at", "last_seen", "networks"];
        prop_assert_eq!(pick(&report("follow-up", &[]), &names), sorted(model));

        let not_opened = all.iter().enumerate().filter(|(_, (sent, seen))| {
            sent_ms(*sent) <= now_ms && !gone.contains(&sent.1) && seen.engaged().is_empty()
        });
        let model = not_opened.map(|(i, (_, seen))| {
            let trace = match (seen.opens.is_empty(), seen.machines) {
                (false, _) => "cannot-tell",
                (true, true) => "machines-only",
                (true, false) => "no-trace",
            };
            json!([format!("m{i}"), trace])
        });
        prop_assert_eq!(pick(&report("not-opened", &[]), &["message", "trace"]), sorted(model));

        let recipients: BTreeSet<u8> = tracked.iter().map(|(sent, _)| sent.1).collect();
        let histories = recipients.iter().map(|recipient| {
            let own = |(sent, _): &&(Sent, Seen)| sent.1 == *recipient;
            let messages: Vec<_> = tracked.iter().copied().filter(own).collect();
            let count = |is: fn(&Seen) -> bool| messages.iter().filter(|(_, seen)| is(seen)).count();
            let engaged: BTreeSet<i64> = all.iter().filter(own).flat_map(|(_, seen)| seen.engaged()).collect();
            let campaigns: BTreeSet<u8> =
                all.iter().filter(own).filter(|(_, seen)| !seen.engaged().is_empty()).map(|(sent, _)| sent.0).collect();
            let row = json!([format!("r{recipient}"), messages.len(), count(|seen| !seen.engaged().is_empty()),
                count(|seen| !seen.clicks.is_empty()), time(messages.iter().map(|(sent, _)| sent_ms(*sent)).max().as_ref()),
                time(engaged.last()), time(engaged.first()), campaigns.len()]);
            (engaged.last().is_none_or(|last| *last < now_ms - i64::from(days) * 86_400_000), row)
        });
        let names = ["recipient", "messages", "confirmed", "clicked", "last_sent", "last_engaged", "first_engaged",
            "engaged_campaigns"];
        let (idle, rows): (Vec<bool>, Vec<Value>) = histories.unzip();
        prop_assert_eq!(pick(&report("recipients", &[]), &names), sorted(rows.clone()));
        let model = rows.into_iter().zip(idle).filter(|(_, is_idle)| *is_idle).map(|(row, _)| row);
        prop_assert_eq!(pick(&report("recipients", &["--idle-days", &days.to_string()]), &names), sorted(model));

        let names = ["campaign", "sender", "tracked", "opened_1h", "open_rate_1h", "usual_open_rate_1h",
            "earlier_campaigns", "time_to_open_n", "time_to_open_p50"];
        prop_assert_eq!(pick(&report("pace", &[]), &names), sorted(paces(&tracked, end_ms)));
    }
}

/// The columns of the pace after an hour.
fn paces(tracked: &[&(Sent, Seen)], now_ms: i64) -> Vec<Value> {
    let keys: BTreeSet<(u8, u8)> = tracked.iter().map(|(sent, _)| (sent.0, sent.2)).collect();
    let of = |key: (u8, u8)| tracked.iter().filter(move |(sent, _)| (sent.0, sent.2) == key);
    let first = |key| of(key).map(|(sent, _)| sent_ms(*sent)).min();
    let within = |key| {
        of(key).filter(|(sent, seen)| seen.engaged().first().is_some_and(|ms| ms - sent_ms(*sent) <= 3_600_000)).count()
    };
    let is_old = |key| of(key).all(|(sent, _)| now_ms - sent_ms(*sent) >= 3_600_000);
    #[expect(clippy::cast_precision_loss, reason = "the counts are small")]
    let rate = |key| is_old(key).then(|| within(key) as f64 / of(key).count() as f64);
    let row = |key: &(u8, u8)| {
        let earlier: Vec<_> = keys.iter().filter(|other| other.1 == key.1 && first(**other) < first(*key)).collect();
        let mut rates: Vec<f64> = earlier.iter().filter_map(|other| rate(**other)).collect();
        rates.sort_by(f64::total_cmp);
        let usual = (!rates.is_empty()).then(|| (rates[(rates.len() - 1) / 2] + rates[rates.len() / 2]) / 2.0);
        let time = |(sent, seen): &&(Sent, Seen)| Some((seen.human_opens().first()? - sent_ms(*sent)).max(0) / 1000);
        let mut times: Vec<i64> = of(*key).filter_map(time).collect();
        times.sort_unstable();
        let half = times.len().checked_sub(1).map(|last| times[last / 2]);
        json!([
            format!("c{}", key.0),
            format!("s{}", key.1),
            of(*key).count(),
            within(*key),
            rate(*key),
            usual,
            earlier.len(),
            times.len(),
            half
        ])
    };
    keys.iter().map(row).collect()
}
