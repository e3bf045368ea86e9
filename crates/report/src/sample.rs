//! Small records made by hand, for tests: every count is chosen, none is simulated.

pub(crate) mod fleet;
mod growing;
mod launch;
pub(crate) mod league;
pub(crate) mod money;
mod times;

use std::num::NonZeroU32;

use limits::{Instant, Span};
use run_record::{
    AssumptionNote, Bill, Billionths, CapacityNote, Cell, CellKey, Column, Comparison, Counted,
    Driver, ENGINE, EditionNote, Expectation, Figure, Goal, GroupLeaf, GroupNote, Header, Leaf,
    Measure, PairLimits, Percentile, Recipe, Remaining, RunRecord, Rung, ScenarioNote, Series,
    StepWidth, StrategyNote, TokenPair, Tries, Used, WayNote,
};

pub(crate) use fleet::Served;
pub(crate) use growing::{growing, growing_with, with_ways};
pub(crate) use launch::{launch, launch_with};

const LASTS: Span = Span::from_secs(600);
const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
const TOKENS_A_JOB: u64 = 1_500;

/// What one replication of a cell is told to have been.
#[derive(Clone, Debug)]
pub(crate) struct Told {
    pub(crate) offered: u64,
    pub(crate) in_time: u64,
    pub(crate) late: u64,
    pub(crate) unfinished: u64,
    /// Attempts refused by the limit on tokens.
    pub(crate) by_tokens: u64,
    /// Attempts refused by the limit on requests.
    pub(crate) by_requests: u64,
    /// Attempts refused by the dynamic limit on requests.
    pub(crate) by_dynamic: u64,
    /// Attempts that failed with 503.
    pub(crate) failed: u64,
    /// Attempts refused with 403.
    pub(crate) barred: u64,
    /// Attempts refused with 402.
    pub(crate) unpaid: u64,
    /// Whether nothing that fell due from 02:00 to 03:00 was answered in time.
    pub(crate) outage: bool,
    /// Whether all that is refused or fails does so from 05:00 to 06:00.
    pub(crate) sudden: bool,
    /// The least that was left of a limit, in percent, at every admission.
    pub(crate) left: Option<u8>,
    /// How long jobs in time waited, in milliseconds.
    pub(crate) wait_ms: u64,
    /// Attempts whose client left when half of the answer was there.
    pub(crate) abandoned: u64,
    /// Answered attempts that were not a job's first.
    pub(crate) retried: u64,
    /// How its clients fared, and what its retries were worth.
    pub(crate) served: Served,
}

impl Default for Told {
    fn default() -> Told {
        Told {
            offered: 1_000,
            in_time: 0,
            late: 0,
            unfinished: 0,
            by_tokens: 0,
            by_requests: 0,
            by_dynamic: 0,
            failed: 0,
            barred: 0,
            unpaid: 0,
            outage: false,
            sudden: false,
            left: None,
            wait_ms: 0,
            abandoned: 0,
            retried: 0,
            served: Served::default(),
        }
    }
}

impl Told {
    /// The leaf with its bill, where the group has a price.
    fn billed(&self, bounds: usize, group: Option<&GroupNote>) -> GroupLeaf {
        let mut told = self.leaf(bounds);
        let price = group.and_then(|note| note.price.as_ref());
        told.leaf.bill = price.and_then(|price| Bill::of(&Some(price.tariff()).into(), &told.leaf));
        told
    }

