//! Whatever a client sends, it is answered or refused in the service's words: good bodies of every
//! address, mutated by bytes and by what JSON and forms are made of, under both profiles.
//!
//! The mutations of a run follow from its seed, so a failure names what repeats it. `cargo test` runs
//! a fixed number of them; with `TIERLAB_FUZZ_SECONDS` set, as many as fit.
//!
//! Time is tokio's, paused: it jumps to whatever is waited for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use mock_together_http::{Mock, Plan, Profile, TokioClock, router};
use rulebook::{Edition, Rulebook, Unheard};
use serde_json::Value;
use wire::ErrorKind;

/// Requests of a plain `cargo test`, under each profile.
const FEW: u64 = 1_500;
/// A mock gets so many before the next one takes its place.
const OF_ONE: u64 = 500;
/// An answer is read this far: more than any may have.
const BYTES: usize = 256 << 20;
/// A request that takes longer than this hangs, whatever else the machine has to do.
const HANGS: Duration = Duration::from_mins(1);

const FORM: &str = "multipart/form-data; boundary=b";
const JSON: &str = "application/json";

/// A good request.
struct Good {
    method: &'static str,
    path: &'static str,
    media: &'static str,
    body: &'static str,
}

const fn json(path: &'static str, body: &'static str) -> Good {
    Good { method: "POST", path, media: JSON, body }
}

const fn form(path: &'static str, body: &'static str) -> Good {
    Good { method: "POST", path, media: FORM, body }
}

const fn bare(method: &'static str, path: &'static str) -> Good {
    Good { method, path, media: "", body: "" }
}

