//! One way to fail, for every request: what each attempt then was, and what is said of it.

use run_record::RefusedBy;

use crate::server::{Act, Server};
use crate::stage::*;

/// One way to answer.
struct Case {
    /// What a client gets of it.
    is: &'static str,
    acts: Vec<Act>,
    /// What is told of it; some wordings hang on which packet the kernel shows first.
    because: &'static [&'static str],
    /// Whether it is worth another try.
    again: bool,
}

fn case(is: &'static str, acts: impl Into<Vec<Act>>) -> Case {
    Case { is, acts: acts.into(), because: &[], again: true }
}

impl Case {
    fn because(mut self, because: &'static [&'static str]) -> Self {
        self.because = because;
        self
    }

    fn once(mut self) -> Self {
        self.again = false;
        self
    }

    /// Every request meets this, of clients that try once and of clients that try three times.
    async fn holds(self, stream: bool) {
        for (strategy, tries) in [(ONE_TRY, 1), (THREE_TRIES, if self.again { 3 } else { 1 })] {
            let acts = self.acts.clone();
            let server = Server::start(move |_| acts.clone()).await;
            let scenario = Told { stream, strategy, ..Told::default() }.scenario();
            let replayed = run(&scenario, server.address).await;
            let what = format!("{:?}", self.acts);
            assert_eq!(ends(&replayed), vec![self.is; 4 * tries], "{what}");
            let mut told: u64 = 0;
            for (why, times) in &replayed.troubles {
                let known = self.because.iter().any(|because| why.contains(because));
                assert!(known, "{why}: {what}");
                told += times;
            }
            let expected = if self.because.is_empty() { 0 } else { 4 * tries as u64 };
            assert_eq!(told, expected, "{what}");
            assert_eq!(server.asked().len(), 4 * tries, "each attempt arrived once: {what}");
        }
    }
}

const RESET: &[&str] = &["no answer: connection error: Connection reset", "connection closed"];
const CLOSED: &[&str] = &["no answer: connection closed before message completed"];
const NO_HTTP: &[&str] = &["no answer: invalid HTTP"];
const TOO_LARGE: &[&str] = &["no answer: message head is too large"];
const CUT: &[&str] = &["an answer broke off"];
const STOPPED: &[&str] = &["the stream stopped before it said that it is done"];
const INTERNAL: &[&str] = &["an error in its place: internal"];
const UNKNOWN: &[&str] = &["an error in its place: of no known kind"];
const TORN: &[&str] = &["an event of the stream is no JSON"];
const NO_JSON: &[&str] = &["it is no answer in JSON"];

#[tokio::test]
async fn without_a_whole_head_there_was_no_answer() {
    case("unanswered", [Act::Close]).because(CLOSED).holds(false).await;
    case("unanswered", [Act::Reset]).because(RESET).holds(false).await;
    let half = || say("HTTP/1.1 200 OK\r\ncontent-ty");
    case("unanswered", [half(), Act::Close]).because(CLOSED).holds(false).await;
    case("unanswered", [half(), Act::Reset]).because(RESET).holds(true).await;
    let text = || say("welcome to the machine\r\n\r\n");
    case("unanswered", [text(), Act::Close]).because(NO_HTTP).holds(false).await;
    case("unanswered", [text(), Act::Stall]).because(NO_HTTP).holds(true).await;
    let endless = format!("HTTP/1.1 200 OK\r\nx-long: {}", "x".repeat(200_000));
    case("unanswered", [say(endless), Act::Stall]).because(TOO_LARGE).holds(false).await;
}

#[tokio::test]
async fn half_an_answer_failed_with_its_status_and_says_how() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"choices\":[";
    case("failed 200", [say(head), Act::Close]).because(CUT).holds(false).await;
    case("failed 200", [say(head), Act::Reset]).because(CUT).holds(false).await;
    let begun = || say([STREAM_HEAD, CHUNK].concat());
    case("failed 200", [begun(), Act::Close]).because(STOPPED).holds(true).await;
    case("failed 200", [begun(), Act::Reset]).because(CUT).holds(true).await;
    let charged = say([STREAM_HEAD, CHUNK, USAGE].concat());
    case("failed 200", [charged, Act::Close]).because(STOPPED).holds(true).await;
    let whole_but_for_its_end = say(chunked(&[CHUNK, USAGE].concat()));
    case("failed 200", [whole_but_for_its_end]).because(STOPPED).holds(true).await;
    // Nothing says how long it is, so its end is its connection's; but it is no whole document.
    let unmeasured = say("HTTP/1.1 200 OK\r\n\r\n{\"choices\":[");
    case("failed 200", [unmeasured, Act::Close]).because(NO_JSON).holds(false).await;
}

