//! `exec`: a program of the user's against the mock, counted.
//!
//! stdout is the program's own; what was counted goes to stderr when it has ended. The exit code
//! is the program's. Whoever sends a signal means the program, so it is passed on, and how that ends
//! is the program's affair.

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitStatus;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mock_together_http::{Decided, Ended, Watch};
use tokio::process::Command;
use wire::Status;

use crate::args::{Exec, Manners};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::signals::Sent;
use crate::{open_files, serve, supposed};

/// The key that the program gets; the mock takes any.
const KEY: &str = "tierlab-exec";

pub(crate) fn run(said: &Exec, manners: &Manners) -> Result<Ending, Failure> {
    let plan = supposed::said(&said.service, manners)?;
    let rung = plan.tier.title().to_owned();
    let runtime = serve::runtime()?;
    let counts = Arc::new(Counts::default());
    let ended = runtime.block_on(async {
        let mock = serve::Running::start(plan, Counted(Arc::clone(&counts))).await?;
        let ended = ended(said, mock.address).await;
        mock.stop().await;
        ended
    });
    runtime.shutdown_background();
    let status = ended?;
    if !manners.quiet {
        // Nobody is left to tell when stderr is gone.
        let _ = write!(std::io::stderr(), "{}", counts.told(&rung));
    }
    Ok(Ending::Command(code_of(status)))
}

/// Runs the program to its end.
async fn ended(said: &Exec, address: SocketAddr) -> Result<ExitStatus, Failure> {
    let no_signals = |error| Failure::ours(format!("cannot listen for signals: {error}"));
    let mut sent = Sent::listen().map_err(no_signals)?;
    let mut program = command(said, address)?.spawn().map_err(|error| {
        let program = said.command.first().map(|word| word.to_string_lossy().into_owned());
        Failure::usage(format!("cannot run {}: {error}", program.unwrap_or_default()))
    })?;
    // The program keeps the limit that it would have without us: some close as many as they may
    // have open, one by one.
    open_files::as_many_as_allowed();
    loop {
        let pid = program.id();
        tokio::select! {
            ended = program.wait() => return ended.map_err(|error| Failure::ours(error.to_string())),
            () = sent.pass_on(pid) => {}
        }
    }
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
    for (name, other) in [("NO_PROXY", "no_proxy"), ("no_proxy", "NO_PROXY")] {
        let said = [name, other].into_iter().find_map(|name| std::env::var(name).ok());
        command.env(name, without_proxy(said.as_deref(), address));
    }
    Ok(command)
}

/// The hosts that are called directly, and the mock's too: a proxy elsewhere would look for it on
/// its own machine.
fn without_proxy(said: Option<&str>, mock: SocketAddr) -> String {
    match said.map(str::trim) {
        None | Some("") => mock.ip().to_string(),
        // All of them, for which some programs look for this very word.
        Some("*") => "*".to_owned(),
        Some(others) => format!("{others},{}", mock.ip()),
    }
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
    /// Refusals of these requests, by what refused.
    refused: Mutex<Vec<Refused>>,
    /// Refusals of what was no request for a completion.
    others: Mutex<Vec<Refused>>,
}