/// One for each address at least, with as many of its fields as go together.
const GOOD: &[Good] = &[
    json(
        "/v1/chat/completions",
        r#"{"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","messages":[{"role":"system","content":"Be short."},{"role":"user","content":[{"type":"text","text":"What is \u00e9?"},{"type":"image_url","image_url":{"url":"data:,"}}]}],"max_tokens":20,"n":2,"stop":["\n\n"],"temperature":0.7,"top_p":0.9,"seed":7,"logprobs":1,"stream":true,"stream_options":{"include_usage":true}}"#,
    ),
    json(
        "/v1/chat/completions",
        r#"{"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","messages":[{"role":"user","content":"weather"}],"tools":[{"type":"function","function":{"name":"weather","description":"","parameters":{"type":"object","properties":{"city":{"type":"string","enum":["a","b"]},"days":{"type":"integer","minimum":1,"maximum":9}},"required":["city"]}}}],"tool_choice":"auto","max_tokens":30}"#,
    ),
    json(
        "/v1/chat/completions",
        r##"{"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","messages":[{"role":"user","content":"json"}],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"a":{"type":"array","items":{"anyOf":[{"type":"number","multipleOf":0.5},{"$ref":"#/$defs/t"}]},"minItems":1,"maxItems":4},"b":{"type":"string","minLength":2,"maxLength":9,"pattern":"^a+$"}},"required":["a","b"],"additionalProperties":false,"$defs":{"t":{"type":["string","null"]}}}}},"max_tokens":60}"##,
    ),
    json(
        "/v1/completions",
        r#"{"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","prompt":"Once","max_tokens":12,"n":2,"echo":true,"logprobs":2,"stop":["x"],"stream":true}"#,
    ),
    json(
        "/v1/embeddings",
        r#"{"model":"BAAI/bge-base-en-v1.5","input":["a","b"],"encoding_format":"base64","dimensions":64}"#,
    ),
    json(
        "/v1/rerank",
        r#"{"model":"Salesforce/Llama-Rank-V1","query":"q","documents":[{"title":"a","text":"b"},"c"],"top_n":2,"return_documents":true,"rank_fields":["title"]}"#,
    ),
    json(
        "/v1/images/generations",
        r#"{"model":"black-forest-labs/FLUX.1-schnell","prompt":"a cat","n":2,"steps":4,"width":64,"height":32,"seed":3,"response_format":"base64","output_format":"png"}"#,
    ),
    json(
        "/v1/images/generations",
        r#"{"model":"black-forest-labs/FLUX.1-schnell","prompt":"a cat","size":"64x64"}"#,
    ),
    json(
        "/v1/audio/speech",
        r#"{"model":"cartesia/sonic","input":"hello","voice":"laidback woman","response_format":"wav","language":"en","sample_rate":8000,"stream":false}"#,
    ),
    form(
        "/v1/audio/transcriptions",
        "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nopenai/whisper-large-v3\r\n--b\r\nContent-Disposition: form-data; name=\"response_format\"\r\n\r\nverbose_json\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: audio/wav\r\n\r\nRIFF\x2c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\x08\0\0\0abcdefgh\r\n--b--\r\n",
    ),
    form(
        "/v1/audio/translations",
        "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nopenai/whisper-large-v3\r\n--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhttps://example.com/a.mp3\r\n--b--\r\n",
    ),
    form(
        "/v1/files/upload",
        "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nfine-tune\r\n--b\r\nContent-Disposition: form-data; name=\"file_name\"\r\n\r\na.jsonl\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n{\"text\":\"a\"}\n{\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}\n\r\n--b--\r\n",
    ),
    form(
        "/v1/files?purpose=fine-tune&file_name=a.jsonl",
        "--b\r\nContent-Disposition: form-data; name=\"file_type\"\r\n\r\njsonl\r\n--b--\r\n",
    ),
    json(
        "/v1/batches",
        r#"{"endpoint":"/v1/chat/completions","input_file_id":"file-1","completion_window":"24h","model_id":"meta-llama/Llama-3.3-70B-Instruct-Turbo","priority":1}"#,
    ),
    json("/v1/models", r#"{"model_name":"a","model_source":"b/c","description":"d"}"#),
    json(
        "/v1/fine-tunes/estimate-price",
        r#"{"training_file":"file-1","model":"meta-llama/Meta-Llama-3.1-8B-Instruct-Reference","n_epochs":3,"training_type":{"type":"Lora","lora_r":8,"lora_alpha":16},"training_method":{"method":"sft"}}"#,
    ),
    json(
        "/v1/endpoints",
        r#"{"model":"meta-llama/Llama-3.3-70B-Instruct-Turbo","hardware":"1x_nvidia_h100_80gb_sxm","autoscaling":{"min_replicas":1,"max_replicas":2},"display_name":"x","state":"STARTED","inactive_timeout":5}"#,
    ),
    Good {
        method: "PATCH",
        path: "/v1/endpoints/endpoint-1",
        media: JSON,
        body: r#"{"state":"STOPPED","autoscaling":{"min_replicas":0,"max_replicas":1},"inactive_timeout":0}"#,
    },
    Good { method: "PUT", path: "/_lab/uploads/file-1/token", media: "", body: "a,b\n1,2\n" },
    bare("GET", "/v1/endpoints?type=dedicated"),
    bare("GET", "/v1/endpoints/endpoint-1"),
    bare("DELETE", "/v1/endpoints/endpoint-1"),
    bare("GET", "/v1/models?dedicated=true"),
    bare("GET", "/v1/files"),
    bare("GET", "/v1/files/file-1"),
    bare("DELETE", "/v1/files/file-1"),
    bare("GET", "/v1/files/file-1/content"),
    bare("GET", "/v1/batches?limit=3"),
    bare("GET", "/v1/batches/b-1"),
    bare("POST", "/v1/batches/b-1/cancel"),
    bare("GET", "/v1/fine-tunes"),
    bare("GET", "/v1/fine-tunes/ft-1"),
    bare("GET", "/v1/fine-tunes/models/supported"),
    bare("GET", "/v1/hardware?model=x"),
    bare("GET", "/v1/clusters/availability-zones"),
    bare("GET", "/v1/jobs"),
    bare("GET", "/v1/jobs/job-1"),
    bare("GET", "/v1/evaluation/model-list"),
    bare("GET", "/v1/voices"),
    bare("GET", "/_lab/books"),
    bare("GET", "/_lab/pictures/picture-1"),
    bare("GET", "/health"),
    bare("GET", "/metrics"),
];

/// Values of every type, most of them out of place everywhere.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "1",
    "0.5",
    "-0.0",
    "1e308",
    "1e-308",
    "1e999",
    "127",
    "129",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "99999999999999999999999999999999999999999",
    "true",
    "false",
    "null",
    "\"\"",
    "\" \"",
    "\"5\"",
    "\"\\u0000\"",
    "\"\\ud800\"",
    "\"é\u{1f980}\u{200b}\"",
    "\"auto\"",
    "\"required\"",
    "\"9999999999x9999999999\"",
    "\"#\"",
    "\"object\"",
    "[]",
    "[[]]",
    "{}",
    "[1,\"two\",{}]",
    "{\"type\":\"array\",\"minItems\":4294967295}",
    "{\"type\":\"string\",\"minLength\":18446744073709551615}",
    "{\"$ref\":\"#\"}",
    "{\"type\":\"json_object\"}",
];

/// Media types, most of them out of place.
const MEDIA: &[&str] = &[
    "",
    JSON,
    FORM,
    "application/json; charset=utf-16",
    "multipart/form-data",
    "multipart/form-data; boundary=\"\"",
    "multipart/form-data; boundary=\"b",
    "multipart/mixed; boundary=b",
    "application/x-www-form-urlencoded",
    "text/plain",
    "\t;;==",
];

