//! `new --from-log`: a scenario with the traffic of a log, what was inferred, how well it fits, and
//! what the answer hangs on.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, Write as _};
use std::path::Path;
use std::sync::Arc;

use rulebook::Rulebook;
use run_record::{CellKey, GroupLeaf};
use scenario::{
    Group, Heading, Inferred, Overrides, Scenario, Sketch, Trace, TraceFormat, Without,
};

use crate::args::{Manners, New};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::unpack::text_of;

/// The rules that it is rehearsed under, as for a scenario to begin with.
const EDITION: &str = "2025-11";

/// The tier of an account that nobody named.
const TIER: &str = "build-2";

/// The model of rows that name none.
const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

/// With fewer jobs nothing is inferred: the scenario's own draws could well be none.
const FEWEST: u64 = 10;

/// Tiers on which it is tried out what the answer hangs on, as far as the edition has them.
const TRIED_ON: [&str; 3] = ["build-1", "build-2", "build-3"];

/// The strategy that it is tried out with: one attempt a job, so that the shares are the traffic's.
const TRIED_WITH: &str = "give-up";

/// Draws of each that it is tried out with.
const SEEDS: u32 = 3;

/// Trying out simulates thrice as often as there are properties: with more jobs it would be felt.
const MOST_TRIED: u64 = 200_000;

/// The text of a scenario with the traffic of a log.
pub(crate) fn infer(log: &Path, said: &New, manners: &Manners) -> Result<String, Failure> {
    let member = said.log_member.as_deref();
    let format = match &said.log_format {
        Some(word) => named(word)?,
        None => guessed(log, member)?,
    };
    let sketch = read(log, member, &format)?;
    if sketch.jobs() < FEWEST {
        return Err(Failure::invalid(format!(
            "{}: {} jobs tell of no law, it takes {FEWEST}; write `traffic = {{ trace = {{ file = \
             \"{}\", format = … }} }}` to replay it",
            log.display(),
            sketch.jobs(),
            name_of(log)
        )));
    }
    let rulebook = Rulebook::embedded()?;
    let edition = rulebook.edition(EDITION);
    let inferred = sketch.infer(edition.ok_or_else(|| Failure::ours("no edition"))?);
    let heading = Heading {
        title: format!("The traffic of {}", name_of(log)),
        edition: EDITION.to_owned(),
        tier: said.tier.as_deref().unwrap_or(TIER).to_owned(),
        model: MODEL.to_owned(),
        notes: Vec::new(),
    };
    let scenario = parsed(&inferred.text(&heading, None))?;
    let mut notes = vec![
        format!("The traffic of {} ({}): {} jobs.", name_of(log), format.name(), sketch.jobs()),
        String::new(),
        "Inferred, and yours to change:".to_owned(),
    ];
    notes.extend(inferred.told().into_iter().map(|line| format!("* {line}")));
    if !sketch.remarks().is_empty() {
        notes.push(String::new());
        notes.push("Of its rows:".to_owned());
        notes.extend(sketch.remarks().iter().map(|line| format!("* {line}")));
    }
    notes.push(String::new());
    notes.push("How well it fits, drawn with seed 1:".to_owned());
    notes.extend(sketch.beside(&Sketch::of(&scenario)).iter().map(|line| format!("  {line}")));
    notes.push(String::new());
    let replayed = if sketch.jobs() <= MOST_TRIED && sketch.models() <= 1 {
        Some(replay(log, member, &format, inferred.model())?)
    } else {
        None
    };
    notes.extend(hangs_on(&inferred, &heading, &sketch, replayed, manners)?);
    Ok(inferred.text(&Heading { notes, ..heading }, None))
}

