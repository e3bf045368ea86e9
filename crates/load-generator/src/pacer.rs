//! What keeps the time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant as Wall};

use limits::{Clock, Instant};

/// A clock that can be waited for. One wait is under way at a time; asking again moves it.
pub trait Pacer: Clock {
    /// Ready once it is `until`; else the context is woken then, and perhaps before.
    fn poll_until(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()>;
}

/// The real time, kept by a thread that does nothing else: it sleeps to the next moment and wakes
/// the drive. Nothing else runs on it, so nothing else can make it late.
#[derive(Debug)]
pub struct ThreadPacer {
    began: Wall,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    wait: Mutex<Wait>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Wait {
    until: Option<Wall>,
    waker: Option<Waker>,
    over: bool,
}

impl ThreadPacer {
    /// A pacer whose clock stands at zero now.
    ///
    /// # Errors
    /// When the machine has no thread left to give.
    pub fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let kept = Arc::clone(&shared);
        let thread = Builder::new().name("pacer".to_owned()).spawn(move || kept.keep())?;
        Ok(Self { began: Wall::now(), shared, thread: Some(thread) })
    }
}

impl Clock for ThreadPacer {
    fn now(&self) -> Instant {
        Instant::from_nanos(u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}

impl Pacer for ThreadPacer {
    fn poll_until(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        if self.now() >= until {
            return Poll::Ready(());
        }
        let Some(until) = self.began.checked_add(Duration::from_nanos(until.nanos())) else {
            return Poll::Pending;
        };
        let mut wait = self.shared.wait();
        // The thread looks again by itself when it wakes for what it knew; only an earlier moment
        // has to be told.
        let sooner = wait.until.is_none_or(|known| until < known);
        wait.until = Some(until);
        match &mut wait.waker {
            Some(known) => known.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        drop(wait);
        if sooner {
            self.shared.changed.notify_one();
        }
        Poll::Pending
    }
}

impl Drop for ThreadPacer {
    fn drop(&mut self) {
        self.shared.wait().over = true;
        self.shared.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // It does not panic, and there is nobody to tell if it did.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// The thread's whole life.
    fn keep(&self) {
        let mut wait = self.wait();
        while !wait.over {
            let left = wait.until.map(|until| until.saturating_duration_since(Wall::now()));
            wait = match left {
                None => self.changed.wait(wait).unwrap_or_else(PoisonError::into_inner),
                Some(Duration::ZERO) => {
                    wait.until = None;
                    if let Some(waker) = wait.waker.take() {
                        drop(wait);
                        waker.wake();
                        wait = self.wait();
                    }
                    wait
                }
                Some(left) => {
                    let woken = self.changed.wait_timeout(wait, left);
                    woken.unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    fn wait(&self) -> MutexGuard<'_, Wait> {
        // Nothing panics under this lock.
        self.wait.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use limits::Span;

    use super::*;

    #[tokio::test]
    async fn a_moment_is_never_ready_too_early_and_an_earlier_one_replaces_it() {
        let mut pacer = ThreadPacer::start().unwrap();
        let hour = Instant::START.after(Span::from_secs(3_600));
        let soon = pacer.now().after(Span::from_millis(20));
        let mut asked = false;
        poll_fn(|context| {
            if !asked {
                asked = true;
                assert!(pacer.poll_until(hour, context).is_pending());
            }
            pacer.poll_until(soon, context)
        })
        .await;
        assert!(pacer.now() >= soon && pacer.now() < hour);
        let past = poll_fn(|context| pacer.poll_until(soon, context));
        past.await;
    }
}