#[tokio::test]
async fn a_success_that_is_none_failed() {
    let html = "<html>it works</html>";
    let json = "content-type: application/json\r\n";
    case("failed 200", [say(answer("200 OK", json, html))]).because(NO_JSON).holds(false).await;
    case("failed 200", [say(answer("200 OK", "", ""))]).because(NO_JSON).holds(false).await;
    let empty = say("HTTP/1.1 204 No Content\r\n\r\n");
    case("failed 204", [empty]).because(NO_JSON).holds(false).await;
    let error = "{\"error\":{\"message\":\"Internal server error\",\"type\":\"server_error\"}}";
    case("failed 200", [say(answer("200 OK", json, error))]).because(INTERNAL).holds(false).await;
    let event = format!("data: {error}\n\n");
    let in_stream = say(chunked(&[CHUNK, &event].concat()));
    case("failed 200", [in_stream]).because(INTERNAL).holds(true).await;
    let unknown = "data: {\"error\":\"we are sorry\"}\n\n";
    let in_stream = say(chunked(&[CHUNK, unknown, USAGE, DONE].concat()));
    case("failed 200", [in_stream]).because(UNKNOWN).holds(true).await;
    let torn = say(chunked(&[CHUNK, "data: {\"choices\":[\n\n", DONE].concat()));
    case("failed 200", [torn]).because(TORN).holds(true).await;
}

const BROKE: &str = "refused 402 balance";

