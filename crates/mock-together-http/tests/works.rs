//! Work other than chat, in process: what is answered, and what it costs.
//!
//! Time is tokio's, paused: it jumps to whatever is waited for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Request, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use mock_together::{Card, Funds, Money, OrganizationId, Tariff};
use mock_together_http::{Mock, Plan, Profile, TokioClock, router};
use rulebook::Rulebook;
use serde_json::{Value, json};

const VECTORS: &str = "BAAI/bge-base-en-v1.5";
const ORDER: &str = "Salesforce/Llama-Rank-V1";
const PICTURES: &str = "black-forest-labs/FLUX.1-schnell";
const SPEECH: &str = "cartesia/sonic";
const KOKORO: &str = "hexgrad/Kokoro-82M";
const RECORDINGS: &str = "openai/whisper-large-v3";
const FORM: &str = "multipart/form-data; boundary=here";

struct House(TowerToHyperService<Router>);

struct Answered {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl House {
    fn of(change: impl FnOnce(&mut Plan)) -> Self {
        let edition = Rulebook::embedded().unwrap().edition("2025-11").unwrap().clone();
        let edition = Arc::new(edition);
        let mut plan = Plan::new(&edition, &edition.tier("build-5").unwrap());
        change(&mut plan);
        Self(TowerToHyperService::new(router(Mock::new(plan, TokioClock::start(), ()))))
    }

    /// With so much credit, and no more.
    fn on_credit(balance: Money, change: impl FnOnce(&mut Plan)) -> Self {
        Self::of(|plan| {
            plan.tier = plan.edition.tier("build-1").unwrap();
            let funds = Funds::none(OrganizationId(0), plan.tier.clone());
            let spent = Money::from_dollars(5);
            plan.funds = Some(Funds { spent, purchased: balance, card: Card::None, ..funds });
            change(plan);
        })
    }

