//! Real agents of every kind against the rules and the tables of clients: `agents.tsv` says what each is.

use super::agent::{AgentVerdicts, RequestSigns};
use super::client::client;
use super::network_signs::NetworkSigns;
use super::pattern::AgentText;
use super::proxies;
use super::rules::{Evidence, RULES};
use crate::model::client_kind::Device;
use crate::model::kind::Kind;

/// The cells of each agent of the table; the agent is the first.
fn table() -> Vec<Vec<&'static str>> {
    let lines = include_str!("agents.tsv").lines().filter(|line| !line.starts_with("# "));
    lines.map(|line| line.split('\t').collect()).collect()
}

/// What the program makes of an agent, as the table has it.
fn judged(agent: &str) -> Vec<String> {
    let verdicts = AgentVerdicts::of(agent.as_bytes());
    let judge = |kind| {
        let signs = RequestSigns { is_get: true, is_prefetch: false };
        verdicts.judge(kind, signs, &NetworkSigns::default())
    };
    let (open, click) = (judge(Kind::Open), judge(Kind::Click));
    let client = client(&AgentText::new(agent.as_bytes()));
    let client = client.as_ref();
    let verdict = [agent, open.actor.code(), open.reason.code(), click.actor.code(), open.via.code()];
    let client = [
        client.map(|c| c.family.as_str()),
        client.and_then(|c| c.version.as_deref()),
        client.map(|c| c.kind.code()),
        client.and_then(|c| c.os.as_deref()),
        client.and_then(|c| c.device).map(Device::code),
    ];
    verdict.into_iter().chain(client.into_iter().map(|cell| cell.unwrap_or("-"))).map(str::to_owned).collect()
}

#[test]
fn agents_are_what_the_table_says() {
    let wrong: Vec<_> = table().into_iter().filter(|row| judged(row[0]) != *row).collect();
    for row in &wrong {
        println!("table   {row:?}\nprogram {:?}", judged(row[0]));
    }
    assert!(wrong.is_empty(), "{} agents are not what the table says", wrong.len());
}

#[test]
fn the_table_has_every_reason_that_an_agent_can_give() {
    let table = table();
    assert!(table.len() >= 170, "{}", table.len());
    let by_agent = |evidence: &Evidence| {
        use Evidence::{AppleMail, Declared, MailClient, Names, Proxy, Rest};
        matches!(evidence, Proxy | Names(_) | Declared(_) | AppleMail | MailClient | Rest)
    };
    for rule in RULES.iter().filter(|rule| by_agent(&rule.evidence)) {
        assert!(table.iter().any(|row| row[2] == rule.reason.code()), "{:?}", rule.reason);
    }
}

#[test]
fn no_part_of_a_phone_s_name_makes_it_a_program() {
    let programs = table().into_iter().filter(|row| row[1] == "machine" && row[4] == "direct" && row[0].len() < 60);
    for program in programs {
        // As a part of a word, and as the whole name of the device.
        let name = program[0].replace(['(', ')'], " ");
        for agent in [
            format!(
                "Mozilla/5.0 (Linux; Android 13; Q{name}q) AppleWebKit/537.36 (KHTML, like Gecko) Mobile Safari/537.36"
            ),
            format!("Mozilla/5.0 (Linux; Android 13; {name} Build/TP1A) AppleWebKit/537.36 Mobile Safari/537.36"),
        ] {
            assert_eq!(judged(&agent)[1..5], ["human", "browser", "human", "direct"], "{agent}");
        }
    }
}

#[test]
fn behind_a_proxy_nothing_more_is_known() {
    for row in table().iter().filter(|row| row[4] != "direct") {
        assert!(proxies::find(&AgentText::new(row[0].as_bytes())).is_some(), "{}", row[0]);
        assert!(row[5].starts_with("via ") && row[6..] == ["-", "proxy", "-", "-"], "{row:?}");
    }
}
