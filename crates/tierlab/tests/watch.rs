//! `simulate --watch` as an editor meets it: files saved in place and by renaming, wrong ones among
//! them, until somebody ends it.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use tempfile::TempDir;

/// Nothing here takes longer, however busy the machine is.
const AT_MOST: Duration = Duration::from_mins(1);

/// Forty jobs in two seconds, twice what `limited` allows in them and more.
const SCENARIO: &str = r#"
title = "Watched"
edition = "mine.toml"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 10
answer = 5
traffic = { steady = { rate = "10/s", lasts = "2s" } }
[[strategy]]
preset = "give-up"
[compare]
tiers = ["build-1"]
"#;
const EDITION: &str = include_str!("../../rulebook/editions/2025-11.toml");

/// The program at work, with the lines of either stream: which of two streams is read first is
/// chance.
struct Watched {
    child: Child,
    printed: Receiver<String>,
    told: Receiver<String>,
    folder: TempDir,
}

impl Watched {
    fn begin() -> Watched {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("watched.toml"), SCENARIO).unwrap();
        fs::write(folder.path().join("mine.toml"), EDITION).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_tierlab"))
            .args(["simulate", "--watch", "watched.toml", "--no-gate"])
            .current_dir(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = lines(child.stdout.take().unwrap());
        let told = lines(child.stderr.take().unwrap());
        Watched { child, printed, told, folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What a run prints, up to a line with this in it, and what is told until it watches again.
    fn run(&self, last: &str) -> String {
        until(&self.printed, last) + &until(&self.told, "watching watched.toml")
    }

    /// Writes beside the file and puts the new one in its place, as many editors do.
    fn replace(&self, name: &str, text: &str) {
        fs::write(self.path("unsaved~"), text).unwrap();
        fs::rename(self.path("unsaved~"), self.path(name)).unwrap();
    }
}

fn lines(stream: impl Read + Send + 'static) -> Receiver<String> {
    let (said, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            let _ = said.send(line);
        }
    });
    lines
}

/// Everything said up to a line that has this in it.
fn until(lines: &Receiver<String>, wanted: &str) -> String {
    let mut said = String::new();
    while !said.contains(wanted) {
        let line = lines.recv_timeout(AT_MOST).unwrap_or_else(|_| panic!("no {wanted}: {said}"));
        said.push_str(&line);
        said.push('\n');
    }
    said
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_saved_file_is_run_again_and_the_headline_says_what_changed() {
    let mut watched = Watched::begin();
    let first = watched.run("wrote ");
    assert!(!first.contains("became"), "{first}");

    // Saved in place: twenty times the rate.
    fs::write(watched.path("watched.toml"), SCENARIO.replace("10/s", "200/s")).unwrap();
    let said = watched.run("became");
    assert!(said.contains("jobs in time with “give-up” on Tier 1: 100 % became"), "{said}");
    assert!(!said.contains('\u{1b}'), "nothing is cleared or coloured in a pipe");

    // A wrong file says what is wrong, and is mended by renaming.
    watched.replace("watched.toml", "title = 5\n");
    until(&watched.told, "scenario::wrong_type");
    until(&watched.told, "watching");
    watched.replace("watched.toml", SCENARIO);
    let said = watched.run("became");
    assert!(said.contains("became 100 %"), "{said}");

    // The edition that it names counts, too; a file beside them does not.
    fs::write(watched.path("notes.toml"), "a = 1").unwrap();
    watched.replace("mine.toml", &EDITION.replace("\"600/min\"", "\"60/min\""));
    let said = watched.run("became");
    assert_eq!(said.matches("Watched\n").count(), 1, "one run for one saving: {said}");

    let id = watched.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(watched.child.wait().unwrap().code(), Some(130));
    assert!(Path::exists(&watched.path("reports")), "each run is written");
}

#[test]
fn only_one_file_is_watched_and_only_for_people() {
    let folder = TempDir::new().unwrap();
    for words in [&["a.toml", "b.toml"][..], &["a.toml", "--format", "json"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
            .args(["simulate", "--watch"])
            .args(words)
            .current_dir(folder.path())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{words:?}");
    }
}
