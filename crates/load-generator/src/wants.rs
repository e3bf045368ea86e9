//! What a job wants, as the body of its request: each class of work has an address and a form of its
//! own.
//!
//! What counts is as the scenario has it: so many tokens in all texts together, so many texts,
//! pictures, steps and characters, a recording of so many seconds. The words say nothing.

use hyper::body::Bytes;
use rulebook::{Edition, Extent, Work};
use scenario::{Asks, Group, Scenario};
use serde::Serialize;

/// Words of four bytes with the space before them, one token each in the tokenizers of the models
/// that are rehearsed: so a prompt of n tokens has 4 n characters, whoever counts.
pub(crate) const TEXT: &str =
    " the sea was one big day off you and her two men set out for all who ate now";
pub(crate) const BYTES_PER_TOKEN: usize = 4;

/// Between the parts of a body that has several. No part of ours has it in it.
const BOUNDARY: &str = "tierlab-tierlab-tierlab";

/// Samples of a recording in a second, of a byte each, where it is not very long.
const SAMPLES: u64 = 4_000; // ours: the fewest that speech is still understood in

/// The most bytes of a recording: a longer one has fewer samples.
const RECORDING: u64 = 64 << 20; // ours: below what services take

/// A sample in which nothing is heard.
const SILENCE: u8 = 0x80;

/// What the requests of a group have in common.
#[derive(Clone, Debug)]
pub(crate) struct Wants {
    /// Behind the service's base.
    pub(crate) address: &'static str,
    /// What its bodies are.
    pub(crate) media: &'static str,
    /// Whether an answer in one piece is sound, and no JSON.
    pub(crate) sound: bool,
    /// Whether answers are tokens.
    pub(crate) tokens: bool,
    model: String,
    form: Form,
}

/// How a body is made.
#[derive(Clone, Debug)]
enum Form {
    Chat,
    Completion,
    Embeddings,
    Rerank,
    /// The same for every job.
    Same(Bytes),
}

impl Wants {
    /// What the groups of a scenario want, in their order.
    pub(crate) fn all(scenario: &Scenario) -> Vec<Self> {
        let groups = scenario.groups.iter().zip(scenario.called()).zip(scenario.asks());
        groups.map(|((group, called), asks)| Self::of(scenario, group, (called, asks))).collect()
    }

    fn of(scenario: &Scenario, group: &Group, (model, asks): (&str, Asks)) -> Self {
        let plain = |address, form| Self {
            address,
            media: "application/json",
            sound: false,
            tokens: group.work.answers_in_tokens(),
            model: model.to_owned(),
            form,
        };
        match group.work {
            // Nobody sends films: a scenario with some is refused before.
            Work::Chat | Work::Video => plain("/chat/completions", Form::Chat),
            Work::Completion => plain("/completions", Form::Completion),
            Work::Embedding => plain("/embeddings", Form::Embeddings),
            Work::Rerank => plain("/rerank", Form::Rerank),
            Work::Image => {
                plain("/images/generations", Form::Same(pictures(model, group, asks.count)))
            }
            Work::Audio if is_heard(scenario, group) => Self {
                media: "multipart/form-data; boundary=tierlab-tierlab-tierlab",
                ..plain("/audio/transcriptions", Form::Same(recording(model, group.extent.seconds)))
            },
            Work::Audio => Self {
                sound: true,
                ..plain("/audio/speech", Form::Same(speech(&scenario.edition, model, group)))
            },
        }
    }

    /// Of a group that chats.
    #[cfg(test)]
    pub(crate) fn chat() -> Self {
        let (address, media) = ("/chat/completions", "application/json");
        Self { address, media, sound: false, tokens: true, model: String::new(), form: Form::Chat }
    }

    /// The body of a job's requests: the same for each of its attempts.
    pub(crate) fn body(&self, prompt: u32, asks: Asks) -> Bytes {
        let Asks { max_tokens, stream, count, .. } = asks;
        let model = self.model.as_str();
        match &self.form {
            Form::Chat => {
                let messages = [Message { role: "user", content: &text(prompt) }];
                json(&Chat { model, messages, max_tokens, stream })
            }
            Form::Completion => {
                json(&Completion { model, prompt: &text(prompt), max_tokens, stream })
            }
            Form::Embeddings => json(&Embeddings { model, input: texts(prompt, count) }),
            Form::Rerank => {
                // What is asked about is a token of what is read.
                let query = prompt.min(1);
                let documents = texts(prompt - query, count);
                json(&Rerank { model, query: &text(query), documents })
            }
            Form::Same(body) => body.clone(),
        }
    }
}

/// Whether a group's recordings are written down; what is spoken else. Where nothing is said of
/// either, its model's price tells.
fn is_heard(scenario: &Scenario, group: &Group) -> bool {
    let Extent { characters, seconds, .. } = group.extent;
    if characters > 0 || seconds > 0 {
        return seconds > 0;
    }
    let one = |characters, seconds| Extent { characters, seconds, ..Extent::default() };
    let priced =
        |extent| scenario.edition.tariff(&group.model, &extent, &scenario.assumptions).is_some();
    priced(one(0, 1)) && !priced(one(1, 0))
}