    async fn call(&self, request: Request<Body>) -> Answered {
        let response: Response<Body> = self.0.call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let said: Option<usize> = head
            .headers
            .get("content-length")
            .map(|length| length.to_str().unwrap().parse().unwrap());
        let body = to_bytes(body, 1 << 28).await.unwrap();
        assert!(said.is_none_or(|said| said == body.len()));
        Answered { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn send(&self, path: &str, media: &str, body: impl Into<Body>) -> Answered {
        let request = Request::post(format!("/v1{path}"))
            .header("host", "mock.test:8429")
            .header("authorization", "Bearer a-key")
            .header("content-type", media);
        self.call(request.body(body.into()).unwrap()).await
    }

    async fn post(&self, path: &str, body: &Value) -> Answered {
        self.send(path, "application/json", body.to_string()).await
    }

    /// Sends the same over and over, until credit is gone: how many were answered.
    async fn until_it_is_gone(&self, path: &str, media: &str, body: &[u8]) -> u128 {
        for answered in 0.. {
            let answer = self.send(path, media, body.to_vec()).await;
            if answer.status == 402 {
                return answered;
            }
            assert_eq!(answer.status, 200, "{:?}", answer.body);
            tokio::time::advance(std::time::Duration::from_secs(3)).await;
        }
        0
    }
}

impl Answered {
    fn json(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The field that is refused.
    fn refused(&self) -> String {
        assert_eq!(self.status, 400, "{:?}", self.body);
        self.json()["error"]["param"].as_str().unwrap_or_default().to_owned()
    }
}

fn floats(vector: &Value) -> Vec<f32> {
    let numbers = vector.as_array().unwrap().iter();
    #[expect(clippy::cast_possible_truncation, reason = "as a client reads them")]
    numbers.map(|number| number.as_f64().unwrap() as f32).collect()
}

#[tokio::test(start_paused = true)]
async fn a_text_has_the_same_vector_however_it_is_asked_for() {
    let house = House::of(|_| ());
    let body = json!({"model": VECTORS, "input": ["a calm sea", "a boat", "a calm sea"]});
    let answer = house.post("/embeddings", &body).await;
    assert_eq!(answer.header("x-ratelimit-limit"), "166.6666666667");
    let list = answer.json();
    assert_eq!((&list["object"], &list["model"]), (&"list".into(), &VECTORS.into()));
    // 10, 6 and 10 characters.
    assert_eq!(
        (&list["usage"]["prompt_tokens"], &list["usage"]["total_tokens"]),
        (&7.into(), &7.into())
    );
    let vectors: Vec<Vec<f32>> =
        (0..3).map(|index| floats(&list["data"][index]["embedding"])).collect();
    assert_eq!(vectors[0].len(), 768);
    assert_eq!(vectors[0], vectors[2]);
    assert_ne!(vectors[0], vectors[1]);
    let body = json!({"model": VECTORS, "input": "a calm sea", "encoding_format": "base64"});
    let packed = house.post("/embeddings", &body).await.json();
    let bytes = STANDARD.decode(packed["data"][0]["embedding"].as_str().unwrap()).unwrap();
    let read: Vec<f32> =
        bytes.chunks(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect();
    assert_eq!(read, vectors[0]);
    let body = json!({"model": VECTORS, "input": "a calm sea", "dimensions": 64});
    let fewer = floats(&house.post("/embeddings", &body).await.json()["data"][0]["embedding"]);
    assert_eq!(fewer.len(), 64);
}

#[tokio::test(start_paused = true)]
async fn documents_come_in_the_order_of_their_scores() {
    let house = House::of(|_| ());
    let documents = json!([
        {"title": "Panda", "text": "bears of China"},
        {"title": "Llama", "text": "animals near Peru"},
        {"title": "Guanaco", "text": "wild animals"},
    ]);
    let body = json!({"model": ORDER, "query": "animals near Peru", "documents": documents,
        "return_documents": true, "rank_fields": ["text"]});
    let order = house.post("/rerank", &body).await.json();
    assert_eq!(order["object"], "rerank");
    let results = order["results"].as_array().unwrap();
    let places: Vec<u64> = results.iter().map(|one| one["index"].as_u64().unwrap()).collect();
    assert_eq!(places, [1, 2, 0]);
    let scores: Vec<f64> =
        results.iter().map(|one| one["relevance_score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|one, two| one >= two));
    assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)));
    let text = results[0]["document"]["text"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(text).unwrap(), documents[1]);
    // 17 characters asked, and 14, 17 and 12 read.
    assert_eq!(order["usage"]["total_tokens"], 15);
    let body = json!({"model": ORDER, "query": "sea", "documents": ["a", "sea"], "top_n": 1});
    let first = house.post("/rerank", &body).await.json();
    assert_eq!(first["results"].as_array().unwrap().len(), 1);
    assert_eq!(first["results"][0]["index"], 1);
    assert!(first["results"][0]["document"].get("text").is_none());
}

/// Width and height of a picture, as its bytes say.
fn size_of(media: &str, bytes: &[u8]) -> (u32, u32) {
    if media == "image/png" {
        let reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        return (reader.info().width, reader.info().height);
    }
    assert_eq!(media, "image/jpeg");
    let cursor = zune_jpeg::zune_core::bytestream::ZCursor::new(bytes);
    let mut decoder = zune_jpeg::JpegDecoder::new(cursor);
    decoder.decode().unwrap();
    let info = decoder.info().unwrap();
    (info.width.into(), info.height.into())
}

#[tokio::test(start_paused = true)]
async fn pictures_are_fetched_where_they_lie_without_a_key_and_without_limits() {
    let house = House::of(|_| ());
    for (form, media, size) in
        [(json!(null), "image/jpeg", (1_024, 1_024)), (json!("png"), "image/png", (320, 200))]
    {
        let mut body = json!({"model": PICTURES, "prompt": "a cat", "n": 2, "seed": 7,
            "output_format": form});
        if size.0 == 320 {
            (body["width"], body["height"]) = (320.into(), 200.into());
        }
        let answer = house.post("/images/generations", &body).await;
        assert_eq!(answer.header("x-ratelimit-limit"), "20");
        let list = answer.json();
        assert_eq!(list["id"], answer.header("x-request-id"));
        let urls: Vec<&str> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["url"].as_str().unwrap())
            .collect();
        assert_eq!(urls.len(), 2);
        assert_ne!(urls[0], urls[1]);
        let place = urls[1].strip_prefix("http://mock.test:8429").unwrap();
        let fetched = house.call(Request::get(place).body(Body::empty()).unwrap()).await;
        assert_eq!((fetched.status, fetched.header("content-type")), (200, media));
        assert_eq!(size_of(media, &fetched.body), size);
        assert!(fetched.headers.keys().all(|name| !name.as_str().contains("ratelimit")));
        // The same prompt and seed make the same pictures.
        body["response_format"] = "b64_json".into();
        let inside = house.post("/images/generations", &body).await.json();
        assert_eq!(inside["data"][1]["type"], "b64_json");
        let bytes = STANDARD.decode(inside["data"][1]["b64_json"].as_str().unwrap()).unwrap();
        assert_eq!(bytes, fetched.body);
    }
    let none = Request::get("/_lab/pictures/99999x1-1.png").body(Body::empty()).unwrap();
    assert_eq!(house.call(none).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn speech_is_a_wav_as_long_as_its_text_or_the_same_samples_in_pieces() {
    let house = House::of(|_| ());
    let text = "a".repeat(45);
    for (model, rate) in [(SPEECH, 44_100_u32), (KOKORO, 24_000)] {
        let body = json!({"model": model, "input": text, "voice": "tara"});
        let answer = house.post("/audio/speech", &body).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "audio/wav"));
        assert_eq!(&answer.body[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(answer.body[24..28].try_into().unwrap()), rate);
        // Fifteen characters a second, two bytes a sample.
        assert_eq!(answer.body.len(), 44 + 3 * 2 * rate as usize);
        let raw = json!({"model": model, "input": text, "voice": "tara", "response_format": "raw",
            "response_encoding": "pcm_s16le"});
        let raw = house.post("/audio/speech", &raw).await;
        assert_eq!(raw.header("content-type"), "application/octet-stream");
        assert_eq!(raw.body, answer.body[44..]);
        let body = json!({"model": model, "input": text, "voice": "tara", "stream": true,
            "response_encoding": "pcm_s16le"});
        let stream = house.post("/audio/speech", &body).await;
        assert_eq!(stream.header("content-type"), "text/event-stream;charset=utf-8");
        let events = std::str::from_utf8(&stream.body).unwrap();
        let mut events: Vec<&str> = events
            .split_terminator("\n\n")
            .map(|event| event.strip_prefix("data: ").unwrap())
            .collect();
        assert_eq!(events.pop(), Some("[DONE]"));
        let mut sound = Vec::new();
        for event in events {
            let event: Value = serde_json::from_str(event).unwrap();
            assert_eq!(
                (&event["object"], &event["model"]),
                (&"audio.tts.chunk".into(), &model.into())
            );
            sound.extend(STANDARD.decode(event["b64"].as_str().unwrap()).unwrap());
        }
        assert_eq!(sound, raw.body);
    }
}

/// A body with a recording and fields beside it.
fn form(recording: &[u8], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        let head = format!("--here\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend(format!("{head}{value}\r\n").into_bytes());
    }
    body.extend(b"--here\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n");
    body.extend(recording);
    body.extend(b"\r\n--here--\r\n");
    body
}

/// A WAV of so many seconds at this many bytes a second.
fn wav(seconds: u32, rate: u32) -> Vec<u8> {
    let bytes = seconds * rate;
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0".to_vec();
    wav.extend([rate, rate].map(u32::to_le_bytes).concat());
    wav.extend(b"\x01\0\x08\0data");
    wav.extend(bytes.to_le_bytes());
    wav.resize(wav.len() + bytes as usize, 0x80);
    wav
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_written_down_at_either_address() {
    let house = House::of(|_| ());
    let recording = wav(60, 100);
    for address in ["/audio/transcriptions", "/audio/translations"] {
        // Where no model is named the one that writes down is meant.
        let plain = house.send(address, FORM, form(&recording, &[])).await.json();
        assert_eq!(plain["text"].as_str().unwrap().split(' ').count(), 150);
        let fields = [
            ("model", RECORDINGS),
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("diarize", "true"),
            ("language", "de"),
        ];
        let verbose = house.send(address, FORM, form(&recording, &fields)).await.json();
        assert_eq!((&verbose["duration"], &verbose["language"]), (&60.0.into(), &"de".into()));
        assert_eq!(verbose["words"].as_array().unwrap().len(), 150);
        assert_eq!(verbose["speaker_segments"][1]["speaker_id"], "SPEAKER_01");
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_is_not_written_down_is_refused_in_the_editions_words() {
    let house = House::of(|_| ());
    let cases = [
        (wav(4 * 3_600 + 1, 1), 400, "audio_too_long"),
        (b"no recording at all".to_vec(), 400, "unsupported_format"),
        (wav(80_000, 1_000), 413, ""),
    ];
    for (recording, status, code) in cases {
        let body = form(&recording, &[("model", RECORDINGS)]);
        let answer = house.send("/audio/transcriptions", FORM, body).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.json()["error"]["code"].as_str().unwrap_or_default(), code);
        let by = if status == 413 { "request_too_large" } else { "invalid_request_error" };
        assert_eq!(answer.json()["error"]["type"], by);
    }
    let json = json!({"model": RECORDINGS, "file": "x"});
    assert_eq!(house.post("/audio/transcriptions", &json).await.refused(), "content-type");
    let nothing = b"--here\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nx\r\n--here--";
    assert_eq!(house.send("/audio/transcriptions", FORM, nothing.to_vec()).await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn odd_values_are_refused_by_name_and_taken_where_clients_are_tried() {
    let speech = |rest: Value| {
        let mut body = json!({"model": SPEECH, "input": "hello", "voice": "x"});
        body.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        body
    };
    let cases = [
        ("/embeddings", "dimensions", json!({"model": VECTORS, "input": "a", "dimensions": 769})),
        ("/embeddings", "dimensions", json!({"model": VECTORS, "input": "a", "dimensions": 0})),
        ("/embeddings", "input", json!({"model": VECTORS, "input": []})),
        ("/rerank", "documents", json!({"model": ORDER, "query": "a", "documents": []})),
        ("/rerank", "top_n", json!({"model": ORDER, "query": "a", "documents": ["b"], "top_n": 0})),
        ("/images/generations", "n", json!({"model": PICTURES, "prompt": "a", "n": 0})),
        ("/images/generations", "steps", json!({"model": PICTURES, "prompt": "a", "steps": 0})),
        (
            "/images/generations",
            "width",
            json!({"model": PICTURES, "prompt": "a", "width": 70_000}),
        ),
        ("/images/generations", "size", json!({"model": PICTURES, "prompt": "a", "size": "big"})),
        ("/audio/speech", "response_format", speech(json!({"response_format": "mp3"}))),
        (
            "/audio/speech",
            "response_format",
            speech(json!({"stream": true, "response_format": "wav"})),
        ),
        ("/audio/speech", "sample_rate", speech(json!({"sample_rate": 0}))),
        ("/audio/speech", "response_encoding", speech(json!({"response_encoding": "x"}))),
        ("/audio/speech", "input", speech(json!({"input": ""}))),
        ("/audio/speech", "model", speech(json!({"model": RECORDINGS}))),
    ];
    let strict = House::of(|_| ());
    let lenient = House::of(|plan| plan.profile = Profile::Conformance);
    for (address, field, body) in cases {
        let answer = strict.post(address, &body).await;
        assert_eq!(answer.refused(), field, "{body}");
        // It took its slot, where there is a limit: no tier has a number for audio.
        let limited = !answer.header("x-ratelimit-remaining").is_empty();
        assert_eq!(limited, address != "/audio/speech", "{body}");
        assert_eq!(lenient.post(address, &body).await.status, 200, "{body}");
    }
    let chat = json!({"model": "openai/gpt-oss-20b", "input": "a"});
    assert_eq!(strict.post("/embeddings", &chat).await.status, 400, "a chat model has no vectors");
}

#[tokio::test(start_paused = true)]
async fn a_conforming_mock_lets_nobody_wait() {
    let house = House::of(|plan| plan.profile = Profile::Conformance);
    let chat = json!({"model": "a", "messages": [{"role": "user", "content": "b"}]});
    let mut streamed = chat.clone();
    streamed["stream"] = true.into();
    let works = [
        ("/chat/completions", chat),
        ("/chat/completions", streamed),
        ("/completions", json!({"model": "a", "prompt": "b"})),
        ("/embeddings", json!({"model": VECTORS, "input": "a"})),
        ("/rerank", json!({"model": ORDER, "query": "a", "documents": ["b"]})),
        ("/images/generations", json!({"model": PICTURES, "prompt": "a", "n": 4})),
        ("/audio/speech", json!({"model": SPEECH, "input": "a", "voice": "x"})),
    ];
    let began = tokio::time::Instant::now();
    for (address, body) in works {
        assert_eq!(house.post(address, &body).await.status, 200, "{body}");
        assert!(began.elapsed().is_zero(), "{address}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_charged_is_what_was_asked_for() {
    let cents = Money::from_cents;
    // 1.5 megapixels in twice the steps, twice.
    let picture = json!({"model": PICTURES, "prompt": "a", "n": 2, "width": 1_500, "height": 1_000,
        "steps": 8});
    let each_picture = Money::from_dollars(27).of_parts(6, 10_000);
    // 2,000 characters at 65 dollars a million.
    let spoken = json!({"model": SPEECH, "input": "a".repeat(2_000), "voice": "x"});
    let heard = form(&wav(90, 10), &[("model", RECORDINGS)]);
    let each_minute = Money::from_dollars(15).of_parts(1, 10_000);
    let cases = [
        ("/images/generations", "application/json", picture.to_string().into_bytes(), each_picture),
        ("/audio/speech", "application/json", spoken.to_string().into_bytes(), cents(13)),
        ("/audio/transcriptions", FORM, heard, each_minute.of_parts(90, 60)),
    ];
    for (address, media, body, each) in cases {
        for times in [1, 3] {
            // What is left of the last request's price is still credit.
            let balance = each.times(times - 1) + each.of_parts(1, 2);
            let house = House::on_credit(balance, |_| ());
            assert_eq!(
                house.until_it_is_gone(address, media, &body).await,
                times.into(),
                "{address}"
            );
        }
    }
    // Whatever costs by the token costs what its usage says.
    let read = [
        ("/embeddings", VECTORS, json!({"model": VECTORS, "input": ["a calm sea", "boat"]})),
        ("/rerank", ORDER, json!({"model": ORDER, "query": "a", "documents": ["b", "sea"]})),
    ];
    for (address, model, body) in read {
        let usage = House::of(|_| ()).post(address, &body).await.json()["usage"].clone();
        let tokens = usage["prompt_tokens"].as_u64().unwrap();
        assert_eq!(usage["total_tokens"], tokens);
        let balance = cents(1).times(2 * tokens) + cents(1).of_parts(1, 2);
        let each = Tariff { prompt: cents(1), answer: cents(100), ..Tariff::FREE };
        let house = House::on_credit(balance, |plan| plan.tariffs = vec![(model.to_owned(), each)]);
        let body = body.to_string().into_bytes();
        assert_eq!(
            house.until_it_is_gone(address, "application/json", &body).await,
            3,
            "{address}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_of_other_work_is_asked_for_chat_in_vain() {
    let house = House::of(|_| ());
    for model in [VECTORS, ORDER, PICTURES, SPEECH, RECORDINGS] {
        let messages = json!([{ "role": "user", "content": "hello" }]);
        let body = json!({ "model": model, "messages": messages, "max_tokens": 1 });
        let answer = house.post("/chat/completions", &body).await;
        assert_eq!(answer.status, 400, "{model}: {:?}", answer.body);
        assert_eq!(answer.json()["error"]["type"], "invalid_request_error");
    }
}
