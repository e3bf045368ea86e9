//! What `serve` tells of requests while they come: lines to read, or lines of JSON to keep.
//!
//! Neither holds a key or a body. Of what a client wrote, the name of a model is told alone, and where
//! nobody serves it, its beginning.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use limits::{Instant, Span};
use mock_together_http::{Answered, Decided, Ended, Watch};
use serde::Serialize;
use wire::{Hint, Status, Usage};

use crate::args::{LogForm, Manners};
use crate::moment::moment;
use crate::serve::say;

/// Lines of the log that may wait to be written; more than that are dropped and counted.
const LINES_WAITING: usize = 1_024;

/// The log on stderr, written by a thread of its own: a terminal that stands still must not hold
/// up the service.
pub(crate) struct Log {
    lines: Option<SyncSender<String>>,
    form: LogForm,
    verbose: bool,
    /// The date at which the mock's clock stands at zero, in seconds since 1970 began.
    epoch: u64,
    dropped: Arc<AtomicU64>,
}

/// One request as a line of JSON: from its arrival to its end.
#[derive(Serialize)]
struct Line<'a> {
    /// When it ended.
    time: String,
    method: &'a str,
    route: &'a str,
    model: Option<&'a str>,
    status: u16,
    decided_by: Option<&'a str>,
    prompt_tokens: u32,
    completion_tokens: u32,
    ended: &'a str,
    took_ms: u64,
}

impl Log {
    pub(crate) fn new(form: LogForm, epoch: u64, manners: &Manners) -> Self {
        let dropped = Arc::new(AtomicU64::new(0));
        let lines = (!manners.quiet).then(|| {
            let (lines, written) = sync_channel(LINES_WAITING);
            let dropped = Arc::clone(&dropped);
            std::thread::spawn(move || write_lines(&written, &dropped));
            lines
        });
        Self { lines, form, verbose: manners.verbose, epoch, dropped }
    }

    fn text(&self, at: Instant, what: impl Display) {
        let millis = at.nanos() / 1_000_000;
        self.put(format!("{:>6}.{:03} s  {what}", millis / 1_000, millis % 1_000));
    }

    fn json(&self, line: &Line<'_>) {
        if let Ok(line) = serde_json::to_string(line) {
            self.put(line);
        }
    }

    fn put(&self, line: String) {
        let Some(lines) = &self.lines else { return };
        if lines.try_send(line).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn time(&self, at: Instant) -> String {
        let epoch = Span::from_nanos(self.epoch.saturating_mul(1_000_000_000));
        moment(at.after(epoch), true)
    }
}

fn write_lines(lines: &Receiver<String>, dropped: &AtomicU64) {
    while let Ok(line) = lines.recv() {
        say(line);
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            say(format!("{lost} lines of the log dropped: they came faster than they are read"));
        }
    }
}

impl Watch for Log {
    fn unkept(&self, why: &str) {
        self.put(format!("error: what was to be kept cannot be: {why}; its client got a failure"));
    }

    fn decided(&self, decided: &Decided<'_>) {
        let Decided { at, model, status, by, shows, .. } = *decided;
        let told = status == Status::TOO_MANY_REQUESTS || status.is_server_error();
        if self.form != LogForm::Text || !told && !self.verbose {
            return;
        }
        let by = by.unwrap_or("admitted");
        let model = model.unwrap_or("-");
        let code = status.0;
        let what = format_args!("{code} {by}  {model}");
        match (shows.hint, shows.reset) {
            (Hint::Seconds(wait), _) => {
                let left = shows.remaining.unwrap_or(0);
                self.text(at, format_args!("{what}  left {left}, retry after {wait} s"));
            }
            (_, Some(reset)) => self.text(at, format_args!("{what}  reset {reset} s")),
            (_, None) => self.text(at, what),
        }
    }

    fn ended(&self, ended: &Ended<'_>) {
        let Ended { at, usage, left, model, route, method, took } = *ended;
        let how = if left { "left" } else { "answered" };
        match self.form {
            LogForm::Text if self.verbose => {
                let Usage { prompt, completion } = usage;
                self.text(at, format_args!("    {how}, {prompt} + {completion} tokens"));
            }
            LogForm::Text => {}
            LogForm::Json => self.json(&Line {
                time: self.time(at),
                method,
                route,
                model: Some(model),
                status: Status::OK.0,
                decided_by: None,
                prompt_tokens: usage.prompt,
                completion_tokens: usage.completion,
                ended: how,
                took_ms: took.nanos() / 1_000_000,
            }),
        }
    }

    fn answered(&self, answered: &Answered<'_>) {
        let Answered { at, took, method, route, model, status, by, underway, .. } = *answered;
        // An admitted request has its one line when it ends.
        if self.form != LogForm::Json || underway {
            return;
        }
        let refused = status.0 >= Status(400).0;
        self.json(&Line {
            time: self.time(at),
            method,
            route,
            model,
            status: status.0,
            decided_by: by,
            prompt_tokens: 0,
            completion_tokens: 0,
            ended: if refused { "refused" } else { "answered" },
            took_ms: took.nanos() / 1_000_000,
        });
    }
}
