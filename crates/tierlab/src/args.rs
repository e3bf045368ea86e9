//! What can be said on the command line.

mod compare;
mod load;
mod rules;
mod service;
mod tune;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use self::compare::Compare;
pub(crate) use self::load::Load;
pub(crate) use self::rules::Rules;
pub(crate) use self::service::{Exec, LogForm, Serve, Service};
pub(crate) use self::tune::Tune;

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
