//! A headless Chromium, spoken to over two pipes in its `DevTools` protocol.
//!
//! ```text
//! xtask ── stdin ──► sh: 3<&0 ──► Chromium reads commands from 3
//!       ◄─ stdout ── sh: 4>&1 ◄── and answers on 4
//! ```
//!
//! Pipes rather than a socket: nothing listens, nobody else can speak, and the browser ends with us.

use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use super::json::{Json, quoted};

const NAMES: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Nothing is asked of any host, whatever a page wants.
const FLAGS: &[&str] = &[
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
];
/// How long one answer may take before the browser counts as lost.
const PATIENCE: Duration = Duration::from_mins(1);

/// The browser of this machine, if it has one.
pub(super) fn installed() -> Option<&'static str> {
    let starts = |name: &&&str| {
        let mut asked = Command::new(name);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    };
    NAMES.iter().find(starts).copied()
}

/// One running browser; dropped, it ends.
pub(super) struct Browser {
    process: Child,
    commands: ChildStdin,
    said: Receiver<String>,
    last: u64,
}

/// One page in a tab of its own, and what happened in it.
pub(super) struct Tab<'browser> {
    browser: &'browser mut Browser,
    target: String,
    session: String,
    /// Events of this tab that nobody has taken yet, oldest first.
    events: Vec<Json>,
}

impl Browser {
    /// Starts one with a profile of its own under `profile`.
    ///
    /// # Errors
    /// When there is no shell or the browser does not start.
    pub(super) fn start(name: &str, profile: &Path) -> Result<Self, String> {
        let mut command = Command::new("sh");
        command.args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1", name]);
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.display()));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| format!("no browser: {error}"))?;
        let (Some(commands), Some(answers)) = (process.stdin.take(), process.stdout.take()) else {
            return Err("no pipes to the browser".to_owned());
        };
        let (tell, said) = mpsc::channel();
        // Ends with the pipe, so with the browser.
        thread::spawn(move || {
            for message in BufReader::new(answers).split(0) {
                let Ok(message) = message else { break };
                if tell.send(String::from_utf8_lossy(&message).into_owned()).is_err() {
                    break;
                }
            }
        });
        Ok(Self { process, commands, said, last: 0 })
    }

    /// A new tab, listening to all that could go wrong in a page.
    ///
    /// # Errors
    /// When the browser is lost.
    pub(super) fn tab(&mut self) -> Result<Tab<'_>, String> {
        let mut unheard = Vec::new();
        let made =
            self.call("", "Target.createTarget", r#"{"url":"about:blank"}"#, &mut unheard)?;
        let target = made.at(&["targetId"]).text().unwrap_or_default().to_owned();
        let which = format!(r#"{{"targetId":{},"flatten":true}}"#, quoted(&target));
        let attached = self.call("", "Target.attachToTarget", &which, &mut unheard)?;
        let session = attached.at(&["sessionId"]).text().unwrap_or_default().to_owned();
        let mut tab = Tab { browser: self, target, session, events: Vec::new() };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            tab.call(&format!("{domain}.enable"), "{}")?;
        }
        Ok(tab)
    }

    /// Sends one command and waits for its result; what is said besides goes to `events`.
    fn call(
        &mut self,
        session: &str,
        method: &str,
        parameters: &str,
        events: &mut Vec<Json>,
    ) -> Result<Json, String> {
        self.last += 1;
        let to = if session.is_empty() {
            String::new()
        } else {
            format!(r#","sessionId":{}"#, quoted(session))
        };
        let id = self.last;
        let command = format!(r#"{{"id":{id},"method":"{method}","params":{parameters}{to}}}"#);
        let sent = self.commands.write_all(command.as_bytes());
        let sent = sent.and_then(|()| self.commands.write_all(&[0]));
        sent.and_then(|()| self.commands.flush())
            .map_err(|error| format!("the browser is lost: {error}"))?;
        loop {
            let said = self.next(method)?;
            if said.at(&["id"]).number().is_none() {
                events.push(said);
            } else if said.at(&["id"]) == &Json::Number(count(id)) {
                return match said.at(&["error", "message"]).text() {
                    Some(why) => Err(format!("{method}: {why}")),
                    None => Ok(said.at(&["result"]).clone()),
                };
            }
        }
    }

    fn next(&mut self, waiting_for: &str) -> Result<Json, String> {
        let said = self.said.recv_timeout(PATIENCE).map_err(|_| {
            format!("the browser said nothing for {} s after {waiting_for}", PATIENCE.as_secs())
        })?;
        Json::read(&said)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Asked, it takes its own processes along; one that is lost is not waited for.
        let _ = self.call("", "Browser.close", "{}", &mut Vec::new());
        for _ in 0..100 {
            if self.process.try_wait().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Tab<'_> {
    /// One command to this tab.
    ///
    /// # Errors
    /// What the browser has against it, or that it is lost.
    pub(super) fn call(&mut self, method: &str, parameters: &str) -> Result<Json, String> {
        self.browser.call(&self.session, method, parameters, &mut self.events)
    }

    /// Opens an address and waits until it has loaded.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub(super) fn open(&mut self, address: &str) -> Result<(), String> {
        let to = format!(r#"{{"url":{}}}"#, quoted(address));
        let opened = self.call("Page.navigate", &to)?;
        if let Some(why) = opened.at(&["errorText"]).text() {
            return Err(format!("{address}: {why}"));
        }
        loop {
            let loaded = |event: &Json| event.at(&["method"]).text() == Some("Page.loadEventFired");
            if let Some(place) = self.events.iter().position(loaded) {
                self.events.remove(place);
                return Ok(());
            }
            let said = self.browser.next("Page.navigate")?;
            self.events.push(said);
        }
    }

    /// What an expression comes to (a promise: what it is kept with), as text.
    ///
    /// # Errors
    /// What it threw.
    pub(super) fn evaluate(&mut self, expression: &str) -> Result<String, String> {
        let how = r#""returnByValue":true,"awaitPromise":true"#;
        let ask = format!(r#"{{"expression":{},{how}}}"#, quoted(expression));
        let answer = self.call("Runtime.evaluate", &ask)?;
        let threw = answer.at(&["exceptionDetails"]);
        if threw != &Json::Null {
            let what = threw.at(&["exception", "description"]).text();
            let what = what.or_else(|| threw.at(&["text"]).text());
            return Err(what.unwrap_or("an exception").to_owned());
        }
        Ok(answer.at(&["result", "value"]).text().unwrap_or_default().to_owned())
    }

    /// Everything that happened since it was last asked.
    pub(super) fn events(&mut self) -> Vec<Json> {
        std::mem::take(&mut self.events)
    }

    /// Closes it; a browser that is lost has closed it already.
    pub(super) fn close(self) {
        let which = format!(r#"{{"targetId":{}}}"#, quoted(&self.target));
        let _ = self.browser.call("", "Target.closeTarget", &which, &mut Vec::new());
    }
}

/// A number of a command as JSON knows it: far below where a float would lose one.
#[expect(clippy::cast_precision_loss, reason = "a few thousand commands")]
fn count(id: u64) -> f64 {
    id as f64
}
