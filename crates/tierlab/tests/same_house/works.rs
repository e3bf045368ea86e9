//! Every class of work but films, which a load does not wait for: each with limits that refuse it, and
//! all of them on one account whose credit runs out.

use rulebook::{Rulebook, Work};
use scenario::Scenario;
use strategies::Preset;

const EDITION: &str = "every-class-in-whole-milliseconds.toml";

/// A group of each class. Bursts are above what a window admits, and lulls let it open again.
const GROUPS: [(Work, &str); 7] = [
    (
        Work::Chat,
        r#"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 20
answer = 12
max_tokens = 9
stream = true
traffic = { burst = { jobs = 25, every = "3s", within = "1s" } }
"#,
    ),
    (
        Work::Completion,
        r#"
[[group]]
name = "completion"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
work = "completion"
prompt = 10
answer = 5
traffic = { burst = { jobs = 25, every = "3s", within = "500ms" } }
"#,
    ),
    (
        Work::Embedding,
        r#"
[[group]]
name = "embedding"
model = "BAAI/bge-base-en-v1.5"
prompt = 30
inputs = 3
clients = 2
traffic = { burst = { jobs = 125, every = "3s", within = "1s" } }
"#,
    ),
    (
        Work::Rerank,
        r#"
[[group]]
name = "re-rank"
model = "Salesforce/Llama-Rank-V1"
prompt = 11
inputs = 4
traffic = { burst = { jobs = 100, every = "3s", within = "500ms" } }
"#,
    ),
    (
        Work::Image,
        r#"
[[group]]
name = "image"
model = "black-forest-labs/FLUX.1-schnell"
images = 3
size = "1440x256"
steps = 8
traffic = { burst = { jobs = 5, every = "3s", within = "500ms" } }
"#,
    ),
    (
        Work::Audio,
        r#"
[[group]]
name = "speech"
model = "cartesia/sonic"
characters = 12
stream = true
traffic = { burst = { jobs = 8, every = "3s", within = "1s" } }
"#,
    ),
    (
        Work::Audio,
        r#"
[[group]]
name = "recordings"
model = "openai/whisper-large-v3"
seconds = 7
traffic = { burst = { jobs = 8, every = "3s", within = "1s" } }
"#,
    ),
];

/// No tier has a number for audio: this one is given.
const HEAD: &str = r#"
title = "The same house, every class"
edition = "every-class-in-whole-milliseconds.toml"
seed = 20251121
lasts = "1m"
drain = "10s"
[[limits]]
tier = "build-1"
model = "cartesia/sonic"
requests = "120/min"
[[limits]]
tier = "build-1"
model = "openai/whisper-large-v3"
requests = "120/min"
[assume]
refusal_takes = "100ms"
first_token_noise = "0"
speed_noise = "0"
prefill_per_token = "1ms"
[compare]
tiers = ["build-1"]
"#;

/// The classes that are compared, each once.
pub(crate) fn classes() -> Vec<Work> {
    let mut classes: Vec<Work> = GROUPS.map(|(work, _)| work).into();
    classes.dedup();
    classes
}

/// The groups of these classes on an account without books.
pub(crate) fn of(classes: &[Work]) -> Scenario {
    let groups = GROUPS.iter().filter(|(work, _)| classes.contains(work));
    let groups: String = groups.map(|(_, group)| *group).collect();
    parsed("[account]\ntier = \"build-1\"\n", &groups)
}

/// All of them on credit that is used up before the end.
pub(crate) fn on_credit() -> Scenario {
    let account = "[account]\ntier = \"build-1\"\nbalance = \"$0.25\"\ncard = \"none\"\n";
    parsed(account, &GROUPS.map(|(_, group)| group).concat())
}

fn parsed(account: &str, groups: &str) -> Scenario {
    let presets = [Preset::GIVE_UP, Preset::TOGETHER_PY, Preset::PACE_BY_HEADERS];
    let presets = presets
        .map(|preset| format!("[[strategy]]\npreset = \"{}\"\ngrain = \"1ms\"\n", preset.name()));
    let text = format!("{HEAD}{account}{groups}{}", presets.concat());
    let mut rulebook = Rulebook::embedded().unwrap();
    let edition = edition(&rulebook);
    rulebook.add(EDITION, &edition).unwrap_or_else(|refused| panic!("{refused}"));
    let scenario = Scenario::parse("works.toml", &text, &rulebook);
    scenario.unwrap_or_else(|refused| panic!("{refused}"))
}

/// The rules of the Build Tiers, with answers on the grain.
fn edition(rulebook: &Rulebook) -> String {
    let text = rulebook.edition("2025-11").unwrap().text();
    let mut section = "";
    let mut changed = 0;
    let lines = text.lines().map(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        let value = match (section, key) {
            ("[models.\"meta-llama/Llama-3.3-70B-Instruct-Turbo\"]", "first_token") => "300ms",
            ("[models.\"meta-llama/Llama-3.3-70B-Instruct-Turbo\"]", "speed") => "500/s",
            _ => return line.to_owned(),
        };
        changed += 1;
        format!("{key} = {{ value = \"{value}\", source = \"ours\", certainty = \"assumed\" }}")
    });
    let edited = lines.collect::<Vec<String>>().join("\n") + "\n";
    assert_eq!(changed, 2, "each change has its line");
    edited
}
