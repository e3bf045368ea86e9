//! `load`: the scenario as real HTTP, in real time.
//!
//! It runs what the team means to ship, on the account's tier, unless more is asked for: each cell
//! takes as long as the scenario lasts.
//!
//! A service's own words are never shown or written, only what was recognised in them: an error may
//! repeat the key that it was asked with.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chance::Seed;
use limits::Span;
use load_generator::{Plan, Pool, Replayed, Target, TargetFault, ThreadPacer, replay};
use money::Money;
use rulebook::Tier;
use run_record::{
    Attempt, Cell, CellKey, Driver, GroupLeaf, Histogram, LiveNote, RunRecord, derive,
};
use scenario::Scenario;
use strategies::Stack;

use crate::args::{Load, Manners, RunFormat};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::form::{self, Form};
use crate::open::{Opened, open_ready};
use crate::progress::{LiveProgress, STOPPED};
use crate::{load_text, open_files, out, serve, simulate, summary_text, supposed};

/// The key of a service on this machine that nobody gave another.
const KEY: &str = "tierlab-load";

/// How often it is looked whether somebody wants the run to stop.
const LOOKED: Duration = Duration::from_millis(20);

/// How long a target may take to accept its first connection.
const REACHED: Duration = Duration::from_secs(5);

pub(crate) fn run(said: &Load, manners: &Manners) -> Result<Ending, Failure> {
    // With a mock these would do nothing; the reader of the command line lets them pass.
    if said.with_mock && (said.allow_remote || said.key_env.is_some()) {
        return Err(Failure::usage("--allow-remote and --key-env go with --target <URL>"));
    }
    said.out.iter().try_for_each(|path| known_form(path))?;
    open_files::as_many_as_allowed();
    let mut opened = open_ready(&said.file, &said.overrides, manners)?;
    opened.scenario.over_http()?;
    // What is heard is read as it is supposed to be worded.
    let edition = opened.scenario.edition.assuming(&opened.scenario.assumptions);
    opened.scenario.edition = Arc::new(edition);
    let opened = narrowed(opened, said)?;
    priced(&opened.scenario, said)?;
    let places = if said.out.is_empty() {
        out::live_places(&opened.path).to_vec()
    } else {
        said.out.clone()
    };
    let runtime = serve::runtime()?;
    let began = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let loaded = runtime.block_on(async {
        let foreign = foreign_target(said).await?;
        out::prove(&places)?;
        if !manners.quiet {
            load_text::warn(&opened.scenario);
        }
        load(&opened, foreign.as_ref(), said, manners).await
    });
    runtime.shutdown_background();
    let loaded = loaded?;
    let record = record(&opened, &loaded, began)?;
    let (written, all) = out::each(places, |path| {
        if is_attempts(path) { out::put(path, &loaded.lines()) } else { out::write(path, &record) }
    });
    let summary = derive::summary(&record);
    out::print(&match said.format {
        RunFormat::Json => summary.json(),
        RunFormat::Markdown => report::forms::markdown(&record),
        RunFormat::Text => summary_text::of(&record, &summary, &written),
    })?;
    if !manners.quiet {
        load_text::tell(&record, &loaded);
    }
    all?;
    Ok(match loaded.ending {
        load_generator::Ending::Stopped => Ending::Stopped,
        load_generator::Ending::Complete | load_generator::Ending::Bounded if said.no_gate => {
            Ending::Fine
        }
        load_generator::Ending::Complete | load_generator::Ending::Bounded => {
            simulate::ending_of(summary.verdict)
        }
    })
}

/// A bound in dollars holds only where it is known what every request costs.
fn priced(scenario: &Scenario, said: &Load) -> Result<(), Failure> {
    let unknown = |number: &usize| scenario.tariff(*number, &scenario.assumptions).is_none();
    let unpriced = (0..scenario.groups.len()).find(unknown).filter(|_| said.max_usd.is_some());
    let Some(group) = unpriced.and_then(|number| scenario.groups.get(number)) else {
        return Ok(());
    };
    Err(Failure::usage(format!(
        "--max-usd: no source says what requests of `{}` cost: use --max-requests",
        group.name
    )))
}

/// The scenario with what is to run, and nothing else: that is what its record is about.
fn narrowed(opened: Opened, said: &Load) -> Result<Opened, Failure> {
    let Opened { path, scenario, mut origin, overridden } = opened;
    origin.command = command(&origin.command, said);
    let tiers = if said.with_mock && !said.overrides.tier.is_empty() {
        scenario.tiers.clone()
    } else {
        vec![scenario.tier.clone()]
    };
    if said.overrides.tier.len() > 1 && !said.with_mock {
        return Err(Failure::usage("a target is on one tier: name one with --tier"));
    }
    let ship = scenario.ship.and_then(|ship| scenario.strategies.get(ship));
    let strategies = match ship {
        Some(ship) if said.overrides.strategy.is_empty() => vec![ship.name.clone()],
        _ => scenario.strategies.iter().map(|named| named.name.clone()).collect(),
    };
    let scenario = scenario.with(&scenario::Overrides {
        replications: Some(said.overrides.seeds.unwrap_or(1)),
        tiers: tiers.iter().map(|tier| tier.name().to_owned()).collect(),
        strategies,
        seed: None,
    })?;
    Ok(Opened { path, scenario, origin, overridden })
}

