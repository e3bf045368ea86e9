//! What the bytes of an answer say: JSON as the service writes it, read as a stranger reads it.

use std::borrow::Cow;

use scenario::Scenario;
use serde::Deserialize;
use wire::{ErrorKind, Status, Usage};

/// One event of a stream.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A chunk of the answer.
    Chunk {
        /// Whether it has text, or sound.
        text: bool,
        /// What the answer is charged for, where this chunk says so.
        usage: Option<Usage>,
    },
    /// An error instead of the rest.
    Error(Error<'a>),
    /// The end.
    Done,
    /// Nothing of the kind.
    Unreadable,
}

/// What an error says of itself, as far as it says anything.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Error<'a> {
    pub(crate) kind: Option<Cow<'a, str>>,
    pub(crate) code: Option<Cow<'a, str>>,
    pub(crate) message: Option<Cow<'a, str>>,
    /// A type that stands beside the error instead of in it.
    pub(crate) beside: Option<Cow<'a, str>>,
}

impl Error<'_> {
    /// The kind of error that the scenario's edition words so.
    pub(crate) fn kind_in(&self, scenario: &Scenario, status: Status) -> Option<ErrorKind> {
        let Self { kind, code, message, beside } = self;
        let read = |kind: Option<&str>| {
            let (code, message) = (code.as_deref(), message.as_deref());
            scenario.edition.recognise(status, kind, code, message)
        };
        beside.as_deref().and_then(|beside| read(Some(beside))).or_else(|| read(kind.as_deref()))
    }
}

/// A whole answer: what it is charged for, where it says so; an error's words where it is one
/// although its status says otherwise; `None` where it is no JSON.
pub(crate) fn whole(body: &[u8]) -> Option<Result<Option<Usage>, Error<'_>>> {
    let read: Answer<'_> = serde_json::from_slice(body).ok()?;
    Some(match read.error {
        Some(error) => Err(error.words(read.error_type)),
        None => Ok(read.usage.map(Usage::from)),
    })
}

/// An event of a stream, by its data.
pub(crate) fn piece(data: &[u8]) -> Piece<'_> {
    if data.trim_ascii() == b"[DONE]" {
        return Piece::Done;
    }
    match serde_json::from_slice::<Answer<'_>>(data) {
        Err(_) => Piece::Unreadable,
        Ok(Answer { error: Some(error), error_type, .. }) => Piece::Error(error.words(error_type)),
        Ok(Answer { choices, usage, b64, .. }) => Piece::Chunk {
            text: choices.unwrap_or_default().iter().any(Choice::has_text)
                || b64.is_some_and(|sound| !sound.is_empty()),
            usage: usage.map(Usage::from),
        },
    }
}

/// The words of a refusal's body: those of its envelope, or all of it where it is no JSON, as the
/// pages of gateways are. None where it is JSON of another form.
pub(crate) fn error(body: &[u8]) -> Error<'_> {
    match serde_json::from_slice::<Answer<'_>>(body) {
        Ok(Answer { error: Some(error), error_type, .. }) => error.words(error_type),
        Ok(Answer { error: None, error_type, .. }) => {
            Error { beside: error_type, ..Error::default() }
        }
        Err(error) if error.is_data() => Error::default(),
        Err(_) => {
            let page = str::from_utf8(body).ok().map(str::trim).filter(|text| !text.is_empty());
            Error { message: page.map(Cow::from), ..Error::default() }
        }
    }
}

/// What went wrong, by the status and the body of an answer that is no success, as the scenario's
/// edition words it. `None` where the words are nobody's there, or those of several kinds.
#[must_use]
pub fn read_refusal(scenario: &Scenario, status: Status, body: &[u8]) -> Option<ErrorKind> {
    error(body).kind_in(scenario, status)
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    choices: Option<Vec<Choice<'a>>>,
    usage: Option<Charged>,
    /// A piece of speech.
    #[serde(borrow)]
    b64: Option<Cow<'a, str>>,
    #[serde(borrow)]
    error: Option<Fault<'a>>,
    #[serde(borrow)]
    error_type: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Option<Delta<'a>>,
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
    /// What a model thinks before it answers: its first token is its first.
    #[serde(borrow)]
    reasoning: Option<Cow<'a, str>>,
}

impl Choice<'_> {
    fn has_text(&self) -> bool {
        let delta = self.delta.as_ref();
        let content = delta.and_then(|delta| delta.content.as_ref());
        let reasoning = delta.and_then(|delta| delta.reasoning.as_ref());
        [content, reasoning, self.text.as_ref()].into_iter().flatten().any(|text| !text.is_empty())
    }
}

