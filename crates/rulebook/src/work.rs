//! The classes of work that the service does: each has limits and units of its own.

use core::fmt;

/// A class of work. The list is closed: it is what the service's pages tell apart.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Work {
    /// An answer to messages, token by token.
    #[default]
    Chat,
    /// The continuation of a text. It shares the limits of chat.
    Completion,
    /// A vector for each text.
    Embedding,
    /// An order of documents.
    Rerank,
    /// Pictures.
    Image,
    /// A film.
    Video,
    /// Speech, or the text of a recording.
    Audio,
}

impl Work {
    /// Every class, in the order of pages.
    pub const ALL: [Work; 7] = [
        Work::Chat,
        Work::Completion,
        Work::Embedding,
        Work::Rerank,
        Work::Image,
        Work::Video,
        Work::Audio,
    ];

    /// Their words, in the order of [`Work::ALL`].
    pub const WORDS: &'static [&'static str] =
        &["chat", "completion", "embedding", "re-rank", "image", "video", "audio"];

    /// Its word in editions and scenarios.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Work::Chat => "chat",
            Work::Completion => "completion",
            Work::Embedding => "embedding",
            Work::Rerank => "re-rank",
            Work::Image => "image",
            Work::Video => "video",
            Work::Audio => "audio",
        }
    }

    /// The class with this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Work> {
        Work::ALL.into_iter().find(|work| work.word() == word)
    }

    /// Whether its answers are tokens, which take time and count like those of the prompt.
    #[must_use]
    pub const fn answers_in_tokens(self) -> bool {
        matches!(self, Work::Chat | Work::Completion)
    }

    /// Whether its answers can come piece by piece.
    #[must_use]
    pub const fn streams(self) -> bool {
        matches!(self, Work::Chat | Work::Completion | Work::Audio)
    }

    /// Whether tokens count at all: those of what is read, and of the answer where that has any.
    #[must_use]
    pub const fn counts_tokens(self) -> bool {
        self.answers_in_tokens() || self.takes_inputs()
    }

    /// Whether one request may bring several texts along.
    #[must_use]
    pub const fn takes_inputs(self) -> bool {
        matches!(self, Work::Embedding | Work::Rerank)
    }

    /// The class whose limits hold for it: completions have those of chat.
    #[must_use]
    pub const fn limited_as(self) -> Work {
        match self {
            Work::Chat | Work::Completion => Work::Chat,
            Work::Embedding | Work::Rerank | Work::Image | Work::Video | Work::Audio => self,
        }
    }

    /// The assumption that says how long it takes where nothing was recorded; answers that are
    /// tokens have a latency of the edition's instead.
    pub(crate) const fn takes(self) -> Option<&'static str> {
        match self {
            Work::Chat | Work::Completion => None,
            Work::Embedding => Some("embedding_takes"),
            Work::Rerank => Some("rerank_takes"),
            Work::Image => Some("image_takes"),
            Work::Video => Some("video_takes"),
            Work::Audio => Some("audio_takes"),
        }
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// What a limit on requests counts.
#[derive(Copy, Clone, Debug, Default, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum Unit {
    /// Requests, whatever they ask for.
    #[default]
    Requests,
    /// The pictures that they ask for.
    Images,
}

impl Unit {
    /// `requests` or `images`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Requests => "requests",
            Unit::Images => "images",
        }
    }

    /// How much of the limit a request for so many pictures takes; one where it asks for none.
    #[must_use]
    pub fn of(self, pictures: u32) -> u32 {
        match self {
            Unit::Requests => 1,
            Unit::Images => pictures.max(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_its_word() {
        let words: Vec<&str> = Work::ALL.iter().map(|work| work.word()).collect();
        assert_eq!(words, Work::WORDS);
        for work in Work::ALL {
            assert_eq!(Work::of_word(work.word()), Some(work));
        }
        assert_eq!(Work::of_word("rerank"), None);
    }

    #[test]
    fn only_pictures_are_counted_one_by_one() {
        assert_eq!([0, 1, 4].map(|pictures| Unit::Images.of(pictures)), [1, 1, 4]);
        assert_eq!([0, 1, 4].map(|pictures| Unit::Requests.of(pictures)), [1, 1, 1]);
    }
}
