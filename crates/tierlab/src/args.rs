//! What can be said on the command line.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use limits::Span;
use money::Money;
use run_record::Billionths;

/// Everything that can be said.
#[derive(Debug, Parser)]
#[command(name = "tierlab", version, about = ABOUT, after_help = START_HERE)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
    #[command(flatten)]
    pub(crate) manners: Manners,
}

const ABOUT: &str = "Rehearse a workload against Together's limits before you ship it";

const START_HERE: &str = "\
Start here:  cargo xtask check scenarios/tier2.toml
       then  cargo xtask simulate scenarios/tier2.toml

Exit codes:  0 every expectation met, or none stated    1 our own fault
             2 wrong usage                              98 not judged
             99 missed, stale, or two runs disagree     104 a file or target invalid or missing
             130 stopped; what was measured is written";

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Say what binds, without running anything
    Check(Check),
    /// Replay the scenario in virtual time, under every strategy and tier
    Simulate(Simulate),
    /// Send the scenario as real HTTP, in real time, to a mock or to a service
    ///
    /// Runs the strategy that ships on the account's tier, or each of those that --strategy and --tier
    /// name, one after the other: each takes as long as the scenario lasts, and its drain. Writes a
    /// page and a record under reports/live/. Ctrl-C, or SIGTERM, writes what was measured by then.
    Load(Load),
    /// Be the service over HTTP, for any client
    Serve(Serve),
    /// Run a program of yours against the mock, and count what it did
    Exec(Exec),
    /// Draw pages from saved runs, or every committed scenario's page
    Report(Report),
    /// Find the setting of a strategy's own numbers that meets a goal at the least cost
    ///
    /// Tries settings of its tries, waits, shares and whatever else it has, all on the same arrivals:
    /// many under a few seeds, the better half under twice as many, and so on, then every value of
    /// each number around the best. Among settings that clearly meet the goal the one with the fewest
    /// attempts per job wins, else the one that comes closest. It is then run on fresh seeds beside
    /// the strategy as it was; the exit code is 0 if it meets the goal there, 99 if not.
    Tune(Tune),
    /// Hold an edition against a log of real responses, and say how well it explains them
    ///
    /// The log is a table (CSV) or lines of JSON with `received`, `status`, `model` and the headers as
    /// `limit`, `remaining`, `reset`, `limit_tokens`, `remaining_tokens`; or the attempts that
    /// `load --out x.jsonl` writes. Each row is predicted from the earlier ones alone.
    Calibrate(Calibrate),
    /// Write a commented scenario to begin with, or one that is inferred from a log
    New(New),
    /// Print the JSON Schema of scenarios, by which an editor completes and underlines
    ///
    /// Save it beside a scenario and begin that with `#:schema ./schema.json`. The scenarios
    /// of this repository need no such line: `.taplo.toml` says where theirs is.
    Schema,
    /// Print what makes a shell complete these words
    Completions(Completions),
    /// Set a simulated run beside a live one, and say whether they agree
    Compare(Compare),
    /// Show the rulebook: every fact with its source, and where two editions differ
    Rules(Rules),
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Simulate {
    /// Scenario files
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Write here instead of reports/; form by extension: .json (the record), .html (the page), .md
    /// (Markdown), .xml (`JUnit`), .csv (counts of each step) or .hlog (times, for `HdrHistogram`)
    /// (may be repeated)
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Vec<PathBuf>,
    /// How the summary is printed
    #[arg(long, value_enum, default_value_t = RunFormat::Text)]
    pub(crate) format: RunFormat,
    /// Measure and print the verdict, but exit 0 whatever it is
    #[arg(long)]
    pub(crate) no_gate: bool,
    /// Run again whenever the file is saved, or an edition that it names by its path
    #[arg(long)]
    pub(crate) watch: bool,
    /// Worlds simulated at the same time [default: one a core]
    #[arg(long, value_name = "N", env = "TIERLAB_THREADS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct Tune {
    /// A strategy, by name: one of the file's
    #[arg(value_name = "STRATEGY")]
    pub(crate) strategy: String,
    /// A scenario file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// What to reach, as `[expect]` has it: `answered_in_time >= 99%`, `group.chat.wait_p95 < 2s` (may
    /// be repeated) [default: what the file expects]
    #[arg(long = "for", value_name = "EXPECT")]
    pub(crate) goals: Vec<String>,
    /// The most seeds that the search runs a setting under
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) seeds: u32,
    /// The most worlds that the search runs, over all settings [default: enough for every value around
    /// the best]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) budget: Option<u32>,
    /// Fresh seeds that what was found, and the strategy as it was, are run under in the end
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) validate: u32,
    /// The tier to tune for [default: the account's]
    #[arg(long, value_name = "T")]
    pub(crate) tier: Option<String>,
    /// Another seed to begin with
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Replace one word of the file: `group.chat.deadline=10s`, `assume.token_gate=none` (may be
    /// repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// The trace that the file's traffic asks for, or a folder that has it
    #[arg(long, value_name = "PATH", env = "TIERLAB_TRACES")]
    pub(crate) trace: Option<PathBuf>,
    /// Worlds simulated at the same time [default: one a core]
    #[arg(long, value_name = "N", env = "TIERLAB_THREADS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("where").required(true).args(["target", "with_mock"]))]
pub(crate) struct Load {
    /// A scenario file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The service's base URL, as a client has it in `OPENAI_BASE_URL`
    #[arg(long, value_name = "URL")]
    pub(crate) target: Option<String>,
    /// Send to a mock of our own, started for each run on a free port of this machine
    #[arg(long)]
    pub(crate) with_mock: bool,
    /// Send to a target on another machine: real requests cost money
    #[arg(long, requires = "target")]
    pub(crate) allow_remote: bool,
    /// The environment variable that has the target's key; a key is never shown
    #[arg(long, value_name = "NAME", requires = "target")]
    pub(crate) key_env: Option<String>,
    /// Send no more attempts than this, over all runs; what is under way by then is heard out
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_requests: Option<u64>,
    /// Send nothing more once answers have cost so many dollars, over all runs, by the prices of the
    /// edition; what is under way by then is heard out
    #[arg(long, value_name = "X", value_parser = dollars)]
    pub(crate) max_usd: Option<Money>,
    /// End each run after so many seconds
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_seconds: Option<u64>,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    /// Write here instead of reports/live/; form by extension as of `simulate`, or .jsonl for every
    /// attempt (may be repeated)
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Vec<PathBuf>,
    /// How the summary is printed
    #[arg(long, value_enum, default_value_t = RunFormat::Text)]
    pub(crate) format: RunFormat,
    /// Measure and print the verdict, but exit 0 whatever it is
    #[arg(long)]
    pub(crate) no_gate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) service: Service,
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:8429")]
    pub(crate) listen: SocketAddr,
    /// Refuse every key but the one that is printed, as the service refuses a wrong one
    #[arg(long)]
    pub(crate) strict_keys: bool,
    /// Send no header that Together does not send
    #[arg(long)]
    pub(crate) faithful: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Exec {
    #[command(flatten)]
    pub(crate) service: Service,
    /// The program and its arguments, after --
    #[arg(required = true, last = true, value_name = "COMMAND")]
    pub(crate) command: Vec<OsString>,
}

/// Which service a mock is to be.
#[derive(Debug, Default, Args)]
pub(crate) struct Service {
    /// The tier that every key is on [default: the scenario's, or the lowest of the ladder]
    #[arg(long, value_name = "T")]
    pub(crate) tier: Option<String>,
    /// What every key had sent of each model in the past hour, `300/min`, where an edition has no
    /// tiers and limits grow from that. A request that no scenario describes is supposed to have had
    /// 1,000 tokens, of prompt and answer together [default: the scenario's, or nothing]
    #[arg(long, value_name = "RATE", conflicts_with = "tier")]
    pub(crate) past_hour: Option<String>,
    /// An edition of the rulebook: its name, a day on which it held, or a path [default: the
    /// oldest that knows the tier; without a tier the newest]
    #[arg(long, value_name = "NAME|DATE|PATH")]
    pub(crate) edition: Option<String>,
    /// Suppose something else where nobody says, `gateway_replicas=2` (may be repeated); the names
    /// are in `tierlab rules EDITION --assumptions`
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) assume: Vec<String>,
    /// Be the service of this scenario: its rules, account, limits and endpoints, and what happens
    /// to it, from the start of the service on. Any key is the account's
    #[arg(long, value_name = "FILE", conflicts_with = "edition")]
    pub(crate) scenario: Option<PathBuf>,
    /// What chance grows from where a request does not bring its own [default: the scenario's, or 1]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Saved runs (.json); with none, every scenario in scenarios/ is simulated and drawn
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Write here instead of beside each run; form by extension: a page or Markdown holds all runs, in
    /// the order named (may be repeated)
    #[arg(long, value_name = "PATH", requires = "files")]
    pub(crate) out: Vec<PathBuf>,
    /// Another saved run (.json): the page also says what changed since then
    #[arg(long, value_name = "BASE", requires = "files", conflicts_with_all = ["format", "chart"])]
    pub(crate) baseline: Option<PathBuf>,
    /// One chart of the page as an SVG that stands alone, printed or written to --out x.svg:
    /// `429s-by-tier`, `throughput-by-tier`, and so on; a name that is not there lists all
    #[arg(long, value_name = "NAME", requires = "files", conflicts_with = "format")]
    pub(crate) chart: Option<String>,
    /// Print the summary of each run in this form, and write nothing but what --out names
    #[arg(long, value_enum, requires = "files")]
    pub(crate) format: Option<RunFormat>,
    /// Write nothing: prove that the committed pages are what the scenarios give
    #[arg(long)]
    pub(crate) check: bool,
    /// Folder in which traces are looked for
    #[arg(long, value_name = "PATH", env = "TIERLAB_TRACES")]
    pub(crate) traces: Option<PathBuf>,
    /// Worlds simulated at the same time [default: one a core]
    #[arg(long, value_name = "N", env = "TIERLAB_THREADS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// A saved run (.json): the simulated one or the live one
    #[arg(value_name = "SIM")]
    pub(crate) first: PathBuf,
    /// The other one, of the same scenario, edition and seed
    #[arg(value_name = "LIVE")]
    pub(crate) second: PathBuf,
    /// Most that the shares of attempts answered 429 may differ by [default: 1%]
    #[arg(long, value_name = "SHARE", value_parser = crate::compare::share)]
    pub(crate) tolerance_429: Option<Billionths>,
    /// Most that the shares of jobs answered may differ by [default: 1%]
    #[arg(long, value_name = "SHARE", value_parser = crate::compare::share)]
    pub(crate) tolerance_answered: Option<Billionths>,
    /// Most that attempts per job may differ by, of the simulated figure [default: 2%]
    #[arg(long, value_name = "SHARE", value_parser = crate::compare::share)]
    pub(crate) tolerance_attempts: Option<Billionths>,
    /// Most that waiting may differ by, of the simulated figure [default: 5%]
    #[arg(long, value_name = "SHARE", value_parser = crate::compare::share)]
    pub(crate) tolerance_wait: Option<Billionths>,
    /// What waiting may differ by in any case [default: 50ms]
    #[arg(long, value_name = "TIME", value_parser = crate::compare::duration)]
    pub(crate) tolerance_wait_least: Option<Span>,
    /// Write here instead of LIVE-compared.html beside the live run; form by extension: .html,
    /// .json or .md (may be repeated)
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Vec<PathBuf>,
    /// How the comparison is printed
    #[arg(long, value_enum, default_value_t = RunFormat::Text)]
    pub(crate) format: RunFormat,
    /// Print the verdict, but exit 0 whatever it is
    #[arg(long)]
    pub(crate) no_gate: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// An edition of the rulebook, by name, by a day on which it held, or by path; with none, all
    /// of them are listed
    #[arg(value_name = "EDITION", conflicts_with = "diff")]
    pub(crate) edition: Option<String>,
    /// Only what is supposed where nobody says, each with what else may be true
    #[arg(long)]
    pub(crate) assumptions: bool,
    /// What was added, removed or changed from edition A to edition B
    #[arg(long, num_args = 2, value_names = ["A", "B"])]
    pub(crate) diff: Vec<String>,
    /// Strategies by name instead: what released clients do, and what we suggest; the whole of one
    /// where it is named
    #[arg(
        long,
        value_name = "NAME",
        num_args = 0..=1,
        conflicts_with_all = ["edition", "diff", "assumptions"]
    )]
    #[expect(clippy::option_option, reason = "the flag without a name asks for all of them")]
    pub(crate) strategies: Option<Option<String>>,
    /// The waits of a strategy by name, try by try: by which formula or hint, what is drawn, what
    /// ends it; of one that a scenario has where that is given for EDITION
    #[arg(long, value_name = "NAME", conflicts_with_all = ["diff", "assumptions", "strategies"])]
    pub(crate) explain: Option<String>,
    /// What it hears: "429 retry-after=2, 503 x3, timeout, cut, no-connection, 200" (may be repeated)
    #[arg(long, value_name = "ANSWERS", requires = "explain")]
    pub(crate) history: Vec<String>,
    /// When its answer is of no use any more, from its first try
    #[arg(long, value_name = "TIME", requires = "explain", value_parser = crate::compare::duration)]
    pub(crate) deadline: Option<Span>,
    /// The seed of what is drawn
    #[arg(long, value_name = "N", requires = "explain", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How the rules are printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// The log, plain or packed
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,
    /// An edition of the rulebook, by name or by path [default: the age of the log's first row]
    #[arg(long, value_name = "E")]
    pub(crate) edition: Option<String>,
    /// The most replicas of the gateway that are tried; the number is inferred [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8))]
    pub(crate) replicas: Option<u32>,
    /// The tier that the account is on, where rows show no limit
    #[arg(long, value_name = "TIER")]
    pub(crate) account: Option<String>,
    /// What the shuffling that measures chance grows from
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How the answer is printed
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// The file to write; printed when none is named
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Infer the traffic from a log of requests, plain or packed; it is read once, in bounded memory
    #[arg(long, value_name = "LOG")]
    pub(crate) from_log: Option<PathBuf>,
    /// How the log's rows are written: a word or a map, as `format` of a trace has it [default: by
    /// its first line]
    #[arg(long, value_name = "FORMAT", requires = "from_log")]
    pub(crate) log_format: Option<String>,
    /// The file within the log, where it is a tar archive
    #[arg(long, value_name = "NAME", requires = "from_log")]
    pub(crate) log_member: Option<String>,
    /// The tier that the account is put on [default: build-2]
    #[arg(long, value_name = "T", requires = "from_log")]
    pub(crate) tier: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    #[arg(value_enum, value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// What replaces a word of the file for this run.