#[derive(Deserialize)]
struct Charged {
    prompt_tokens: u32,
    #[serde(default)]
    completion_tokens: u32,
}

impl From<Charged> for Usage {
    fn from(charged: Charged) -> Self {
        Self { prompt: charged.prompt_tokens, completion: charged.completion_tokens }
    }
}

/// An error as an object, or as a bare text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fault<'a> {
    Words {
        #[serde(borrow, rename = "type")]
        kind: Option<Cow<'a, str>>,
        #[serde(borrow)]
        code: Option<Code<'a>>,
        #[serde(borrow)]
        message: Option<Cow<'a, str>>,
    },
    Text(Cow<'a, str>),
}

/// A code is a word, and a number with some.
#[derive(Deserialize)]
#[serde(untagged)]
enum Code<'a> {
    Word(Cow<'a, str>),
    Number(i64),
}

impl<'a> Fault<'a> {
    fn words(self, beside: Option<Cow<'a, str>>) -> Error<'a> {
        match self {
            Self::Text(text) => Error { message: Some(text), beside, ..Error::default() },
            Self::Words { kind, code, message } => {
                let code = code.map(|code| match code {
                    Code::Word(word) => word,
                    Code::Number(number) => number.to_string().into(),
                });
                Error { kind, code, message, beside }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_read_as_recorded() {
        let first = br#"{"id":"o1","object":"chat.completion.chunk","created":1,"choices":[{"index":0,
            "text":" the","logprobs":null,"finish_reason":null,"seed":null,
            "delta":{"token_id":0,"role":"assistant","content":" the"}}],"model":"m","usage":null}"#;
        assert_eq!(piece(first), Piece::Chunk { text: true, usage: None });
        let last = br#"{"choices":[{"text":"","delta":{"content":""},"finish_reason":"stop"}],
            "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#;
        let usage = Some(Usage { prompt: 9, completion: 2 });
        assert_eq!(piece(last), Piece::Chunk { text: false, usage });
        assert_eq!(piece(b" [DONE] "), Piece::Done);
        let thinks = br#"{"choices":[{"text":"","delta":{"content":"","reasoning":" so"}}]}"#;
        assert_eq!(piece(thinks), Piece::Chunk { text: true, usage: None });
        assert_eq!(piece(b"{\"choices\":[]}"), Piece::Chunk { text: false, usage: None });
        assert_eq!(piece(b"<html>"), Piece::Unreadable);
        let sound = br#"{"object":"audio.tts.chunk","model":"m","b64":"AAAA"}"#;
        assert_eq!(piece(sound), Piece::Chunk { text: true, usage: None });
    }

    #[test]
    fn an_answer_says_what_it_is_charged_for_or_not() {
        let usage = Some(Usage { prompt: 3, completion: 0 });
        assert_eq!(whole(br#"{"usage":{"prompt_tokens":3}}"#), Some(Ok(usage)));
        assert_eq!(whole(b"{}"), Some(Ok(None)));
        assert_eq!(whole(b"ok"), None);
    }

    #[test]
    fn errors_come_as_objects_as_texts_and_not_at_all() {
        let words = |kind: Option<&'static str>, code: Option<&'static str>, message| Error {
            kind: kind.map(Cow::from),
            code: code.map(Cow::from),
            message: Some(Cow::from(message)),
            beside: None,
        };
        let object = br#"{"id":"x","error":{"message":"no","type":"t","param":null,"code":null}}"#;
        assert_eq!(error(object), words(Some("t"), None, "no"));
        assert_eq!(
            error(br#"{"error":{"message":"no","code":429}}"#),
            words(None, Some("429"), "no")
        );
        assert_eq!(error(br#"{"error":"no"}"#), words(None, None, "no"));
        assert_eq!(error(b"upstream connect error\n"), words(None, None, "upstream connect error"));
        for nothing in [&b""[..], b" \n", b"\xff", b"{}", b"[]", b"\"no\""] {
            assert_eq!(error(nothing), Error::default(), "{nothing:?}");
        }
        let beside = br#"{"error_type":"b","error":{"type":"t","message":"no"}}"#;
        let expected = Error { beside: Some("b".into()), ..words(Some("t"), None, "no") };
        assert_eq!(error(beside), expected);
        assert_eq!(piece(br#"{"error":"no"}"#), Piece::Error(words(None, None, "no")));
    }
}
