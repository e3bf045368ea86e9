//! The near part of the agenda: one place for each tick of the next seconds.
//!
//! A place holds one entry at most, so that nothing is ever searched or sorted: what finds its
//! place taken, or lies beyond the last one, is refused and goes elsewhere. A bit for each place
//! says whether it is taken, and a bit for each word of those whether any of them is, so that the
//! next taken place is found with two counts of zeros.

use limits::Instant;

use crate::agenda::{Entry, Kind, Turn};

/// The length of a tick: 2^20 ns, about a millisecond.
const TICK_BITS: u32 = 20;
const WORD: u32 = u64::BITS;
const WORD_BITS: u32 = WORD.ilog2();
/// As many words of bits as one word has bits. That makes 4.3 s, and most answers take less.
const PLACES: u32 = WORD * WORD;

/// Entries by the tick that they fall into.
#[derive(Debug)]
pub(crate) struct Wheel {
    /// The tick at which it stands. No entry on it lies before this tick, or a whole round after.
    stands_at: u64,
    places: Vec<Entry>,
    taken: [u64; WORD as usize],
    words_taken: u64,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        let turn = Turn::new(Instant::END, 0, 0, 0, Kind::Arrival);
        let vacant = Entry { turn, kind: Kind::Arrival, seat: 0, slot: 0, mark: 0 };
        Self {
            stands_at: 0,
            places: vec![vacant; PLACES as usize],
            taken: [0; WORD as usize],
            words_taken: 0,
        }
    }

    /// Puts an entry into its place; says whether there was one for it.
    #[inline]
    pub(crate) fn put(&mut self, entry: &Entry) -> bool {
        let tick = tick_of(entry.turn);
        let (word, bit) = (word_of(tick), bit_of(tick));
        let taken = &mut self.taken[word as usize];
        if tick.wrapping_sub(self.stands_at) >= u64::from(PLACES) || *taken & bit != 0 {
            return false;
        }
        *taken |= bit;
        self.words_taken |= 1 << word;
        self.places[place_of(word, bit)] = *entry;
        true
    }

    /// The soonest entry.
    #[inline]
    pub(crate) fn soonest(&self) -> Option<&Entry> {
        let word = word_of(self.stands_at);
        let ahead = self.taken[word as usize] & bit_of(self.stands_at).wrapping_neg();
        if ahead != 0 {
            return self.places.get(place_of(word, ahead));
        }
        // From the next word all round to this one, which may have places behind.
        let others = self.words_taken.rotate_right(word + 1);
        if others == 0 {
            return None;
        }
        let word = (word + 1 + others.trailing_zeros()) % WORD;
        self.places.get(place_of(word, self.taken[word as usize]))
    }

    /// Frees the place of an entry.
    #[inline]
    pub(crate) fn free(&mut self, turn: Turn) {
        let tick = tick_of(turn);
        let (word, bit) = (word_of(tick), bit_of(tick));
        let taken = &mut self.taken[word as usize];
        *taken &= !bit;
        if *taken == 0 {
            self.words_taken &= !(1 << word);
        }
    }

    /// Time has come to a turn, and no entry lies before it.
    #[inline]
    pub(crate) fn turn_to(&mut self, turn: Turn) {
        self.stands_at = self.stands_at.max(tick_of(turn));
    }
}

fn tick_of(turn: Turn) -> u64 {
    turn.at().nanos() >> TICK_BITS
}

/// The word of a tick's bit.
#[expect(clippy::cast_possible_truncation, reason = "only the lowest bits name the word")]
fn word_of(tick: u64) -> u32 {
    (tick >> WORD_BITS) as u32 % WORD
}

fn bit_of(tick: u64) -> u64 {
    1 << (tick & u64::from(WORD - 1))
}

/// The place of the lowest bit of a word.
fn place_of(word: u32, bits: u64) -> usize {
    (word * WORD + bits.trailing_zeros()) as usize
}