#[tokio::test]
async fn a_refusal_is_known_by_its_status_whatever_its_body_is() {
    let html = "<html><h1>Sorry</h1></html>";
    let foreign = "{\"error\":{\"message\":\"sorry\",\"type\":\"overloaded\"}}";
    for body in [foreign, html, ""] {
        for (status, is, again) in [
            ("500 Internal Server Error", "failed 500", true),
            ("503 Service Unavailable", "failed 503", true),
            ("302 Found", "failed 302", false),
            ("404 Not Found", "refused 404 other", false),
            // An edition has one kind of error with this status: a body without words is enough.
            (
                "402 Payment Required",
                if body == foreign { "refused 402 other" } else { BROKE },
                false,
            ),
            ("429 Too Many Requests", "refused 429 other", true),
        ] {
            let acts = [say(answer(status, "location: /elsewhere\r\n", body))];
            Case { again, ..case(is, acts) }.holds(false).await;
        }
    }
    // Half a refusal still refuses.
    let half = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 900\r\n\r\n{\"err";
    case("failed 503", [say(half), Act::Close]).holds(false).await;
    let bare = say("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 900\r\n\r\n");
    case("refused 429 other", [bare, Act::Reset]).holds(true).await;
}

#[tokio::test]
async fn words_that_the_edition_knows_say_what_refused() {
    let credit = "{\"error\":{\"message\":\"Credit limit exceeded.\",\"type\":\"credit_limit\"}}";
    let broke = say(answer("402 Payment Required", "", credit));
    case(BROKE, [broke]).once().holds(false).await;
    let model = "{\"error\":{\"message\":\"slow down\",\"type\":\"model_rate_limit\"}}";
    let busy = say(answer("429 Too Many Requests", "", model));
    case("refused 429 model", [busy]).holds(true).await;
    let torn = say(answer("429 Too Many Requests", "", &model[..40]));
    case("refused 429 other", [torn]).holds(true).await;
}

#[tokio::test]
async fn a_mock_of_ours_may_say_more_than_its_body_does() {
    let decided = "x-tierlab-decided-by: tokens\r\n";
    let refused = answer("429 Too Many Requests", decided, "");
    let server = Server::start(move |_| vec![say(refused.clone())]).await;
    let replayed = run(&Told::default().scenario(), server.address).await;
    let leaf = &replayed.groups[0].leaf.attempts;
    assert_eq!((leaf.refused_by.other, leaf.truly.tokens), (4, 4));
    assert_eq!(*leaf.truly.get(RefusedBy::Other), 0);
}

#[tokio::test]
async fn a_hint_is_waited_for_as_it_stands_in_the_header() {
    let limited = answer(
        "429 Too Many Requests",
        "x-ratelimit-limit: 1\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 1\r\n\
         x-ratelimit: true\r\nretry-after: 1\r\n",
        "{\"error\":{\"message\":\"slow down\",\"type\":\"model_rate_limit\"}}",
    );
    for strategy in ["honour-retry-after", "pace-by-headers"] {
        let limited = limited.clone();
        // Only the very first request is refused.
        let server = Server::start(move |asked| {
            vec![say(if asked.number == 0 { limited.clone() } else { good() })]
        })
        .await;
        let strategy: &'static str = match strategy {
            "pace-by-headers" => "preset = \"pace-by-headers\"",
            _ => "preset = \"honour-retry-after\"",
        };
        let scenario = Told { lasts: "10ms", strategy, ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        assert_eq!(ends(&replayed), ["refused 429 model", "ok 10+5"]);
        let [refused, again] = [&replayed.attempts[0].end, &replayed.attempts[1].end];
        let waited = again.sent.since(refused.now);
        assert!(waited >= limits::Span::from_secs(1), "{strategy}: {waited:?}");
    }
}

#[tokio::test]
async fn a_service_that_says_nothing_more_leaves_attempts_open() {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let refusal = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 9\r\n\r\n";
    for (begun, stream) in
        [("", false), (head, true), (&[head, CHUNK].concat(), true), (refusal, false)]
    {
        let acts = vec![say(begun), Act::Stall];
        let server = Server::start(move |_| acts.clone()).await;
        let scenario = Told { stream, drain: "100ms", ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        assert_eq!(ends(&replayed), ["open"; 4], "{begun}");
        assert_eq!(replayed.groups[0].leaf.jobs.unfinished, 4);
        assert!(replayed.troubles.is_empty());
    }
}

#[tokio::test]
async fn patience_ends_at_what_was_heard_by_then() {
    const PATIENT: &str = "name = \"patient\"\nretry_on = \"limits_and_failures\"\n\
        wait = { exponential = { first = \"1ms\", cap = \"1ms\" } }\ntries = 2\n\
        timeout = \"150ms\"";
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let refusal = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 9\r\n\r\n";
    let half = "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{\"choices\":[";
    for (begun, stream, is, told) in [
        ("", false, "unanswered", "no answer: nothing was heard"),
        ("HTTP/1.1 200", false, "unanswered", "no answer: nothing was heard"),
        (head, true, "failed 200", "an answer broke off: nothing was heard"),
        (&[head, CHUNK].concat(), true, "failed 200", "an answer broke off: nothing was heard"),
        (half, false, "failed 200", "an answer broke off: nothing was heard"),
        (refusal, false, "refused 429 other", "an answer broke off: nothing was heard"),
    ] {
        let acts = vec![say(begun), Act::Stall];
        let server = Server::start(move |_| acts.clone()).await;
        let scenario = Told { stream, strategy: PATIENT, ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        assert_eq!(ends(&replayed), [is; 8], "{begun}");
        assert_eq!(replayed.groups[0].leaf.jobs.gave_up, 4);
        let [(why, 8)] = replayed.troubles.iter().collect::<Vec<_>>()[..] else {
            panic!("{begun}")
        };
        assert!(why.starts_with(told), "{why}");
    }
}

#[tokio::test]
async fn what_is_longer_than_anybody_reads_is_broken_off() {
    let endless = || Act::Flood(vec![b'x'; 1 << 16]);
    let whole = say("HTTP/1.1 200 OK\r\n\r\n");
    let stream = say([STREAM_HEAD, "data: "].concat());
    let refusal = say("HTTP/1.1 500 Internal Server Error\r\n\r\n");
    for (begun, stream, is, told) in [
        (whole, false, "failed 200", Some("it is longer than is read")),
        (stream, true, "failed 200", Some("longer than any answer")),
        (refusal, false, "failed 500", None),
    ] {
        let acts = vec![begun, endless()];
        let server = Server::start(move |_| acts.clone()).await;
        let scenario = Told { lasts: "10ms", stream, ..Told::default() }.scenario();
        let replayed = run(&scenario, server.address).await;
        assert_eq!(ends(&replayed), [is]);
        let troubles: Vec<_> = replayed.troubles.keys().collect();
        match told {
            Some(told) => assert!(troubles[0].contains(told), "{troubles:?}"),
            None => assert!(troubles.is_empty(), "{troubles:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_unusual_but_allowed_is_an_answer() {
    let informed = [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n", &good()[..]];
    let old = format!("HTTP/1.0 200 OK\r\n\r\n{GOOD}");
    let created = answer("201 Created", "content-type: text/html\r\n", GOOD);
    let chatty = chunked(&[": hello\n\n", CHUNK, "event: ping\n\n", USAGE, DONE, CHUNK].concat());
    for (acts, stream) in [
        (vec![say(informed.concat())], false),
        (vec![say(old), Act::Close], false),
        (vec![say(created)], false),
        // Asked for a stream, it answers in one piece, and the other way round.
        (vec![say(good())], true),
        (vec![say(good_stream())], false),
        (vec![say(chatty)], true),
        (vec![say([STREAM_HEAD, CHUNK, USAGE, DONE].concat()), Act::Stall], true),
    ] {
        let what = format!("{acts:?}");
        let server = Server::start(move |_| acts.clone()).await;
        let replayed = run(&Told { stream, ..Told::default() }.scenario(), server.address).await;
        assert_eq!(ends(&replayed), ["ok 10+5"; 4], "{what}");
        assert!(replayed.troubles.is_empty(), "{what}");
    }
}
