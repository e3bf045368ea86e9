//! What a record notes of what surrounded its run.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use limits::Span;
use money::Money;
use rulebook::Rulebook;
use run_record::{Driver, EventNote, Header, WayKind};
use scenario::{Origin, Scenario};

fn header(text: &str) -> Header {
    let rulebook = Rulebook::embedded().unwrap();
    let scenario = Scenario::parse("noted.toml", text, &rulebook).unwrap();
    scenario.header(&Origin::default(), Driver::Simulated, false)
}

fn restarting(clients: u32, apart: &str) -> Vec<EventNote> {
    let text = format!(
        "title = \"Noted\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"workers\"\n\
         model = \"openai/gpt-oss-20b\"\nclients = {clients}\nprompt = 100\nanswer = 10\n\
         traffic = {{ poisson = {{ rate = \"5/s\", lasts = \"10m\" }} }}\n\
         [[event]]\nat = \"5m\"\nrestart = {{ group = \"workers\", takes = \"20s\"{apart} }}\n"
    );
    header(&text).events
}

#[test]
fn a_restart_is_noted_from_the_first_client_that_goes_down_to_the_last_that_is_up() {
    let note = |ends| EventNote {
        says: "a restart of workers".to_owned(),
        begins: Span::from_secs(300),
        ends: Some(Span::from_secs(ends)),
    };
    assert_eq!(restarting(4, ""), [note(320)]);
    assert_eq!(restarting(4, ", apart = \"30s\""), [note(320 + 3 * 30)]);
}

#[test]
fn a_surge_is_noted_with_its_beginning_and_its_end() {
    let text = "title = \"Noted\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"chat\"\n\
                model = \"openai/gpt-oss-20b\"\nprompt = 100\nanswer = 10\n\
                traffic = { poisson = { rate = \"5/s\", lasts = \"10m\" } }\n\
                [[event]]\nat = \"8m\"\n\
                surge = { group = \"chat\", rate = \"8/s\", lasts = \"2m\" }\n\
                [[event]]\nat = \"1m\"\n\
                surge = { group = \"chat\", rate = \"8/s\", lasts = \"20s\" }\n";
    let note = |begins, ends| EventNote {
        says: "a surge of chat".to_owned(),
        begins: Span::from_secs(begins),
        ends: Some(Span::from_secs(ends)),
    };
    assert_eq!(header(text).events, [note(60, 80), note(480, 600)]);
}

/// A chat on a tier of an edition, or after a past hour, with what else the file says.
fn chat(edition: &str, tier: &str, more: &str) -> Header {
    let key = if tier.contains('/') { "past_hour" } else { "tier" };
    header(&format!(
        "title = \"Noted\"\nedition = \"{edition}\"\n[account]\n{key} = \"{tier}\"\n{more}\
         [[group]]\nname = \"chat\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         prompt = 100\nanswer = 10\n\
         traffic = {{ poisson = {{ rate = \"5/s\", lasts = \"10m\" }} }}\n"
    ))
}

#[test]
fn what_a_tier_costs_to_reach_is_noted_with_its_source() {
    let header = chat("2025-11", "build-2", "");
    let reach = |name: &str| {
        let rung = header.ladder.iter().find(|rung| rung.tier == name).unwrap();
        rung.reach.clone().unwrap()
    };
    let tier_4 = reach("build-4");
    assert_eq!(tier_4.paid, Some(Money::parse("$250").unwrap()));
    assert!(tier_4.takes.is_some() && tier_4.source.ends_with(", 2025-11-08"), "{tier_4:?}");

    let asked_for = chat("2025-11-operational", "build", "");
    let scale = asked_for.ladder.iter().find(|rung| rung.tier == "scale").unwrap();
    let scale = scale.reach.clone().unwrap();
    assert_eq!(scale.paid, None);
    assert!(scale.says.unwrap().starts_with("by request, model by model"));

    let past_hours = chat("2026-08", "300/min", "");
    assert!(past_hours.ladder.iter().all(|rung| rung.reach.is_none()));
}

#[test]
fn ways_out_are_those_that_the_edition_states_and_a_cost_is_told_where_it_is_known() {
    let costs = |edition: &str, tier: &str| -> Vec<(Option<WayKind>, bool)> {
        let ways = chat(edition, tier, "").ways;
        assert!(ways.iter().all(|way| way.source.is_some()));
        ways.into_iter().map(|way| (way.kind, way.costs.is_some())).collect()
    };
    let known = |kind| (Some(kind), true);
    assert_eq!(
        costs("2025-11", "build-2"),
        [known(WayKind::Batch), known(WayKind::Dedicated), (Some(WayKind::Contract), false)]
    );
    assert_eq!(
        costs("2026-08", "300/min"),
        [known(WayKind::Batch), known(WayKind::Provisioned), known(WayKind::Dedicated)]
    );
}

#[test]
fn a_group_notes_the_price_of_batches_and_the_endpoint_that_could_serve_it() {
    let endpoint = "[[endpoint]]\nname = \"own\"\n\
                    model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
                    hardware = \"2x_nvidia_h100_80gb_sxm\"\nthroughput = \"2500/s\"\n";
    let group = chat("2025-11", "build-2", endpoint).groups[0].clone();
    let (price, batched) = (group.price.unwrap(), group.batched.unwrap());
    assert_eq!(batched.prompt.times(2), price.prompt);
    assert!(batched.facts.iter().any(|fact| fact == "batch.discount"), "{batched:?}");
    let beside = group.beside.unwrap();
    assert_eq!(beside.replica.unwrap().tokens_per_hour, 9_000_000);

    let alone = chat("2026-08", "300/min", "").groups[0].clone();
    assert_eq!(alone.beside, None);
}
