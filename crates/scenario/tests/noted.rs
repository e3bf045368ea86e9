//! What a record notes of what surrounded its run.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use limits::Span;
use rulebook::Rulebook;
use run_record::{Driver, EventNote, Header};
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