    fn leaf(&self, bounds: usize) -> GroupLeaf {
        let answered = self.in_time + self.late;
        let limited = self.by_tokens + self.by_requests + self.by_dynamic;
        let refused = limited + self.barred + self.unpaid;
        let mut leaf = Leaf::default();
        leaf.jobs.offered = self.offered;
        leaf.jobs.answered = answered;
        leaf.jobs.in_time = self.in_time;
        leaf.jobs.unfinished = self.unfinished;
        leaf.jobs.gave_up = self.offered - answered - self.unfinished;
        leaf.jobs.first_attempt_429 = limited.min(self.offered);
        leaf.attempts.sent = answered + refused + self.failed + self.abandoned;
        leaf.attempts.cancelled = self.abandoned;
        leaf.attempts.failed = self.failed;
        leaf.attempts.ok = answered;
        leaf.attempts.refused = refused;
        let statuses = [
            (200, answered),
            (402, self.unpaid),
            (403, self.barred),
            (429, limited),
            (503, self.failed),
        ];
        leaf.attempts.by_status = statuses.into_iter().filter(|(_, count)| *count > 0).collect();
        for causes in [&mut leaf.attempts.refused_by, &mut leaf.attempts.truly] {
            causes.tokens = self.by_tokens;
            causes.requests = self.by_requests;
            causes.dynamic_requests = self.by_dynamic;
            causes.access = self.barred;
            causes.balance = self.unpaid;
        }
        leaf.tokens.offered = tokens(self.offered);
        leaf.tokens.delivered = tokens(answered);
        leaf.tokens.answered = tokens(answered);
        leaf.tokens.in_time = tokens(self.in_time);
        leaf.tokens.abandoned = Used {
            attempts: self.abandoned,
            prompt: tokens(self.abandoned).prompt,
            answer: tokens(self.abandoned).answer / 2,
        };
        let again = tokens(self.retried);
        leaf.tokens.retried =
            Used { attempts: self.retried, prompt: again.prompt, answer: again.answer };
        leaf.tries = self.tries(leaf.attempts.sent - answered);
        leaf.within.ok = answered;
        leaf.within.sent = leaf.attempts.sent;
        leaf.within.in_time = self.in_time;
        leaf.first_429 = (limited > 0).then(|| Instant::from_nanos(6_000_000_000));
        // Samples bound one wait of three seconds at most.
        let within = if self.wait_ms <= 3_000 { self.in_time } else { 0 };
        leaf.bounds = vec![within; bounds];
        let (sums, times, over_time) = times::of(self, answered);
        leaf.times = sums;
        leaf.lowest_remaining = self.left.map(|percent| u32::from(percent) * 10_000);
        let at_peak = self.left.map(|percent| (percent, answered)).into_iter().collect::<Vec<_>>();
        let peak = Remaining::try_from(at_peak).unwrap();
        self.served.tell(&mut leaf);
        GroupLeaf { leaf, times, peak, series: self.series(), over_time }
    }

    /// The attempts that were not answered are dealt to as many jobs, one each.
    fn tries(&self, unanswered: u64) -> Tries {
        let again = unanswered.min(self.offered);
        Tries([0, self.offered - again, again, 0, 0, 0])
    }

    /// Two jobs fall due in the first half for every five in the second, and refusals only then.
    fn series(&self) -> Series {
        let width = StepWidth::of(LASTS);
        let spread = |total: u64| {
            column(total, &|step| if step < 300 { 2 * step } else { 600 + 5 * (step - 300) })
        };
        let lasts = if self.sudden { 60 } else { 300 };
        let second_half = |total: u64| column(total, &|step| step.saturating_sub(300).min(lasts));
        let answered = self.in_time + self.late;
        let (tokens, requests) = (second_half(self.by_tokens), second_half(self.by_requests));
        let (dynamic, barred) = (second_half(self.by_dynamic), spread(self.barred));
        let limited = sum(&sum(&tokens, &requests), &dynamic);
        let failed = second_half(self.failed);
        let refused = sum(&limited, &barred);
        let outside = |step: u64| 2 * (step.min(120) + step.clamp(180, 300) - 180);
        let spared = |step: u64| outside(step) + 5 * step.saturating_sub(300);
        let mut series = Series {
            width: width.span(),
            steps: width.steps(LASTS, Span::from_secs(120)),
            jobs_due: spread(self.offered),
            tokens_due: spread(self.offered * TOKENS_A_JOB),
            window: Some(Span::from_secs(2)),
            busiest_window: in_pairs(&spread(self.offered)),
            answered: spread(answered),
            in_time: if self.outage { column(self.in_time, &spared) } else { spread(self.in_time) },
            gave_up: spread(self.offered - answered - self.unfinished),
            sent: sum(&spread(answered), &sum(&refused, &failed)),
            status_429: limited,
            failed,
            ended: sum(&spread(answered), &spread(self.offered - answered - self.unfinished)),
            refused: run_record::Causes::default(),
        };
        series.refused.tokens = tokens;
        series.refused.requests = requests;
        series.refused.dynamic_requests = dynamic;
        series.refused.access = barred;
        series
    }
}

/// Two steps of a second together, at every other one.
fn in_pairs(column: &Column) -> Column {
    let pair = |step: u32| column.get(step) + column.get(step + 1);
    Column::from(
        (0..600).map(|step| if step % 2 == 0 { pair(step) } else { 0 }).collect::<Vec<u64>>(),
    )
}

/// The tokens of so many jobs: four of prompt for each of answer.
const fn tokens(jobs: u64) -> TokenPair {
    let all = jobs * TOKENS_A_JOB;
    TokenPair { prompt: all / 5 * 4, answer: all / 5 }
}

