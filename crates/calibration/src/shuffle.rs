//! Chance: the same predictions, held against the answers of other rows of the same limit.

use std::collections::BTreeMap;

use chance::{Purpose, Seed, uniform_below};
use wire::Rate10;

use crate::counter::Word;
use crate::gateway::explain;
use crate::shares::Shares;

/// Rows are shuffled among so many.
const BLOCK: usize = 1 << 14;
/// How often, so that the share is not one draw's.
const ROUNDS: u32 = 16;

/// Predictions and answers that wait to be shuffled, by limit.
#[derive(Debug)]
pub(crate) struct Shuffle {
    seed: Seed,
    replicas: u32,
    blocks: BTreeMap<Rate10, Block>,
    /// How many blocks were shuffled; each draws for itself.
    shuffled: u32,
    shares: Shares,
}

#[derive(Debug, Default)]
struct Block {
    /// As many words a row as there are counters.
    says: Vec<Word>,
    seen: Vec<Word>,
}

impl Shuffle {
    pub(crate) fn new(seed: Seed, replicas: u32) -> Shuffle {
        let (blocks, shares) = (BTreeMap::new(), Shares::default());
        Shuffle { seed, replicas, blocks, shuffled: 0, shares }
    }

    pub(crate) fn add(&mut self, limit: Rate10, says: impl Iterator<Item = Word>, seen: Word) {
        let block = self.blocks.entry(limit).or_default();
        block.says.extend(says);
        block.seen.push(seen);
        if block.seen.len() >= BLOCK {
            let block = core::mem::take(block);
            self.judge(block);
        }
    }

    /// What the predictions explained of the shuffled answers, all rounds together.
    pub(crate) fn finish(mut self) -> Shares {
        for block in core::mem::take(&mut self.blocks).into_values() {
            self.judge(block);
        }
        self.shares
    }

    fn judge(&mut self, mut block: Block) {
        for round in 0..ROUNDS {
            let draws = self.seed.stream(Purpose::Shuffle, self.shuffled).part(round);
            // Fisher and Yates, from the last place down.
            for place in (1..block.seen.len()).rev() {
                let below = place as u64 + 1;
                let other = uniform_below(draws.draw(place as u64), below);
                block.seen.swap(place, usize::try_from(other).unwrap_or(place));
            }
            let counters = self.replicas.max(1) as usize;
            for (says, seen) in block.says.chunks(counters).zip(&block.seen) {
                self.shares.add(explain(says.iter(), seen));
            }
        }
        self.shuffled += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(remaining: u32) -> Word {
        Word {
            refused: false,
            reset: Some(1),
            remaining: Some(remaining),
            tokens: None,
            by_tokens: false,
        }
    }

    #[test]
    fn answers_move_among_rows_of_their_limit_only_and_by_the_seed() {
        let shares = |seed| {
            let mut shuffle = Shuffle::new(Seed(seed), 1);
            for remaining in 0..100 {
                // Each is predicted rightly; among ten equal ones shuffling finds a tenth.
                shuffle.add(
                    Rate10(1),
                    core::iter::once(word(remaining % 10)),
                    word(remaining % 10),
                );
                shuffle.add(Rate10(2), core::iter::once(word(3)), word(3));
            }
            shuffle.finish()
        };
        let remaining = shares(1).remaining;
        assert_eq!(remaining.of, 200 * u64::from(ROUNDS));
        let alone = remaining.hit - 100 * u64::from(ROUNDS);
        assert!((100..=240).contains(&alone), "{alone} of 1,600 is about a tenth");
        assert_eq!(shares(1), shares(1));
        assert_ne!(shares(1), shares(2));
    }
}
