//! The k counters of one account and model, and which of them a row goes to.

use limits::{Instant, Tokens};

use crate::counter::{Counter, Said, Word};
use crate::shares::Hits;
use crate::terms::Terms;

/// As many counters as there may be replicas.
#[derive(Debug)]
pub(crate) struct Gateway(Vec<Counter>);

impl Gateway {
    pub(crate) fn new(terms: &Terms, replicas: u32) -> Gateway {
        Gateway((0..replicas).map(|_| Counter::new(terms)).collect())
    }

    /// What each counter would answer.
    pub(crate) fn says(&mut self, terms: &Terms, now: Instant) -> Vec<Said> {
        self.0.iter_mut().map(|counter| counter.says(terms, now)).collect()
    }

    /// Gives the row to the counter that says it, or to the nearest. Which that is, by its place
    /// in `said`.
    pub(crate) fn take(
        &mut self,
        terms: &Terms,
        now: Instant,
        (said, seen): (&[Said], &Word),
        uses: Option<(Instant, Tokens)>,
    ) {
        let nearest = nearest(said, seen, now);
        if let Some((counter, said)) = nearest.and_then(|n| self.0.get_mut(n).zip(said.get(n))) {
            counter.take(terms, now, (said, seen), uses);
        }
    }
}

/// The counter that a row goes to.
pub(crate) fn nearest(said: &[Said], seen: &Word, now: Instant) -> Option<usize> {
    let far = |said: &Said| {
        let word = &said.word;
        let left = match (word.remaining, seen.remaining) {
            (Some(said), Some(seen)) if said == seen => (0, 0),
            // Requests are missing: so many.
            (Some(said), Some(seen)) if said > seen => (1, u64::from(said - seen)),
            // Its window would have to have ended: so much earlier.
            (Some(_), Some(_)) => (2, said_ends(said, now)),
            // Nothing tells them apart but what they have left.
            (None, _) | (_, None) => (0, u64::MAX - said.left),
        };
        (
            word.refused != seen.refused,
            left,
            apart(word.reset, seen.reset),
            apart(word.tokens, seen.tokens),
        )
    };
    (0..said.len()).min_by_key(|place| said.get(*place).map(far))
}

fn said_ends(said: &Said, now: Instant) -> u64 {
    said.ends.since(now).nanos()
}

fn apart(said: Option<u32>, seen: Option<u32>) -> u32 {
    said.zip(seen).map_or(0, |(said, seen)| said.abs_diff(seen))
}

/// What of a row these words explain: one and the same counter must say the decision, then the
/// reset, then the requests that remain, then the tokens.
pub(crate) fn explain<'w>(words: impl Iterator<Item = &'w Word>, seen: &Word) -> Hits {
    let mut hits = Hits {
        decision: Some(false),
        limit: None,
        reset: seen.reset.map(|_| false),
        remaining: seen.remaining.map(|_| false),
        remaining_tokens: seen.tokens.map(|_| false),
    };
    for word in words.filter(|word| word.refused == seen.refused) {
        hits.decision = Some(true);
        if seen.reset.is_some() && word.reset != seen.reset {
            continue;
        }
        hits.reset = hits.reset.map(|_| true);
        if seen.remaining.is_some() && word.remaining != seen.remaining {
            continue;
        }
        hits.remaining = hits.remaining.map(|_| true);
        if seen.tokens.is_some() && word.tokens == seen.tokens {
            hits.remaining_tokens = Some(true);
        }
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(refused: bool, reset: u32, remaining: u32) -> Word {
        Word {
            refused,
            reset: Some(reset),
            remaining: Some(remaining),
            tokens: None,
            by_tokens: false,
        }
    }

    #[test]
    fn one_counter_must_speak_for_all_of_a_row() {
        let says = [word(false, 1, 0), word(false, 2, 1)];
        let whole = explain(says.iter(), &word(false, 2, 1));
        assert_eq!((whole.reset, whole.remaining), (Some(true), Some(true)));
        // Each field is said by one of them, but by no counter both.
        let mixed = explain(says.iter(), &word(false, 2, 0));
        assert_eq!(
            (mixed.decision, mixed.reset, mixed.remaining),
            (Some(true), Some(true), Some(false))
        );
        let refused = explain(says.iter(), &word(true, 2, 0));
        assert_eq!((refused.decision, refused.reset), (Some(false), Some(false)));
    }

    #[test]
    fn what_a_row_does_not_show_does_not_count() {
        let seen = Word { refused: false, ..Word::default() };
        let hits = explain([word(false, 1, 7)].iter(), &seen);
        assert_eq!((hits.decision, hits.reset, hits.remaining), (Some(true), None, None));
    }

    #[test]
    fn a_row_goes_where_requests_are_missing_before_it_ends_a_window() {
        let said = |ends, word: Word| Said {
            word,
            by: None,
            ends: Instant::from_nanos(ends),
            left: word.remaining.map_or(0, u64::from) + 1,
        };
        let counters =
            [said(9, word(false, 1, 3)), said(5, word(false, 1, 2)), said(7, word(false, 1, 12))];
        let of = |remaining| nearest(&counters, &word(false, 1, remaining), Instant::START);
        assert_eq!(of(2), Some(1), "it says so itself");
        assert_eq!(of(11), Some(2), "one request is missing");
        assert_eq!(of(19), Some(1), "its window ends first");
    }
}