/// A status, what gave it, and how often.
type Refused = (Status, String, u64);

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
        let of = if decided.completion { &self.0.refused } else { &self.0.others };
        let mut refused = of.lock().unwrap_or_else(PoisonError::into_inner);
        let known = refused.iter_mut().find(|(status, b, _)| *status == decided.status && b == by);
        match known {
            Some((_, _, count)) => *count += 1,
            None => refused.push((decided.status, by.to_owned(), 1)),
        }
    }

    fn ended(&self, ended: &Ended<'_>) {
        let of = if ended.left { &self.0.left } else { &self.0.answered };
        of.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counts {
    /// Every request is on one line below the first: answered, refused, or left.
    fn told(&self, tier: &str) -> String {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (requests, answered, left) =
            (count(&self.requests), count(&self.answered), count(&self.left));
        let (refused, others) = (sorted(&self.refused), sorted(&self.others));
        let times = |of: &[Refused], is: fn(Status) -> bool| -> u64 {
            of.iter().filter(|(status, ..)| is(*status)).map(|(.., times)| times).sum()
        };
        let limited = times(&refused, |status| status == Status::TOO_MANY_REQUESTS);
        let torn = requests.saturating_sub(answered + left + times(&refused, |_| true));
        let mut lines = vec![if requests == 0 {
            format!(
                "on {tier}: no completion was asked for; does the program take its base URL from \
                 TOGETHER_BASE_URL or OPENAI_BASE_URL?"
            )
        } else {
            let noun = if requests == 1 { "request" } else { "requests" };
            format!("on {tier}: {requests} {noun}, {answered} answered, {limited} met a 429")
        }];
        let each = |(Status(status), by, times): &Refused| format!("{status} {by}: {times}");
        lines.extend(refused.iter().map(|one| format!("  {}", each(one))));
        if left > 0 {
            lines.push(format!("  left before the last byte: {left}"));
        }
        if torn > 0 {
            lines.push(format!("  left before the request was whole: {torn}"));
        }
        let (first, said) = (count(&self.first_tries), count(&self.said));
        if requests > 0 && said == requests && first > 0 {
            let each = requests as f64 / first as f64;
            let noun = if first == 1 { "job" } else { "jobs" };
            lines.push(format!(
                "  {first} {noun}, {each:.2} attempts a job, by the client's own count of retries"
            ));
        } else if requests > 0 {
            lines.push(
                "  attempts a job: unknown, the client does not say which requests are retries"
                    .to_owned(),
            );
        }
        lines.extend(others.iter().map(|one| format!("  not for a completion, {}", each(one))));
        lines.join("\n") + "\n"
    }
}

/// By status, then by what refused.
fn sorted(refused: &Mutex<Vec<Refused>>) -> Vec<Refused> {
    let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner).clone();
    refused.sort_by(|(a, by_a, _), (b, by_b, _)| (a, by_a).cmp(&(b, by_b)));
    refused
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

    #[test]
    fn every_request_stands_on_one_line_and_what_was_none_stands_apart() {
        let counts = Arc::new(Counts::default());
        let watch = Counted(Arc::clone(&counts));
        let decided = |completion, status, by| Decided {
            at: limits::Instant::START,
            completion,
            model: None,
            status,
            by: Some(by),
            shows: wire::Shows::default(),
        };
        let ended = |left| Ended {
            at: limits::Instant::START,
            usage: wire::Usage::default(),
            left,
            model: "a-model",
            route: "/v1/chat/completions",
            method: "POST",
            took: limits::Span::ZERO,
        };
        watch.decided(&decided(false, Status::UNAUTHORIZED, "unauthorized"));
        assert_eq!(
            counts.told("Tier 1"),
            "on Tier 1: no completion was asked for; does the program take its base URL from \
             TOGETHER_BASE_URL or OPENAI_BASE_URL?\n\
             \x20 not for a completion, 401 unauthorized: 1\n"
        );
        (0..7).for_each(|_| watch.asked(None));
        (0..2).for_each(|_| watch.decided(&decided(true, Status::TOO_MANY_REQUESTS, "requests")));
        watch.decided(&decided(true, Status::UNAUTHORIZED, "unauthorized"));
        (0..2).for_each(|_| watch.ended(&ended(false)));
        watch.ended(&ended(true));
        assert_eq!(
            counts.told("Tier 1"),
            "on Tier 1: 7 requests, 2 answered, 2 met a 429\n  \
             401 unauthorized: 1\n  429 requests: 2\n  left before the last byte: 1\n  \
             left before the request was whole: 1\n  \
             attempts a job: unknown, the client does not say which requests are retries\n\
             \x20 not for a completion, 401 unauthorized: 1\n"
        );
    }

    #[test]
    fn hosts_that_need_no_proxy_keep_needing_none() {
        let mock = SocketAddr::from(([127, 0, 0, 1], 80));
        let told = |said| without_proxy(said, mock);
        assert_eq!([told(None), told(Some(" "))], ["127.0.0.1", "127.0.0.1"]);
        assert_eq!(told(Some("corp.example, .local")), "corp.example, .local,127.0.0.1");
        assert_eq!(told(Some("*")), "*");
    }
}