/// Chance of a case: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    fn one_of<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[self.below(among.len())]
    }

    /// A place within so many bytes, and a later one.
    fn span(&mut self, length: usize) -> (usize, usize) {
        let (one, other) = (self.below(length + 1), self.below(length + 1));
        (one.min(other), one.max(other))
    }
}

/// One mutation.
fn mutate(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let (from, to) = dice.span(bytes.len());
    match dice.below(12) {
        0 if !bytes.is_empty() => {
            let at = dice.below(bytes.len());
            bytes[at] ^= 1 << dice.below(8);
        }
        1 => bytes.truncate(from),
        2 => drop(bytes.drain(from..to.min(from + 40))),
        3 => {
            let piece = bytes[from..to].to_vec();
            let at = dice.below(bytes.len() + 1);
            bytes.splice(at..at, piece);
        }
        4 => {
            let other = dice.one_of(GOOD).body.as_bytes();
            let (start, end) = dice.span(other.len());
            bytes.splice(from..to, other[start..end].iter().copied());
        }
        5 => {
            let noise: Vec<u8> =
                (0..dice.below(30)).map(|_| dice.next().to_le_bytes()[0]).collect();
            bytes.splice(from..from, noise);
        }
        6 => {
            let (open, close) = *dice.one_of(&[("[", "]"), ("{\"a\":", "}"), ("[", "")]);
            let deep = *dice.one_of(&[2, 100, 130, 3_000]);
            let nested = [open.repeat(deep), "1".into(), close.repeat(deep)].concat();
            with_value(bytes, nested.as_bytes(), dice);
        }
        7 => with_key_twice(bytes, dice),
        _ => {
            let value = *dice.one_of(VALUES);
            with_value(bytes, value.as_bytes(), dice);
        }
    }
}

/// The places after the colons: where JSON's values begin.
fn values(bytes: &[u8]) -> Vec<usize> {
    let colons = bytes.windows(2).enumerate().filter(|(_, pair)| *pair == b"\":");
    colons.map(|(at, _)| at + 2).collect()
}

/// Where the value ends that begins here.
fn end(bytes: &[u8], begins: usize) -> usize {
    let mut values = serde_json::Deserializer::from_slice(&bytes[begins..]).into_iter::<Value>();
    match values.next() {
        Some(Ok(_)) => begins + values.byte_offset(),
        _ => begins,
    }
}

/// Another value in some place.
fn with_value(bytes: &mut Vec<u8>, value: &[u8], dice: &mut Dice) {
    let places = values(bytes);
    if places.is_empty() {
        *bytes = value.to_vec();
        return;
    }
    let begins = *dice.one_of(&places);
    let ends = end(bytes, begins);
    bytes.splice(begins..ends, value.iter().copied());
}

/// Some key once more, with another value.
fn with_key_twice(bytes: &mut Vec<u8>, dice: &mut Dice) {
    let places = values(bytes);
    if places.is_empty() {
        return;
    }
    let value = *dice.one_of(&places);
    let quote = bytes[..value - 2].iter().rposition(|byte| *byte == b'"').unwrap_or(0);
    let other = *dice.one_of(VALUES);
    let again = [&bytes[quote..value], other.as_bytes(), b","].concat();
    bytes.splice(quote..quote, again);
}

/// A mutated request, wholly decided by its number.
fn case(number: u64) -> (String, Request<Body>) {
    let mut dice = Dice(number);
    // Those with bodies stand before the others.
    let with_bodies = GOOD.iter().filter(|good| !good.body.is_empty()).count();
    let most = if dice.below(8) == 0 { GOOD.len() } else { with_bodies };
    let good = &GOOD[dice.below(most)];
    let mut body = good.body.as_bytes().to_vec();
    for _ in 0..dice.below(4) {
        mutate(&mut body, &mut dice);
    }
    let mut path = good.path.to_owned();
    if dice.below(20) == 0 {
        path.push_str(dice.one_of::<&str>(&[
            "/",
            "%00",
            "%ff",
            "/..%2f",
            "?limit=-1&after=%",
            "&&=",
        ]));
    }
    let media = if dice.below(10) == 0 { dice.one_of::<&str>(MEDIA) } else { good.media };
    let method = if dice.below(30) == 0 {
        dice.one_of::<&str>(&["GET", "POST", "PUT"])
    } else {
        good.method
    };
    let key = if dice.below(30) == 0 { "" } else { "Bearer a-key" };
    let mut request = Request::builder().method(method).uri(&path);
    for (name, value) in [("content-type", media), ("authorization", key), ("host", "mock.test")] {
        if !value.is_empty() {
            request = request.header(name, value);
        }
    }
    if dice.below(20) == 0 {
        let fate = dice.one_of::<&str>(&["", "1", "v1 1 2 3", "-1 -1", "18446744073709551616"]);
        request = request.header(wire::Fate::HEADER, *fate).header(wire::CALLER_HEADER, *fate);
    }
    let said = format!("{method} {path} as {media:?}: {:?}", String::from_utf8_lossy(&body));
    (said, request.body(body.into()).unwrap())
}

