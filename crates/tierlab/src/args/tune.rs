//! What can be said to `tune`.

use std::path::PathBuf;

use clap::Args;

use super::Format;

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
