//! Why a verb could not do its work.

use std::io;
use std::path::Path;

use rulebook::Refused;

use crate::exit::Ending;

/// A failure, told to the user at the edge.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file with faults.
    Refused(Box<Refused>),
    /// Something with a sentence and an ending.
    Said { says: String, ending: Ending },
}

impl Failure {
    /// A file or a target that is invalid or missing.
    pub(crate) fn invalid(says: impl Into<String>) -> Self {
        Self::Said { says: says.into(), ending: Ending::Invalid }
    }

    /// Our own fault.
    pub(crate) fn ours(says: impl Into<String>) -> Self {
        Self::Said { says: says.into(), ending: Ending::OurFault }
    }

    /// A command line that makes no sense.
    pub(crate) fn usage(says: impl Into<String>) -> Self {
        Self::Said { says: says.into(), ending: Ending::Usage }
    }

    /// A file that the user named and that cannot be read.
    pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::invalid(format!("cannot read {}: {error}", path.display()))
    }

    /// A file of ours that cannot be written.
    pub(crate) fn unwritable(path: &Path, error: &io::Error) -> Self {
        Self::ours(format!("cannot write {}: {error}", path.display()))
    }

    /// Both, of which the first decides how the program ends.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Said { says, ending }, Self::Said { says: more, .. }) => {
                Self::Said { says: format!("{says}\nerror: {more}"), ending }
            }
            (first, _) => first,
        }
    }

    /// How the program ends.
    pub(crate) fn ending(&self) -> Ending {
        match self {
            Self::Refused(_) => Ending::Invalid,
            Self::Said { ending, .. } => *ending,
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Self {
        Self::Refused(Box::new(refused))
    }
}