/// The statuses that an edition has, and those of the transport.
fn statuses(edition: &Edition) -> BTreeSet<u16> {
    let errors = ErrorKind::ALL.into_iter().map(|kind| edition.error(kind).status.0);
    let unheard = [Unheard::TooLarge, Unheard::TooLong, Unheard::Unsupported];
    let unheard = unheard.into_iter().filter_map(|why| Some(edition.unheard(why)?.status.0));
    errors.chain(unheard).chain([200, 201, 204, 302, 404, 405]).collect()
}

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

struct House {
    router: Router,
    statuses: BTreeSet<u16>,
}

impl House {
    fn of(profile: Profile) -> Self {
        let edition = Rulebook::embedded().unwrap().edition("2025-11").unwrap().clone();
        let edition = Arc::new(edition);
        let mut plan = Plan::new(&edition, &edition.tier("build-5").unwrap());
        plan.profile = profile;
        let statuses = statuses(&edition);
        Self { router: router(Mock::new(plan, TokioClock::start(), ())), statuses }
    }

    async fn call(&self, request: Request<Body>) -> Answered {
        let service = TowerToHyperService::new(self.router.clone());
        let (head, body) = service.call(request).await.unwrap().into_parts();
        let body = to_bytes(body, BYTES).await.unwrap();
        Answered { status: head.status.as_u16(), headers: head.headers, body }
    }

    /// What is wrong with an answer.
    fn fault(&self, answered: &Answered) -> Option<&'static str> {
        let Answered { status, headers, body } = answered;
        if !self.statuses.contains(status) {
            return Some("a status that the edition lacks");
        }
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let media = header("content-type").unwrap_or("");
        if media.starts_with("text/event-stream") {
            return (!body.ends_with(b"data: [DONE]\n\n")).then_some("a stream without an end");
        }
        let read = serde_json::from_slice::<Value>(body);
        if *status < 400 {
            let torn = media == JSON && read.is_err() && !body.is_empty();
            return torn.then_some("no JSON");
        }
        let Ok(read) = read else { return Some("no envelope") };
        let error = &read["error"];
        let is_told = error.is_string() || error["message"].is_string();
        let is_same = read["id"].as_str().is_none_or(|id| Some(id) == header("x-request-id"));
        (media != JSON || !is_told || !is_same).then_some("no envelope")
    }
}

/// How often each status was met.
type Met = BTreeMap<u16, u64>;

/// Sends these; what is wrong says which.
async fn send(profile: Profile, numbers: std::ops::Range<u64>, met: &mut Met) {
    let house = Arc::new(House::of(profile));
    for number in numbers {
        let (said, request) = case(number);
        let began = Instant::now();
        let asked = Arc::clone(&house);
        let answered = tokio::spawn(async move { asked.call(request).await }).await;
        let Ok(answered) = answered else { panic!("{profile:?} {number} panics: {said}") };
        let body = String::from_utf8_lossy(&answered.body[..answered.body.len().min(2_000)]);
        let what = || format!("{profile:?} {number}: {said}\n{} {body}", answered.status);
        let fault = house.fault(&answered);
        assert!(fault.is_none(), "{}\n{}", fault.unwrap_or_default(), what());
        assert!(began.elapsed() < HANGS, "{}", what());
        *met.entry(answered.status).or_default() += 1;
        // Limits let the next one in.
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_a_client_sends_is_answered_or_refused_in_the_services_words() {
    let seconds = std::env::var("TIERLAB_FUZZ_SECONDS").ok().map(|said| said.parse().unwrap());
    let first: u64 = std::env::var("TIERLAB_FUZZ_FROM").map_or(1, |said| said.parse().unwrap());
    let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut met = [Met::new(), Met::new()];
    let mut next = first;
    while until.map_or(next < first + FEW, |until| Instant::now() < until) {
        for (profile, met) in [Profile::Rules, Profile::Conformance].into_iter().zip(&mut met) {
            send(profile, next..next + OF_ONE, met).await;
        }
        next += OF_ONE;
    }
    for met in met {
        assert!(met.contains_key(&200) && met.contains_key(&400), "{met:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn good_requests_are_answered() {
    let house = House::of(Profile::Conformance);
    for Good { method, path, media, body } in GOOD {
        let request = Request::builder().method(*method).uri(*path).header("host", "mock.test");
        let request =
            request.header("authorization", "Bearer a-key").header("content-type", *media);
        let answered = house.call(request.body((*body).into()).unwrap()).await;
        let ours = path.starts_with("/_lab");
        let body = String::from_utf8_lossy(&answered.body);
        assert!(ours || answered.status < 400, "{method} {path}: {} {body}", answered.status);
    }
}
