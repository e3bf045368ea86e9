//! What can be said to `rules`.

use clap::Args;
use limits::Span;

use super::Format;

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
