//! Tries the released Rust client async-openai against `tierlab serve`: rust-clients PATH/TO/tierlab
//!
//! It chats, reads a stream to its end with usage, embeds, and raises its own errors. It reads neither
//! lists of models nor pictures: its types want an object around the list and a date beside the
//! picture, which the service does not send either.

use std::error::Error;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use async_openai::Client;
use async_openai::config::OpenAIConfig;
use async_openai::error::OpenAIError;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest,
    CreateChatCompletionRequestArgs,
};
use async_openai::types::embeddings::CreateEmbeddingRequestArgs;
use async_openai::types::images::{
    CreateImageRequestArgs, ImageModel, ImageResponseFormat, ImageSize,
};
use futures_util::StreamExt;

const CHAT: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
/// Ten requests a minute on every tier: one in a window of six seconds.
const SLOW: &str = "meta-llama/Llama-Vision-Free";
const EMBEDS: &str = "BAAI/bge-base-en-v1.5";
const DIMENSION: usize = 768;
const PICTURES: &str = "black-forest-labs/FLUX.1-schnell";
/// How many lines the mock prints.
const LINES: usize = 4;
/// More than the model can read.
const TOO_MANY: u32 = 200_000;

type Failed = Box<dyn Error>;

/// A mock on a free port, until it is dropped.
struct Mock(Child);

impl Mock {
    /// Starts it, and gives its base URL and the key that it lets in.
    fn start(binary: &str) -> Result<(Self, String, String), Failed> {
        let words = ["serve", "--listen", "127.0.0.1:0", "--quiet", "--tier", "build-1"];
        let mut child =
            Command::new(binary).args(words).arg("--strict-keys").stdout(Stdio::piped()).spawn()?;
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let mock = Self(child);
        let lines = BufReader::new(stdout).lines().take(LINES);
        let lines = lines.collect::<Result<Vec<String>, _>>()?;
        let said = |name: &str| {
            let value = lines.iter().find_map(|line| line.strip_prefix(name));
            value.map(str::to_owned).ok_or(format!("no {name}"))
        };
        let (url, key) = (said("TOGETHER_BASE_URL=")?, said("TOGETHER_API_KEY=")?);
        Ok((mock, url, key))
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn asks(model: &str, most: u32) -> Result<CreateChatCompletionRequest, OpenAIError> {
    let message = ChatCompletionRequestUserMessageArgs::default()
        .content("What is the sea like today?")
        .build()?;
    CreateChatCompletionRequestArgs::default()
        .model(model)
        .messages([message.into()])
        .max_completion_tokens(most)
        .build()
}

/// The status with which a request is refused, by the client's own class of error.
async fn refused(client: &Client<OpenAIConfig>, model: &str, most: u32) -> Result<u16, Failed> {
    match client.chat().create(asks(model, most)?).await {
        Err(OpenAIError::ApiError(error)) => Ok(error.status_code.as_u16()),
        other => Err(format!("{model}: no ApiError but {other:?}").into()),
    }
}

async fn works(client: &Client<OpenAIConfig>) -> Result<(), Failed> {
    let answer = client.chat().create(asks(CHAT, 7)?).await?;
    let usage = answer.usage.ok_or("no usage")?;
    assert_eq!(usage.prompt_tokens, 7);
    assert!(usage.completion_tokens <= 7 && answer.choices[0].message.content.is_some());
    let mut stream = client.chat().create_stream(asks(CHAT, 7)?).await?;
    let (mut tokens, mut last) = (0, None);
    while let Some(chunk) = stream.next().await {
        let chunk = chunk?;
        last = chunk.usage;
        tokens += u32::from(last.is_none());
    }
    assert_eq!(last.map(|usage| usage.completion_tokens), Some(tokens));
    let wanted =
        CreateEmbeddingRequestArgs::default().model(EMBEDS).input(["one", "two"]).build()?;
    let embedded = client.embeddings().create(wanted).await?;
    assert!(embedded.data.iter().all(|one| one.embedding.len() == DIMENSION));
    assert!(embedded.usage.prompt_tokens > 0);
    let wanted = CreateImageRequestArgs::default()
        .model(ImageModel::Other(PICTURES.to_owned()))
        .prompt("a boat")
        .size(ImageSize::S256x256)
        .response_format(ImageResponseFormat::B64Json)
        .build()?;
    // Its type wants a date, which the service does not send.
    let made = client.images().generate(wanted).await;
    assert!(
        matches!(&made, Err(OpenAIError::JSONDeserialize(error, _))
        if error.to_string().contains("`created`")),
        "{made:?}"
    );
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failed> {
    let binary = std::env::args().nth(1).ok_or("say PATH/TO/tierlab")?;
    let (_mock, url, key) = Mock::start(&binary)?;
    let client =
        |key: &str| Client::with_config(OpenAIConfig::new().with_api_base(&url).with_api_key(key));
    let known = client(&key);
    works(&known).await?;
    assert!(matches!(known.models().list().await, Err(OpenAIError::JSONDeserialize(..))));
    assert_eq!(refused(&client("another"), CHAT, 1).await?, 401);
    assert_eq!(refused(&known, "nobody/nothing", 1).await?, 404);
    assert_eq!(refused(&known, CHAT, TOO_MANY).await?, 400);
    known.chat().create(asks(SLOW, 1)?).await?;
    assert_eq!(refused(&known, SLOW, 1).await?, 429);
    println!("async-openai 0.43.0 (Rust): chats, streams, embeds, raises its own errors");
    Ok(())
}