fn name_of(log: &Path) -> String {
    log.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn parsed(text: &str) -> Result<Scenario, Failure> {
    let rulebook = Rulebook::embedded()?;
    Scenario::parse("the inferred scenario", text, &rulebook).map_err(Failure::from)
}

fn read(log: &Path, member: Option<&str>, format: &TraceFormat) -> Result<Sketch, Failure> {
    let name = log.display().to_string();
    let mut file = File::open(log).map_err(|error| Failure::unreadable(log, &error))?;
    let sketch = text_of(&mut file, member, |text| {
        Sketch::read(&name, text, format, format.usual_attempts())
    });
    let sketch = sketch.map_err(|fault| Failure::invalid(format!("{name} {fault}")))?;
    sketch.map_err(|fault| Failure::invalid(format!("{fault} [{}]", fault.code())))
}

/// The log itself as traffic.
fn replay(
    log: &Path,
    member: Option<&str>,
    format: &TraceFormat,
    model: Option<&str>,
) -> Result<Scenario, Failure> {
    // A name that only escapes can write calls no model that an edition knows.
    let model = model.filter(|model| !format!("{model:?}").contains("\\u{")).unwrap_or(MODEL);
    let name = log.display().to_string();
    let mut file = File::open(log).map_err(|error| Failure::unreadable(log, &error))?;
    let reading = text_of(&mut file, member, |text| Trace::read(&name, text, format));
    let reading = reading.map_err(|fault| Failure::invalid(format!("{name} {fault}")))?;
    let reading =
        reading.map_err(|fault| Failure::invalid(format!("{fault} [{}]", fault.code())))?;
    let scenario = parsed(&traced("\"azure-llm-2023\"", model))?;
    scenario.with_trace(Arc::new(reading.trace)).map_err(Failure::from)
}

/// A scenario that replays a log with rows of this format.
fn traced(format: &str, model: &str) -> String {
    format!(
        "title = \"log\"\nedition = \"{EDITION}\"\naccount = {{ tier = \"{TIER}\" }}\n[[group]]\n\
         name = \"log\"\nmodel = {model:?}\n[group.traffic.trace]\nfile = \"log\"\nformat = {format}\n"
    )
}

/// A format as scenarios have it: its word, or a map. It is read by the language's own reader.
fn named(word: &str) -> Result<TraceFormat, Failure> {
    let value = if word.trim_start().starts_with('{') {
        word.to_owned()
    } else {
        format!("\"{}\"", word.trim_matches('"'))
    };
    let rulebook = Rulebook::embedded()?;
    let scenario = Scenario::parse("--log-format", &traced(&value, MODEL), &rulebook)?;
    let need = scenario.trace_need().map(|need| need.format.clone());
    need.ok_or_else(|| Failure::ours("a format without a trace"))
}

/// What the first line of a log looks like.
fn guessed(log: &Path, member: Option<&str>) -> Result<TraceFormat, Failure> {
    /// Words that only one format has on its first line.
    const TELLING: [(&str, TraceFormat); 7] = [
        ("ContextTokens", TraceFormat::AzureLlm2023),
        ("Request tokens", TraceFormat::BurstGpt),
        ("\"input_length\"", TraceFormat::Mooncake),
        ("\"resourceSpans\"", TraceFormat::OpenTelemetry),
        ("\"startTimeUnixNano\"", TraceFormat::OpenTelemetry),
        ("\"sent_ns\"", TraceFormat::Attempts),
        ("\"startTime\"", TraceFormat::LiteLlm),
    ];
    /// A first line that is longer tells in time what it is.
    const LOOKED_AT: u64 = 1 << 20;
    let mut file = File::open(log).map_err(|error| Failure::unreadable(log, &error))?;
    let first = text_of(&mut file, member, |text| {
        let mut line = Vec::new();
        std::io::Read::take(text, LOOKED_AT).read_until(b'\n', &mut line).map(|_| line)
    });
    let first = first.map_err(|fault| Failure::invalid(format!("{} {fault}", log.display())))?;
    let first = first.map_err(|error| Failure::unreadable(log, &error))?;
    let first = String::from_utf8_lossy(&first);
    if first.is_empty() {
        return Err(Failure::invalid(format!("{}: is empty", log.display())));
    }
    let found = TELLING.into_iter().find(|(word, _)| first.contains(word));
    found.map(|(_, format)| format).ok_or_else(|| {
        Failure::usage(format!(
            "{}: its first line is that of no known log; say --log-format, a word or a map such as \
             '{{ jsonl = {{ due = \"time\", unit = \"s\", prompt = \"prompt_tokens\", answer = \
             \"completion_tokens\", status = \"status\" }} }}'",
            log.display()
        ))
    })
}

/// What moves a share by less is not noticed.
const NOTICED: f64 = 0.005;

/// The share of attempts answered 429 on each tier.
type Shares = Vec<(String, f64)>;

/// What the share of 429s hangs on: each property left out in turn, the one that costs most first.
fn hangs_on(
    inferred: &Inferred,
    heading: &Heading,
    sketch: &Sketch,
    replayed: Option<Scenario>,
    manners: &Manners,
) -> Result<Vec<String>, Failure> {
    if sketch.jobs() > MOST_TRIED {
        return Ok(vec![format!(
            "What the answer hangs on was not tried out: that is done up to {MOST_TRIED} jobs."
        )]);
    }
    let progress = Progress::new(manners, "trying out what it hangs on", Without::ALL.len() + 1);
    let shares = |without| shares_of(parsed(&inferred.text(heading, without))?);
    let whole = shares(None)?;
    simulator::Watch::world_done(&progress);
    let mut costs: Vec<(f64, Without, Shares)> = Vec::new();
    for without in Without::ALL {
        // What the log has not got cannot be left out.
        if inferred.text(heading, Some(without)) != inferred.text(heading, None) {
            let other = shares(Some(without))?;
            costs.push((apart(&whole, &other), without, other));
        }
        simulator::Watch::world_done(&progress);
    }
    progress.finish(manners, "tried out what it hangs on");
    costs.sort_by(|one, other| other.0.total_cmp(&one.0));
    let mut told = vec![
        format!("What it hangs on, as shares of 429 with `{TRIED_WITH}` over {SEEDS} seeds:"),
        format!("  as inferred: {}", told_shares(&whole)),
    ];
    if let Some(replayed) = replayed {
        told.insert(1, format!("  the log itself: {}", told_shares(&shares_of(replayed)?)));
    }
    told.extend(costs.iter().map(|(_, without, shares)| {
        format!("  with {} instead: {}", without.instead(), told_shares(shares))
    }));
    if let Some((cost, dearest, _)) = costs.first() {
        let says = if *cost < NOTICED {
            "No property costs anything: too little of it is refused on these tiers.".to_owned()
        } else {
            format!(
                "The property that costs most: with {} it would be off by {:.0} %.",
                dearest.instead(),
                cost * 100.0
            )
        };
        if !manners.quiet {
            // Nobody is left to tell when stderr is gone.
            let _ = writeln!(std::io::stderr(), "{says}");
        }
        told.push(says);
    }
    Ok(told)
}

/// The share of attempts answered 429 on each tier.
fn shares_of(scenario: Scenario) -> Result<Shares, Failure> {
    let has_limits = |tier: &&&str| {
        let Some(tier) = scenario.edition.tier(tier) else { return false };
        let published =
            |group: &Group| scenario.edition.published(&tier, &group.model, &scenario.assumptions);
        scenario.groups.iter().all(|group| published(group).is_some())
    };
    let tiers: Vec<String> =
        TRIED_ON.iter().filter(has_limits).map(|tier| (*tier).to_owned()).collect();
    if tiers.is_empty() {
        return Ok(Vec::new());
    }
    let strategies = vec![TRIED_WITH.to_owned()];
    let overrides = Overrides { tiers: tiers.clone(), strategies, ..Overrides::default() };
    let scenario = scenario.with(&overrides)?;
    let plans = simulator::cells(&scenario);
    let mut shares = Vec::new();
    for tier in tiers {
        let key = CellKey::new(Some(&tier), TRIED_WITH);
        let Some(plan) = plans.iter().find(|plan| plan.key == key) else { continue };
        let (mut refused, mut sent) = (0, 0);
        for seed in 0..SEEDS {
            let groups = simulator::replicate(&scenario, plan, seed)
                .map_err(|fault| Failure::ours(fault.to_string()))?;
            let of = |count: fn(&GroupLeaf) -> u64| groups.iter().map(count).sum::<u64>();
            refused += of(|group| group.leaf.attempts.with_status(429));
            sent += of(|group| group.leaf.attempts.sent);
        }
        shares.push((tier, refused as f64 / (sent.max(1)) as f64));
    }
    Ok(shares)
}

/// The largest relative distance of two lists of shares; of a share that is next to nothing it is
/// the distance itself that counts.
fn apart(whole: &[(String, f64)], other: &[(String, f64)]) -> f64 {
    const NEXT_TO_NOTHING: f64 = 0.01;
    let distances = whole
        .iter()
        .zip(other)
        .map(|((_, one), (_, other))| (one - other).abs() / one.max(NEXT_TO_NOTHING));
    distances.fold(0.0, f64::max)
}

fn told_shares(shares: &[(String, f64)]) -> String {
    let mut told = String::new();
    for (tier, share) in shares {
        let comma = if told.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(told, "{comma}{tier} {:.1} %", share * 100.0);
    }
    told
}
