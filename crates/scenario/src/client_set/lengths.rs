//! Lengths as they were measured: how often each occurred, as a table to draw from.

use crate::trace::number;

/// Steps that a table has at most.
const MOST_STEPS: usize = 512;

/// A law of lengths in steps: every length that occurred, or where those are too many, neighbours
/// put together at their mean. No step but a length of its own holds more than 1/320 of all, and
/// none more than a twelfth of what is longer than it, so that the longest keep their shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Table {
    /// Up to which share of draws a step reaches, in 2^-32.
    upto: Box<[u32]>,
    tokens: Box<[u32]>,
}

impl Table {
    /// From how often each length occurred; nothing where none did.
    pub(super) fn of(mut counts: Vec<(u32, u64)>) -> Option<Table> {
        counts.sort_unstable();
        let all: u128 = counts.iter().map(|(_, weight)| u128::from(*weight)).sum();
        if all == 0 {
            return None;
        }
        let (mut upto, mut tokens) = (Vec::new(), Vec::new());
        let (mut before, mut weight, mut sum) = (0_u128, 0_u128, 0_u128);
        for (at, (length, often)) in counts.iter().enumerate() {
            weight += u128::from(*often);
            sum += u128::from(*often) * u128::from(*length);
            let most = (all / 320).min((all - before) / 12);
            let next = counts.get(at + 1).map_or(0, |(_, often)| u128::from(*often));
            let last = at + 1 == counts.len();
            let room = upto.len() + 1 < MOST_STEPS;
            if last || (room && weight + next > most) {
                if weight > 0 {
                    let reached = ((before + weight) << 32) / all;
                    upto.push(u32::try_from(reached).unwrap_or(u32::MAX));
                    let mean = (sum + weight / 2) / weight;
                    tokens.push(u32::try_from(mean).unwrap_or(u32::MAX));
                }
                before += weight;
                (weight, sum) = (0, 0);
            }
        }
        Some(Table { upto: upto.into(), tokens: tokens.into() })
    }

    /// The length for 64 bits of chance.
    pub(crate) fn at(&self, draw: u64) -> u32 {
        let share = u32::try_from(draw >> 32).unwrap_or(u32::MAX);
        let step = self.upto.partition_point(|upto| *upto <= share);
        self.tokens.get(step).or(self.tokens.last()).copied().unwrap_or(0)
    }

    /// The mean in units of 2^-32 token, after cutting at `most`.
    pub(crate) fn mean(&self, most: u32) -> u128 {
        let steps =
            self.steps().map(|(tokens, share)| u128::from(tokens.min(most)) * u128::from(share));
        steps.sum()
    }

    /// How many in ten thousand draws do not exceed so many tokens; rounded down.
    pub(crate) fn parts_within(&self, tokens: u32) -> u64 {
        let steps = self.tokens.partition_point(|step| *step <= tokens);
        match steps.checked_sub(1).and_then(|last| self.upto.get(last)) {
            _ if steps == self.tokens.len() => 10_000,
            Some(upto) => (u64::from(*upto) * 10_000) >> 32,
            None => 0,
        }
    }

    /// Each length and its share of draws in 2^-32.
    fn steps(&self) -> impl Iterator<Item = (u32, u32)> {
        let mut before = 0;
        self.tokens.iter().zip(&self.upto).map(move |(tokens, upto)| {
            let share = upto - before;
            before = *upto;
            (*tokens, share)
        })
    }
}

