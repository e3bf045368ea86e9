//! One counter: what one replica of the gateway would answer.

use limits::{
    Cost, Decision, Instant, Label, Limiter, Peek, Receipt, Refusal, Requests, Span, Tokens,
};
use rulebook::labels;
use wire::ErrorKind;

use crate::row::Row;
use crate::terms::{ONE, Terms};

/// What is said of a row, by the row itself or by a counter before it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) refused: bool,
    pub(crate) reset: Option<u32>,
    pub(crate) remaining: Option<u32>,
    pub(crate) tokens: Option<u32>,
    /// Whether it was refused for its tokens, where that can be told.
    pub(crate) by_tokens: bool,
}

impl Word {
    pub(crate) fn of(row: &Row) -> Word {
        let shows = &row.shows;
        let refused = row.is_refused();
        let is_said = row.kind == Some(ErrorKind::TokensLimited);
        // No tokens are left, but requests are.
        let requests_left = shows.remaining.is_some_and(|left| left > 0);
        let is_shown = shows.remaining_tokens == Some(0) && requests_left;
        Word {
            refused,
            reset: shows.reset,
            remaining: shows.remaining,
            tokens: shows.remaining_tokens,
            by_tokens: refused && (is_said || is_shown),
        }
    }

    /// The same without the numbers of which the terms expect none: those cannot be judged.
    pub(crate) fn as_expected(self, terms: &Terms) -> Word {
        let expects = &terms.expects;
        Word {
            reset: self.reset.filter(|_| expects.reset.is_some()),
            remaining: self.remaining.filter(|_| expects.remaining.is_some()),
            tokens: self.tokens.filter(|_| expects.remaining_tokens.is_some()),
            ..self
        }
    }
}

/// What a counter says, and how it stands before the row.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Said {
    pub(crate) word: Word,
    /// The meter that refuses.
    pub(crate) by: Option<Label>,
    /// When its window ends; the present where none is open.
    pub(crate) ends: Instant,
    /// How many requests it has left.
    pub(crate) left: u64,
}

/// A counter.
#[derive(Debug)]
pub(crate) struct Counter {
    counted: Limiter,
    gate: Option<Limiter>,
    due: Vec<Due>,
}

/// What will be charged when an answer has ended.
#[derive(Debug)]
struct Due {
    at: Instant,
    tokens: Tokens,
    counted: Receipt,
    gate: Option<Receipt>,
}

impl Counter {
    pub(crate) fn new(terms: &Terms) -> Counter {
        Counter {
            counted: Limiter::new(terms.counted.clone()),
            gate: fresh_gate(terms),
            due: Vec::new(),
        }
    }

    /// What it would answer at `now`. Whatever has ended by then is charged first.
    pub(crate) fn says(&mut self, terms: &Terms, now: Instant) -> Said {
        self.charge_due(now);
        let before = self.counted.standing(now).of(0);
        let ends = before.map_or(now, |meter| meter.resets_at);
        let left = before.map_or(0, |meter| meter.remaining);
        let mut tried = self.counted.clone();
        let by_requests = refusal(&tried.admit(now, ONE)).filter(|_| terms.refuses);
        let gate = self.gate.as_ref().filter(|_| terms.refuses);
        let by_gate = gate.and_then(|gate| match gate.peek(now, ONE) {
            Peek::Refused(refusal) => Some(refusal),
            Peek::Admits | Peek::TooLarge { .. } => None,
        });
        let later = |gate: &Refusal| by_requests.is_none_or(|other| other.retry_at < gate.retry_at);
        let by_gate = by_gate.filter(later);
        let refused = by_gate.is_some() || by_requests.is_some();
        let standing = if refused { self.counted.standing(now) } else { tried.standing(now) };
        let shows = terms.wording.shows(now, &standing, by_requests);
        let reset = match by_gate {
            Some(gate) if terms.gate_resets => Some(terms.seconds(gate.retry_at.since(now))),
            Some(_) | None => shows.reset,
        };
        let tokens = if by_gate.is_some() {
            shows.remaining_tokens.map(|_| 0)
        } else {
            shows.remaining_tokens
        };
        let by = by_gate.map(|_| labels::TOKENS).or(by_requests.map(|refusal| refusal.by));
        let by_tokens = by_gate.is_some();
        let word = Word { refused, reset, remaining: shows.remaining, tokens, by_tokens };
        Said { word, by, ends, left }
    }

    /// Takes a row: charges it, and stands afterwards where the row says. What it uses in tokens
    /// is charged when it ends.
    pub(crate) fn take(
        &mut self,
        terms: &Terms,
        now: Instant,
        (said, seen): (&Said, &Word),
        uses: Option<(Instant, Tokens)>,
    ) {
        if seen.refused {
            self.take_refused(terms, now, said, seen);
            return;
        }
        if said.by == Some(labels::TOKENS) {
            // It was admitted: that window is over.
            self.gate = fresh_gate(terms);
        }
        let receipt = match self.counted.admit(now, ONE) {
            Decision::Admitted(receipt) if self.stands_so(terms, now, seen) => Some(receipt),
            Decision::Admitted(_) | Decision::Refused(_) | Decision::TooLarge { .. } => {
                self.put(terms, now, said, seen)
            }
        };
        let gate = self.gate.as_mut().and_then(|gate| receipt_of(gate.admit(now, ONE)));
        if let (Some(counted), Some((at, tokens))) = (receipt, uses) {
            let place = self.due.partition_point(|due| due.at <= at);
            self.due.insert(place, Due { at, tokens, counted, gate });
        }
    }

