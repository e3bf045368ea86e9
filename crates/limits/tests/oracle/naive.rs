//! The rules once more, from nothing but a list of what happened: every admission and every end
//! with its instant. Each question walks the whole list again, and the instant to come back at is
//! found by trying. Slow, and too simple to share a mistake with the limiter.

#[path = "naive/counted.rs"]
mod counted;

use limits::{Algorithm, Charge, Cost, Debt, Instant, Label, Meter, Peek, Refusal};

/// How the rules are read: as the limiter should, or in one of the ways in which it must not.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub(crate) enum Reading {
    AsWritten,
    WindowsFollowTheClock,
    WindowsFollowEachOther,
    WindowsIncludeTheirEnd,
    AdmissionOpensEveryWindow,
    NothingUsedOpensAWindow,
    RefusalsConsume,
    SizesAreComparedAtCompletion,
    OnlyBeyondCapacityIsFull,
    DebtIsTheOtherWayRound,
    DebtIgnoresTimeGoneBy,
    LateReceiptsSettleInTheOpenWindow,
    OverspendingIsForgiven,
    RefundsOverflowTheBucket,
    ShownMetersHaveTheirOwnWindows,
    ShownMetersRefuse,
    TheFirstToRefuseIsNamed,
    TheSoonestToAdmitIsNamed,
    TooLargeIsRefused,
    TheClockMayGoBack,
    CellsTakeWholeNanoseconds,
    BurstsHaveOneMore,
    LogsForgetAllAtOnce,
    CountersRoundTheWindowBefore,
    CountersForgetTheWindowBefore,
    EndsFreeWhatWasSpent,
}

impl Reading {
    pub(crate) const WRONG: [Self; 25] = [
        Self::WindowsFollowTheClock,
        Self::WindowsFollowEachOther,
        Self::WindowsIncludeTheirEnd,
        Self::AdmissionOpensEveryWindow,
        Self::NothingUsedOpensAWindow,
        Self::RefusalsConsume,
        Self::SizesAreComparedAtCompletion,
        Self::OnlyBeyondCapacityIsFull,
        Self::DebtIsTheOtherWayRound,
        Self::DebtIgnoresTimeGoneBy,
        Self::LateReceiptsSettleInTheOpenWindow,
        Self::OverspendingIsForgiven,
        Self::RefundsOverflowTheBucket,
        Self::ShownMetersHaveTheirOwnWindows,
        Self::ShownMetersRefuse,
        Self::TheFirstToRefuseIsNamed,
        Self::TheSoonestToAdmitIsNamed,
        Self::TooLargeIsRefused,
        Self::TheClockMayGoBack,
        Self::CellsTakeWholeNanoseconds,
        Self::BurstsHaveOneMore,
        Self::LogsForgetAllAtOnce,
        Self::CountersRoundTheWindowBefore,
        Self::CountersForgetTheWindowBefore,
        Self::EndsFreeWhatWasSpent,
    ];
}

/// Something that happened, in the order in which it did.
#[derive(Copy, Clone, Debug)]
enum Fact {
    Admitted { id: usize, at: u64, cost: Cost },
    Refused { at: u64, cost: Cost },
    Ended { id: usize, at: u64, spent: Cost },
}

impl Fact {
    fn at(&self) -> u64 {
        match *self {
            Self::Admitted { at, .. } | Self::Refused { at, .. } | Self::Ended { at, .. } => at,
        }
    }
}

#[derive(Copy, Clone, Debug)]
struct Window {
    /// The number of the fact that opened it.
    opened_by: usize,
    end: u64,
    used: i128,
}

pub(crate) struct Naive {
    meters: Vec<Meter>,
    facts: Vec<Fact>,
    reading: Reading,
}

impl Naive {
    pub(crate) fn new(meters: &[Meter], reading: Reading) -> Self {
        Self { meters: meters.to_vec(), facts: Vec::new(), reading }
    }

    /// The latest instant of any fact, if `now` lies before it.
    pub(crate) fn read(&self, now: u64) -> u64 {
        if self.reading == Reading::TheClockMayGoBack {
            return now;
        }
        self.facts.iter().map(Fact::at).fold(now, u64::max)
    }

    pub(crate) fn admit(&mut self, now: u64, id: usize, cost: Cost) -> Peek {
        let at = self.read(now);
        let answer = self.peek(now, cost);
        self.facts.push(match answer {
            Peek::Admits => Fact::Admitted { id, at, cost },
            Peek::Refused(_) | Peek::TooLarge { .. } => Fact::Refused { at, cost },
        });
        answer
    }

    pub(crate) fn end(&mut self, now: u64, id: usize, spent: Cost) {
        let at = self.read(now);
        self.facts.push(Fact::Ended { id, at, spent });
    }

