//! What counts against a meter at an instant, for every algorithm that can be told without opening
//! windows first: as a whole number of fractions of a unit.

use limits::{Algorithm, Charge, Cost};

use super::{Fact, Naive, Reading};

impl Naive {
    /// What counts at `at`, and in how many parts each unit is counted.
    pub(super) fn counted(&self, meter: usize, at: u64) -> (i128, i128) {
        let (capacity, per) = self.sizes(meter);
        match self.meters[meter].algorithm() {
            Algorithm::Opened => unreachable!("its windows have to be opened first"),
            Algorithm::Bucket => (capacity * per - self.level(meter, at), per),
            Algorithm::Gcra => (self.ahead(meter, at), per),
            Algorithm::Aligned => (self.in_the_window_of(meter, at), 1),
            Algorithm::SlidingLog => (self.logged(meter, at), 1),
            Algorithm::SlidingCounter => (self.estimated(meter, at), self.lasts(meter).into()),
            Algorithm::Concurrency => (self.in_flight(meter), 1),
        }
    }

    /// Whole units that are left.
    pub(super) fn whole_left(&self, meter: usize, at: u64) -> i128 {
        let (used, each) = self.counted(meter, at);
        (self.sizes(meter).0 * each - used).div_euclid(each)
    }

    /// How full a bucket is, in units of 1/`per`.
    fn level(&self, meter: usize, now: u64) -> i128 {
        let written = self.meters[meter];
        let (capacity, per) = self.sizes(meter);
        let amount = |cost: Cost| i128::from(written.quota().counts().of(cost)) * per;
        let (mut level, mut then) = (capacity * per, 0);
        let mut refill = |level: i128, at: u64| {
            let came = i128::from(at.saturating_sub(then)) * i128::from(written.quota().amount());
            then = at;
            (level + came).min((capacity * per).max(level))
        };
        for fact in &self.facts {
            level = refill(level, fact.at());
            level += match (*fact, written.charge()) {
                (Fact::Admitted { cost, .. }, Charge::AtAdmission) => -amount(cost),
                (Fact::Ended { id, spent, .. }, Charge::AtAdmission) => {
                    let back = amount(self.admission(id).1) - amount(spent);
                    let forgives = self.reading == Reading::OverspendingIsForgiven;
                    if forgives { back.max(0) } else { back }
                }
                (Fact::Ended { spent, .. }, Charge::AtCompletion) => -amount(spent),
                (Fact::Refused { cost, .. }, Charge::AtAdmission)
                    if self.reading == Reading::RefusalsConsume =>
                {
                    -amount(cost).min(capacity * per)
                }
                (Fact::Admitted { .. } | Fact::Refused { .. }, _) => 0,
            };
            if self.reading != Reading::RefundsOverflowTheBucket {
                level = level.min(capacity * per);
            }
        }
        refill(level, now)
    }

    /// How far the theoretical arrival time of the next cell lies ahead, in units of 1/`amount`
    /// nanoseconds: the virtual scheduling of ITU-T I.371.
    fn ahead(&self, meter: usize, now: u64) -> i128 {
        let (_, per) = self.sizes(meter);
        let amount = i128::from(self.meters[meter].quota().amount());
        let rounds = self.reading == Reading::CellsTakeWholeNanoseconds;
        let cell = if rounds { per / amount * amount } else { per };
        let mut arrival = 0;
        for fact in &self.facts {
            let at = i128::from(fact.at()) * amount;
            let cells = self.charged_by(meter, fact) * cell;
            arrival = (at.max(arrival) + cells).max(at);
        }
        let forgiven = if self.reading == Reading::BurstsHaveOneMore { per } else { 0 };
        (arrival - i128::from(now) * amount - forgiven).max(0)
    }

    /// What a fact adds to a meter that takes the truth when it is known.
    fn charged_by(&self, meter: usize, fact: &Fact) -> i128 {
        let counts = self.meters[meter].quota().counts();
        let (capacity, _) = self.sizes(meter);
        let amount = |cost: Cost| i128::from(counts.of(cost));
        match (*fact, self.meters[meter].charge()) {
            (Fact::Admitted { cost, .. }, Charge::AtAdmission) => amount(cost),
            (Fact::Ended { id, spent, .. }, Charge::AtAdmission) => {
                let more = amount(spent) - amount(self.admission(id).1);
                let forgives = self.reading == Reading::OverspendingIsForgiven;
                if forgives { more.min(0) } else { more }
            }
            (Fact::Ended { spent, .. }, Charge::AtCompletion) => amount(spent),
            (Fact::Refused { cost, .. }, Charge::AtAdmission)
                if self.reading == Reading::RefusalsConsume =>
            {
                amount(cost).min(capacity)
            }
            (Fact::Admitted { .. } | Fact::Refused { .. }, _) => 0,
        }
    }

