//! The forms of answers that are no text: how long a vector is, how large a picture, how often sound
//! is sampled; and how much of a recording the service takes.

use limits::Span;

use crate::edition::{Edition, Model};
use crate::errors::ErrorWords;
use crate::rows::Noted;

/// What is known of the form of one model's answers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    /// How many numbers a vector of it has.
    pub(crate) dimension: Option<Noted<u32>>,
    /// How often a second its speech is sampled, whatever a request asks for.
    pub(crate) sample_rate: Option<Noted<u32>>,
    /// The voices that it speaks with.
    pub(crate) voices: Option<Noted<Vec<String>>>,
}

/// What an edition says of sound; nothing of it need be known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sound {
    /// Samples a second of speech whose rate is left open.
    pub(crate) sample_rate: Option<Noted<u32>>,
    /// The most bytes of a request that brings a recording along.
    pub(crate) bytes: Option<Noted<u64>>,
    /// The longest recording that is written down.
    pub(crate) lasts: Option<Noted<Span>>,
    pub(crate) too_large: Option<ErrorWords>,
    pub(crate) too_long: Option<ErrorWords>,
    pub(crate) unsupported: Option<ErrorWords>,
}

/// Why a recording is not written down.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub enum Unheard {
    /// It has more bytes than are taken.
    TooLarge,
    /// It lasts longer than is written down.
    TooLong,
    /// Nobody can tell what it is.
    Unsupported,
}

impl Unheard {
    /// Every reason.
    pub const ALL: [Unheard; 3] = [Unheard::TooLarge, Unheard::TooLong, Unheard::Unsupported];

    /// Its word in editions.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Unheard::TooLarge => "too_large",
            Unheard::TooLong => "too_long",
            Unheard::Unsupported => "unsupported",
        }
    }
}

impl Edition {
    /// How many numbers a vector of this model has, where that is known.
    #[must_use]
    pub fn dimension(&self, model: &Model) -> Option<u32> {
        Some(self.models.get(model.name())?.form.dimension.as_ref()?.value)
    }

    /// How often a second the speech of this model is sampled whatever is asked for, where that is
    /// so.
    #[must_use]
    pub fn fixed_sample_rate(&self, model: &Model) -> Option<u32> {
        Some(self.models.get(model.name())?.form.sample_rate.as_ref()?.value)
    }

    /// The voices that this model speaks with, as far as they are known.
    #[must_use]
    pub fn voices(&self, model: &Model) -> &[String] {
        let voices = self.models.get(model.name()).and_then(|facts| facts.form.voices.as_ref());
        voices.map_or(&[], |voices| &voices.value)
    }

    /// How often a second speech is sampled where a request leaves that open, where it is known.
    #[must_use]
    pub fn sample_rate(&self) -> Option<u32> {
        self.sound.sample_rate.as_ref().map(|rate| rate.value)
    }

    /// Width and height in pixels of a picture whose size a request leaves open, where they are
    /// known.
    #[must_use]
    pub fn picture(&self) -> Option<(u32, u32)> {
        self.costs.prices.picture.as_ref().map(|picture| picture.value)
    }

    /// The most bytes of a request that brings a recording along, where that is known.
    #[must_use]
    pub fn recording_bytes(&self) -> Option<u64> {
        self.sound.bytes.as_ref().map(|bytes| bytes.value)
    }

    /// The longest recording that is written down, where that is known.
    #[must_use]
    pub fn recording_lasts(&self) -> Option<Span> {
        self.sound.lasts.as_ref().map(|lasts| lasts.value)
    }

    /// How a recording is refused, where the edition has words for it.
    #[must_use]
    pub fn unheard(&self, why: Unheard) -> Option<&ErrorWords> {
        let Sound { too_large, too_long, unsupported, .. } = &self.sound;
        match why {
            Unheard::TooLarge => too_large.as_ref(),
            Unheard::TooLong => too_long.as_ref(),
            Unheard::Unsupported => unsupported.as_ref(),
        }
    }
}