    pub(crate) fn peek(&self, now: u64, cost: Cost) -> Peek {
        let now = self.read(now);
        if self.reading != Reading::TooLargeIsRefused
            && let Some((by, most)) = self.tightest(cost)
        {
            return Peek::TooLarge { by, most };
        }
        let by_itself = |meter: usize| first_from(now, |at| self.admits(meter, at, cost));
        let each: Vec<u64> = (0..self.meters.len()).map(by_itself).collect();
        let together = first_from(now, |at| (0..each.len()).all(|m| self.admits(m, at, cost)));
        if together == now {
            return Peek::Admits;
        }
        let named = if self.reading == Reading::TheSoonestToAdmitIsNamed {
            each.iter().copied().filter(|&at| at > now).min().unwrap_or(together)
        } else {
            together
        };
        let anyone = self.reading == Reading::TheFirstToRefuseIsNamed;
        let meter = each.iter().position(|&at| at == named || (anyone && at > now));
        let meter = meter.expect("one of them refuses");
        let retry_at = Instant::from_nanos(each[meter]);
        Peek::Refused(Refusal { by: self.meters[meter].label(), meter, retry_at })
    }

    /// What is left of a meter, and until when.
    pub(crate) fn standing(&self, meter: usize, now: u64) -> (u64, u64) {
        let now = self.read(now);
        let (capacity, _) = self.sizes(meter);
        let (left, until) = match (self.meters[meter].leader(), self.meters[meter].algorithm()) {
            (Some(leader), _) if self.reading != Reading::ShownMetersHaveTheirOwnWindows => {
                (capacity - self.shown(meter), self.open(leader, now).map_or(now, |w| w.end))
            }
            (_, Algorithm::Opened) => match self.open(meter, now) {
                Some(window) => (capacity - window.used, window.end),
                None => (capacity - self.carried(meter, self.windows(meter).last(), now), now),
            },
            (_, Algorithm::Aligned) => {
                let lasts = self.lasts(meter);
                (self.whole_left(meter, now), now - now % lasts + lasts)
            }
            (_, _) => {
                let until = first_from(now, |at| self.counted(meter, at).0 <= 0);
                (self.whole_left(meter, now), until)
            }
        };
        (u64::try_from(left.max(0)).expect("at most the capacity"), until)
    }

    /// Whether a meter alone would admit this.
    fn admits(&self, meter: usize, at: u64, cost: Cost) -> bool {
        let written = self.meters[meter];
        let (capacity, _) = self.sizes(meter);
        let asked = i128::from(written.quota().counts().of(cost));
        if !written.decides() && self.reading != Reading::ShownMetersRefuse {
            return true;
        }
        let compares = written.charge() == Charge::AtAdmission
            || self.reading == Reading::SizesAreComparedAtCompletion;
        let (used, each) = if written.algorithm() == Algorithm::Opened {
            (self.open(meter, at).map_or(0, |window| window.used), 1)
        } else {
            self.counted(meter, at)
        };
        let room = capacity * each - used;
        if compares {
            asked == 0 || asked * each <= room
        } else if self.reading == Reading::OnlyBeyondCapacityIsFull {
            room >= 0
        } else {
            room > 0
        }
    }

    /// Of the meters that are too small for this, the first, or a smaller one of its kind.
    fn tightest(&self, cost: Cost) -> Option<(Label, u64)> {
        let counts = |meter: &Meter| meter.quota().counts();
        let too_small = |meter: &&Meter| {
            meter.decides()
                && meter.charge() == Charge::AtAdmission
                && counts(meter).of(cost) > meter.quota().capacity()
        };
        let first = self.meters.iter().find(too_small)?;
        let alike = self.meters.iter().filter(|&meter| counts(meter) == counts(first));
        alike
            .filter(too_small)
            .map(|meter| (meter.label(), meter.quota().capacity()))
            .min_by_key(|&(_, capacity)| capacity)
    }

    fn open(&self, meter: usize, at: u64) -> Option<Window> {
        let included = u64::from(self.reading == Reading::WindowsIncludeTheirEnd);
        self.windows(meter).last().copied().filter(|window| at < window.end + included)
    }

    /// All windows of a meter, in their order.
    fn windows(&self, meter: usize) -> Vec<Window> {
        let lasts = self.meters[meter].quota().window().nanos();
        let mut windows: Vec<Window> = Vec::new();
        for (number, fact) in self.facts.iter().enumerate() {
            let Some(amount) = self.charge_of(meter, fact) else { continue };
            let at = fact.at();
            let included = u64::from(self.reading == Reading::WindowsIncludeTheirEnd);
            if windows.last().is_none_or(|last| at >= last.end + included) {
                let used = self.carried(meter, windows.last(), at);
                let opens = match (self.reading, windows.last()) {
                    (Reading::WindowsFollowTheClock, _) => at - at % lasts,
                    (Reading::WindowsFollowEachOther, Some(last)) => at - (at - last.end) % lasts,
                    _ => at,
                };
                windows.push(Window { opened_by: number, end: opens + lasts, used });
            }
            windows.last_mut().expect("there is one now").used += amount;
        }
        windows
    }