/// What a window says of lengths: `{45: 0.0096, 46: 0.0117}`, as Python writes it or as JSON. Or
/// the byte at which it is neither, and what should stand there.
pub(super) fn counts(text: &str) -> Result<Vec<(u32, u64)>, (usize, &'static str)> {
    const PAIR: &str = "a length and how often it occurred, as `45: 0.0096`";
    let offset = |part: &str| part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let trimmed = text.trim();
    let inner = trimmed.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let inner = inner.ok_or((offset(trimmed), "lengths in braces, as `{45: 0.0096, …}`"))?;
    if inner.trim().is_empty() {
        return Ok(Vec::new());
    }
    let pair = |part: &str| {
        let (length, often) = part.split_once(':')?;
        let length = number::tokens(length.trim().trim_matches(['"', '\'']))?;
        Some((length, weight(often.trim())?))
    };
    inner.split(',').map(|part| pair(part).ok_or((offset(part), PAIR))).collect()
}

/// A share or a count, in 2^-32 of one.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is held between nothing and a thousand million"
)]
fn weight(text: &str) -> Option<u64> {
    let often: f64 = text.parse().ok()?;
    let good = (0.0..=1e9).contains(&often);
    good.then(|| (often * 4_294_967_296.0).round() as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn few_lengths_are_drawn_as_they_were_measured() {
        let table = Table::of(counts("{7: 0.25, 100: 0.5, 20: 0.25}").unwrap()).unwrap();
        let drawn =
            [0, 1 << 61, (1 << 62) - 1, 1 << 62, 1 << 63, u64::MAX].map(|draw| table.at(draw));
        assert_eq!(drawn, [7, 7, 7, 20, 100, 100]);
        assert_eq!(table.mean(u32::MAX) >> 32, 56, "56.75");
        assert_eq!(table.mean(50) >> 32, 31, "31.75");
    }

    #[test]
    fn what_python_and_json_write_is_the_same() {
        assert_eq!(counts("{45: 0.5, 46: 0.5}"), counts(" {\"45\": 0.5, \"46\": 5e-1} "));
        assert_eq!(counts("{}"), Ok(Vec::new()));
        assert_eq!(counts("[1]").unwrap_err().0, 0);
        assert_eq!(counts("{45: 0.5, x: 0.5}").unwrap_err().0, 9);
        for wrong in ["{45}", "{45: -1}", "{45: nan}", "{-4: 1}", "{45: 0.5,}", "{45: 1: 1}"] {
            assert!(counts(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        /// The oracle counts the lengths one by one.
        #[test]
        fn many_lengths_keep_mean_and_quantiles(
            spread in 1_u32..100_000, weights in prop::collection::vec(0_u64..1_000_000, 1..20_000),
        ) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let length = |at: usize| 1 + u32::try_from(at).unwrap() * spread / 100;
            let counts: Vec<(u32, u64)> =
                weights.iter().enumerate().map(|(at, weight)| (length(at), *weight)).collect();
            let table = Table::of(counts.clone()).unwrap();
            prop_assert!(table.tokens.len() <= MOST_STEPS);
            prop_assert!(table.upto.is_sorted() && *table.upto.last().unwrap() == u32::MAX);
            let all: u64 = weights.iter().sum();
            let sum: f64 = counts.iter().map(|(length, often)| f64::from(*length) * *often as f64).sum();
            let mean = table.mean(u32::MAX) as f64 / 4_294_967_296.0;
            prop_assert!((mean / (sum / all as f64) - 1.0).abs() < 0.002 || (mean - sum / all as f64).abs() < 0.51);
            // What is drawn at a share lies between the lengths a step away from it.
            for percent in [1_u64, 10, 50, 90, 99] {
                let of = |share: f64| {
                    let mut left = share * all as f64;
                    counts.iter().find(|(_, often)| { left -= *often as f64; left < 0.0 }).map_or(length(weights.len() - 1), |(length, _)| *length)
                };
                let drawn = table.at(u64::MAX / 100 * percent);
                let share = percent as f64 / 100.0;
                let step = 1.0 / 300.0;
                let (low, high) = (of(f64::max(share - step, 0.0)), of(f64::min(share + step, 0.999_999_9)));
                prop_assert!((low..=high).contains(&drawn), "{} is not within {}..={}", drawn, low, high);
            }
        }
    }
}
