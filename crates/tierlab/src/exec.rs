//! `exec`: a program of the user's against the mock, counted.
//!
//! stdout is the program's own; what was counted goes to stderr when it has ended. The exit code
//! is the program's.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chance::Seed;
use mock_together_http::{Decided, Ended, Mock, TokioClock, Watch, router};
use tokio::sync::oneshot;
use wire::Status;

use crate::args::{Exec, Manners};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::serve;

/// The key that the program gets; the mock takes any.
const KEY: &str = "tierlab-exec";

pub(crate) fn run(said: &Exec, manners: &Manners) -> Result<Ending, Failure> {
    let edition = Arc::new(serve::edition(said.edition.as_deref())?);
    let tier = serve::tier(&edition, said.tier.as_deref())?;
    let plan = serve::plan(&edition, &tier, Seed(said.seed));
    let runtime = serve::runtime()?;
    let counts = Arc::new(Counts::default());
    let ended = runtime.block_on(async {
        let listener = serve::listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)).await?;
        let address =
            listener.local_addr().map_err(|error| Failure::ours(format!("no address: {error}")))?;
        let mock = Mock::new(plan, TokioClock::start(), Counted(Arc::clone(&counts)));
        let (over, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(mock_together_http::serve(listener, router(mock), async {
            let _ = stopped.await;
        }));
        let mut command = command(said, address)?;
        let waited = tokio::task::spawn_blocking(move || command.status()).await;
        drop(over);
        let _ = server.await;
        waited.map_err(|error| Failure::ours(error.to_string()))?.map_err(|error| {
            let program = said.command.first().map(|word| word.to_string_lossy().into_owned());
            Failure::usage(format!("cannot run {}: {error}", program.unwrap_or_default()))
        })
    });
    runtime.shutdown_background();
    let status = ended?;
    if !manners.quiet {
        // Nobody is left to tell when stderr is gone.
        let _ = write!(std::io::stderr(), "{}", counts.told(tier.title()));
    }
    Ok(Ending::Command(code_of(status)))
}

/// The program with what it needs to find the mock.
fn command(said: &Exec, address: SocketAddr) -> Result<Command, Failure> {
    let mut words = said.command.iter();
    let program = words.next().ok_or_else(|| Failure::usage("say what to run, after --"))?;
    let mut command = Command::new(program);
    command.args(words);
    for whose in ["TOGETHER", "OPENAI"] {
        command.env(format!("{whose}_BASE_URL"), format!("http://{address}/v1"));
        command.env(format!("{whose}_API_KEY"), KEY);
    }
    Ok(command)
}

/// The program's own code; 128 and the signal where one ended it, as shells have it.
fn code_of(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal: Option<i32> = None;
    let code = status.code().or_else(|| signal.map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// What the mock saw of the program.
#[derive(Debug, Default)]
struct Counts {
    requests: AtomicU64,
    /// Requests whose client says that they are its first try.
    first_tries: AtomicU64,
    /// Requests whose client says which try they are.
    said: AtomicU64,
    answered: AtomicU64,
    left: AtomicU64,
    /// Refusals by what refused.
    refused: Mutex<Vec<(Status, String, u64)>>,
}

struct Counted(Arc<Counts>);

impl Watch for Counted {
    fn asked(&self, retry: Option<u32>) {
        let Counts { requests, first_tries, said, .. } = &*self.0;
        requests.fetch_add(1, Ordering::Relaxed);
        said.fetch_add(u64::from(retry.is_some()), Ordering::Relaxed);
        first_tries.fetch_add(u64::from(retry == Some(0)), Ordering::Relaxed);
    }

    fn decided(&self, decided: &Decided<'_>) {
        if decided.status.is_success() {
            return;
        }
        let by = decided.by.unwrap_or("other");
        let mut refused = self.0.refused.lock().unwrap_or_else(PoisonError::into_inner);
        let known = refused.iter_mut().find(|(status, b, _)| *status == decided.status && b == by);
        match known {
            Some((_, _, count)) => *count += 1,
            None => refused.push((decided.status, by.to_owned(), 1)),
        }
    }

    fn ended(&self, ended: &Ended) {
        let of = if ended.left { &self.0.left } else { &self.0.answered };
        of.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counts {
    fn told(&self, tier: &str) -> String {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let requests = count(&self.requests);
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
        refused.sort_by(|(a, by_a, _), (b, by_b, _)| (a, by_a).cmp(&(b, by_b)));
        let limited: u64 =
            refused.iter().filter(|(s, ..)| *s == Status::TOO_MANY_REQUESTS).map(|r| r.2).sum();
        let mut lines = vec![format!(
            "on {tier}: {requests} requests, {} answered, {limited} met a 429",
            count(&self.answered)
        )];
        for (Status(status), by, times) in &refused {
            lines.push(format!("  {status} {by}: {times}"));
        }
        if count(&self.left) > 0 {
            lines.push(format!("  left before the last byte: {}", count(&self.left)));
        }
        let (first, said) = (count(&self.first_tries), count(&self.said));
        lines.push(if requests > 0 && said == requests && first > 0 {
            let each = requests as f64 / first as f64;
            format!(
                "  {first} jobs, {each:.2} attempts a job, by the client's own count of retries"
            )
        } else {
            "  attempts a job: unknown, the client does not say which requests are retries".into()
        });
        lines.join("\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_a_job_are_told_only_where_every_request_says_which_try_it_is() {
        let counts = Arc::new(Counts::default());
        let watch = Counted(Arc::clone(&counts));
        for retry in [0, 0, 1, 2] {
            watch.asked(Some(retry));
        }
        assert!(counts.told("Tier 1").contains("2 jobs, 2.00 attempts a job"));
        watch.asked(None);
        assert!(counts.told("Tier 1").contains("unknown"), "{}", counts.told("Tier 1"));
    }
}
