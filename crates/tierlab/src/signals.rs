//! Who may stop the program, and what it does then.
//!
//! A user sends an interrupt by Ctrl-C; whoever watches over a run, CI's `timeout` for one, sends a
//! request to terminate. Either stops a run in the same way. `serve` and `exec` have ways of their
//! own to end and listen by themselves.

use std::io::Write;
use std::sync::atomic::Ordering;

use crate::progress::STOPPED;

/// Stops what is under way when it is asked to.
pub(crate) fn listen() {
    if let Err(error) = ctrlc::set_handler(stop) {
        unheard("Ctrl-C", &error);
    }
}

/// The same when the program is asked to terminate.
#[cfg(unix)]
pub(crate) fn listen_for_termination() {
    use signal_hook::consts::SIGTERM;
    use signal_hook::iterator::Signals;
    let listening = Signals::new([SIGTERM]).and_then(|mut asked| {
        let listens = move || asked.forever().for_each(|_| stop());
        std::thread::Builder::new().name("signals".to_owned()).spawn(listens)
    });
    if let Err(error) = listening {
        unheard("SIGTERM", &error);
    }
}

/// Nobody asks so where there are no signals.
#[cfg(not(unix))]
pub(crate) fn listen_for_termination() {}

/// The first time, what is under way is left at a good place, and what was measured is written; the
/// second ends the program there and then.
fn stop() {
    if STOPPED.swap(true, Ordering::Relaxed) {
        std::process::exit(130);
    }
}

fn unheard(what: &str, error: &dyn std::fmt::Display) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(std::io::stderr(), "note: {what} ends this run at once: {error}");
}

/// What is sent to us while a program of the user's runs.
#[cfg(unix)]
pub(crate) struct Sent {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Sent {
    pub(crate) fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self { interrupt, terminate: signal(SignalKind::terminate())? })
    }

    /// Waits for the next one and passes it on to that process, unless it has it already: a
    /// terminal's Ctrl-C reaches every program in its foreground.
    pub(crate) async fn pass_on(&mut self, to: Option<u32>) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = tokio::select! {
            _ = self.interrupt.recv() => Signal::INT,
            _ = self.terminate.recv() => Signal::TERM,
        };
        let to = to.and_then(|to| Pid::from_raw(i32::try_from(to).ok()?));
        if let Some(to) = to.filter(|_| signal != Signal::INT || !in_foreground()) {
            // One that has ended needs no signal any more.
            let _ = kill_process(to, signal);
        }
    }
}

/// Whether we are what a terminal has in its foreground.
#[cfg(unix)]
fn in_foreground() -> bool {
    let ours = rustix::process::getpgrp();
    let terminal = std::fs::File::open("/dev/tty");
    terminal.is_ok_and(|it| rustix::termios::tcgetpgrp(it).is_ok_and(|its| its == ours))
}

/// What is sent to us while a program of the user's runs.
#[cfg(not(unix))]
pub(crate) struct Sent;

#[cfg(not(unix))]
impl Sent {
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    /// Waits for the next Ctrl-C, which every program of the console has by itself.
    pub(crate) async fn pass_on(&mut self, _: Option<u32>) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