    fn take_refused(&mut self, terms: &Terms, now: Instant, said: &Said, seen: &Word) {
        if seen.by_tokens && said.by != Some(labels::TOKENS) {
            self.use_up_gate(now);
        }
        if seen.remaining.is_some() && !self.stands_so(terms, now, seen) {
            // Nothing was charged, so no request is under way.
            let _ = self.put(terms, now, said, seen);
        }
    }

    /// Whether it stands where a row says, now that the row is counted.
    fn stands_so(&self, terms: &Terms, now: Instant, seen: &Word) -> bool {
        let standing = self.counted.standing(now);
        let shows = terms.wording.shows(now, &standing, None);
        let agrees = |seen: Option<u32>, said| seen.is_none() || seen == said;
        let tokens = if seen.by_tokens { None } else { seen.tokens };
        agrees(seen.remaining, shows.remaining)
            && agrees(seen.reset, shows.reset)
            && agrees(tokens, shows.remaining_tokens)
    }

    /// Puts it where a row says it stands, its window's end moved no further than needed.
    fn put(&mut self, terms: &Terms, now: Instant, said: &Said, seen: &Word) -> Option<Receipt> {
        let is_open = said.ends > now;
        let refused = seen.refused;
        let left = seen.remaining.map_or(said.left.saturating_sub(1), u64::from);
        // More than it has left is left of another window: this one is over.
        let goes_on = is_open && left.saturating_add(u64::from(!refused)) <= said.left;
        let mut rest = if goes_on { said.ends.since(now) } else { terms.window };
        if let Some((least, most)) = seen.reset.and_then(|reset| terms.rests(reset)) {
            rest = rest.clamp(least, most);
        }
        let elapsed = terms.window.nanos().saturating_sub(rest.nanos());
        let opened = Instant::from_nanos(now.nanos().saturating_sub(elapsed));
        let used = terms.capacity.saturating_sub(left);
        let tokens = self.tokens_used(terms, now, seen, goes_on);
        let others = used.saturating_sub(u64::from(!refused));
        self.counted = Limiter::new(terms.counted.clone());
        if used == 0 || (rest == Span::ZERO && refused) {
            return receipt_of(self.counted.admit(now, Cost::default())).filter(|_| !refused);
        }
        let cost = Cost::new(Requests(others), Tokens(0));
        if let Decision::Admitted(receipt) = self.counted.admit(opened, cost) {
            self.counted.settle(opened, receipt, Cost::new(Requests(others), Tokens(tokens)));
        }
        if refused { None } else { receipt_of(self.counted.admit(now, ONE)) }
    }

    /// The shown tokens that are used up, as the row says, else as it counted them.
    fn tokens_used(&self, terms: &Terms, now: Instant, seen: &Word, goes_on: bool) -> u64 {
        let Some(capacity) = terms.tokens else { return 0 };
        if let Some(left) = seen.tokens.filter(|_| !seen.by_tokens) {
            return capacity.saturating_sub(left.into());
        }
        let standing = self.counted.standing(now);
        let meter = standing.iter().find(|meter| meter.label == labels::SHOWN_TOKENS);
        meter.filter(|_| goes_on).map_or(0, |meter| capacity.saturating_sub(meter.remaining))
    }

    /// Charges the gate of tokens to the full.
    fn use_up_gate(&mut self, now: Instant) {
        let Some(gate) = &mut self.gate else { return };
        let capacity = gate.standing(now).of(0).map_or(0, |meter| meter.capacity);
        if let Decision::Admitted(receipt) = gate.admit(now, ONE) {
            gate.settle(now, receipt, Cost::new(Requests(1), Tokens(capacity)));
        }
    }

    fn charge_due(&mut self, now: Instant) {
        let count = self.due.partition_point(|due| due.at <= now);
        for Due { at, tokens, counted, gate } in self.due.drain(..count) {
            let spent = Cost::new(Requests(1), tokens);
            self.counted.settle(at, counted, spent);
            if let (Some(limiter), Some(receipt)) = (&mut self.gate, gate) {
                limiter.settle(at, receipt, spent);
            }
        }
    }
}

fn fresh_gate(terms: &Terms) -> Option<Limiter> {
    terms.gate.as_ref().map(|policy| Limiter::new(policy.clone()))
}

fn refusal(decision: &Decision) -> Option<Refusal> {
    match decision {
        Decision::Refused(refusal) => Some(*refusal),
        Decision::Admitted(_) | Decision::TooLarge { .. } => None,
    }
}

fn receipt_of(decision: Decision) -> Option<Receipt> {
    match decision {
        Decision::Admitted(receipt) => Some(receipt),
        Decision::Refused(_) | Decision::TooLarge { .. } => None,
    }
}
