//! Reading printed figures back: each stands for everything that would be printed like it.

/// A stretch of text that is read from its beginning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a>(pub(crate) &'a str);

/// The values that are printed in one and the same way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printed {
    least: f64,
    most: f64,
}

impl Printed {
    fn exactly(value: f64) -> Printed {
        Printed { least: value, most: value }
    }

    /// What is rounded to this number, half a grain on either side.
    fn around(value: f64, grain: f64) -> Printed {
        Printed { least: value - grain / 2.0, most: value + grain / 2.0 }
    }

    pub(crate) fn holds(self, value: f64) -> bool {
        // What lies on an edge may be written either way, and a fraction is no exact number.
        let slack = 1e-12_f64.max(value.abs() * 1e-12);
        (self.least - slack..=self.most + slack).contains(&value)
    }
}

impl<'a> Text<'a> {
    /// Takes these words off the beginning, if it begins with them.
    pub(crate) fn eat(&mut self, words: &str) -> bool {
        self.0.strip_prefix(words).map(|rest| self.0 = rest).is_some()
    }

    /// Takes these words off, or says what stands there instead.
    pub(crate) fn want(&mut self, words: &str) {
        assert!(self.eat(words), "expected {words:?} before {:?}", self.0);
    }

    /// What stands before these words, which are taken off as well.
    pub(crate) fn until(&mut self, words: &str) -> &'a str {
        let (before, rest) =
            self.0.split_once(words).unwrap_or_else(|| panic!("no {words:?} in {:?}", self.0));
        self.0 = rest;
        before
    }

    /// A name in quotes.
    pub(crate) fn name(&mut self) -> &'a str {
        self.want("“");
        self.until("”")
    }

    /// `Tier 4`, as its number.
    pub(crate) fn tier(&mut self) -> u32 {
        self.want("Tier ");
        self.number().parse().unwrap_or_else(|_| panic!("no tier before {:?}", self.0))
    }

    /// `1,204`.
    pub(crate) fn count(&mut self) -> u64 {
        let digits = self.number().replace(',', "");
        digits.parse().unwrap_or_else(|_| panic!("no count before {:?}", self.0))
    }

    /// `71 %`, `98.8 %`, `over 99.9 %`, `<0.1 %`: a fraction of one.
    pub(crate) fn share(&mut self) -> Printed {
        let printed = self.share_number();
        self.want(" %");
        printed
    }

    /// The same without its sign, as bars and matrices have it.
    pub(crate) fn share_number(&mut self) -> Printed {
        if self.eat("over ") || self.eat(">") {
            self.want("99.9");
            return Printed { least: 0.9995, most: 1.0 - 1e-9 };
        }
        if self.eat("under ") || self.eat("<") {
            self.want("0.1");
            return Printed { least: 1e-9, most: 0.0005 };
        }
        match self.number() {
            "0" => Printed::exactly(0.0),
            "100" => Printed::exactly(1.0),
            number => scaled(number, 0.01),
        }
    }

    /// `4.1 s`, `237 s`, `<0.1 s`, `0 s`: seconds.
    pub(crate) fn seconds(&mut self) -> Printed {
        let printed = if self.eat("<") {
            self.want("0.1");
            Printed { least: 0.01, most: 0.1 }
        } else {
            match self.number() {
                "0" => Printed { least: 0.0, most: 0.01 },
                number => scaled(number, 1.0),
            }
        };
        self.want(" s");
        printed
    }

    /// `$6.10`, `$1,204`, `<$0.01`.
    pub(crate) fn dollars(&mut self) -> Printed {
        if self.eat("<$0.01") {
            return Printed { least: 0.0, most: 0.005 };
        }
        self.want("$");
        scaled(self.number(), 1.0)
    }

    /// Digits, with commas and a decimal point between them.
    fn number(&mut self) -> &'a str {
        let is = |letter: char| letter.is_ascii_digit() || letter == ',' || letter == '.';
        let end = self.0.find(|letter| !is(letter)).unwrap_or(self.0.len());
        let (number, _) = self.0.split_at(end);
        // What ends a sentence or parts it is no part of a number.
        let number = number.trim_end_matches(['.', ',']);
        self.0 = &self.0[number.len()..];
        number
    }
}

/// A number with its digits as its grain, times a unit.
fn scaled(number: &str, unit: f64) -> Printed {
    let plain = number.replace(',', "");
    let value: f64 = plain.parse().unwrap_or_else(|_| panic!("{number:?} is no number"));
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let grain = 0.1_f64.powi(i32::try_from(decimals).unwrap_or(0));
    Printed::around(value * unit, grain * unit)
}

#[test]
fn a_printed_figure_holds_what_is_printed_like_it_and_nothing_else() {
    let share = |text: &str| Text(text).share();
    assert!(share("71 %").holds(0.7149) && !share("71 %").holds(0.7151));
    assert!(share("over 99.9 %").holds(0.9999) && !share("over 99.9 %").holds(1.0));
    assert!(share("0 %").holds(0.0) && !share("0 %").holds(0.0001));
    assert!(Text("4.1 s").seconds().holds(4.14) && !Text("4.1 s").seconds().holds(4.2));
    assert!(Text("$1,204 more").dollars().holds(1_204.4));
    let mut ends = Text("2.");
    assert_eq!((ends.count(), ends.0), (2, "."));
}
