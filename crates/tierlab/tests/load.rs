//! `tierlab load` as a shell meets it: what it sends, what it writes, how it ends, and that a key
//! is shown nowhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use run_record::{Driver, Leaf, RunRecord, Verdict};
use serde_json::Value;
use tempfile::TempDir;

/// A folder with one scenario, in which the program is run.
struct Stage(TempDir);

/// A second of chat at twenty jobs a second, of which nothing is expected but what is appended.
fn stage(rest: &str) -> Stage {
    lasting("1s", rest)
}

fn lasting(lasts: &str, rest: &str) -> Stage {
    let folder = tempfile::tempdir().unwrap();
    let text = format!(
        "title = \"A short morning\"\nseed = 3\ndrain = \"3s\"\nship = \"give-up\"\n\
         account = {{ tier = \"build-1\" }}\n\
         [[group]]\nname = \"chat\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         prompt = 20\nanswer = 5\ndeadline = \"2s\"\nstream = true\n\
         traffic = {{ steady = {{ rate = \"20/s\", lasts = \"{lasts}\" }} }}\n\
         [[strategy]]\npreset = \"give-up\"\n[[strategy]]\npreset = \"together-py\"\n{rest}"
    );
    fs::write(folder.path().join("short.toml"), text).unwrap();
    Stage(folder)
}

const EXPECTS: &str = "[expect]\nanswered_in_time = \">= 10%\"\n";

impl Stage {
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
        command.args(["load", "short.toml"]).args(words).current_dir(self.0.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn load(&self, words: &[&str]) -> Said {
        Said::of(&self.command(words).output().unwrap())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap()
    }

    fn record(&self, name: &str) -> RunRecord {
        RunRecord::read(&self.read(name)).unwrap()
    }

    /// Everything that lies in the folder but the scenario, as bytes.
    fn written(&self) -> Vec<u8> {
        let mut all = Vec::new();
        gather(self.0.path(), &mut all);
        all
    }
}

fn gather(folder: &Path, all: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, all);
        } else if !path.ends_with("short.toml") {
            all.extend(fs::read(&path).unwrap());
        }
    }
}

/// What the program said.
#[derive(Debug)]
struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Said {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        Self { code: output.status.code(), stdout, stderr }
    }

    /// It was refused before it did anything.
    fn refused(self, code: i32, because: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.stdout.is_empty() && self.stderr.contains(because), "{self:?}");
    }
}

fn whole(record: &RunRecord) -> Leaf {
    record.cells()[0].whole().pooled()
}

#[test]
fn a_run_writes_its_page_its_record_and_every_attempt() {
    let stage = stage(EXPECTS);
    let outs = ["--out", "run.json", "--out", "run.html", "--out", "run.jsonl"];
    let said = stage.load(&[&["--with-mock"], &outs[..]].concat());
    let record = stage.record("run.json");
    assert_eq!(record.header().driver, Driver::Live);
    let live = record.header().live.as_ref().unwrap();
    assert_eq!(live.target, "a mock on this machine");
    assert!(live.began_unix_s > 1_700_000_000 && live.late.count() >= 20);
    assert_eq!(record.header().command, "cargo xtask load short.toml --with-mock");
    let Leaf { attempts, jobs, .. } = whole(&record);
    assert_eq!((jobs.offered, attempts.sent, jobs.unfinished), (20, 20, 0));

    let lines = stage.read("run.jsonl");
    assert_eq!(lines.lines().count() as u64, attempts.sent);
    let answered = |text: &str| {
        let one: Value = serde_json::from_str(text).unwrap();
        assert_eq!((&one["tier"], &one["strategy"]), (&"build-1".into(), &"give-up".into()));
        one["outcome"] == "ok"
    };
    assert_eq!(lines.lines().filter(|text| answered(text)).count() as u64, attempts.ok);
    let page = stage.read("run.html");
    assert!(page.contains("live, against a mock on this machine"), "{page}");
    assert!(!page.contains("simulated") && page.contains(&live.began()));
    assert!(said.stdout.contains("live, against a mock on this machine"), "{said:?}");
    assert!(said.stdout.ends_with("wrote run.json, run.html, run.jsonl\n"), "{said:?}");
    // A machine too busy to keep the time is told; that is no verdict about the service.
    let code = if record.header().generator_late() { 98 } else { 0 };
    assert_eq!(said.code, Some(code), "{said:?}");
}