/// The command that sends the same again, from the one that simulates it.
fn command(simulates: &str, said: &Load) -> String {
    let mut words = vec![simulates.replacen("simulate", "load", 1)];
    words.push(said.target.as_ref().map_or("--with-mock".into(), |url| format!("--target {url}")));
    words.extend(said.allow_remote.then(|| "--allow-remote".to_owned()));
    words.extend(said.key_env.as_ref().map(|name| format!("--key-env {name}")));
    words.extend(said.max_requests.map(|most| format!("--max-requests {most}")));
    words.extend(
        said.max_usd.map(|most| format!("--max-usd {}", most.to_string().replace('$', ""))),
    );
    words.extend(said.max_seconds.map(|most| format!("--max-seconds {most}")));
    words.join(" ")
}

/// What came of all cells.
pub(crate) struct Loaded {
    target: String,
    pub(crate) cells: Vec<Cell>,
    runs: Vec<Run>,
    late: Histogram,
    pub(crate) troubles: BTreeMap<String, u64>,
    /// Attempts that this machine had no connection for.
    starved: u64,
    pub(crate) ending: load_generator::Ending,
    /// Whether a cell was not run, or not to its end.
    cut_short: bool,
    /// What all answers cost, by the prices that the scenario knows.
    spent: Money,
}

/// The attempts of one run, and which it was.
struct Run {
    tier: String,
    strategy: String,
    replication: u32,
    attempts: Vec<Attempt>,
}

/// Runs each cell, one after the other.
async fn load(
    opened: &Opened,
    foreign: Option<&Target>,
    said: &Load,
    manners: &Manners,
) -> Result<Loaded, Failure> {
    let scenario = &opened.scenario;
    let cells: Vec<(&Tier, usize)> = scenario
        .tiers
        .iter()
        .flat_map(|tier| (0..scenario.strategies.len()).map(move |strategy| (tier, strategy)))
        .collect();
    let runs = cells.len() as u64 * u64::from(scenario.replications);
    let mut loaded = Loaded {
        target: foreign.map_or_else(|| "a mock on this machine".into(), Target::to_string),
        cells: Vec::new(),
        runs: Vec::new(),
        late: Histogram::default(),
        troubles: BTreeMap::new(),
        starved: 0,
        ending: load_generator::Ending::Complete,
        cut_short: false,
        spent: Money::ZERO,
    };
    let progress = LiveProgress::new(manners, &scenario.title, scenario.lasts, runs);
    for (tier, strategy) in cells {
        let name = scenario.strategies.get(strategy).map_or("", |named| named.name.as_str());
        let mut leaves = Vec::new();
        for replication in 0..scenario.replications {
            let bounds = Bounds::left(said, &loaded);
            let one = One { scenario, tier, strategy, replication, bounds };
            let replayed = one.run(foreign, &progress).await?;
            progress.run_done();
            let (tier, strategy) = (tier.name().to_owned(), name.to_owned());
            let run = Run { tier, strategy, replication, attempts: Vec::new() };
            let groups = loaded.take(run, replayed);
            let bills = groups.iter().filter_map(|group| group.leaf.bill);
            loaded.spent += bills.map(|bill| bill.usage()).sum();
            leaves.push(groups);
            if loaded.ending != load_generator::Ending::Complete {
                break;
            }
        }
        let cell = Cell::new(CellKey::new(Some(tier.name()), name), 0, leaves);
        loaded.cells.push(cell.map_err(|fault| Failure::ours(fault.to_string()))?);
        if loaded.ending != load_generator::Ending::Complete {
            loaded.cut_short = true;
            break;
        }
    }
    progress.finish(manners);
    Ok(loaded)
}

/// Where to, unless a mock of our own is wanted; only with a word from the user to another machine.
async fn foreign_target(said: &Load) -> Result<Option<Target>, Failure> {
    let Some(url) = &said.target else { return Ok(None) };
    let key = match &said.key_env {
        None => KEY.to_owned(),
        Some(name) => std::env::var(name).ok().filter(|key| !key.is_empty()).ok_or_else(|| {
            Failure::usage(format!("--key-env {name}: there is no such variable, or it is empty"))
        })?,
    };
    let target = Target::resolve(url, &key).await;
    let target = target.map_err(|fault| {
        let says = format!("--target: {fault}");
        match fault {
            // It may be there tomorrow, as a file may.
            TargetFault::Unknown(_) => Failure::invalid(says),
            TargetFault::Unreadable(_)
            | TargetFault::Scheme(_)
            | TargetFault::Secret
            | TargetFault::Key => Failure::usage(says),
        }
    })?;
    if !target.is_here() && !said.allow_remote {
        return Err(Failure::usage(format!(
            "{target} is not on this machine, and real requests cost money: --allow-remote sends \
             them all the same; bound them with --max-requests"
        )));
    }
    if !target.is_here() && said.key_env.is_none() {
        return Err(Failure::usage(
            "a service elsewhere wants a key: name the variable that has it with --key-env",
        ));
    }
    let unreached = |why: &dyn std::fmt::Display| {
        Failure::invalid(format!("nothing answers at {target}: {why}; is it running?"))
    };
    match tokio::time::timeout(REACHED, target.reach()).await {
        Ok(reached) => reached.map_err(|why| unreached(&why))?,
        Err(_) => return Err(unreached(&format!("no connection within {} s", REACHED.as_secs()))),
    }
    Ok(Some(target))
}

