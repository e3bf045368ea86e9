//! A sample of jobs, to tell how prompts and answers go together.

use chance::{Purpose, Seed, uniform_below};

/// So many give a correlation to a sixtieth.
const MOST: usize = 4_096;

/// Pairs of prompt and answer, each job as likely as any other.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pairs: Vec<(u32, u32)>,
    seen: u64,
}

impl Sample {
    pub(super) fn add(&mut self, prompt: u32, answer: u32) {
        self.seen += 1;
        if self.pairs.len() < MOST {
            self.pairs.push((prompt, answer));
            return;
        }
        // The n-th takes a place with a chance of `MOST` in n, and any with the same.
        let draw = Seed(0).draw(Purpose::Fate, 0, self.seen);
        let place = usize::try_from(uniform_below(draw, self.seen)).unwrap_or(usize::MAX);
        if let Some(slot) = self.pairs.get_mut(place) {
            *slot = (prompt, answer);
        }
    }

    pub(super) fn merge(&mut self, other: &Sample) {
        for (prompt, answer) in &other.pairs {
            self.add(*prompt, *answer);
        }
    }

    /// Spearman's rank correlation; none where one of the two is always the same.
    pub(super) fn correlation(&self) -> f64 {
        let prompts = ranks(self.pairs.iter().map(|pair| pair.0).collect());
        let answers = ranks(self.pairs.iter().map(|pair| pair.1).collect());
        let middle = f64::midpoint(self.pairs.len() as f64, 1.0);
        let (mut both, mut one, mut two) = (0.0, 0.0, 0.0);
        for (prompt, answer) in prompts.iter().zip(&answers) {
            both += (prompt - middle) * (answer - middle);
            one += (prompt - middle) * (prompt - middle);
            two += (answer - middle) * (answer - middle);
        }
        if one > 0.0 && two > 0.0 { both / (one * two).sqrt() } else { 0.0 }
    }
}

/// The rank of each number, from one; equal ones share the middle of theirs.
fn ranks(numbers: Vec<u32>) -> Vec<f64> {
    let mut order: Vec<(u32, usize)> =
        numbers.into_iter().enumerate().map(|(place, number)| (number, place)).collect();
    order.sort_unstable();
    let mut ranks = vec![0.0; order.len()];
    let mut before = 0;
    for alike in order.chunk_by(|one, next| one.0 == next.0) {
        let rank = before as f64 + f64::midpoint(alike.len() as f64, 1.0);
        for (_, place) in alike {
            if let Some(slot) = ranks.get_mut(*place) {
                *slot = rank;
            }
        }
        before += alike.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: impl Iterator<Item = (u32, u32)>) -> f64 {
        let mut sample = Sample::default();
        pairs.for_each(|(prompt, answer)| sample.add(prompt, answer));
        sample.correlation()
    }

    #[test]
    fn what_rises_together_is_one_and_what_knows_nothing_is_none() {
        assert!((of((0..9_000).map(|n| (n, n * n / 7))) - 1.0).abs() < 1e-3);
        assert!((of((0..9_000).map(|n| (n, 9_000 - n))) + 1.0).abs() < 1e-9);
        assert!(of((0..9_000).map(|n| (n, n * 7_919 % 9_001))).abs() < 0.06);
        assert!(of((0..100).map(|n| (n, 5))).abs() < 1e-9);
        // By hand: ranks 1, 2.5, 2.5, 4 against 1, 3, 2, 4.
        let by_hand = of([(1, 1), (2, 3), (2, 2), (3, 4)].into_iter());
        assert!((by_hand - 0.948_683).abs() < 1e-6, "{by_hand}");
    }
}