#[test]
fn without_a_place_named_results_lie_apart_and_their_page_can_be_drawn_again() {
    let stage = stage("");
    let said = stage.load(&["--with-mock", "--max-requests", "3"]);
    let wrote = "wrote reports/live/short.html, reports/live/short.json\n";
    assert!(said.stdout.ends_with(wrote), "{said:?}");
    let page = stage.read("reports/live/short.html");
    fs::remove_file(stage.0.path().join("reports/live/short.html")).unwrap();
    let mut report = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    report.args(["report", "reports/live/short.json"]).current_dir(stage.0.path());
    assert!(report.output().unwrap().status.success());
    assert_eq!(stage.read("reports/live/short.html"), page);
}

#[test]
fn a_target_off_this_machine_is_refused_unless_it_is_allowed_and_has_a_key() {
    let stage = stage("");
    let there = ["--target", "http://192.0.2.1/v1"];
    stage.load(&there).refused(2, "http://192.0.2.1/v1 is not on this machine");
    stage.load(&[&there[..], &["--key-env", "PATH"]].concat()).refused(2, "--allow-remote");
    stage.load(&[&there[..], &["--allow-remote"]].concat()).refused(2, "--key-env");
    assert!(stage.written().is_empty());
}

#[test]
fn wrong_usage_is_told_with_what_would_be_right() {
    let stage = stage("");
    let cases: [(&[&str], &str); 11] = [
        (&[], "--target <URL>|--with-mock"),
        (&["--with-mock", "--target", "http://127.0.0.1:1"], "cannot be used with"),
        (&["--with-mock", "--allow-remote"], "--target <URL>"),
        (&["--with-mock", "--key-env", "PATH"], "--target <URL>"),
        (&["--target", "127.0.0.1:8429"], "write http://HOST:PORT/v1"),
        (&["--target", "https://127.0.0.1/v1"], "https is not"),
        (&["--target", "http://127.0.0.1:1", "--key-env", "NO_SUCH_KEY"], "NO_SUCH_KEY"),
        (&["--target", "http://a:b@127.0.0.1:1"], "no user, password or query"),
        (&["--target", "http://127.0.0.1:1", "--tier", "build-1,build-2"], "on one tier"),
        (&["--with-mock", "--max-requests", "0"], "--max-requests"),
        (&["--with-mock", "--out", "run.txt"], ".jsonl (every attempt)"),
    ];
    for (words, because) in cases {
        stage.load(words).refused(2, because);
    }
    assert!(stage.written().is_empty());
}

#[test]
fn films_are_refused_with_their_place_before_anything_is_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let target = format!("http://{}/v1", listener.local_addr().unwrap());
    let films = "[[group]]\nname = \"films\"\nmodel = \"minimax/video-01-director\"\n\
                    traffic = { steady = { rate = \"1/s\" } }\n";
    let stage = stage(films);
    for words in [&["--with-mock"][..], &["--target", &target]] {
        let said = stage.load(words);
        assert!(said.stderr.contains("short.toml:20:9"), "{said:?}");
        said.refused(104, "the films of `films` are looked for later");
    }
    assert!(listener.accept().is_err(), "nobody came");
    assert!(stage.written().is_empty());
}

#[test]
fn where_nobody_listens_the_run_does_not_begin() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stage = stage("");
    let said = stage.load(&["--target", &format!("http://{free}/v1")]);
    said.refused(104, &format!("nothing answers at http://{free}/v1: Connection refused"));
    assert!(stage.written().is_empty());
}

#[test]
fn a_bound_on_requests_is_kept_exactly_and_what_it_cut_is_not_judged() {
    for (expects, code) in [(EXPECTS, 98), ("", 0), ("[expect]\nanswered = \">= 100%\"\n", 98)] {
        let stage = stage(expects);
        let said = stage.load(&["--with-mock", "--max-requests", "5", "--out", "run.json"]);
        let record = stage.record("run.json");
        assert_eq!(whole(&record).attempts.sent, 5);
        assert!(record.header().cut_short);
        assert_ne!(record.judge().verdict, Some(Verdict::Met));
        assert_eq!(said.code, Some(code), "{said:?}");
        assert!(said.stderr.contains("ended by your bound"), "{said:?}");
    }
    let stage = stage(EXPECTS);
    let said = stage.load(&["--with-mock", "--max-requests", "5", "--no-gate", "--quiet"]);
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
}

