//! Progress on long work: a bar on a terminal, silence in a pipe unless asked otherwise.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use limits::Span;

use crate::args::{Manners, ProgressForm};

/// Whether the user asked us to stop.
pub(crate) static STOPPED: AtomicBool = AtomicBool::new(false);

/// How far a simulation is, told as the user wants it told.
pub(crate) struct Progress {
    teller: Teller,
    done: AtomicUsize,
    of: AtomicUsize,
}

impl Progress {
    pub(crate) fn new(manners: &Manners, title: &str, of: usize) -> Self {
        let template = "{msg} {bar:30} {pos} of {len} worlds, {eta} left";
        let teller = Teller::new(manners, title, of as u64, template);
        Self { teller, done: AtomicUsize::new(0), of: AtomicUsize::new(of) }
    }

    /// How many worlds are done.
    pub(crate) fn done(&self) -> usize {
        self.done.load(Ordering::Relaxed)
    }

    /// Says what the run took. Nothing off a terminal: a duration is not part of the result.
    pub(crate) fn finish(&self, manners: &Manners, what: &str) {
        self.teller.finish(manners, what);
    }
}

impl simulator::Watch for Progress {
    fn world_done(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.teller.tell(done as u64, |json| {
            let of = self.of.load(Ordering::Relaxed);
            if json {
                format!("\"worlds\":{done},\"of\":{of}")
            } else {
                format!("{done} of {of} worlds")
            }
        });
    }

    fn expects(&self, worlds: usize) {
        self.of.store(worlds, Ordering::Relaxed);
        self.teller.last(worlds as u64);
    }

    fn stopped(&self) -> bool {
        STOPPED.load(Ordering::Relaxed)
    }
}

/// How far a live run is: its time passes like everybody's.
pub(crate) struct LiveProgress {
    teller: Teller,
    /// Seconds that one run's jobs fall due in, and how many runs there are.
    lasts: u64,
    runs: u64,
    done: AtomicU64,
}

impl LiveProgress {
    pub(crate) fn new(manners: &Manners, title: &str, lasts: Span, runs: u64) -> Self {
        let lasts = (lasts.nanos() / 1_000_000_000).max(1);
        let template = "{msg} {bar:30} {pos} of {len} s";
        let teller = Teller::new(manners, title, lasts * runs, template);
        Self { teller, lasts, runs, done: AtomicU64::new(0) }
    }

    /// One run is over.
    pub(crate) fn run_done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn finish(&self, manners: &Manners) {
        let what = match self.done.load(Ordering::Relaxed) {
            1 => "one run".to_owned(),
            done => format!("{done} runs"),
        };
        self.teller.finish(manners, &what);
    }
}

impl load_generator::Watch for LiveProgress {
    fn stands(&self, so_far: &load_generator::SoFar) {
        let load_generator::SoFar { now, offered, in_hand, sent, limited } = *so_far;
        let (done, of) = (self.done.load(Ordering::Relaxed), self.runs);
        let seconds = (now.nanos() / 1_000_000_000).min(self.lasts);
        self.teller.tell(done * self.lasts + seconds, |json| {
            if json {
                format!(
                    "\"run\":{},\"of\":{of},\"jobs_due\":{offered},\"in_hand\":{in_hand},\"sent\":{sent},\"status_429\":{limited}",
                    done + 1
                )
            } else {
                format!(
                    "run {} of {of}: {offered} jobs due, {in_hand} in hand, {sent} attempts, {limited} met a 429",
                    done + 1
                )
            }
        });
    }
}

/// How much of a file was read.
pub(crate) struct BytesProgress {
    teller: Teller,
    of: u64,
}

impl BytesProgress {
    pub(crate) fn new(manners: &Manners, title: &str, of: u64) -> Self {
        let template = "{msg} {bar:30} {bytes} of {total_bytes}, {eta} left";
        Self { teller: Teller::new(manners, title, of, template), of }
    }

    /// So many bytes by now.
    pub(crate) fn stands(&self, read: u64) {
        self.teller.tell(read, |json| {
            let of = self.of;
            if json {
                format!("\"bytes\":{read},\"of\":{of}")
            } else {
                format!("{read} of {of} bytes")
            }
        });
    }

    pub(crate) fn finish(&self, manners: &Manners, what: &str) {
        self.teller.finish(manners, what);
    }
}

/// What tells progress: a bar, lines, or nothing.
struct Teller {
    form: Form,
    began: Instant,
}

enum Form {
    Bar(ProgressBar),
    Lines { every: Duration, json: bool, last: Mutex<Instant> },
    Nothing,
}

const LINE_EVERY: Duration = Duration::from_secs(10);
const OBJECT_EVERY: Duration = Duration::from_secs(1);

impl Teller {
    fn new(manners: &Manners, title: &str, of: u64, template: &str) -> Self {
        let began = Instant::now();
        let lines = |every, json| Form::Lines { every, json, last: Mutex::new(began) };
        let form = match manners.progress {
            _ if manners.quiet => Form::Nothing,
            ProgressForm::Auto if std::io::stderr().is_terminal() => {
                Form::Bar(bar(title, of, template))
            }
            ProgressForm::Plain => lines(LINE_EVERY, false),
            ProgressForm::Json => lines(OBJECT_EVERY, true),
            ProgressForm::Auto | ProgressForm::None => Form::Nothing,
        };
        Self { form, began }
    }

    /// Tells how far it is, where it is time to: `says` gives a sentence, or the keys of an object.
    fn tell(&self, position: u64, says: impl FnOnce(bool) -> String) {
        match &self.form {
            Form::Bar(bar) => bar.set_position(position),
            Form::Lines { every, json, last } => {
                let Ok(mut last) = last.try_lock() else { return };
                if last.elapsed() >= *every {
                    *last = Instant::now();
                    let (seconds, says) = (self.began.elapsed().as_secs(), says(*json));
                    let _ = if *json {
                        writeln!(std::io::stderr(), "{{\"elapsed_s\":{seconds},{says}}}")
                    } else {
                        writeln!(std::io::stderr(), "elapsed {seconds} s, {says}")
                    };
                }
            }
            Form::Nothing => {}
        }
    }

    /// Where it ends, which may not be known from the beginning.
    fn last(&self, position: u64) {
        if let Form::Bar(bar) = &self.form {
            bar.set_length(position);
        }
    }

    fn finish(&self, manners: &Manners, what: &str) {
        let bar = matches!(&self.form, Form::Bar(_));
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
        if manners.verbose || bar {
            let took = self.began.elapsed();
            let _ = writeln!(std::io::stderr(), "{what} in {:.2} s", took.as_secs_f64());
        }
    }
}

fn bar(title: &str, of: u64, template: &str) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(8);
    let bar = ProgressBar::with_draw_target(Some(of), target);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(title.to_owned());
    bar
}
