//! What an exit code means.

use std::process::ExitCode;

/// How a verb ended. Worse is greater, so that several files' endings join by `max`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ending {
    /// Every expectation was met, or none stated.
    Fine,
    /// An expectation could not be judged.
    Unjudged,
    /// An expectation was missed, or a committed page is stale.
    Missed,
    /// A file or a target is invalid or missing.
    Invalid,
    /// The command line makes no sense.
    Usage,
    /// Our own fault: I/O, a bug.
    OurFault,
    /// Stopped by the user.
    Stopped,
    /// As the command that was run ended.
    Command(u8),
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        Self::from(match ending {
            Ending::Fine => 0,
            Ending::OurFault => 1,
            Ending::Usage => 2,
            Ending::Unjudged => 98,
            Ending::Missed => 99,
            Ending::Invalid => 104,
            Ending::Stopped => 130,
            Ending::Command(code) => code,
        })
    }
}
