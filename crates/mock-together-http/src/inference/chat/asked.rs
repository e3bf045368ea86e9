//! JSON in: what a chat completion asks for, and how many tokens its prompt has.
//!
//! Strict about what the mock needs and about the types of what it merely knows; silent about
//! fields that it has never heard of, as the service is. Text is counted, never copied; what is
//! rarely asked for is read in a second pass.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use crate::call::{Fault, Unreadable, typed};
use crate::inference::asked::{self, Logprobs, Texts};
use crate::inference::chat::special::{self, Special};
use crate::inference::composed::{Choice, Wanted};
use crate::words::tokens;

/// Ours: what a picture, a film or a recording in a message counts, in tokens; nobody has published
/// how they are counted.
const MEDIUM_TOKENS: u32 = 1_024;

/// A request for a chat completion.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says a thing of its own")]
pub(crate) struct Asked {
    pub(crate) model: String,
    /// Estimated tokens of the prompt.
    pub(crate) prompt: u32,
    pub(crate) stream: bool,
    /// Whether a `max_tokens` beyond the context is cut instead of refused.
    pub(super) truncate: bool,
    /// Whether its last message is what a tool answered.
    pub(super) answers_a_tool: bool,
    pub(super) seed: Option<Number>,
    /// How many alternatives to tell with each token.
    pub(super) logprobs: Option<u32>,
    pub(super) wanted: Wanted,
    /// What it wants beside words.
    pub(super) special: Option<Box<Special>>,
    /// Whether nothing departs from the one plain answer in words.
    pub(super) plain: bool,
    /// Its choices once its fate is known, unless it is plain.
    pub(super) choices: Vec<Choice>,
    /// Whether a plain answer would be longer than `max_tokens`.
    pub(super) cut: bool,
    /// Whether every answer is to be as the documents have it, rather than as it was recorded.
    pub(super) strict: bool,
}

/// Reads a body; a lenient reader makes sense of odd values.
pub(crate) fn read(body: &[u8], lenient: bool) -> Result<Asked, Unreadable> {
    let read = match serde_json::from_slice::<Written>(body) {
        Ok(written) => written.asked(body, lenient),
        Err(_) => Err(typed::<Written>(body).err().unwrap_or_default()),
    };
    read.map_err(|fault| {
        let named: Option<Named> = serde_json::from_slice(body).ok();
        Unreadable { model: named.map(|named| named.model), fault: Some(fault) }
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
    seed: Option<Number>,
    logprobs: Option<Logprobs>,
    top_logprobs: Option<u32>,
    stop: Option<Texts>,
    echo: Option<bool>,
    response_format: Option<IgnoredAny>,
    tools: Option<IgnoredAny>,
    functions: Option<IgnoredAny>,
    function_call: Option<IgnoredAny>,
    tool_choice: Option<IgnoredAny>,
    reasoning: Option<IgnoredAny>,
    reasoning_effort: Option<IgnoredAny>,
    chat_template_kwargs: Option<IgnoredAny>,
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
    fn asked(self, body: &[u8], lenient: bool) -> Result<Asked, Fault> {
        let is_special = self.is_special();
        let Self { model, messages, max_tokens, max_completion_tokens, stream, n, .. } = self;
        let max_tokens = max_tokens.or(max_completion_tokens);
        if !lenient {
            if messages.count == 0 {
                return Err(Fault::new("messages", "must not be empty"));
            }
            if max_tokens == Some(0) {
                return Err(Fault::new("max_tokens", "must be at least 1"));
            }
            asked::shaping(&[("temperature", self.temperature), ("top_p", self.top_p)])?;
        }
        let special =
            if is_special { Some(Box::new(Special::of(&typed(body)?, lenient)?)) } else { None };
        let logprobs = asked::alternatives(self.logprobs, self.top_logprobs, lenient)?;
        let stop = asked::stop(self.stop)?;
        let choices = asked::choices(n, lenient)?;
        let reasoning = special::reasoning(special.as_deref(), &model);
        let several = choices > 1 || !stop.is_empty() || reasoning > 0;
        let media = MEDIUM_TOKENS.saturating_mul(messages.media);
        Ok(Asked {
            plain: !several && special.is_none() && logprobs.is_none(),
            model,
            prompt: tokens(messages.characters).saturating_add(media),
            stream: stream.unwrap_or(false),
            truncate: self.context_length_exceeded_behavior == Some(Exceeding::Truncate),
            answers_a_tool: messages.answers_a_tool,
            seed: self.seed,
            logprobs,
            wanted: Wanted { choices, max_tokens, stop, reasoning },
            special,
            choices: Vec::new(),
            cut: false,
            strict: lenient,
        })
    }

    fn is_special(&self) -> bool {
        let fields = [
            &self.response_format,
            &self.tools,
            &self.functions,
            &self.function_call,
            &self.tool_choice,
            &self.reasoning,
            &self.reasoning_effort,
            &self.chat_template_kwargs,
        ];
        self.echo == Some(true) || fields.into_iter().any(Option::is_some)
    }
}

/// The messages, reduced to how many there are and how long they are together.
#[derive(Default)]
struct Messages {
    count: u64,
    characters: u64,
    /// Pictures, films, recordings.
    media: u32,
    /// Whether the last one is what a tool answered.
    answers_a_tool: bool,
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
                    let Content { characters, media } = message.content.unwrap_or_default();
                    messages.characters += characters;
                    messages.media = messages.media.saturating_add(media);
                    messages.answers_a_tool = message.role.is_of_a_tool;
                }
                Ok(messages)
            }
        }
        from.deserialize_seq(Each)
    }
}

