//! Section 3 of the facts by the book: every hit is held against every other, and every window is tried.

use proptest::prelude::*;

use super::shared_sources::SourceCounts;
use super::{Background, SWEEP_RULES, judge};
use crate::events::names::NameId;
use crate::events::row::{Row, Signs};
use crate::events::texts::Texts;
use crate::model::actor::{Actor, Via};
use crate::model::kind::Kind;
use crate::model::reason::{NotCounted, Reason};
use crate::model::suspicion::Suspicions;

const SEND_MS: i64 = 1_000_000_000;

/// What the reference says of a hit.
#[derive(Clone, Debug, PartialEq)]
struct Judged {
    actor: Actor,
    reason: Reason,
    not_counted: Option<NotCounted>,
}

fn by_the_book(rows: &[Row], sent_at_ms: Option<i64>) -> Vec<Judged> {
    let mut all: Vec<Judged> =
        rows.iter().map(|row| Judged { actor: row.actor, reason: row.reason, not_counted: row.not_counted }).collect();
    let first = rows.iter().find(|row| row.not_counted.is_none()).map(|row| row.ts_ms);
    for (row, judged) in rows.iter().zip(&mut all) {
        let start = sent_at_ms.or(first);
        if judged.not_counted.is_none()
            && row.signs.has(Signs::PROBABLE_NETWORK)
            && row.reason > Reason::ProbableNetwork
            && row.ts_ms - start.unwrap_or(0) <= 600_000
        {
            (judged.actor, judged.reason) = (Actor::Machine, Reason::ProbableNetwork);
        }
    }
    office(rows, &mut all);
    sweep(rows, &mut all);
    doubt(rows, &mut all, sent_at_ms);
    all
}

fn office(rows: &[Row], all: &mut [Judged]) {
    let click = |i: usize| rows[i].kind == Kind::Click && rows[i].not_counted.is_none();
    let step =
        |a: usize, b: usize| rows[a].link == rows[b].link && (0..=5_000).contains(&(rows[b].ts_ms - rows[a].ts_ms));
    let before: Vec<Judged> = all.to_vec();
    let n = rows.len();
    for look in (0..n).filter(|i| click(*i) && rows[*i].signs.has(Signs::OFFICE_LOOKUP)) {
        for office in
            (0..n).filter(|i| click(*i) && rows[*i].signs.has(Signs::OFFICE) && rows[*i].signs.has(Signs::GET))
        {
            for browser in (0..n).filter(|i| {
                click(*i)
                    && rows[*i].signs.has(Signs::GET)
                    && !rows[*i].signs.has(Signs::OFFICE)
                    && before[*i].actor != Actor::Machine
            }) {
                if step(look, office) && step(office, browser) {
                    all[look].not_counted = Some(NotCounted::OfficeStep);
                    all[office].not_counted = Some(NotCounted::OfficeStep);
                }
            }
        }
    }
}

fn sweep(rows: &[Row], all: &mut [Judged]) {
    let counted: Vec<usize> = (0..rows.len()).filter(|i| all[*i].not_counted.is_none()).collect();
    let clicks: Vec<usize> =
        counted.iter().copied().filter(|i| rows[*i].kind == Kind::Click && rows[*i].signs.has(Signs::GET)).collect();
    let mut guilty = Vec::new();
    for rule in SWEEP_RULES {
        for start in &clicks {
            let from = rows[*start].ts_ms;
            let window: Vec<&Row> = clicks
                .iter()
                .map(|i| &rows[*i])
                .filter(|row| (from..=from + rule.within_ms).contains(&row.ts_ms))
                .collect();
            let links: std::collections::BTreeSet<_> = window.iter().map(|row| row.link).collect();
            if links.len() < rule.links as usize {
                continue;
            }
            let last = window.iter().map(|row| row.ts_ms).max().unwrap();
            for i in &counted {
                let row = &rows[*i];
                let in_window = clicks.contains(i) && (from..=from + rule.within_ms).contains(&row.ts_ms);
                let by_network = row.network != Row::NO_NETWORK
                    && window.iter().any(|other| other.network == row.network)
                    && (from - 600_000..=last + 60_000).contains(&row.ts_ms);
                let by_agent =
                    window.iter().any(|other| other.agent == row.agent) && (from - 120_000..=last).contains(&row.ts_ms);
                if in_window || (!row.signs.has(Signs::MAIL_PROXY) && (by_network || by_agent)) {
                    guilty.push(*i);
                }
            }
        }
    }
    for i in guilty {
        let judged = &mut all[i];
        if judged.actor != Actor::Machine {
            (judged.actor, judged.reason) = (Actor::Machine, Reason::LinkSweep);
        }
    }
}

