//! What can be said to `load`.

use std::path::PathBuf;

use clap::Args;
use money::Money;

use super::{Overrides, RunFormat};

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

/// An amount above zero, with its dollar sign or without.
fn dollars(text: &str) -> Result<Money, String> {
    let amount = if text.starts_with('$') { text.to_owned() } else { format!("${text}") };
    let amount = Money::parse(&amount).map_err(|_| "not an amount such as 5 or 0.50".to_owned())?;
    if amount <= Money::ZERO { Err("nothing could be sent".to_owned()) } else { Ok(amount) }
}
