//! What a scenario asks of a recording: where it lies, how its rows are written, and which of them
//! are replayed.

use limits::Span;

use super::moment::Unit;

/// A recording of real traffic that a scenario asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceNeed {
    /// Where it lies, from the scenario's own folder.
    pub file: String,
    /// The file within it, where it is a tar archive.
    pub member: Option<String>,
    /// The sha256 of the file as it lies there, 64 hexadecimal digits in lower case.
    pub sha256: Option<String>,
    /// The size of that file in bytes.
    pub bytes: Option<u64>,
    /// Where it is published.
    pub source: Option<String>,
    /// How its rows are written.
    pub format: TraceFormat,
    /// What becomes of rows that failed.
    pub attempts: Attempts,
    /// Which of its rows are replayed, and how fast.
    pub cut: Cut,
}

/// What becomes of rows that failed: a log holds attempts, not jobs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Attempts {
    /// They are folded, with the rows that followed them, into the jobs that they were attempts at.
    Fold {
        /// Where no id and no count of retries tells: how long after a failed attempt ended its
        /// retry may begin.
        within: Span,
    },
    /// They are left out, and counted.
    LeaveOut,
    /// Each row is a job of its own.
    AsJobs,
}

impl Attempts {
    /// Without a hint the SDKs wait up to 8 s for their next try (`together-py`, `openai-python`,
    /// late 2025), and a refusal takes its time.
    pub const WITHIN: Span = Span::from_secs(10);
}

/// How the rows of a trace are written. Times are absolute or from any moment: only their
/// distances count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// `TIMESTAMP,ContextTokens,GeneratedTokens`, as Microsoft published its Azure LLM inference
    /// traces of 2023 (<https://github.com/Azure/AzurePublicDataset>).
    AzureLlm2023,
    /// One JSON object a line with `timestamp` in milliseconds, `input_length` and
    /// `output_length`, as Moonshot published the traces of Mooncake
    /// (<https://github.com/kvcache-ai/Mooncake>). Conversations were stamped once in 3 s there, so rows of
    /// one stamp are spread evenly over their tick ([`Trace::read`](crate::Trace::read)).
    Mooncake,
    /// CSV with `Timestamp` in seconds, `Request tokens` and `Response tokens` among its columns
    /// (<https://github.com/HPMLL/BurstGPT>). A response of no tokens marks a failure there, and releases
    /// "without fails" lack those rows: they are left out and counted. Stamps are whole seconds,
    /// over which rows are spread as those of Mooncake are.
    BurstGpt,
    /// One JSON object a line as `LiteLLM` logs it (<https://docs.litellm.ai/docs/proxy/logging_spec>, and
    /// the rows of its table of spend logs): `startTime` in seconds or as a date,
    /// `prompt_tokens`, `completion_tokens`, `status`, `cache_hit`, `endTime`, `model_group` or
    /// `model`, and `trace_id` or `session_id`, which the attempts of one request share. Answers
    /// from the proxy's cache are left out and counted.
    LiteLlm,
    /// JSON lines of OTLP (<https://opentelemetry.io/docs/specs/otel/protocol/file-exporter>), or one span
    /// a line, with the attributes of the conventions for generative AI
    /// (<https://opentelemetry.io/docs/specs/semconv/gen-ai>): `startTimeUnixNano`,
    /// `gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens`. Spans of other work are skipped
    /// and counted. Spans with one parent are attempts of one job, until one is answered;
    /// `http.request.resend_count` counts them where there is no parent.
    OpenTelemetry,
    /// The attempts of a live run, as `tierlab load --out` writes them: a JSON object a line with
    /// `sent_ns`, `outcome`, `prompt_tokens`, `completion_tokens`, and `job`, which tells exactly
    /// which belong together.
    Attempts,
    /// CSV with a head, by the names of its columns.
    Csv {
        /// The columns.
        fields: Fields,
        /// What stands between two columns.
        delimiter: char,
    },
    /// One JSON object a line, by the paths of its fields: keys with dots between them.
    Jsonl(Fields),
}

/// Where a row says when it was due and how long it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fields {
    /// The field that says when.
    pub due: String,
    /// The unit it says it in.
    pub unit: Unit,
    /// The field with the tokens of the prompt.
    pub prompt: String,
    /// The field with the tokens of the answer.
    pub answer: String,
    /// Where it says more of itself.
    pub says: Says,
}

/// Where a row says what tells attempts from jobs, and jobs from one another: each may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// The field with the status: a number of HTTP's, or a word such as `success`, `failure`.
    pub status: Option<String>,
    /// The field with an id that all attempts at a job share.
    pub id: Option<String>,
    /// The field with the count of retries, 0 for the first attempt, as the SDKs send it in
    /// `x-stainless-retry-count`.
    pub retry: Option<String>,
    /// The field with the model.
    pub model: Option<String>,
    /// The field that says who sent it: a key, a user.
    pub client: Option<String>,
}

impl TraceFormat {
    /// Whether its rows say how they ended.
    #[must_use]
    pub const fn has_status(&self) -> bool {
        match self {
            TraceFormat::LiteLlm | TraceFormat::OpenTelemetry | TraceFormat::Attempts => true,
            TraceFormat::Csv { fields, .. } | TraceFormat::Jsonl(fields) => {
                fields.says.status.is_some()
            }
            TraceFormat::AzureLlm2023 | TraceFormat::Mooncake | TraceFormat::BurstGpt => false,
        }
    }

    /// What becomes of failed rows unless something else is said.
    #[must_use]
    pub const fn usual_attempts(&self) -> Attempts {
        if self.has_status() {
            Attempts::Fold { within: Attempts::WITHIN }
        } else {
            Attempts::LeaveOut
        }
    }

    /// Its word in scenarios.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            TraceFormat::AzureLlm2023 => "azure-llm-2023",
            TraceFormat::Mooncake => "mooncake",
            TraceFormat::BurstGpt => "burstgpt",
            TraceFormat::LiteLlm => "litellm",
            TraceFormat::OpenTelemetry => "otel",
            TraceFormat::Attempts => "attempts",
            TraceFormat::Csv { .. } => "csv",
            TraceFormat::Jsonl(_) => "jsonl",
        }
    }
}

/// A slice of a recording, and how fast it is replayed. Without anything said it is the whole, as
/// fast as it was.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// How long after the first row the slice begins. What was due then is due at once.
    pub from: Span,
    /// How long the slice is, in the time of the recording; to the last row where it is not said.
    pub lasts: Option<Span>,
    /// The rate at which rows fall due, in billionths of the recorded one. Time is compressed by
    /// it, so bursts keep their shape: gaps are as uneven as they were, only shorter.
    pub scale: u64,
}

impl Cut {
    /// A scale that changes nothing.
    pub const AS_RECORDED: u64 = 1_000_000_000;

    /// Whether it takes everything as it is.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.from.is_zero() && self.lasts.is_none() && self.scale == Cut::AS_RECORDED
    }
}

impl Default for Cut {
    fn default() -> Self {
        Cut { from: Span::ZERO, lasts: None, scale: Cut::AS_RECORDED }
    }
}
