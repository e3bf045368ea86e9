//! The service over HTTP, for any client there is.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use chance::Purpose;
use mock_together_http::{
    Data, DataFault, HeaderStyle, Keys, Mock, Plan, Profile, TokioClock, Watch,
};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::args::{Manners, Serve};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::serve_log::Log;
use crate::{open_files, supposed};

pub(crate) fn run(said: &Serve, manners: &Manners) -> Result<Ending, Failure> {
    let mut plan = supposed::said(&said.service, manners)?;
    let key = format!("tierlab-{:016x}", plan.seed.draw(Purpose::Fate, u32::MAX, u64::MAX));
    plan.keys = if said.strict_keys { Keys::Only(vec![key.clone()]) } else { Keys::Any };
    plan.faithful = said.faithful;
    plan.profile = if said.profile == "rules" { Profile::Rules } else { Profile::Conformance };
    plan.headers = headers(said)?;
    let what = supposed::told(&plan);
    let data = said.data.as_deref().map(opened).transpose()?;
    open_files::as_many_as_allowed();
    let runtime = runtime()?;
    let ended = runtime.block_on(async {
        let listener = listen(said.listen).await?;
        let address = listener.local_addr().map_err(|error| unheard(said.listen, &error))?;
        let mut stop = Stop::listen().map_err(|error| Failure::ours(error.to_string()))?;
        let epoch = data.as_ref().map_or(plan.epoch, |data| data.epoch(plan.epoch));
        let log = Log::new(said.log, epoch, manners);
        let mock = match data {
            None => Mock::new(plan, TokioClock::start(), log),
            Some(data) => Mock::on(plan, data, log).map_err(|fault| unusable(&fault))?,
        };
        introduce(address, &key, &[&what, &kept(said)], manners)?;
        let mut ending = Ending::Fine;
        let stopped = async { ending = stop.wanted().await };
        mock_together_http::serve(listener, Arc::clone(&mock), stopped).await;
        // What clients that left are charged waits for nobody; it is kept all the same.
        mock.kept().await;
        Ok(ending)
    });
    // Nothing is left to wait for: whatever still runs has had its time.
    runtime.shutdown_background();
    ended
}

/// The data in a folder.
fn opened(folder: &Path) -> Result<Data, Failure> {
    Data::open(folder).map_err(|fault| unusable(&fault))
}

fn unusable(fault: &DataFault) -> Failure {
    let says = format!("--data: {fault}");
    if fault.is_invalid() { Failure::invalid(says) } else { Failure::ours(says) }
}

/// Where things are kept, for who starts it.
fn kept(said: &Serve) -> String {
    match &said.data {
        Some(folder) => format!("files, batches and books are kept in {}", folder.display()),
        None => "files, batches and books are in memory alone; --data DIR keeps them".to_owned(),
    }
}

/// Under which names the limits are told beside the edition's own.
fn headers(said: &Serve) -> Result<HeaderStyle, Failure> {
    let named = |word: &str| said.headers.iter().any(|name| name == word);
    let style = HeaderStyle { openai: named("openai"), ietf: named("ietf") };
    if style.adds() && said.faithful {
        return Err(Failure::usage(format!(
            "--headers {} goes not with --faithful, since Together sends no such headers: leave one of \
             them out",
            said.headers.join(",")
        )));
    }
    Ok(style)
}

/// What a mock runs on.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| Failure::ours(format!("cannot start: {error}")))
}

/// A mock on a free port of this machine, until it is stopped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    over: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Running {
    pub(crate) async fn start(plan: Plan, watch: impl Watch + 'static) -> Result<Self, Failure> {
        let listener = listen(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0)).await?;
        let address =
            listener.local_addr().map_err(|error| Failure::ours(format!("no address: {error}")))?;
        let mock = Mock::new(plan, TokioClock::start(), watch);
        let (over, stopped) = oneshot::channel();
        let server = tokio::spawn(mock_together_http::serve(listener, mock, async {
            let _ = stopped.await;
        }));
        Ok(Self { address, over, server })
    }

    pub(crate) async fn stop(self) {
        drop(self.over);
        let _ = self.server.await;
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| unheard(address, &error))
}

fn unheard(address: SocketAddr, error: &io::Error) -> Failure {
    let help = if error.kind() == io::ErrorKind::AddrInUse {
        "; --listen 127.0.0.1:0 takes a free port"
    } else {
        ""
    };
    Failure::ours(format!("cannot listen on {address}: {error}{help}"))
}

/// Prints what a client needs, ready to be set in its environment.
fn introduce(
    address: SocketAddr,
    key: &str,
    what: &[&str],
    manners: &Manners,
) -> Result<(), Failure> {
    let reached = SocketAddr::new(reached_at(address.ip()), address.port());
    let mut stdout = io::stdout().lock();
    let lines = ["TOGETHER", "OPENAI"].iter().try_for_each(|whose| {
        writeln!(stdout, "{whose}_BASE_URL=http://{reached}/v1\n{whose}_API_KEY={key}")
    });
    lines
        .and_then(|()| stdout.flush())
        .map_err(|error| Failure::ours(format!("stdout: {error}")))?;
    if !manners.quiet {
        what.iter().for_each(say);
    }
    if !address.ip().is_loopback() {
        say(format_args!("warning: listening on {address}, where other machines can call it"));
    } else if !manners.quiet {
        say(format_args!("listening on {address}; Ctrl-C ends it"));
    }
    Ok(())
}

/// Where this machine reaches an address that it listens on.
fn reached_at(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => address,
    }
}

pub(crate) fn say(line: impl Display) {
    // Nobody is left to tell when stderr is gone.
    let _ = writeln!(io::stderr(), "{line}");
}

/// What ends the server.
struct Stop {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits until somebody wants the server to end, and says how the program then ends: a
    /// service manager that asks for it got what it wanted, a user broke it off.
    #[cfg(unix)]
    async fn wanted(&mut self) -> Ending {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => Ending::Stopped,
            _ = self.terminate.recv() => Ending::Fine,
        }
    }

    #[cfg(not(unix))]
    async fn wanted(&mut self) -> Ending {
        let _ = tokio::signal::ctrl_c().await;
        Ending::Stopped
    }
}
