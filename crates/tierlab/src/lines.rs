//! Text as a terminal shows it: in lines of a width, and bars of letters.

/// Lines of at most so many characters; a longer word has one of its own.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut length = 0;
    for word in text.split(' ') {
        let needs = word.chars().count();
        if length > 0 && length + 1 + needs > width {
            lines.push('\n');
            length = 0;
        } else if length > 0 {
            lines.push(' ');
            length += 1;
        }
        lines.push_str(word);
        length += needs;
    }
    lines + "\n"
}

/// Eighths of a letter, from the left.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// A share as a bar in so many letters, to the eighth of one. What is not nothing can be seen, and
/// what is not all leaves a gap.
pub(crate) fn bar(share: f64, letters: u8) -> String {
    let all = u16::from(letters) * 8;
    let reaches = |eighths: u16| share * f64::from(all) >= f64::from(eighths) - 0.5;
    let eighths = match (1..=all).filter(|eighths| reaches(*eighths)).max().unwrap_or(0) {
        0 if share > 0.0 => 1,
        most if most == all && share < 1.0 => all.saturating_sub(1),
        rounded => rounded,
    };
    let full = (0..eighths / 8).map(|_| '█');
    let rest =
        usize::from(eighths % 8).checked_sub(1).and_then(|index| EIGHTHS.get(index)).copied();
    let drawn: String = full.chain(rest).collect();
    format!("{drawn:<0$}", usize::from(letters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_empty_at_nothing_only_and_full_at_all_only() {
        assert_eq!(bar(0.0, 8), "        ");
        assert_eq!(bar(0.000_1, 8), "▏       ");
        assert_eq!(bar(0.5, 8), "████    ");
        assert_eq!(bar(0.71, 8), "█████▋  ");
        assert_eq!(bar(0.999_9, 8), "███████▉");
        assert_eq!(bar(1.0, 8), "████████");
    }

    #[test]
    fn a_bar_is_never_shorter_for_more() {
        let drawn = |thousandth: u32| bar(f64::from(thousandth) / 1_000.0, 8);
        let length = |bar: &str| {
            let last = bar.trim_end().chars().last();
            let eighths = last.and_then(|one| EIGHTHS.iter().position(|is| *is == one));
            let full = bar.chars().filter(|one| *one == '█').count();
            full * 8 + eighths.map_or(0, |index| index + 1)
        };
        let lengths: Vec<usize> = (0..=1_000).map(|one| length(&drawn(one))).collect();
        assert!(lengths.is_sorted(), "{lengths:?}");
        assert_eq!((lengths[0], lengths[1], lengths[999], lengths[1_000]), (0, 1, 63, 64));
    }
}
