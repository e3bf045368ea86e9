//! What can be said of the service to be: to `serve` and to `exec`.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use mock_together_http::{HeaderStyle, Profile};

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
    /// `rules`: as the edition has it. `conformance`: for suites that test a client; any key and model
    /// is let in, nothing is limited or costs anything
    #[arg(long, value_name = "PROFILE", default_value = "rules", value_parser = PossibleValuesParser::new(Profile::WORDS))]
    pub(crate) profile: String,
    /// Tell the limits under these names too: `openai`, `ietf`, or both with a comma between
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = PossibleValuesParser::new(HeaderStyle::WORDS))]
    pub(crate) headers: Vec<String>,
    /// Keep files, batches and the books of each key in this folder, and go on from what is there
    /// [default: in memory alone]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// How requests are told of on stderr: each 429 and each failure as a line to read (with -v
    /// every request), or every request as a line of JSON. Neither holds keys or bodies
    #[arg(long, value_enum, value_name = "FORM", default_value_t = LogForm::Text)]
    pub(crate) log: LogForm,
}

/// The form of a log.
#[derive(Copy, Clone, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogForm {
    Text,
    Json,
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
