//! Choices that are made side by side: whose token comes next.

use crate::inference::composed::{Choice, Token};

/// How far each choice is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns {
    /// Tokens out, and bytes beside the reasoning.
    out: Vec<(u32, usize)>,
    next: usize,
    count: u32,
}

impl Turns {
    pub(crate) fn of(choices: &[Choice]) -> Self {
        let count = choices.iter().map(|choice| choice.tokens).sum();
        Self { out: vec![(0, 0); choices.len()], next: 0, count }
    }

    /// How many tokens there are in all.
    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// The next token: of which choice, its place there, and itself.
    pub(crate) fn next<'c>(&mut self, choices: &'c [Choice]) -> Option<(u32, u32, Token<'c>)> {
        for _ in 0..self.out.len() {
            let place = self.next;
            self.next = (self.next + 1) % self.out.len();
            let (choice, (out, length)) = (choices.get(place)?, self.out.get_mut(place)?);
            if *out < choice.tokens {
                let nth = *out;
                *out += 1;
                return Some((u32::try_from(place).ok()?, nth, choice.token(nth, length)));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use wire::Fate;

    use super::*;
    use crate::inference::composed::{Said, Wanted, choices};

    #[test]
    fn each_choice_comes_whole_and_in_its_order() {
        let wanted = Wanted { choices: 3, stop: vec![" sea".to_owned()], ..Wanted::default() };
        let all = choices(Fate { answer: 90, draw: 5 }, &wanted, |_| Said::Words);
        let mut turns = Turns::of(&all);
        let mut texts = vec![String::new(); 3];
        let mut count = 0;
        while let Some((choice, _, token)) = turns.next(&all) {
            texts[choice as usize] += token.text;
            count += 1;
        }
        assert_eq!(count, turns.count());
        assert_eq!(texts, all.iter().map(Choice::content).collect::<Vec<_>>());
    }
}
