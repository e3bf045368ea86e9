//! Several meters, one decision.

use alloc::vec::Vec;
use core::array::from_fn;

use crate::decision::{Decision, Peek, Receipt, Refusal};
use crate::dial::{Dial, Openings};
use crate::meter::{Label, Meter};
use crate::policy::{METERS_MAX, Policy};
use crate::standing::{MeterStanding, Reset, Standing};
use crate::time::{Instant, Span};
use crate::units::Cost;

/// A policy at work.
///
/// Its time only moves forward: a clock that goes back is read as the latest instant that the
/// limiter was told, so that a stale clock can deny what a true one would allow, and never the
/// reverse. It stops one nanosecond before [`Instant::END`], so that a refusal always names an
/// instant that lies ahead.
///
/// Nothing is rounded, and nothing is allocated but the room of a sliding log, once, when it is
/// made. It is a plain value; whoever shares it holds it behind a lock.
#[derive(Clone, Debug)]
pub struct Limiter {
    latest: Instant,
    len: usize,
    dials: [Dial; METERS_MAX],
}

impl Limiter {
    /// A limiter that has admitted nothing yet: every window empty and every bucket full.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a limiter takes its policy over")]
    pub fn new(policy: Policy) -> Self {
        let meters = policy.meters();
        let dials = from_fn(|index| Dial::of(index, meters.get(index).unwrap_or(&Meter::VACANT)));
        Self { latest: Instant::START, len: meters.len(), dials }
    }

    /// Asks all meters at once, and charges all of them or none.
    ///
    /// A meter that charges at admission admits a cost that fits into what it has left; one that
    /// charges at completion admits any as long as it has anything left.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "its answer is large, and taken apart at once")]
    pub fn admit(&mut self, now: Instant, cost: Cost) -> Decision {
        let now = self.read(now);
        self.latest = now;
        match self.judge(now, cost) {
            Peek::Admits => {
                self.reserve(now, cost);
                Decision::Admitted(Receipt { at: now, reserved: cost })
            }
            Peek::Refused(refusal) => Decision::Refused(refusal),
            Peek::TooLarge { by, most } => Decision::TooLarge { by, most },
        }
    }

    /// What [`Limiter::admit`] would answer. Changes nothing.
    #[inline]
    pub fn peek(&self, now: Instant, cost: Cost) -> Peek {
        self.judge(self.read(now), cost)
    }

    /// A request has ended, and this is what it really cost.
    ///
    /// Where it was charged at admission, the difference goes to the window, bucket or place in a
    /// log that it was taken from, or nowhere if that is over: more than was set aside may leave
    /// less than nothing, and less never lifts it above full. Where it is charged at completion,
    /// all of it is charged now. A cap on what is in flight is free of it, whatever it cost.
    #[inline]
    #[expect(clippy::needless_pass_by_value, reason = "a receipt is used up by settling it")]
    pub fn settle(&mut self, now: Instant, receipt: Receipt, spent: Cost) {
        let now = self.read(now);
        self.latest = now;
        let mut opened = Openings::default();
        for dial in self.dials_mut() {
            dial.settle(now, &receipt, spent, &mut opened);
        }
    }

    /// A request has ended and cost nothing: what was set aside for it is given back.
    #[inline]
    pub fn refund(&mut self, now: Instant, receipt: Receipt) {
        self.settle(now, receipt, Cost::default());
    }

