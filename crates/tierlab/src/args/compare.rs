//! What can be said to `compare`.

use std::path::PathBuf;

use clap::Args;
use limits::Span;
use run_record::Billionths;

use super::RunFormat;

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
