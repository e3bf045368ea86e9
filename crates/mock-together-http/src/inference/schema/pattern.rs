//! Simple regular expressions: what matches one, and a text that does.

use crate::inference::schema::drawn::Drawn;

/// Ours: the most that a repetition without an end repeats, beyond its least.
const MORE: u64 = 2;

/// Ours: the most that a repetition may insist on, and how deep groups nest.
const MOST: u64 = 256;
const DEPTH: u32 = 32;

/// Ours: how many steps a search may take, and how deep it may go.
const STEPS: u32 = 100_000;
const DEEP: u32 = 800;

/// Ours: the longest text that is made up, in bytes.
const LONG: usize = 2_048;

/// A regular expression without look-around, back references and classes of Unicode.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    ways: Ways,
}

/// One sequence or another.
type Ways = Vec<Vec<Piece>>;

#[derive(Clone, Debug)]
struct Piece {
    what: What,
    least: u64,
    most: Option<u64>,
}

#[derive(Clone, Debug)]
enum What {
    /// One of these characters, or one that is none of these.
    Class {
        ranges: Vec<(char, char)>,
        not: bool,
    },
    Group(Ways),
    Start,
    End,
}

impl Pattern {
    /// Reads a pattern; `None` where it is not understood.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { rest: text.chars().collect::<Vec<_>>(), at: 0 };
        let ways = reader.ways(0)?;
        (reader.at == reader.rest.len()).then_some(Self { ways })
    }

    /// Whether it is found somewhere in a text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        let mut walk = Walk::default();
        (0..=text.len()).any(|from| ways(&self.ways, &text, from, &mut walk, &mut |_, _| true))
    }

    /// A text that matches; `more` lengthens what may be repeated.
    pub(crate) fn text(&self, drawn: &mut Drawn, more: u64) -> String {
        let mut out = String::new();
        write(&self.ways, drawn, more, &mut out);
        out
    }

    /// Whether anything may follow.
    pub(crate) fn is_open(&self) -> bool {
        !self.ways.iter().any(|way| way.iter().any(|piece| matches!(piece.what, What::End)))
    }
}

struct Reader {
    rest: Vec<char>,
    at: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let found = self.peek()?;
        self.at += 1;
        Some(found)
    }

    fn eat(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn ways(&mut self, depth: u32) -> Option<Ways> {
        if depth > DEPTH {
            return None;
        }
        let mut ways = vec![Vec::new()];
        while let Some(next) = self.peek() {
            match next {
                ')' => break,
                '|' => {
                    self.at += 1;
                    ways.push(Vec::new());
                }
                _ => {
                    let what = self.what(depth)?;
                    let (least, most) = self.times()?;
                    ways.last_mut()?.push(Piece { what, least, most });
                }
            }
        }
        Some(ways)
    }

    fn what(&mut self, depth: u32) -> Option<What> {
        Some(match self.next()? {
            '^' => What::Start,
            '$' => What::End,
            '.' => What::Class { ranges: vec![('\n', '\n'), ('\r', '\r')], not: true },
            '(' => {
                if self.eat('?') && !self.eat(':') {
                    return None;
                }
                let ways = self.ways(depth + 1)?;
                self.eat(')').then_some(What::Group(ways))?
            }
            '[' => self.class()?,
            '\\' => {
                let (ranges, not) = self.escape()?;
                What::Class { ranges, not }
            }
            '*' | '+' | '?' | '{' | '}' | ']' => return None,
            plain => What::Class { ranges: vec![(plain, plain)], not: false },
        })
    }

    fn times(&mut self) -> Option<(u64, Option<u64>)> {
        let times = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(),
            _ => return Some((1, Some(1))),
        };
        self.at += 1;
        self.eat('?');
        Some(times)
    }

    fn counted(&mut self) -> Option<(u64, Option<u64>)> {
        self.at += 1;
        let least = self.number()?;
        let most = if self.eat(',') {
            if self.peek() == Some('}') { None } else { Some(self.number()?) }
        } else {
            Some(least)
        };
        let sound = self.eat('}') && least <= MOST && most.is_none_or(|most| most >= least);
        self.eat('?');
        sound.then_some((least, most))
    }

    fn number(&mut self) -> Option<u64> {
        let from = self.at;
        while self.peek().is_some_and(|digit| digit.is_ascii_digit()) {
            self.at += 1;
        }
        self.rest.get(from..self.at)?.iter().collect::<String>().parse().ok()
    }

    fn class(&mut self) -> Option<What> {
        let not = self.eat('^');
        let mut ranges = Vec::new();
        loop {
            let from = match self.next()? {
                ']' => break,
                '\\' => match self.escape()? {
                    (one, false) if one.len() == 1 && one.first()?.0 == one.first()?.1 => {
                        one.first()?.0
                    }
                    (many, false) => {
                        ranges.extend(many);
                        continue;
                    }
                    (_, true) => return None,
                },
                '[' | '&' if self.peek() == Some(':') => return None,
                plain => plain,
            };
            let has_end = self.peek() == Some('-') && self.rest.get(self.at + 1) != Some(&']');
            let to = if has_end {
                self.at += 1;
                match self.next()? {
                    '\\' => self.escape()?.0.first()?.0,
                    plain => plain,
                }
            } else {
                from
            };
            (from <= to).then(|| ranges.push((from, to)))?;
        }
        (!ranges.is_empty()).then_some(What::Class { ranges, not })
    }

    fn escape(&mut self) -> Option<(Vec<(char, char)>, bool)> {
        const DIGITS: &[(char, char)] = &[('0', '9')];
        const WORD: &[(char, char)] = &[('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')];
        const SPACE: &[(char, char)] = &[(' ', ' '), ('\t', '\r')];
        let one = |found: char| Some((vec![(found, found)], false));
        match self.next()? {
            'd' => Some((DIGITS.to_vec(), false)),
            'D' => Some((DIGITS.to_vec(), true)),
            'w' => Some((WORD.to_vec(), false)),
            'W' => Some((WORD.to_vec(), true)),
            's' => Some((SPACE.to_vec(), false)),
            'S' => Some((SPACE.to_vec(), true)),
            't' => one('\t'),
            'n' => one('\n'),
            'r' => one('\r'),
            other if !other.is_ascii_alphanumeric() => one(other),
            _ => None,
        }
    }
}