#[derive(Deserialize)]
struct Message {
    role: Role,
    content: Option<Content>,
}

/// Who speaks.
struct Role {
    is_of_a_tool: bool,
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Word;
        impl Visitor<'_> for Word {
            type Value = Role;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E>(self, word: &str) -> Result<Role, E> {
                Ok(Role { is_of_a_tool: word == "tool" || word == "function" })
            }
        }
        from.deserialize_str(Word)
    }
}

/// A message: a text, or a list of parts of which some are text.
#[derive(Default)]
struct Content {
    characters: u64,
    media: u32,
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Counting)
    }
}

/// Counts characters.
struct Counting;

impl<'de> Visitor<'de> for Counting {
    type Value = Content;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a list of parts")
    }

    fn visit_str<E>(self, text: &str) -> Result<Content, E> {
        let characters = u64::try_from(text.chars().count()).unwrap_or(u64::MAX);
        Ok(Content { characters, media: 0 })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Content, A::Error> {
        let mut all = Content::default();
        while let Some(Part(Content { characters, media })) = parts.next_element()? {
            all.characters += characters;
            all.media = all.media.saturating_add(media);
        }
        Ok(all)
    }
}

/// One part of a message: `{"type": "text", "text": "…"}`, or something that is no text.
struct Part(Content);

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Part;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part of a message")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Part, A::Error> {
                let mut all = Content::default();
                while let Some(name) = fields.next_key::<Cow<'de, str>>()? {
                    match &*name {
                        "text" => all.characters += fields.next_value::<Content>()?.characters,
                        "image_url" | "video_url" | "audio_url" | "input_audio" => {
                            fields.next_value::<IgnoredAny>()?;
                            all.media += 1;
                        }
                        _ => {
                            fields.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(Part(all))
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
        read(body.as_bytes(), false).ok().map(|asked| asked.prompt)
    }

    #[test]
    fn a_prompt_has_a_token_for_every_four_characters_begun() {
        let of = |text: &str| prompt_of(&format!("[{{\"role\":\"user\",\"content\":\"{text}\"}}]"));
        assert_eq!(["", "a", "abcd", "abcde", "äöüß"].map(of), [0, 1, 1, 2, 1].map(Some));
        let escaped = of("\\u00e4\\n\\\"d");
        assert_eq!(escaped, Some(1));
    }

    #[test]
    fn messages_and_their_parts_count_together() {
        let parts = r#"[{"role":"system","content":"abc"},{"role":"user","content":[
            {"type":"text","text":"defgh"},{"type":"image_url","image_url":{"url":"data:…"}}]},
            {"role":"assistant","content":null,"tool_calls":[]}]"#;
        assert_eq!(prompt_of(parts), Some(2 + MEDIUM_TOKENS));
    }

    #[test]
    fn what_is_said_is_read_and_the_unknown_is_passed_over() {
        let body = br#"{"messages":[{"role":"user","content":"hello"}],"model":"a\/b",
            "max_tokens":7,"stream":true,"seed":3,"a_new_field":{"x":[1]}}"#;
        let asked = read(body, false).unwrap();
        assert_eq!(
            (&*asked.model, asked.prompt, asked.stream, asked.plain),
            ("a/b", 2, true, true)
        );
        assert_eq!((asked.wanted.max_tokens, asked.seed), (Some(7), Some(3.into())));
    }

    #[test]
    fn odd_values_make_sense_to_a_lenient_reader() {
        let body = br#"{"model":"m","messages":[],"n":0,"max_tokens":0,"logprobs":40,
            "tool_choice":"a_tool","temperature":-1}"#;
        let asked = read(body, true).unwrap();
        assert_eq!((asked.wanted.choices, asked.wanted.max_tokens), (1, Some(0)));
        assert!(read(body, false).is_err());
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
            named(&format!(r#"{message},"n":129"#)),
            named(&format!(r#"{message},"n":0"#)),
            named(&format!(r#"{message},"logprobs":21"#)),
            named(&format!(r#"{message},"stop":[1]"#)),
            named(&format!(r#"{message},"tools":{{}}"#)),
            named(&format!(r#"{message},"temperature":-0.5"#)),
        ];
        for body in bodies {
            let refused = read(body.as_bytes(), false).unwrap_err();
            assert_eq!(refused.model.as_deref(), Some("m"), "{body}");
        }
        for body in ["", "{", "[]", "null", "\"model\"", "{\"model\":5}", "{}", "\u{fffd}"] {
            assert_eq!(read(body.as_bytes(), false).unwrap_err().model, None, "{body}");
        }
    }
}
