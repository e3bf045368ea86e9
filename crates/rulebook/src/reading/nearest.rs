//! Which word of a closed set was probably meant.

/// `did you mean …?` where one of `words` is near, and the closed set itself.
#[must_use]
pub fn known(word: &str, words: &[&str]) -> String {
    let list = words.join(", ");
    match nearest(word, words) {
        Some(near) => format!("did you mean `{near}`? known here: {list}"),
        None if words.is_empty() => String::new(),
        None => format!("known here: {list}"),
    }
}

/// The word that was probably meant: the least edits away, and at most a third of its letters; or
/// one that goes on where the other ends. Capitals, and what stands between the parts of a word,
/// are no edits.
#[must_use]
pub fn nearest<'w>(word: &str, words: &[&'w str]) -> Option<&'w str> {
    if word.is_empty() || word.len() > 64 {
        return None;
    }
    let word = &plain(word);
    words
        .iter()
        .map(|candidate| (edits(word, &plain(candidate)), *candidate))
        .filter(|(edits, candidate)| *edits <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(edits, _)| *edits)
        .map(|(_, candidate)| candidate)
        .or_else(|| {
            words.iter().find(|candidate| one_begins_the_other(word, &plain(candidate))).copied()
        })
}

/// A word as it sounds.
fn plain(word: &str) -> String {
    word.to_lowercase().replace(['_', ' '], "-")
}

/// Whether one word is the beginning of the other, and enough of it to mean something.
fn one_begins_the_other(a: &str, b: &str) -> bool {
    a.len().min(b.len()) >= 4 && (a.starts_with(b) || b.starts_with(a))
}

/// How many letters must be added, dropped, changed or swapped with a neighbour.
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, to) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (cell(&row, j) + usize::from(from != to))
                .min(cell(&row, j + 1) + 1)
                .min(cell(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(to) && b.get(j - 1) == Some(from);
            if swapped {
                best = best.min(cell(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = core::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let words = ["build-1", "build-2", "limited"];
        assert_eq!(nearest("biuld-2", &words), Some("build-2"));
        assert_eq!(nearest("limted", &words), Some("limited"));
        assert_eq!(nearest("enterprise", &words), None);
        assert_eq!(nearest("", &words), None);
        assert_eq!(nearest("together-python", &["give-up", "together-py"]), Some("together-py"));
        assert_eq!(nearest("limi", &words), Some("limited"));
        assert_eq!(edits("kitten", "sitting"), 3);
        assert_eq!(edits("ab", "ba"), 1);
    }
}