/// A text of so many tokens.
fn text(tokens: u32) -> String {
    of_bytes(tokens as usize * BYTES_PER_TOKEN)
}

fn of_bytes(length: usize) -> String {
    let mut text = TEXT.repeat(length.div_ceil(TEXT.len()));
    text.truncate(length);
    text
}

/// So many texts with so many tokens together, each as long as the others or a token longer.
fn texts(tokens: u32, count: u32) -> Vec<String> {
    let count = count.max(1);
    let (each, longer) = (tokens / count, tokens % count);
    (0..count).map(|index| text(each + u32::from(index < longer))).collect()
}

fn pictures(model: &str, group: &Group, count: u32) -> Bytes {
    let sides = group.size.unzip();
    json(&Pictures {
        model,
        prompt: TEXT.trim_start(),
        n: count,
        width: sides.0,
        height: sides.1,
        steps: group.extent.steps,
        response_format: "url",
    })
}

/// A voice for a model of which no voice is known.
const VOICE: &str = "default"; // ours: some services have one of this name

fn speech(edition: &Edition, model: &str, group: &Group) -> Bytes {
    let known = edition.voices(&group.model).first();
    // The numbers of a scenario fit into memory.
    let characters = usize::try_from(group.extent.characters.max(1)).unwrap_or(1);
    json(&Speech {
        model,
        input: &of_bytes(characters),
        voice: known.map_or(VOICE, String::as_str),
        response_format: if group.stream { "raw" } else { "wav" },
        stream: group.stream,
    })
}

/// A body with a recording of so many seconds, in which nothing is heard.
fn recording(model: &str, seconds: u64) -> Bytes {
    let seconds = seconds.max(1);
    let rate = SAMPLES.min((RECORDING / seconds).max(1));
    let [rate, bytes] = [rate, rate * seconds].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
    let field =
        |name: &str| format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"");
    let mut body = format!("{}\r\n\r\n{model}\r\n", field("model")).into_bytes();
    body.extend(field("file").as_bytes());
    body.extend(b"; filename=\"recording.wav\"\r\nContent-Type: audio/wav\r\n\r\n");
    body.extend(b"RIFF");
    body.extend(bytes.saturating_add(36).to_le_bytes());
    body.extend(b"WAVEfmt ");
    body.extend(16_u32.to_le_bytes());
    // Whole numbers, one channel, a byte a sample.
    body.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    body.extend([rate, rate].map(u32::to_le_bytes).concat());
    body.extend([1_u16, 8].map(u16::to_le_bytes).concat());
    body.extend(b"data");
    body.extend(bytes.to_le_bytes());
    body.resize(body.len() + bytes as usize, SILENCE);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    body.into()
}

/// Strings and numbers always have a form in JSON.
fn json(body: &impl Serialize) -> Bytes {
    serde_json::to_vec(body).unwrap_or_default().into()
}

#[derive(Serialize)]
struct Chat<'a> {
    model: &'a str,
    messages: [Message<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    stream: bool,
}

#[derive(Serialize)]
struct Message<'a> {
    role: &'a str,
    content: &'a str,
}

#[derive(Serialize)]
struct Completion<'a> {
    model: &'a str,
    prompt: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    stream: bool,
}

#[derive(Serialize)]
struct Embeddings<'a> {
    model: &'a str,
    input: Vec<String>,
}

#[derive(Serialize)]
struct Rerank<'a> {
    model: &'a str,
    query: &'a str,
    documents: Vec<String>,
}

#[derive(Serialize)]
struct Pictures<'a> {
    model: &'a str,
    prompt: &'a str,
    n: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<u32>,
    response_format: &'a str,
}

