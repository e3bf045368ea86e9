//! Which CPU a thread runs on, and for how long it has run. Both are known on Linux alone;
//! elsewhere threads go where they are put, and the CPU of a request is not told.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::time::Duration;

/// Where threads sit. Left to itself the system now and then puts both ends of a connection on
/// one CPU, where they take turns, and half of the requests a second are gone.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Seats {
    servers: Option<usize>,
    client: Option<usize>,
}

impl Seats {
    /// The last CPU for the servers, which work in turn, and the first for the client.
    pub(crate) fn find() -> Self {
        let allowed = allowed();
        Self { servers: allowed.last().copied(), client: allowed.first().copied() }
    }

    /// Keeps this thread where servers are.
    pub(crate) fn serve(self) {
        keep_to(self.servers);
    }

    /// Keeps this thread where the client is.
    pub(crate) fn call(self) {
        keep_to(self.client);
    }
}

#[cfg(target_os = "linux")]
fn allowed() -> Vec<usize> {
    let set = rustix::thread::sched_getaffinity(None).unwrap_or_default();
    (0..rustix::thread::CpuSet::MAX_CPU).filter(|cpu| set.is_set(*cpu)).collect()
}

#[cfg(target_os = "linux")]
fn keep_to(cpu: Option<usize>) {
    let Some(cpu) = cpu else { return };
    let mut set = rustix::thread::CpuSet::new();
    set.set(cpu);
    // Where it is not allowed, figures are as they are without it.
    let _ = rustix::thread::sched_setaffinity(None, &set);
}

#[cfg(not(target_os = "linux"))]
fn allowed() -> Vec<usize> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn keep_to(_: Option<usize>) {}

/// How long a thread has run, in user and system mode together.
#[derive(Debug)]
pub(crate) struct Meter(File);

impl Meter {
    /// Opened by the thread itself, the file stays its own; `None` where there is no such file.
    pub(crate) fn of_this_thread() -> Option<Self> {
        File::open("/proc/thread-self/schedstat").ok().map(Self)
    }

    /// Exact while the thread sleeps; a tick behind while it runs.
    pub(crate) fn used(&mut self) -> Option<Duration> {
        let mut text = String::new();
        self.0.rewind().ok()?;
        self.0.read_to_string(&mut text).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }
}
