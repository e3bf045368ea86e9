//! Small runs made by hand, for the tests of this folder.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::allow_attributes,
    reason = "every test of this folder compiles its own copy and uses a part of it"
)]

use limits::{Instant, Span};
use run_record::{
    AssumptionNote, AttemptEnd, AttemptOutcome, Billionths, Cell, CellKey, CellSpec, Comparison,
    Driver, ENGINE, EditionNote, Expectation, Figure, Goal, GroupLeaf, GroupNote, Header, JobEnd,
    JobOutcome, Kind, Recipe, Recorder, RefusedBy, RunRecord, Rung, ScenarioNote, StrategyNote,
};
use wire::{Status, Usage};

/// The run proper of every scene lasts 100 s, its drain 60 s.
pub const LASTS: Span = Span::from_secs(100);
/// What every job's deadline is.
pub const DEADLINE: Span = Span::from_secs(3);
/// The tokens of every job.
pub const USAGE: Usage = Usage { prompt: 100, completion: 20 };

fn group(name: &str) -> GroupNote {
    GroupNote {
        name: name.to_owned(),
        model: "llama".to_owned(),
        units: core::num::NonZeroU32::MIN,
        clients: std::num::NonZeroU32::MIN,
        users: None,
        deadline: Some(DEADLINE),
        strategy: None,
        stream: false,
        max_tokens: None,
        traffic: "steady".to_owned(),
        batch: false,
        price: None,
        endpoint: None,
        batched: None,
        beside: None,
        falls_back_to: None,
    }
}

pub fn header(groups: &[&str], strategies: &[&str], replications: u32) -> Header {
    Header {
        recipe: Recipe {
            scenario: ScenarioNote {
                title: "Morning".to_owned(),
                file: "scenarios/morning.toml".to_owned(),
                sha256: "c0ffee".to_owned(),
                text: "title = \"Morning\"\n".to_owned(),
            },
            edition: EditionNote { name: "2025-11".to_owned(), text: "id = 1\n".to_owned() },
            trace: None,
            seed: 7,
            engine: ENGINE,
        },
        driver: Driver::Simulated,
        lasts: LASTS,
        drain: Span::from_secs(60),
        replications,
        cut_short: false,
        tier: Some("build-2".to_owned()),
        ship: None,
        ladder: ["build-2", "build-3"]
            .map(|tier| Rung {
                tier: tier.to_owned(),
                title: String::new(),
                past_hour_rpm: None,
                limits: Vec::new(),
                gates: Vec::new(),
                reach: None,
            })
            .into(),
        strategies: strategies
            .iter()
            .map(|name| StrategyNote {
                name: (*name).to_owned(),
                says: String::new(),
                falls_back_to: None,
            })
            .collect(),
        groups: groups.iter().map(|name| group(name)).collect(),
        assumptions: vec![AssumptionNote {
            name: "token_gate".to_owned(),
            value: "minute".to_owned(),
            alternatives: vec!["none".to_owned()],
            certainty: "assumed".to_owned(),
            says: "Tokens count per minute.".to_owned(),
        }],
        events: Vec::new(),
        capacity: Vec::new(),
        ways: Vec::new(),
        rule_of_thumb: None,
        loads: Vec::new(),
        growth: Vec::new(),
        growth_replications: 0,
        funds: None,
        expectations: Vec::new(),
        command: "tierlab simulate scenarios/morning.toml".to_owned(),
        live: None,
    }
}

/// `word` is a figure, `sign` a comparison; `goal` is milliseconds for a time and thousandths else.
pub fn expect(word: &str, sign: &str, goal: u64) -> Expectation {
    let figure = Figure::parse(word).unwrap();
    let goal = if figure.kind() == Kind::Time {
        Goal::Time(Span::from_millis(goal))
    } else {
        Goal::Billionths(Billionths(goal * 1_000_000))
    };
    let comparison = if sign == "<=" { Comparison::AtMost } else { Comparison::AtLeast };
    let name = format!("{word} {sign} {goal:?}");
    Expectation { name, figure, comparison, goal, group: None, strategy: None }
}

/// What happens to one job.
#[derive(Clone, Copy)]
pub struct Job {
    pub group: u32,
    /// Which of the group's clients has it.
    pub client: u32,
    /// When it falls due, in milliseconds of the run.
    pub due: u64,
    /// How many of its attempts are answered 429 first, all of them as it falls due.
    pub refused: u32,
    /// How long it waits for the attempt that succeeds, in milliseconds; none gives up.
    pub wait: Option<u64>,
    /// How long that attempt takes, in milliseconds.
    pub takes: u64,
}

/// A job that is answered at once, after a second.
pub const JOB: Job = Job { group: 0, client: 0, due: 0, refused: 0, wait: Some(0), takes: 1_000 };

/// One replication of a cell with these jobs.
pub fn run(header: &Header, jobs: impl IntoIterator<Item = Job>) -> Vec<GroupLeaf> {
    let names: Vec<&str> = header.groups.iter().map(|group| group.name.as_str()).collect();
    let mut recorder = Recorder::new(&CellSpec {
        lasts: header.lasts,
        drain: header.drain,
        groups: u32::try_from(names.len()).unwrap(),
        bounds: Expectation::bounds(&header.expectations, &names),
        window: Some(Span::from_secs(2)),
    });
    for job in jobs {
        tell(&mut recorder, job);
    }
    recorder.finish().unwrap()
}

fn tell(recorder: &mut Recorder, Job { group, client, due, refused, wait, takes }: Job) {
    let due = Instant::START.after(Span::from_millis(due));
    recorder.offered(group, due, USAGE);
    let mut attempt = |sent, now, how, n| {
        recorder.sent(group, sent, n == 1);
        recorder.attempt_ended(group, AttemptEnd { job: 0, n, sent, now, how });
    };
    for n in 0..refused {
        let (cause, truly) = (RefusedBy::Requests, RefusedBy::Tokens);
        let how = AttemptOutcome::Refused { status: Status::TOO_MANY_REQUESTS, cause, truly };
        attempt(due, due.after(Span::from_millis(1)), how, n + 1);
    }
    let (attempts, how) = match wait {
        Some(wait) => {
            let sent = due.after(Span::from_millis(wait));
            let answered = sent.after(Span::from_millis(takes));
            attempt(sent, answered, AttemptOutcome::Ok(USAGE), refused + 1);
            let first_token = sent.after(Span::from_millis(takes / 4));
            let usage = USAGE;
            (refused + 1, JobOutcome::Answered { sent, first_token, answered, usage })
        }
        None => (refused, JobOutcome::GaveUp { at: due.after(Span::from_secs(1)) }),
    };
    recorder.job_ended(group, JobEnd { due, deadline: Some(DEADLINE), client, attempts, how });
}

/// The cell of a strategy on the account's tier.
pub fn cell(strategy: &str, runs: Vec<Vec<GroupLeaf>>) -> Cell {
    Cell::new(CellKey::new(Some("build-2"), strategy), 0, runs).unwrap()
}

/// A record with one group and one strategy, from the jobs of each replication.
pub fn record(expectations: Vec<Expectation>, runs: Vec<Vec<Job>>) -> RunRecord {
    let replications = u32::try_from(runs.len()).unwrap();
    let mut header = header(&["chat"], &["give up"], replications);
    header.expectations = expectations;
    let runs = runs.into_iter().map(|jobs| run(&header, jobs)).collect();
    RunRecord::new(header, vec![cell("give up", runs)]).unwrap()
}