#[derive(Serialize)]
struct Speech<'a> {
    model: &'a str,
    input: &'a str,
    voice: &'a str,
    response_format: &'a str,
    stream: bool,
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;
    use serde_json::Value;

    use super::*;

    fn scenario(group: &str) -> Scenario {
        let text = format!(
            "title = \"Of one class\"\nedition = \"2025-11\"\nlasts = \"1m\"\n[account]\n\
             tier = \"build-2\"\n[[limits]]\ntier = \"build-2\"\nrequests = \"600/min\"\n[[group]]\nname = \"one\"\n{group}\n\
             traffic = {{ steady = {{ rate = \"1/s\" }} }}\n"
        );
        Scenario::parse("test.toml", &text, &Rulebook::embedded().unwrap())
            .unwrap_or_else(|refused| panic!("{refused}"))
    }

    /// Where a group's job of so many tokens goes, and its body.
    fn asked(group: &str, prompt: u32) -> (Wants, Bytes) {
        let scenario = scenario(group);
        let wants = Wants::all(&scenario).swap_remove(0);
        let body = wants.body(prompt, scenario.asks().next().unwrap());
        (wants, body)
    }

    fn read(group: &str, prompt: u32) -> (&'static str, Value) {
        let (wants, body) = asked(group, prompt);
        assert_eq!(wants.media, "application/json");
        (wants.address, serde_json::from_slice(&body).unwrap())
    }

    fn letters(value: &Value) -> usize {
        match value.as_array() {
            Some(texts) => texts.iter().map(letters).sum(),
            None => value.as_str().unwrap().len(),
        }
    }

    const LLAMA: &str = "model = \"openai/gpt-oss-20b\"\nprompt = 10\nanswer = 5\nmax_tokens = 7";

    #[test]
    fn a_prompt_has_four_characters_a_token_and_the_text_is_made_of_whole_words() {
        assert!(TEXT.is_ascii() && TEXT.len().is_multiple_of(BYTES_PER_TOKEN));
        assert!(TEXT.as_bytes().chunks(BYTES_PER_TOKEN).all(|word| word[0] == b' '));
        for prompt in [0, 1, 19, 20, 10_000] {
            let (address, body) = read(&format!("{LLAMA}\nstream = true"), prompt);
            assert_eq!(address, "/chat/completions");
            assert_eq!(letters(&body["messages"][0]["content"]), prompt as usize * 4);
            assert_eq!((&body["max_tokens"], &body["stream"]), (&7.into(), &true.into()));
            let (address, body) = read(&format!("{LLAMA}\nwork = \"completion\""), prompt);
            assert_eq!((address, &body["stream"]), ("/completions", &false.into()));
            assert_eq!(letters(&body["prompt"]), prompt as usize * 4);
        }
        let (_, body) = asked("model = \"openai/gpt-oss-20b\"\nprompt = 10\nanswer = 5", 1);
        let plain = br#"{"model":"openai/gpt-oss-20b","messages":[{"role":"user","content":" the"}],"stream":false}"#;
        assert_eq!(&*body, plain);
    }

    #[test]
    fn several_texts_have_the_tokens_of_the_job_together() {
        let vectors = "model = \"BAAI/bge-base-en-v1.5\"\nprompt = 10\ninputs = 3";
        let order = "model = \"Salesforce/Llama-Rank-V1\"\nprompt = 10\ninputs = 3";
        for prompt in [0, 1, 2, 30, 31] {
            let (address, body) = read(vectors, prompt);
            assert_eq!((address, body["input"].as_array().unwrap().len()), ("/embeddings", 3));
            assert_eq!(letters(&body["input"]), prompt as usize * 4);
            let (address, body) = read(order, prompt);
            assert_eq!((address, body["documents"].as_array().unwrap().len()), ("/rerank", 3));
            let all = letters(&body["query"]) + letters(&body["documents"]);
            assert_eq!(all, prompt as usize * 4);
        }
    }

    #[test]
    fn pictures_are_asked_for_as_they_are_wanted_and_no_more_is_said() {
        let flux = "model = \"black-forest-labs/FLUX.1-schnell\"";
        let (address, body) =
            read(&format!("{flux}\nimages = 4\nsize = \"1440x256\"\nsteps = 8"), 0);
        assert_eq!(address, "/images/generations");
        assert_eq!(
            ["n", "width", "height", "steps"].map(|key| body[key].as_u64()),
            [4, 1440, 256, 8].map(Some)
        );
        let (_, body) = read(flux, 0);
        assert_eq!(body["n"], 1);
        assert!(body.get("width").is_none() && body.get("steps").is_none());
    }

    #[test]
    fn what_is_spoken_has_its_characters_and_what_is_heard_its_seconds() {
        for (stream, form) in [("", "wav"), ("\nstream = true", "raw")] {
            let (address, body) =
                read(&format!("model = \"cartesia/sonic\"\ncharacters = 333{stream}"), 0);
            assert_eq!((address, letters(&body["input"])), ("/audio/speech", 333));
            assert_eq!(body["response_format"], form);
        }
        let (wants, body) = asked("model = \"openai/whisper-large-v3\"\nseconds = 90", 0);
        assert_eq!((wants.address, wants.sound), ("/audio/transcriptions", false));
        assert!(wants.media.ends_with(BOUNDARY));
        assert!(body.starts_with(format!("--{BOUNDARY}\r\n").as_bytes()));
        assert!(body.ends_with(format!("\r\n--{BOUNDARY}--\r\n").as_bytes()));
        let data = body.windows(6).position(|bytes| bytes == b"\x08\0data").unwrap() + 6;
        let length = u32::from_le_bytes(body[data..data + 4].try_into().unwrap());
        assert_eq!(u64::from(length), 90 * SAMPLES);
        assert_eq!(body.len(), data + 4 + length as usize + BOUNDARY.len() + 8);
        let (wants, _) = asked("model = \"openai/whisper-large-v3\"", 0);
        assert_eq!(wants.address, "/audio/transcriptions");
        let (wants, _) = asked("model = \"hexgrad/Kokoro-82M\"", 0);
        assert!(wants.sound);
        let (_, long) = asked("model = \"openai/whisper-large-v3\"\nseconds = 1000000", 0);
        assert!((long.len() as u64) < RECORDING + 1_024);
    }
}