fn doubt(rows: &[Row], all: &mut [Judged], sent_at_ms: Option<i64>) {
    let counted: Vec<usize> = (0..rows.len()).filter(|i| all[*i].not_counted.is_none()).collect();
    for i in counted.iter().copied() {
        if rows[i].kind != Kind::Click || all[i].actor != Actor::Human {
            continue;
        }
        let row = &rows[i];
        let early = sent_at_ms.is_some_and(|sent| row.ts_ms - sent < 30_000);
        let direct = |i: usize| !rows[i].signs.has(Signs::MAIL_PROXY) && rows[i].network != Row::NO_NETWORK;
        let many = direct(i)
            && counted.iter().any(|start| {
                let from = rows[*start].ts_ms;
                let inside = |j: &usize| direct(*j) && (from..=from + 30_000).contains(&rows[*j].ts_ms);
                let networks: std::collections::BTreeSet<_> =
                    counted.iter().copied().filter(|j| inside(j)).map(|j| rows[j].network).collect();
                inside(&i) && networks.len() >= 3
            });
        let pair = counted.iter().any(|j| {
            rows[*j].kind == Kind::Click
                && rows[*j].is_unsubscribe() != row.is_unsubscribe()
                && (rows[*j].ts_ms - row.ts_ms).abs() <= 60_000
        });
        if [early, many, pair].into_iter().filter(|odd| *odd).count() >= 2 {
            let judged = &mut all[i];
            (judged.actor, judged.reason) = (Actor::Unknown, Reason::Suspicions);
        }
    }
}