/// A total, dealt over 600 steps so that so much of it lies before each.
fn column(total: u64, before: &dyn Fn(u64) -> u64) -> Column {
    let all = before(600);
    let until = |step: u64| total * before(step) / all;
    Column::from((0..600).map(|step| until(step + 1) - until(step)).collect::<Vec<u64>>())
}

fn sum(a: &Column, b: &Column) -> Column {
    Column::from((0..600).map(|step| a.get(step) + b.get(step)).collect::<Vec<u64>>())
}

/// An expectation about a share.
pub(crate) fn share(figure: Figure, comparison: Comparison, billionths: u64) -> Expectation {
    Expectation {
        name: format!("{} {}", figure.word(), comparison.sign()),
        figure,
        comparison,
        goal: Goal::Billionths(Billionths(billionths)),
        group: None,
        strategy: None,
    }
}

/// 95 % of waits are at most so many milliseconds.
pub(crate) fn wait_p95(millis: u64) -> Expectation {
    Expectation {
        name: format!("wait_p95 <= {millis}ms"),
        figure: Figure::Time { measure: Measure::Wait, percentile: Percentile::P95 },
        comparison: Comparison::AtMost,
        goal: Goal::Time(Span::from_millis(millis)),
        group: None,
        strategy: None,
    }
}

/// 99 % in time, at most 5 % of attempts refused.
pub(crate) fn usual() -> Vec<Expectation> {
    vec![
        share(Figure::AnsweredInTime, Comparison::AtLeast, 990_000_000),
        share(Figure::Status429, Comparison::AtMost, 50_000_000),
    ]
}

/// A header for an account on Tier 2 that was asked the usual.
pub(crate) fn header(replications: u32) -> Header {
    let strategy = |name: &str| StrategyNote {
        name: name.to_owned(),
        says: format!("It does what {name} says."),
        falls_back_to: None,
    };
    Header {
        recipe: Recipe {
            scenario: ScenarioNote {
                title: "Support chat, launch week".to_owned(),
                file: "scenarios/sample.toml".to_owned(),
                sha256: "00".repeat(32),
                text: "title = \"Support chat, launch week\"\n".to_owned(),
            },
            edition: EditionNote { name: "2025-11".to_owned(), text: String::new() },
            trace: None,
            seed: 7,
            engine: ENGINE,
        },
        driver: Driver::Simulated,
        lasts: LASTS,
        drain: Span::from_secs(120),
        replications,
        cut_short: false,
        tier: Some("build-2".to_owned()),
        ship: None,
        ladder: vec![
            rung(1, 600, 180_000),
            rung(2, 1_800, 250_000),
            rung(3, 3_000, 500_000),
            rung(4, 4_500, 1_000_000),
            rung(5, 6_000, 2_000_000),
        ],
        strategies: ["give-up", "full-jitter", "together-py", "pace-by-headers", "own-bucket"]
            .map(strategy)
            .into(),
        groups: vec![group()],
        assumptions: vec![AssumptionNote {
            name: "token_gate".to_owned(),
            value: "minute".to_owned(),
            alternatives: vec!["window-2x".to_owned(), "none".to_owned()],
            certainty: "assumed".to_owned(),
            says: "Tokens are counted over a minute.".to_owned(),
        }],
        events: Vec::new(),
        capacity: Vec::new(),
        ways: Vec::new(),
        funds: None,
        rule_of_thumb: None,
        loads: Vec::new(),
        growth: Vec::new(),
        growth_replications: 0,
        expectations: usual(),
        command: "tierlab simulate scenarios/sample.toml".to_owned(),
        live: None,
    }
}

/// A Build Tier with these limits.
fn rung(number: u64, rpm: u64, tpm: u64) -> Rung {
    Rung {
        tier: format!("build-{number}"),
        title: format!("Tier {number}"),
        past_hour_rpm: None,
        gates: Vec::new(),
        reach: None,
        limits: vec![PairLimits {
            model: MODEL.to_owned(),
            rpm,
            images: false,
            tpm: Some(tpm),
            own: false,
            counted: Counted::Opened,
            window_requests: rpm / 30,
            window: Span::from_secs(2),
            hard: true,
        }],
    }
}