#[test]
fn a_bound_on_time_ends_the_run_and_writes_it() {
    let stage = lasting("1m", "");
    let said = stage.load(&["--with-mock", "--max-seconds", "1", "--out", "run.json"]);
    assert_eq!(said.code, Some(0), "{said:?}");
    let record = stage.record("run.json");
    let Leaf { jobs, .. } = whole(&record);
    assert!((1..=21).contains(&jobs.offered), "{jobs:?}");
    assert!(record.header().cut_short);
}

#[test]
fn json_is_one_document_and_nothing_else() {
    let stage = stage("");
    let words = ["--with-mock", "--max-requests", "2", "--format", "json", "-v"];
    let said = stage.load(&words);
    let document: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(document["cells"][0]["attempts"]["sent"], 2, "{said:?}");
}

#[test]
fn every_replication_and_every_tier_is_a_run_of_its_own() {
    let stage = stage("");
    let words = ["--with-mock", "--seeds", "2", "--tier", "build-1,build-2"];
    let outs = ["--out", "run.json", "--out", "run.jsonl"];
    let said = stage.load(&[&words[..], &outs[..]].concat());
    assert_eq!(said.code, Some(0), "{said:?}");
    let record = stage.record("run.json");
    let tiers: Vec<_> = record.cells().iter().map(|cell| cell.key().tier().unwrap()).collect();
    assert_eq!(tiers, ["build-1", "build-2"]);
    assert_eq!(record.header().replications, 2);
    let mut lines: Vec<(String, String, u64, u64)> = Vec::new();
    for line in stage.read("run.jsonl").lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let word = |key: &str| line[key].to_string();
        let number = |key: &str| line[key].as_u64().unwrap();
        lines.push((word("tier"), word("replication"), number("job"), number("attempt")));
    }
    let sent: u64 = record.cells().iter().map(|cell| cell.whole().pooled().attempts.sent).sum();
    assert_eq!(lines.len() as u64, sent);
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len() as u64, sent, "no two lines are of the same attempt");
}

/// A program that is under way and has told so.
struct UnderWay {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl UnderWay {
    fn start(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        assert!(told["sent"].as_u64().unwrap() > 0, "{line}");
        Self { child, stderr }
    }

    #[cfg(unix)]
    fn signal(&self, signal: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
    }

    /// Waits for its end: its code, and what it still said on stderr.
    fn ended(mut self) -> (Option<i32>, String) {
        let mut said = String::new();
        self.stderr.read_to_string(&mut said).unwrap();
        let code = self.child.wait().unwrap().code();
        (code, said)
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_writes_what_was_measured() {
    stopped_by("-INT");
}

#[cfg(unix)]
#[test]
fn so_does_whoever_asks_the_run_to_terminate() {
    stopped_by("-TERM");
}

#[cfg(unix)]
fn stopped_by(signal: &str) {
    let stage = lasting("1m", EXPECTS);
    let words = ["--with-mock", "--progress", "json", "--out", "run.json", "--out", "run.jsonl"];
    let run = UnderWay::start(stage.command(&words));
    run.signal(signal);
    let (code, said) = run.ended();
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains("stopped: what was measured by then is written"), "{said}");
    // A record whose books do not balance cannot be read.
    let record = stage.record("run.json");
    let Leaf { attempts, jobs, .. } = whole(&record);
    assert!(record.header().cut_short && attempts.sent > 0 && jobs.offered < 1_200);
    assert_eq!(stage.read("run.jsonl").lines().count() as u64, attempts.sent);
    assert_eq!(record.judge().verdict, Some(Verdict::Unjudged));
}

#[test]
fn a_place_that_cannot_be_written_is_found_before_anything_is_sent() {
    let stage = stage("");
    let words = ["--with-mock", "--out", "run.json", "--out", "short.toml/run.html"];
    stage.load(&words).refused(1, "cannot write short.toml/run.html");
    assert!(stage.written().is_empty());
}

#[cfg(unix)]
#[test]
fn what_was_measured_is_printed_where_it_can_no_longer_be_written() {
    let stage = lasting("1m", "");
    let words = ["--with-mock", "--progress", "json", "--out", "run.json", "--out", "run.html"];
    let mut run = UnderWay::start(stage.command(&words));
    fs::create_dir(stage.0.path().join("run.json")).unwrap();
    run.signal("-INT");
    let mut printed = String::new();
    run.child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
    let (code, said) = run.ended();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("error: cannot write run.json"), "{said}");
    assert!(printed.contains("live, against a mock"), "{printed}");
    assert!(printed.ends_with("wrote run.html\n"), "{printed}");
}

#[test]
fn a_prompt_beyond_what_a_service_takes_is_warned_of_with_its_group() {
    let stage = stage("");
    let words = ["--with-mock", "--max-requests", "1"];
    let usual = stage.load(&words);
    assert!(!usual.stderr.contains("warning"), "{usual:?}");
    let long = stage.load(&[&words[..], &["--set", "group.chat.prompt=2100000"]].concat());
    assert!(
        long.stderr.contains("warning: the longest prompts of `chat` have 2,100,000"),
        "{long:?}"
    );
}

#[test]
fn a_service_that_dies_leaves_a_record_and_is_named() {
    let mut serve = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    serve.args(["serve", "--listen", "127.0.0.1:0", "--tier", "build-5", "--quiet"]);
    let mut service = serve.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::new(service.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("TOGETHER_BASE_URL=").unwrap();

    let stage = lasting("2s", "");
    let words = ["--target", url, "--progress", "json", "--out", "run.json", "--out", "run.html"];
    let run = UnderWay::start(stage.command(&words));
    service.kill().unwrap();
    service.wait().unwrap();
    let (code, said) = run.ended();
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(": no answer: no connection: Connection refused"), "{said}");
    let record = stage.record("run.json");
    assert_eq!(record.header().live.as_ref().unwrap().target, url);
    assert!(!record.header().cut_short, "every job fell due");
    let Leaf { attempts, jobs, .. } = whole(&record);
    assert_eq!((jobs.offered, attempts.sent), (40, 40));
    assert!(attempts.unanswered > 0, "{attempts:?}");
    assert!(stage.read("run.html").contains(url));
}

/// A server that gives its caller's key back wherever it can: in a status line, headers, a body, an
/// event. It counts how often it was shown the key.
fn echo() -> (String, Arc<Mutex<usize>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let shown = Arc::new(Mutex::new(0));
    let count = Arc::clone(&shown);
    std::thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            echo_once(stream.unwrap(), number, &count);
        }
    });
    (url, shown)
}