    /// What a fact charges to a window: nothing, or an amount that may be zero.
    fn charge_of(&self, meter: usize, fact: &Fact) -> Option<i128> {
        let written = self.meters[meter];
        let amount = |cost: Cost| i128::from(written.quota().counts().of(cost));
        match (*fact, written.charge()) {
            (Fact::Admitted { id, at, cost }, Charge::AtAdmission) => {
                Some(amount(self.in_the_end(meter, id, at, cost)))
            }
            (Fact::Ended { spent, .. }, Charge::AtCompletion) => {
                let opens = self.reading == Reading::NothingUsedOpensAWindow;
                (opens || amount(spent) > 0).then_some(amount(spent))
            }
            (Fact::Refused { cost, .. }, Charge::AtAdmission) => {
                let charged = amount(cost).min(i128::from(written.quota().capacity()));
                (self.reading == Reading::RefusalsConsume).then_some(charged)
            }
            (Fact::Admitted { .. }, Charge::AtCompletion) => {
                (self.reading == Reading::AdmissionOpensEveryWindow).then_some(0)
            }
            (Fact::Ended { id, at, spent }, Charge::AtAdmission) => {
                let late = self.reading == Reading::LateReceiptsSettleInTheOpenWindow;
                let (admitted, cost) = self.admission(id);
                let over = admitted + written.quota().window().nanos() <= at;
                (late && over).then_some(amount(spent) - amount(cost))
            }
            (Fact::Refused { .. }, Charge::AtCompletion) => None,
        }
    }

    /// What an admitted request counts for, as far as is known now.
    fn in_the_end(&self, meter: usize, id: usize, admitted: u64, cost: Cost) -> Cost {
        let counts = self.meters[meter].quota().counts();
        let lasts = self.meters[meter].quota().window().nanos();
        let end = self.facts.iter().find_map(|fact| match *fact {
            Fact::Ended { id: ended, spent, at } if ended == id => Some((at, spent)),
            Fact::Ended { .. } | Fact::Admitted { .. } | Fact::Refused { .. } => None,
        });
        match end {
            Some((at, _))
                if self.reading == Reading::LateReceiptsSettleInTheOpenWindow
                    && admitted + lasts <= at =>
            {
                cost
            }
            Some((_, spent))
                if self.reading == Reading::OverspendingIsForgiven
                    && counts.of(spent) > counts.of(cost) =>
            {
                cost
            }
            Some((_, spent)) => spent,
            None => cost,
        }
    }

    fn admission(&self, wanted: usize) -> (u64, Cost) {
        let admitted = self.facts.iter().find_map(|fact| match *fact {
            Fact::Admitted { id, at, cost } if id == wanted => Some((at, cost)),
            Fact::Admitted { .. } | Fact::Ended { .. } | Fact::Refused { .. } => None,
        });
        admitted.expect("what has ended was admitted")
    }

    /// What a window that opens at `at` starts with.
    fn carried(&self, meter: usize, last: Option<&Window>, at: u64) -> i128 {
        let written = self.meters[meter];
        let (capacity, _) = self.sizes(meter);
        let Some(last) = last.filter(|_| self.carries(meter)) else { return 0 };
        let gone_by = if self.reading == Reading::DebtIgnoresTimeGoneBy {
            0
        } else {
            i128::from((at - last.end) / written.quota().window().nanos())
        };
        (last.used - capacity - capacity * gone_by).max(0)
    }

    fn carries(&self, meter: usize) -> bool {
        let written = self.meters[meter];
        let told_to = written.debt() == Debt::Carried;
        written.charge() == Charge::AtCompletion
            && written.decides()
            && (told_to != (self.reading == Reading::DebtIsTheOtherWayRound))
    }

    /// What a shown meter counts: all that has ended since its leader opened a window.
    fn shown(&self, meter: usize) -> i128 {
        let leader = self.meters[meter].leader().expect("it is only shown");
        let since = self.windows(leader).last().map_or(0, |window| window.opened_by);
        let spent = self.facts.iter().skip(since).map(|fact| match fact {
            Fact::Ended { spent, .. } => self.meters[meter].quota().counts().of(*spent),
            Fact::Admitted { .. } | Fact::Refused { .. } => 0,
        });
        spent.map(i128::from).sum()
    }

    /// Capacity, and the denominator of the rate.
    fn sizes(&self, meter: usize) -> (i128, i128) {
        let quota = self.meters[meter].quota();
        (quota.capacity().into(), quota.per().nanos().into())
    }

    fn lasts(&self, meter: usize) -> u64 {
        self.meters[meter].quota().window().nanos()
    }
}

/// The first instant from `now` on at which something is so that then stays so, or the end of time:
/// by doubling, then by halving.
fn first_from(now: u64, is_so: impl Fn(u64) -> bool) -> u64 {
    if is_so(now) {
        return now;
    }
    let mut step = 1;
    while !is_so(now + step) {
        step *= 2;
        if step > 1 << 60 {
            return u64::MAX;
        }
    }
    let (mut not_yet, mut already) = (now + step / 2, now + step);
    while already - not_yet > 1 {
        let middle = not_yet + (already - not_yet) / 2;
        if is_so(middle) {
            already = middle;
        } else {
            not_yet = middle;
        }
    }
    already
}