/// The header of an account without tiers: a launch, and what several past hours would give.
pub(crate) fn without_tiers(header: &mut Header) {
    let rung = |past_hour: u64| {
        let rpm = (2 * past_hour).max(60);
        Rung {
            tier: format!("past-{past_hour}/min"),
            title: match past_hour {
                0 => "nothing in the past hour".to_owned(),
                some => format!("{some}/min in the past hour"),
            },
            past_hour_rpm: Some(past_hour),
            gates: Vec::new(),
            reach: None,
            limits: vec![PairLimits {
                model: MODEL.to_owned(),
                rpm,
                images: false,
                tpm: Some(rpm * 1_000),
                own: false,
                counted: Counted::Opened,
                window_requests: rpm / 30,
                window: Span::from_secs(2),
                hard: false,
            }],
        }
    };
    header.recipe.edition.name = "2026-08".to_owned();
    header.tier = Some("past-0/min".to_owned());
    header.ladder = [0, 300, 1_200].map(rung).into();
    header.capacity =
        vec![CapacityNote { model: MODEL.to_owned(), tpm: 1_200_000, left_tpm: 600_000 }];
    header.ways = [
        ("the batch API", "It has a pool of its own."),
        ("a dedicated endpoint", "It shares nothing."),
    ]
    .map(|(name, says)| WayNote {
        name: name.to_owned(),
        says: says.to_owned(),
        costs: None,
        kind: None,
        source: None,
    })
    .into();
    header.assumptions =
        vec![assumed("model_capacity", "20000/s"), assumed("gateway_replicas", "1")];
}

/// An assumption that no source settles.
pub(crate) fn assumed(name: &str, value: &str) -> AssumptionNote {
    AssumptionNote {
        name: name.to_owned(),
        value: value.to_owned(),
        alternatives: vec!["another".to_owned()],
        certainty: "assumed".to_owned(),
        says: format!("{name} is {value}."),
    }
}

/// Support chat with a quarter of a minute for an answer.
fn group() -> GroupNote {
    GroupNote {
        name: "chat".to_owned(),
        model: MODEL.to_owned(),
        clients: NonZeroU32::MIN,
        units: NonZeroU32::MIN,
        users: None,
        deadline: Some(Span::from_secs(15)),
        strategy: None,
        stream: false,
        max_tokens: Some(1_000),
        traffic: "Poisson 2/s for 5 min, then 5/s for 5 min".to_owned(),
        batch: false,
        price: None,
        endpoint: None,
        batched: None,
        beside: None,
        falls_back_to: None,
    }
}

/// A cell of these replications under a header.
pub(crate) fn cell(header: &Header, key: CellKey, runs: &[Told]) -> Cell {
    let timed = |one: &&Expectation| matches!(one.figure, Figure::Time { .. });
    let bounds = header.expectations.iter().filter(timed).count();
    Cell::new(
        key,
        0,
        runs.iter().map(|told| vec![told.billed(bounds, header.groups.first())]).collect(),
    )
    .unwrap()
}

/// A cell of one replication and several groups under a header.
pub(crate) fn cell_of_groups(header: &Header, key: CellKey, groups: &[Told]) -> Cell {
    let timed = |one: &&Expectation| matches!(one.figure, Figure::Time { .. });
    let bounds = header.expectations.iter().filter(timed).count();
    Cell::new(
        key,
        0,
        vec![
            groups
                .iter()
                .zip(&header.groups)
                .map(|(told, note)| told.billed(bounds, Some(note)))
                .collect(),
        ],
    )
    .unwrap()
}

/// Two groups, `chat` and `batch`, in cells of one replication.
pub(crate) fn record_of_groups(
    change: impl Fn(&mut Header),
    cells: &[(&str, &str, [Told; 2])],
) -> RunRecord {
    let mut header = header(1);
    let mut batch = header.groups[0].clone();
    batch.name = "batch".to_owned();
    header.groups.push(batch);
    change(&mut header);
    let cells = cells
        .iter()
        .map(|(tier, strategy, groups)| {
            cell_of_groups(&header, CellKey::new(Some(tier), strategy), groups)
        })
        .collect();
    RunRecord::new(header, cells).unwrap()
}

/// A record of these cells, each with its tier, its strategy and its replications.
pub(crate) fn record_of(cells: &[(&str, &str, Vec<Told>)]) -> RunRecord {
    record_with(|_| (), cells)
}

/// The same, with the header changed.
pub(crate) fn record_with(
    change: impl Fn(&mut Header),
    cells: &[(&str, &str, Vec<Told>)],
) -> RunRecord {
    let most = cells.iter().map(|(.., runs)| runs.len()).max().unwrap_or(0);
    let mut header = header(u32::try_from(most).unwrap());
    change(&mut header);
    let cells = cells
        .iter()
        .map(|(tier, strategy, runs)| cell(&header, CellKey::new(Some(tier), strategy), runs))
        .collect();
    RunRecord::new(header, cells).unwrap()
}