/// What of the user's bounds is left for the next run.
#[derive(Copy, Clone)]
struct Bounds {
    requests: Option<u64>,
    spent: Option<Money>,
    time: Option<Span>,
}

impl Bounds {
    fn left(said: &Load, loaded: &Loaded) -> Self {
        let sent = loaded.attempts().count() as u64;
        Self {
            requests: said.max_requests.map(|most| most.saturating_sub(sent)),
            spent: said.max_usd.map(|most| most - loaded.spent),
            time: said.max_seconds.map(Span::from_secs),
        }
    }
}

/// One run: a cell and a replication.
struct One<'a> {
    scenario: &'a Scenario,
    tier: &'a Tier,
    strategy: usize,
    replication: u32,
    bounds: Bounds,
}

impl One<'_> {
    async fn run(
        &self,
        foreign: Option<&Target>,
        progress: &LiveProgress,
    ) -> Result<Replayed, Failure> {
        let Some(target) = foreign else {
            let plan = supposed::of(self.scenario, self.tier, &self.scenario.assumptions);
            let mock = serve::Running::start(plan, ()).await?;
            let target = Target::resolve(&format!("http://{}/v1", mock.address), KEY).await;
            let target = target.map_err(|fault| Failure::ours(fault.to_string()))?;
            let replayed = self.send(&target, progress).await;
            mock.stop().await;
            return replayed;
        };
        self.send(target, progress).await
    }

    async fn send(&self, target: &Target, progress: &LiveProgress) -> Result<Replayed, Failure> {
        let Self { scenario, tier, strategy, replication, bounds } = *self;
        let stack = |group| scenario.stack(strategy, group, tier, &scenario.assumptions);
        let stacks: Vec<Stack> = (0..scenario.groups.len()).map(stack).collect();
        let plan = Plan {
            scenario,
            stacks,
            seed: Seed(scenario.seed).replication(replication),
            target,
            most_requests: bounds.requests,
            most_spent: bounds.spent,
            most_time: bounds.time,
        };
        let pacer = ThreadPacer::start();
        let pacer = pacer.map_err(|error| Failure::ours(format!("no thread to pace: {error}")))?;
        let replayed = replay(&plan, Pool::new(target), pacer, progress, stopped()).await;
        replayed.map_err(|fault| Failure::ours(fault.to_string()))
    }
}

impl Loaded {
    /// Adds a run to the whole and gives its leaves.
    fn take(&mut self, run: Run, replayed: Replayed) -> Vec<GroupLeaf> {
        let Replayed { groups, attempts, late, troubles, starved, ending } = replayed;
        self.starved += starved;
        self.runs.push(Run { attempts, ..run });
        self.late.absorb(&late);
        for (why, times) in troubles {
            *self.troubles.entry(why).or_default() += times;
        }
        self.ending = ending;
        groups
    }

    pub(crate) fn attempts(&self) -> impl Iterator<Item = &Attempt> {
        self.runs.iter().flat_map(|run| &run.attempts)
    }

    /// Every attempt as a line of JSON that begins with its run.
    fn lines(&self) -> String {
        let mut text = String::new();
        for Run { tier, strategy, replication, attempts } in &self.runs {
            let run = serde_json::json!({
                "tier": tier, "strategy": strategy, "replication": replication
            });
            let run = run.to_string();
            let run = run.trim_end_matches('}');
            for line in attempts.iter().map(Attempt::line) {
                text.extend([run, ",", line.trim_start_matches('{'), "\n"]);
            }
        }
        text
    }
}

/// Ready when the user wants the run to stop.
async fn stopped() {
    while !STOPPED.load(Ordering::Relaxed) {
        tokio::time::sleep(LOOKED).await;
    }
}

fn record(opened: &Opened, loaded: &Loaded, began: u64) -> Result<RunRecord, Failure> {
    let mut header = opened.scenario.header(&opened.origin, Driver::Live, loaded.cut_short);
    header.live = Some(LiveNote {
        began_unix_s: began,
        target: loaded.target.clone(),
        late: loaded.late.clone(),
        starved: loaded.starved,
    });
    RunRecord::new(header, loaded.cells.clone()).map_err(|fault| Failure::ours(fault.to_string()))
}

/// Refuses a path that asks for no form that a run can be written in.
fn known_form(path: &Path) -> Result<(), Failure> {
    let known = is_attempts(path) || Form::found(path).is_some();
    let forms = format!(".jsonl (every attempt), {}", form::SAID);
    if known { Ok(()) } else { Err(form::unknown(path, &forms)) }
}

/// Whether a path asks for the attempts instead of the run's record or page.
fn is_attempts(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "jsonl")
}
