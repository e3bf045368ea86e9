//! What an assumption puts in place of something that an edition says: other words for an error,
//! other names for headers.

use core::ops::Range;

use crate::assumptions::Assumptions;
use crate::edition::Edition;
use crate::reading::Value;

/// What holds where an assumption has one value.
#[derive(Clone, Debug)]
pub(crate) struct Chosen<T> {
    pub(crate) assumption: String,
    pub(crate) value: String,
    pub(crate) what: T,
    /// Where it was written.
    pub(crate) place: Range<usize>,
}

impl<T> Chosen<T> {
    pub(crate) fn new(assumption: &str, value: &Value<'_>, what: T) -> Chosen<T> {
        Chosen {
            assumption: assumption.to_owned(),
            value: value.key().to_owned(),
            what,
            place: value.key_place(),
        }
    }

    /// The assumption, its value, and where it was written.
    pub(crate) fn by(&self) -> (&str, &str, Range<usize>) {
        (&self.assumption, &self.value, self.place.clone())
    }

    /// Whether these assumptions have it so.
    pub(crate) fn holds(&self, given: &Assumptions) -> bool {
        given.get(&self.assumption).is_some_and(|assumption| assumption.value == self.value)
    }
}

impl Edition {
    /// The edition as it words errors and names headers under these assumptions. An edition as it
    /// was read does so under its own.
    #[must_use]
    pub fn assuming(&self, given: &Assumptions) -> Edition {
        let mut edition = self.clone();
        edition.choose(given);
        edition
    }

    pub(crate) fn choose(&mut self, given: &Assumptions) {
        self.errors.choose(given);
        let chosen = self.headers_chosen.iter().find(|chosen| chosen.holds(given));
        self.headers = chosen.map_or(&self.headers_usual, |chosen| &chosen.what).clone();
    }
}