fn echo_once(mut stream: TcpStream, number: usize, shown: &Mutex<usize>) {
    let mut head = Vec::new();
    let mut bytes = [0; 4_096];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut bytes) {
            Ok(0) | Err(_) => return,
            Ok(read) => head.extend(&bytes[..read]),
        }
    }
    let head = String::from_utf8(head).unwrap();
    let key = head.lines().find_map(|line| line.strip_prefix("authorization: ")).unwrap();
    *shown.lock().unwrap() += usize::from(key.contains(SECRET));
    let error = format!("{{\"error\":{{\"message\":\"bad {key}\",\"type\":\"{key}\"}}}}");
    let answer = match number % 5 {
        0 => format!("HTTP/1.1 401 {key}\r\nwww-authenticate: {key}\r\n\r\n{error}"),
        1 => format!("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {error}\n\n"),
        2 => format!("HTTP/1.1 200 OK\r\nx-ratelimit-reset: {key}\r\n\r\n{key}"),
        3 => format!(
            "HTTP/1.1 429 {key}\r\nretry-after: {key}\r\nx-tierlab-decided-by: {key}\r\n\r\n{error}"
        ),
        _ => format!("{key}\r\n\r\n"),
    };
    // The client may have gone.
    let _ = stream.write_all(answer.as_bytes());
}

const SECRET: &str = "sk-never-to-be-seen";

#[test]
fn a_key_comes_from_the_environment_and_is_shown_nowhere() {
    let (url, shown) = echo();
    let stage = stage(EXPECTS);
    let outs = ["--out", "run.json", "--out", "run.html", "--out", "run.jsonl"];
    for format in ["text", "json"] {
        let words = ["--target", &url, "--key-env", "SHOP_KEY", "-v", "--format", format];
        let mut command = stage.command(&[&words[..], &outs[..], &["--progress", "json"]].concat());
        let said = Said::of(&command.env("SHOP_KEY", SECRET).output().unwrap());
        assert!(said.stderr.contains(": answered 401"), "{said:?}");
        assert!(said.stderr.contains(": no answer: invalid HTTP"), "{said:?}");
        assert!(!said.stdout.contains(SECRET) && !said.stderr.contains(SECRET), "{said:?}");
        assert!(!String::from_utf8(stage.written()).unwrap().contains(SECRET));
        assert!(stage.record("run.json").header().command.contains("--key-env SHOP_KEY"));
    }
    assert!(*shown.lock().unwrap() >= 20, "the service was shown it");
}
