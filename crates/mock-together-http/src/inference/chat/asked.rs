//! JSON in: what a chat completion asks for, and how many tokens its prompt has.
//!
//! Strict about what the mock needs and about the types of what it merely knows; silent about
//! fields that it has never heard of, as the service is. Text is counted, never copied.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::call::{Unreadable, typed};
use crate::words::tokens;

/// A request for a chat completion, as far as it decides anything.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) model: String,
    /// Estimated tokens of the prompt.
    pub(crate) prompt: u32,
    pub(crate) max_tokens: Option<u32>,
    pub(crate) stream: bool,
    /// Whether a `max_tokens` beyond the context is cut instead of refused.
    pub(crate) truncate: bool,
    /// Whether the answer would be longer than `max_tokens`.
    pub(crate) cut: bool,
}

impl Asked {
    /// Why the answer ends.
    pub(crate) fn finish(&self) -> &'static str {
        if self.cut { "length" } else { "stop" }
    }
}

/// Reads a body.
pub(crate) fn read(body: &[u8]) -> Result<Asked, Unreadable> {
    let written: Option<Written> = serde_json::from_slice(body).ok();
    written.and_then(Written::asked).ok_or_else(|| {
        let named: Option<Named> = serde_json::from_slice(body).ok();
        let fault = typed::<Written>(body).err();
        Unreadable { model: named.map(|named| named.model), fault }
    })
}

/// The fields with a meaning here, or at least with a type.
#[derive(Deserialize)]
struct Written {
    model: String,
    messages: Messages,
    max_tokens: Option<u32>,
    max_completion_tokens: Option<u32>,
    stream: Option<bool>,
    n: Option<u32>,
    temperature: Option<f64>,
    top_p: Option<f64>,
    context_length_exceeded_behavior: Option<Exceeding>,
}

/// What becomes of a `max_tokens` beyond the context.
#[derive(Copy, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Exceeding {
    Error,
    Truncate,
}

/// The one field that says whose limits a bad request counts against.
#[derive(Deserialize)]
struct Named {
    model: String,
}

impl Written {
    /// `None` where the values make no sense. More than one choice is refused rather than
    /// silently left out.
    fn asked(self) -> Option<Asked> {
        let max_tokens = self.max_tokens.or(self.max_completion_tokens);
        let positive = |number: Option<f64>| number.is_none_or(|number| number >= 0.0);
        let sound = self.messages.count > 0
            && max_tokens != Some(0)
            && self.n.is_none_or(|choices| choices == 1)
            && positive(self.temperature)
            && positive(self.top_p);
        sound.then(|| Asked {
            model: self.model,
            prompt: tokens(self.messages.characters),
            max_tokens,
            stream: self.stream.unwrap_or(false),
            truncate: self.context_length_exceeded_behavior == Some(Exceeding::Truncate),
            cut: false,
        })
    }
}

/// The messages, reduced to how many there are and how long they are together.
#[derive(Default)]
struct Messages {
    count: u64,
    characters: u64,
}

impl<'de> Deserialize<'de> for Messages {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Each;
        impl<'de> Visitor<'de> for Each {
            type Value = Messages;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of messages")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Messages, A::Error> {
                let mut messages = Messages::default();
                while let Some(message) = list.next_element::<Message>()? {
                    messages.count += 1;
                    messages.characters += message.content.map_or(0, |content| content.0);
                }
                Ok(messages)
            }
        }
        from.deserialize_seq(Each)
    }
}

#[derive(Deserialize)]
struct Message {
    #[serde(rename = "role")]
    _role: Word,
    content: Option<Content>,
}

/// A text whose words do not matter.
struct Word;

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Counting).map(|_| Self)
    }
}

/// The characters of a message: a text, or a list of parts of which some are text.
struct Content(u64);

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Counting).map(Self)
    }
}

/// Counts characters.
struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<u64, E> {
        Ok(u64::try_from(text.chars().count()).unwrap_or(u64::MAX))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<u64, A::Error> {
        let mut characters = 0;
        while let Some(Part(length)) = parts.next_element()? {
            characters += length;
        }
        Ok(characters)
    }
}

/// One part of a message: `{"type": "text", "text": "…"}`, or something that is no text.
struct Part(u64);

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Part;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part of a message")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Part, A::Error> {
                let mut characters = 0;
                while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
                    if name == "text" {
                        characters += fields.next_value::<Content>()?.0;
                    } else {
                        fields.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(Part(characters))
            }
        }
        from.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prompt_of(messages: &str) -> Option<u32> {
        let body = format!("{{\"model\": \"m\", \"messages\": {messages}}}");
        read(body.as_bytes()).ok().map(|asked| asked.prompt)
    }

    #[test]
    fn a_prompt_has_a_token_for_every_four_characters_begun() {
        let of = |text: &str| prompt_of(&format!("[{{\"role\":\"user\",\"content\":\"{text}\"}}]"));
        assert_eq!(["", "a", "abcd", "abcde", "äöüß"].map(of), [0, 1, 1, 2, 1].map(Some));
        let escaped = of("\\u00e4\\n\\\"d");
        assert_eq!(escaped, Some(1));
    }

    #[test]
    fn messages_and_their_text_parts_count_together_and_pictures_do_not() {
        let parts = r#"[{"role":"system","content":"abc"},{"role":"user","content":[
            {"type":"text","text":"defgh"},{"type":"image_url","image_url":{"url":"data:…"}}]},
            {"role":"assistant","content":null,"tool_calls":[]}]"#;
        assert_eq!(prompt_of(parts), Some(2));
    }

    #[test]
    fn what_is_said_is_read_and_the_unknown_is_passed_over() {
        let body = br#"{"messages":[{"role":"user","content":"hello"}],"model":"a\/b",
            "max_tokens":7,"stream":true,"seed":3,"a_new_field":{"x":[1]}}"#;
        let asked = Asked {
            model: "a/b".into(),
            prompt: 2,
            max_tokens: Some(7),
            stream: true,
            truncate: false,
            cut: false,
        };
        assert_eq!(read(body), Ok(asked));
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_the_model_where_it_can_be_read() {
        let named = |rest: &str| format!("{{\"model\":\"m\",{rest}}}");
        let message = r#""messages":[{"role":"user","content":"x"}]"#;
        let bodies = [
            named(r#""messages":"hello""#),
            named(r#""messages":[]"#),
            named(r#""messages":[{"content":"no role"}]"#),
            named(r#""messages":[{"role":"user","content":5}]"#),
            named(r#""messages":[{"role":7,"content":""}]"#),
            named(&format!(r#"{message},"max_tokens":"many""#)),
            named(&format!(r#"{message},"max_tokens":0"#)),
            named(&format!(r#"{message},"max_tokens":-1"#)),
            named(&format!(r#"{message},"stream":"yes""#)),
            named(&format!(r#"{message},"n":2"#)),
            named(&format!(r#"{message},"temperature":-0.5"#)),
        ];
        for body in bodies {
            let refused = read(body.as_bytes()).unwrap_err();
            assert_eq!(refused.model.as_deref(), Some("m"), "{body}");
        }
        for body in ["", "{", "[]", "null", "\"model\"", "{\"model\":5}", "{}", "\u{fffd}"] {
            assert_eq!(read(body.as_bytes()).unwrap_err().model, None, "{body}");
        }
    }
}