/// Timelines in which things happen close to each other, with few links, networks and agents.
fn timelines() -> impl Strategy<Value = Vec<Row>> {
    let class = prop::sample::select(vec![
        (Actor::Human, Reason::Browser, Signs::default()),
        (Actor::Human, Reason::Browser, Signs::default()),
        (Actor::Human, Reason::GmailProxy, Signs::MAIL_PROXY),
        (Actor::Machine, Reason::HttpLibrary, Signs::default()),
        (Actor::Unknown, Reason::NoAgent, Signs::default()),
        (Actor::Human, Reason::Browser, Signs::PROBABLE_NETWORK),
        (Actor::Human, Reason::MailClient, Signs::OFFICE),
        (Actor::Machine, Reason::Method, Signs::OFFICE_LOOKUP),
    ]);
    let pause =
        prop::sample::select(vec![0_i64, 1, 400, 999, 1_000, 1_001, 2_000, 3_000, 5_000, 29_000, 61_000, 300_000]);
    let place = (0..5_u32, 0..4_u64, 0..3_u32, any::<bool>(), 0..10_u8);
    let hit = (pause, place, class, any::<bool>());
    prop::collection::vec(hit, 1..14).prop_map(|hits| {
        let message = Texts::new(0).push(b"m");
        let mut ts_ms = SEND_MS + 5_000;
        let mut rows = Vec::new();
        for (pause, (link, network, agent, is_get, spoil), (actor, reason, signs), is_open) in hits {
            ts_ms += pause;
            let is_get = (is_get || signs != Signs::OFFICE_LOOKUP) && !signs.has(Signs::OFFICE_LOOKUP);
            rows.push(Row {
                key: 1,
                ts_ms,
                request: 0,
                message,
                network: if network == 3 { Row::NO_NETWORK } else { network },
                campaign: NameId::NONE,
                group: NameId::NONE,
                link: if is_open { NameId::NONE } else { NameId::from_index(link as usize) },
                agent,
                kind: if is_open { Kind::Open } else { Kind::Click },
                actor,
                via: Via::Direct,
                reason,
                not_counted: (spoil == 0).then_some(NotCounted::Status),
                suspicions: Suspicions::default(),
                signs: signs | Signs::GET.when(is_get) | Signs::UNSUBSCRIBE.when(!is_open && link == 4),
            });
        }
        rows
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_timelines_are_judged_by_the_book(rows in timelines(), is_sent in any::<bool>()) {
        let sent_at_ms = is_sent.then_some(SEND_MS);
        let expected = by_the_book(&rows, sent_at_ms);
        let mut found = rows.clone();
        judge(&mut found, &SWEEP_RULES, Background { sent_at_ms, shared_sources: None });
        for (row, expected) in found.iter().zip(&expected) {
            let found = Judged { actor: row.actor, reason: row.reason, not_counted: row.not_counted };
            prop_assert_eq!(&found, expected, "{:?}\nof {:#?}", row, rows);
        }
    }
}

#[test]
fn ten_messages_make_a_shared_source() {
    let message = Texts::new(0).push(b"m");
    let click = |after_ms: i64| Row {
        key: 1,
        ts_ms: SEND_MS + after_ms,
        request: 0,
        message,
        network: 7,
        campaign: NameId::NONE,
        group: NameId::NONE,
        link: NameId::from_index(0),
        agent: 0,
        kind: Kind::Click,
        actor: Actor::Human,
        via: Via::Direct,
        reason: Reason::Browser,
        not_counted: None,
        suspicions: Suspicions::default(),
        signs: Signs::GET,
    };
    let judged = |messages: usize, after_ms: i64| {
        let mut counts = SourceCounts::default();
        (0..messages).for_each(|_| counts.add_message(&[click(120_000), click(100)], SEND_MS));
        let shared = counts.merge(SourceCounts::default()).shared();
        let mut rows = [click(after_ms)];
        judge(&mut rows, &SWEEP_RULES, Background { sent_at_ms: Some(SEND_MS), shared_sources: Some(&shared) });
        (rows[0].actor, super::reason_code(rows[0].reason, rows[0].suspicions))
    };
    assert_eq!(judged(10, 29_999), (Actor::Unknown, "early+shared-source".to_owned()));
    assert_eq!(judged(9, 29_999), (Actor::Human, "browser".to_owned()));
    assert_eq!(judged(10, 30_000), (Actor::Human, "browser".to_owned()));
}

#[test]
fn a_flood_is_judged_in_time() {
    let message = Texts::new(0).push(b"m");
    let mut rows: Vec<Row> = (0..300_000_i64)
        .map(|i| Row {
            key: 1,
            ts_ms: i * 300,
            request: 0,
            message,
            network: u64::try_from(i % 50_000).expect("positive"),
            campaign: NameId::NONE,
            group: NameId::NONE,
            link: NameId::from_index(usize::try_from(i % 1_000).expect("positive")),
            agent: 0,
            kind: Kind::Click,
            actor: Actor::Human,
            via: Via::Direct,
            reason: Reason::Browser,
            not_counted: None,
            suspicions: Suspicions::default(),
            signs: Signs::GET | Signs::OFFICE_LOOKUP.when(i % 3 == 0),
        })
        .collect();
    judge(&mut rows, &SWEEP_RULES, Background::default());
    assert!(rows.iter().all(|row| row.actor == Actor::Machine));
}
