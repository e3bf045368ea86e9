//! Progress on long work: a bar on a terminal, silence in a pipe unless asked otherwise.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::args::{Manners, ProgressForm};

/// Whether the user asked us to stop.
pub(crate) static STOPPED: AtomicBool = AtomicBool::new(false);

/// How far a run is, told as the user wants it told.
pub(crate) struct Progress {
    teller: Teller,
    done: AtomicUsize,
    of: usize,
    began: Instant,
}

enum Teller {
    Bar(ProgressBar),
    Lines { every: Duration, json: bool, last: Mutex<Instant> },
    Nothing,
}

const LINE_EVERY: Duration = Duration::from_secs(10);
const OBJECT_EVERY: Duration = Duration::from_secs(1);

impl Progress {
    pub(crate) fn new(manners: &Manners, title: &str, of: usize) -> Self {
        let began = Instant::now();
        let lines = |every, json| Teller::Lines { every, json, last: Mutex::new(began) };
        let teller = match manners.progress {
            _ if manners.quiet => Teller::Nothing,
            ProgressForm::Auto if std::io::stderr().is_terminal() => Teller::Bar(bar(title, of)),
            ProgressForm::Plain => lines(LINE_EVERY, false),
            ProgressForm::Json => lines(OBJECT_EVERY, true),
            ProgressForm::Auto | ProgressForm::None => Teller::Nothing,
        };
        Self { teller, done: AtomicUsize::new(0), of, began }
    }

    /// Says what the run took. Nothing off a terminal: a duration is not part of the result.
    pub(crate) fn finish(&self, manners: &Manners, what: &str) {
        if let Teller::Bar(bar) = &self.teller {
            bar.finish_and_clear();
        }
        if manners.verbose || matches!(self.teller, Teller::Bar(_)) {
            let took = self.began.elapsed();
            let _ = writeln!(std::io::stderr(), "{what} in {:.2} s", took.as_secs_f64());
        }
    }
}

impl simulator::Watch for Progress {
    fn world_done(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.teller {
            Teller::Bar(bar) => bar.set_position(done as u64),
            Teller::Lines { every, json, last } => {
                let Ok(mut last) = last.try_lock() else { return };
                if last.elapsed() >= *every {
                    *last = Instant::now();
                    let (of, seconds) = (self.of, self.began.elapsed().as_secs());
                    let _ = if *json {
                        writeln!(
                            std::io::stderr(),
                            "{{\"elapsed_s\":{seconds},\"worlds\":{done},\"of\":{of}}}"
                        )
                    } else {
                        writeln!(std::io::stderr(), "elapsed {seconds} s, {done} of {of} worlds")
                    };
                }
            }
            Teller::Nothing => {}
        }
    }

    fn stopped(&self) -> bool {
        STOPPED.load(Ordering::Relaxed)
    }
}

fn bar(title: &str, of: usize) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(8);
    let bar = ProgressBar::with_draw_target(Some(of as u64), target);
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos} of {len} worlds, {eta} left");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(title.to_owned());
    bar
}
