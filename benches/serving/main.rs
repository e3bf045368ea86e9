//! What does a request cost over HTTP?
//!
//! The mock beside a bare axum handler that parses the same body and answers the same bytes, on
//! the same server settings, asked by the same client over loopback. Each server has a thread to
//! itself and the client a third; rounds alternate, and every ratio is one of two neighbours.
//!
//! Not criterion's: the question is a ratio, and the time of two threads at once.

mod bare;
mod caller;
mod cpu;
mod paths;
mod side;
mod table;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use caller::Callers;
use cpu::{Meter, Seats};
use mock_together_http::router;
use paths::{PLAIN, Path, REFUSED, STREAMED};
use side::Side;
use table::{Measured, Pair};
use tokio::time::timeout;

/// Admitted, and streamed token by token, so that each is a wake-up and a write of its own.
const PACED: Path = Path { name: "stream, 16 tokens 5 ms apart", tokens: 16, apart: 5, ..STREAMED };

/// Each path, and how many connections ask at a time.
const PATHS: [(&Path, usize); 4] = [(&PLAIN, 32), (&REFUSED, 32), (&STREAMED, 32), (&PACED, 256)];

/// How often and how long.
struct Extent {
    rounds: usize,
    round: Duration,
}

/// How long a round may go on after its time.
const PATIENCE: Duration = Duration::from_secs(10);

const FULL: Extent = Extent { rounds: 21, round: Duration::from_millis(200) };
const BRIEF: Extent = Extent { rounds: 1, round: Duration::from_millis(30) };

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let said = |word: &str| words.iter().any(|said| said == word);
    // `cargo bench` says `--bench`; without it, or with one of criterion's short forms, it is
    // enough to see that everything runs.
    let brief = said("--quick") || said("--test") || !said("--bench");
    let extent = if brief { BRIEF } else { FULL };
    let seats = Seats::find();
    seats.call();
    let client = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    table::head()?;
    for (path, connections) in PATHS {
        let pairs = client.block_on(compare(path, connections, seats, &extent))?;
        table::rows(path.name, &pairs)?;
    }
    Ok(())
}

/// Both sides in turn, the one that goes first changing, after a round that does not count.
async fn compare(
    path: &'static Path,
    connections: usize,
    seats: Seats,
    extent: &Extent,
) -> Result<Vec<Pair>, Box<dyn Error>> {
    let mut mock = Side::start("mock", seats, || async {
        let mock = path.mock()?;
        Ok((Arc::clone(&mock), router(mock)))
    })?;
    let mut bare =
        Side::start("bare", seats, || async { Ok((path.mock()?, bare::router(path).await?)) })?;
    let mut to_mock = Callers::connect(mock.address, path, connections).await?;
    let mut to_bare = Callers::connect(bare.address, path, connections).await?;
    let shapes = (to_mock.shape(), to_bare.shape());
    if shapes.0.is_none() || shapes.0 != shapes.1 {
        return Err(format!("{}: the sides do not say the same: {shapes:?}", path.name).into());
    }
    let mut pairs = Vec::with_capacity(extent.rounds);
    for nth in 0..=extent.rounds {
        let pair = if nth % 2 == 0 {
            let mock = measure(&mut mock, &mut to_mock, extent.round).await?;
            Pair { mock, bare: measure(&mut bare, &mut to_bare, extent.round).await? }
        } else {
            let bare = measure(&mut bare, &mut to_bare, extent.round).await?;
            Pair { mock: measure(&mut mock, &mut to_mock, extent.round).await?, bare }
        };
        if nth > 0 {
            pairs.push(pair);
        }
    }
    Ok(pairs)
}

async fn measure(
    side: &mut Side,
    callers: &mut Callers,
    lasts: Duration,
) -> Result<Measured, Box<dyn Error>> {
    let mut cpu = || side.cpu.as_mut().and_then(Meter::used);
    let before = cpu();
    let round = timeout(lasts + PATIENCE, callers.round(lasts)).await??;
    let used = cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
    Ok(Measured { requests: round.requests, took: round.took, used })
}
