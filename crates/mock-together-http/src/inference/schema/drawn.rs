//! Draws, one after the other.

use chance::{Purpose, Seed, Stream, uniform_below};

/// A sequence of draws.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Drawn {
    stream: Stream,
    next: u64,
}

impl Drawn {
    pub(crate) fn new(draw: u64) -> Self {
        Self { stream: Seed(draw).stream(Purpose::Form, 0), next: 0 }
    }

    /// A number below `bound`; zero where that is zero.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next += 1;
        uniform_below(self.stream.draw(self.next), bound)
    }

    /// The places of a list, turned so that each is as likely to be the first.
    pub(crate) fn order(&mut self, length: usize) -> impl Iterator<Item = usize> + use<> {
        let first = usize::try_from(self.below(length as u64)).unwrap_or(0);
        (first..length).chain(0..first)
    }
}
