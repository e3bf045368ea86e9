//! The service's clock: tokio's time, counted from a beginning.

use std::time::Duration;

use limits::{Clock as _, Instant, Span};
use tokio::time::{Instant as TokioInstant, sleep_until};

/// Reads tokio's clock, real or paused, as nanoseconds since it was started.
#[derive(Copy, Clone, Debug)]
pub struct TokioClock {
    began: TokioInstant,
    /// What it stood at then.
    from: Instant,
}

/// As far ahead as anybody waits: what lies beyond is waited for no longer than this.
const FARTHEST: Duration = Duration::from_hours(30 * 365 * 24);

impl TokioClock {
    /// A clock that stands at zero now. Where time is paused, it must be called inside the
    /// runtime that paused it.
    #[must_use]
    pub fn start() -> Self {
        Self::start_at(Instant::START)
    }

    /// The same, of a clock that goes on.
    pub(crate) fn start_at(from: Instant) -> Self {
        Self { began: TokioInstant::now(), from }
    }

    /// The same moment in tokio's own terms.
    #[must_use]
    pub fn tokio(self, at: Instant) -> TokioInstant {
        self.began + Duration::from_nanos(at.since(self.from).nanos()).min(FARTHEST)
    }

    /// Waits until then. tokio's timers have a grain of a millisecond and are late rather than
    /// early, so what is due already does not go to one.
    pub async fn until(self, at: Instant) {
        if self.now() < at {
            sleep_until(self.tokio(at)).await;
        }
    }
}

impl limits::Clock for TokioClock {
    fn now(&self) -> Instant {
        let passed = u64::try_from(self.began.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.from.after(Span::from_nanos(passed))
    }
}
