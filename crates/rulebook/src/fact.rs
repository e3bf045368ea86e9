//! What is known of the service, one thing at a time, and how surely.

use core::fmt;

/// One line of an edition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fact {
    /// Where it stands in the edition: `tiers.build-2.requests`.
    pub id: String,
    /// Its value as written, with its unit: `1800/min`.
    pub value: String,
    /// Where it was read.
    pub source: String,
    /// When that source said so, as finely as is known.
    pub date: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// The least it can be, where the source gives it only roughly.
    pub at_least: Option<String>,
    /// The most it can be, where the source gives it only roughly.
    pub at_most: Option<String>,
    /// What else a reader should know.
    pub note: Option<String>,
}

/// Where facts of an edition were read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Source {
    /// The short name by which the edition's lines refer to it: `rate-limits`.
    pub name: String,
    /// What it is; a fact's `source`.
    pub title: String,
    /// When it said so, as finely as is known.
    pub date: String,
}

/// How sure a fact is, surest first.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Certainty {
    /// Together says so.
    Documented,
    /// Seen in recorded traffic.
    Observed,
    /// Somebody else says so.
    ThirdParty,
    /// Nobody says so; it is supposed.
    Assumed,
}

impl Certainty {
    /// Every certainty, surest first.
    pub const ALL: [Certainty; 4] =
        [Certainty::Documented, Certainty::Observed, Certainty::ThirdParty, Certainty::Assumed];

    /// Its words in editions, in the order of [`Certainty::ALL`].
    pub(crate) const WORDS: &'static [&'static str] =
        &["documented", "observed", "third-party", "assumed"];

    /// Its word: `documented`, `observed`, `third-party` or `assumed`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Certainty::Documented => "documented",
            Certainty::Observed => "observed",
            Certainty::ThirdParty => "third-party",
            Certainty::Assumed => "assumed",
        }
    }

    /// The certainty with this word.
    pub(crate) fn of_word(word: &str) -> Option<Certainty> {
        Certainty::ALL.into_iter().find(|certainty| certainty.word() == word)
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certainties_are_ordered_from_the_surest_and_known_by_their_words() {
        assert!(Certainty::Documented < Certainty::Observed);
        assert!(Certainty::ThirdParty < Certainty::Assumed);
        for (certainty, word) in Certainty::ALL.into_iter().zip(Certainty::WORDS) {
            assert_eq!(Certainty::of_word(word), Some(certainty));
            assert_eq!(certainty.to_string(), *word);
        }
        assert_eq!(Certainty::of_word("certain"), None);
    }
}