/// How far a search has gone.
#[derive(Default)]
struct Walk {
    steps: u32,
    depth: u32,
}

/// What comes after a match.
type Then<'t> = &'t mut dyn FnMut(usize, &mut Walk) -> bool;

fn ways(all: &Ways, text: &[char], at: usize, walk: &mut Walk, then: Then<'_>) -> bool {
    all.iter().any(|way| sequence(way, text, at, walk, then))
}

fn sequence(way: &[Piece], text: &[char], at: usize, walk: &mut Walk, then: Then<'_>) -> bool {
    match way.split_first() {
        None => then(at, walk),
        Some((piece, rest)) => repeated(piece, (rest, 0), text, at, walk, then),
    }
}

fn repeated(
    piece: &Piece,
    (rest, times): (&[Piece], u64),
    text: &[char],
    at: usize,
    walk: &mut Walk,
    then: Then<'_>,
) -> bool {
    walk.steps += 1;
    if walk.steps > STEPS || walk.depth > DEEP {
        return false;
    }
    walk.depth += 1;
    let found = further(piece, (rest, times), text, at, walk, then);
    walk.depth -= 1;
    found
}

fn further(
    piece: &Piece,
    (rest, times): (&[Piece], u64),
    text: &[char],
    at: usize,
    walk: &mut Walk,
    then: Then<'_>,
) -> bool {
    if piece.most.is_none_or(|most| times < most) {
        let again = &mut |next: usize, walk: &mut Walk| {
            // A repetition of nothing leads nowhere.
            (next > at || times < piece.least)
                && repeated(piece, (rest, times + 1), text, next, walk, then)
        };
        if once(&piece.what, text, at, walk, again) {
            return true;
        }
    }
    times >= piece.least && sequence(rest, text, at, walk, then)
}

fn once(what: &What, text: &[char], at: usize, walk: &mut Walk, then: Then<'_>) -> bool {
    match what {
        What::Start => at == 0 && then(at, walk),
        What::End => at == text.len() && then(at, walk),
        What::Group(all) => ways(all, text, at, walk, then),
        What::Class { ranges, not } => text.get(at).is_some_and(|found| {
            (ranges.iter().any(|(from, to)| (from..=to).contains(&found)) != *not)
                && then(at + 1, walk)
        }),
    }
}

fn write(all: &Ways, drawn: &mut Drawn, more: u64, out: &mut String) {
    let place = usize::try_from(drawn.below(all.len() as u64)).unwrap_or(0);
    for piece in all.get(place).into_iter().flatten() {
        let room = piece.most.unwrap_or(piece.least + MORE + more).saturating_sub(piece.least);
        let extra = if more > 0 { room.min(more) } else { drawn.below(room.min(MORE) + 1) };
        for _ in 0..piece.least + extra {
            if out.len() > LONG {
                return;
            }
            match &piece.what {
                What::Group(ways) => write(ways, drawn, more, out),
                What::Class { ranges, not } => out.push(character(ranges, *not, drawn)),
                What::Start | What::End => {}
            }
        }
    }
}

fn character(ranges: &[(char, char)], not: bool, drawn: &mut Drawn) -> char {
    if not {
        let outside = |found: &char| !ranges.iter().any(|(from, to)| (from..=to).contains(&found));
        let mut some =
            ('a'..='z').chain('0'..='9').chain([' ', '-', '_', '\u{e9}', '\u{4e2d}', '\n']);
        return some.find(outside).unwrap_or('\u{ffff}');
    }
    let place = usize::try_from(drawn.below(ranges.len() as u64)).unwrap_or(0);
    let (from, to) = ranges.get(place).copied().unwrap_or(('a', 'a'));
    let room = u64::from(u32::from(to) - u32::from(from)) + 1;
    let code = u32::from(from) + u32::try_from(drawn.below(room)).unwrap_or(0);
    char::from_u32(code).unwrap_or(from)
}
