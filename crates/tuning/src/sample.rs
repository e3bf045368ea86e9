//! Which settings of a grid are tried first.

use std::collections::BTreeSet;

use chance::{Purpose, Seed, uniform_below};

use crate::surface::{Setting, Surface};

/// As many settings as are asked for, or all there are: the start, and others spread so that each
/// value of each parameter comes up about as often (a Latin hypercube, drawn anew until full).
pub(crate) fn spread<S: Surface>(surface: &S, count: usize, seed: Seed) -> Vec<Setting> {
    let sizes = surface.sizes();
    let whole = sizes.iter().fold(1_usize, |all, size| all.saturating_mul(*size));
    if whole <= count.saturating_mul(2) {
        let every = (0..whole).map(|place| unfolded(place, &sizes));
        let mut sound: Vec<Setting> = every.filter(|one| surface.is_sound(one)).collect();
        if sound.len() <= count {
            let start = surface.start();
            sound.sort_by_key(|one| *one != start);
            return sound;
        }
    }
    let mut taken = vec![surface.start()];
    let mut known: BTreeSet<Setting> = taken.iter().cloned().collect();
    // Where little of the grid is sound, or most of it is taken, draws are in vain: some suffice.
    for round in 0..8_u32 {
        let columns: Vec<Vec<usize>> = (0_u32..)
            .zip(&sizes)
            .map(|(parameter, size)| column(*size, count, seed, (round, parameter)))
            .collect();
        for row in 0..count {
            let places = columns.iter().filter_map(|column| column.get(row).copied());
            let setting = Setting(places.collect());
            if taken.len() < count && surface.is_sound(&setting) && known.insert(setting.clone()) {
                taken.push(setting);
            }
        }
    }
    taken
}

/// So many places of one parameter, each value as often as the others, shuffled.
fn column(size: usize, count: usize, seed: Seed, (round, parameter): (u32, u32)) -> Vec<usize> {
    let mut places: Vec<usize> = (0..count).map(|row| row * size / count.max(1)).collect();
    let stream = seed.stream(Purpose::Shuffle, parameter).part(round);
    for last in (1..places.len()).rev() {
        let other = uniform_below(stream.draw(last as u64), last as u64 + 1);
        places.swap(last, usize::try_from(other).unwrap_or(0));
    }
    places
}

fn unfolded(mut place: usize, sizes: &[usize]) -> Setting {
    Setting(
        sizes
            .iter()
            .map(|size| {
                let size = (*size).max(1);
                let here = place % size;
                place /= size;
                here
            })
            .collect(),
    )
}