    /// The limits moved: from now on this policy decides, and what was used stays used.
    ///
    /// A meter is the same as the old one of its label if it counts the same by the same
    /// algorithm and is charged at the same time. Then what is left of it is its new capacity less
    /// what was used of the old one, and never less than nothing. A window that is open keeps its
    /// end, and the next one has the new length; a bucket lacks what it lacked; a log counts each
    /// use for as long as its new window is; a clock's window of another length takes over what
    /// counted by now. What is in flight stays in flight. A meter that the old policy did not have
    /// starts fresh, and what was admitted before is none of its business; one that the new policy
    /// does not have is gone.
    ///
    /// Receipts from before are settled as ever, in the windows that they were taken in. Where a
    /// meter starts fresh at the very instant of the last call, whatever comes next is read as a
    /// nanosecond later, so that its receipts are told from those.
    ///
    /// ```
    /// use limits::{Cost, Instant, Label, Limiter, Meter, Per, Policy, Quota, Rate, Requests};
    /// use limits::{Span, Tokens};
    ///
    /// let of = |most| {
    ///     let rate = Rate::new(Requests(most), Per::Second);
    ///     let quota = Quota::requests_per_window(rate, Span::from_secs(1))?;
    ///     Ok::<_, Box<dyn std::error::Error>>(Policy::new(&[Meter::opened(Label("requests"), quota)])?)
    /// };
    /// let mut limiter = Limiter::new(of(3)?);
    /// for _ in 0..2 {
    ///     let _ = limiter.admit(Instant::START, Cost::new(Requests(1), Tokens(0)));
    /// }
    /// let left = |limiter: &Limiter| limiter.standing(Instant::START).of(0).map(|of| of.remaining);
    /// limiter.revise(Instant::START, &of(10)?);
    /// assert_eq!(left(&limiter), Some(8));
    /// limiter.revise(Instant::START, &of(1)?);
    /// assert_eq!(left(&limiter), Some(0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn revise(&mut self, now: Instant, policy: &Policy) {
        let (now, latest) = (self.read(now), self.latest);
        let after = if now == latest { self.read(now.after(Span::from_nanos(1))) } else { now };
        let old = core::mem::replace(self, Self::new(policy.clone()));
        let old = old.dials.into_iter().take(old.len);
        let mut old: Vec<Option<Dial>> = old.map(Some).collect();
        self.latest = now;
        for index in 0..self.len {
            let Some(dial) = self.dials.get_mut(index) else { break };
            let label = dial.label();
            let same = old.iter_mut().find(|of| of.as_ref().is_some_and(|of| of.label() == label));
            if !same.and_then(Option::take).is_some_and(|same| dial.take_over(now, same)) {
                dial.begin(after);
                self.latest = after;
            }
        }
    }

    /// Something was used that nobody asked for: every meter that is charged at completion takes
    /// it, and the others what of it they count, as if it had been admitted now for nothing.
    pub fn spend(&mut self, now: Instant, spent: Cost) {
        let at = self.read(now);
        self.settle(now, Receipt { at, reserved: Cost::default() }, spent);
    }

    /// How every meter stands. Changes nothing.
    #[must_use]
    #[inline]
    pub fn standing(&self, now: Instant) -> Standing<'_> {
        Standing::new(self, self.read(now))
    }

    /// How many meters there are.
    #[inline]
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// How one meter stands at an instant that has been read.
    #[inline]
    pub(crate) fn standing_of(&self, index: usize, now: Instant) -> Option<MeterStanding> {
        let dial = self.dials.get(index).filter(|_| index < self.len)?;
        Some(dial.standing(now, &self.dials))
    }

    /// When one meter by itself admits so much, at an instant that has been read.
    #[inline]
    pub(crate) fn admits_at(&self, index: usize, now: Instant, asked: u64) -> Option<Instant> {
        let dial = self.dials().get(index).filter(|dial| asked <= dial.most())?;
        Some(dial.admits_at(now, asked).max(now))
    }

    /// The least that any meter that can refuse has left at an instant that has been read, in
    /// millionths of its capacity.
    #[inline]
    pub(crate) fn headroom(&self, now: Instant) -> Option<u32> {
        // No share is as large: what nothing has lowered belongs to no meter.
        let mut least = u64::MAX;
        for dial in self.dials() {
            if let Some(left) = dial.headroom(now) {
                least = least.min(left);
            }
        }
        (least < u64::MAX).then(|| u32::try_from(least).unwrap_or(1_000_000))
    }

    /// When a window of the first meter ended last that can refuse and counts in windows, at an
    /// instant that has been read.
    #[inline]
    pub(crate) fn last_reset(&self, now: Instant) -> Option<Reset> {
        self.dials().iter().find(|dial| dial.refuses_by_windows())?.last_reset(now)
    }

    /// The meters at work; a policy never has more of them than there are places.
    #[inline]
    fn dials(&self) -> &[Dial] {
        self.dials.get(..self.len).unwrap_or(&self.dials)
    }

    #[inline]
    fn dials_mut(&mut self) -> &mut [Dial] {
        let len = self.len.min(METERS_MAX);
        &mut self.dials[..len]
    }

    /// The instant at which something said to happen `now` happens.
    #[inline]
    fn read(&self, now: Instant) -> Instant {
        const LAST: Instant = Instant::from_nanos(Instant::END.nanos() - 1);
        now.max(self.latest).min(LAST)
    }

    /// Every meter is asked before any is charged.
    #[inline]
    fn judge(&self, now: Instant, cost: Cost) -> Peek {
        let mut retry_at = Instant::START;
        let mut refusing = 0;
        for (index, dial) in self.dials().iter().enumerate() {
            let asked = dial.counts().of(cost);
            if asked > dial.most() {
                return self.too_large(cost);
            }
            let admits_at = dial.admits_at(now, asked);
            if admits_at > retry_at {
                retry_at = admits_at;
                refusing = index;
            }
        }
        if retry_at == Instant::START { Peek::Admits } else { self.refused(refusing, retry_at) }
    }

    #[inline]
    fn refused(&self, meter: usize, retry_at: Instant) -> Peek {
        let by = self.dials.get(meter).map_or(Label(""), Dial::label);
        Peek::Refused(Refusal { by, meter, retry_at })
    }

    /// Names the tightest of the meters that are too small, among those that count what the first
    /// of them counts: to ask for its `most` is to pass them all.
    #[cold]
    fn too_large(&self, cost: Cost) -> Peek {
        let too_small = || self.dials().iter().filter(|dial| dial.counts().of(cost) > dial.most());
        let counts = too_small().next().map(Dial::counts);
        let tightest = too_small().filter(|dial| Some(dial.counts()) == counts);
        tightest
            .min_by_key(|dial| dial.most())
            .map_or(Peek::Admits, |dial| Peek::TooLarge { by: dial.label(), most: dial.most() })
    }

    #[inline]
    fn reserve(&mut self, now: Instant, cost: Cost) {
        let mut opened = Openings::default();
        for dial in self.dials_mut() {
            dial.reserve(now, cost, &mut opened);
        }
    }
}