#[derive(Debug, Default, Args)]
pub(crate) struct Overrides {
    /// Another seed
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Another number of replications
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seeds: Option<u32>,
    /// Other tiers; if the account's is not among them, the first stands in for it and is judged
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) tier: Vec<String>,
    /// Some of the file's strategies, or presets; without the one that ships, any may meet what is
    /// expected
    #[arg(long, value_name = "NAME,…", value_delimiter = ',')]
    pub(crate) strategy: Vec<String>,
    /// Replace one word of the file: `group.chat.deadline=10s`, `assume.token_gate=none` (may be
    /// repeated)
    #[arg(long, value_name = "PATH=VALUE")]
    pub(crate) set: Vec<String>,
    /// The trace that the file's traffic asks for, or a folder that has it
    #[arg(long, value_name = "PATH", env = "TIERLAB_TRACES")]
    pub(crate) trace: Option<PathBuf>,
}

/// How we behave towards a terminal.
#[derive(Debug, Args)]
pub(crate) struct Manners {
    /// How progress is told on stderr
    #[arg(long, value_enum, default_value_t = ProgressForm::Auto, global = true)]
    pub(crate) progress: ProgressForm,
    /// When colour is used
    #[arg(long, value_enum, default_value_t = ColorWhen::Auto, global = true)]
    pub(crate) color: ColorWhen,
    /// Say nothing but the result
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Say more of how the run went
    #[arg(short, long, global = true)]
    pub(crate) verbose: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// One JSON document
    Json,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunFormat {
    /// For people
    Text,
    /// One JSON document
    Json,
    /// For a pull request, or the summary of a job
    Markdown,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressForm {
    /// A bar on a terminal, silence elsewhere
    Auto,
    /// A line every ten seconds
    Plain,
    /// A JSON object about every second
    Json,
    /// Nothing
    None,
}

/// An amount above zero, with its dollar sign or without.
fn dollars(text: &str) -> Result<Money, String> {
    let amount = if text.starts_with('$') { text.to_owned() } else { format!("${text}") };
    let amount = Money::parse(&amount).map_err(|_| "not an amount such as 5 or 0.50".to_owned())?;
    if amount <= Money::ZERO { Err("nothing could be sent".to_owned()) } else { Ok(amount) }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_holds_together() {
        Arguments::command().debug_assert();
    }
}