    /// What was charged in the clock's window of an instant, and what the windows before left to
    /// it.
    fn in_the_window_of(&self, meter: usize, at: u64) -> i128 {
        let (capacity, _) = self.sizes(meter);
        let number = |at: u64| i128::from(at / self.lasts(meter));
        let carries = self.carries(meter);
        let (mut window, mut used) = (0, 0);
        let mut go_on = |to: i128, used: &mut i128| {
            if to > window {
                let beyond = *used - capacity * (to - window);
                *used = if carries { beyond.max(0) } else { 0 };
                window = to;
            }
        };
        for fact in &self.facts {
            let Some(amount) = self.charge_of(meter, fact) else { continue };
            go_on(number(fact.at()), &mut used);
            used += amount;
        }
        go_on(number(at), &mut used);
        used
    }

    /// What was charged less than a window ago, from a list that knows as many instants as the
    /// capacity: of more, the two oldest are one.
    fn logged(&self, meter: usize, now: u64) -> i128 {
        let lasts = self.lasts(meter);
        let (capacity, _) = self.sizes(meter);
        let included = u64::from(self.reading == Reading::WindowsIncludeTheirEnd);
        let mut list: Vec<(u64, i128)> = Vec::new();
        let forget = |list: &mut Vec<(u64, i128)>, now: u64| {
            if self.reading == Reading::LogsForgetAllAtOnce {
                let over = list.first().is_some_and(|(at, _)| at + lasts <= now);
                list.retain(|_| !over);
            }
            list.retain(|&(at, amount)| amount != 0 && at + lasts + included > now);
        };
        for fact in &self.facts {
            forget(&mut list, fact.at());
            let amount = self.charged_by(meter, fact);
            let corrects = self.meters[meter].charge() == Charge::AtAdmission;
            let at = match *fact {
                Fact::Ended { id, .. } if corrects => self.admission(id).0,
                Fact::Ended { at, .. } | Fact::Admitted { at, .. } | Fact::Refused { at, .. } => at,
            };
            let late = self.reading == Reading::LateReceiptsSettleInTheOpenWindow;
            if at + lasts + included <= fact.at() && !late {
                continue;
            }
            match list.iter().position(|&(listed, _)| listed >= at) {
                Some(place) if list[place].0 == at || amount < 0 => list[place].1 += amount,
                Some(place) => list.insert(place, (at, amount)),
                None => list.push((at, amount)),
            }
            forget(&mut list, fact.at());
            while i128::try_from(list.len()).unwrap() > capacity {
                let (_, oldest) = list.remove(0);
                list[0].1 += oldest;
            }
        }
        forget(&mut list, now);
        list.iter().map(|(_, amount)| amount).sum()
    }

    /// What was charged in the clock's window of an instant, and the share of the window before
    /// that is less than a window ago, in parts of a nanosecond's share.
    fn estimated(&self, meter: usize, at: u64) -> i128 {
        let lasts = self.lasts(meter);
        let charged_in = |window: u64| -> i128 {
            let of = self.facts.iter().filter(|fact| fact.at() / lasts == window);
            of.filter_map(|fact| self.charge_of(meter, fact)).sum()
        };
        let before = (at / lasts).checked_sub(1).map_or(0, charged_in);
        let covered = i128::from(lasts - at % lasts);
        let each = i128::from(lasts);
        let share = if self.reading == Reading::CountersForgetTheWindowBefore {
            0
        } else if self.reading == Reading::CountersRoundTheWindowBefore {
            before * covered / each * each
        } else {
            before * covered
        };
        charged_in(at / lasts) * each + share
    }

    /// What those asked for that were admitted and have not ended.
    fn in_flight(&self, meter: usize) -> i128 {
        let counts = self.meters[meter].quota().counts();
        let of = |fact: &Fact| match *fact {
            Fact::Admitted { cost, .. } => i128::from(counts.of(cost)),
            Fact::Ended { spent, .. } if self.reading == Reading::EndsFreeWhatWasSpent => {
                -i128::from(counts.of(spent))
            }
            Fact::Ended { id, .. } => -i128::from(counts.of(self.admission(id).1)),
            Fact::Refused { .. } => 0,
        };
        self.facts.iter().map(of).sum()
    }
}
