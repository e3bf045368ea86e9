//! JSON, as far as talking to a browser needs it.

use std::fmt::Write as _;
use std::iter::Peekable;
use std::str::Chars;

/// One value. Objects keep the order of their fields; numbers are read as floats.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one value; nothing may follow it.
    ///
    /// # Errors
    /// What was expected and not there.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut reader = Reader { left: text.chars().peekable() };
        let value = reader.value()?;
        reader.space();
        reader.left.next().map_or(Ok(value), |odd| Err(format!("JSON goes on with `{odd}`")))
    }

    /// The value at a path of fields, or null.
    pub(super) fn at(&self, path: &[&str]) -> &Self {
        path.iter().fold(self, |value, name| {
            let Self::Object(fields) = value else { return &Self::Null };
            let own = fields.iter().find(|(own, _)| own == name);
            own.map_or(&Self::Null, |(_, value)| value)
        })
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    pub(super) fn list(&self) -> &[Self] {
        if let Self::List(values) = self { values } else { &[] }
    }
}

/// A text as a JSON string, quotes included.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            control if control < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(control));
            }
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

struct Reader<'text> {
    left: Peekable<Chars<'text>>,
}

impl Reader<'_> {
    fn space(&mut self) {
        while self.left.next_if(char::is_ascii_whitespace).is_some() {}
    }

    /// The next letter that is no space, left where it is.
    fn ahead(&mut self) -> Option<char> {
        self.space();
        self.left.peek().copied()
    }

    fn demand(&mut self, wanted: char) -> Result<(), String> {
        self.space();
        match self.left.next() {
            Some(found) if found == wanted => Ok(()),
            found => Err(format!("JSON: `{wanted}` expected, not {found:?}")),
        }
    }

    fn value(&mut self) -> Result<Json, String> {
        match self.ahead() {
            Some('{') => self.object(),
            Some('[') => self.items(),
            Some('"') => self.string().map(Json::Text),
            _ => self.word(),
        }
    }

    fn object(&mut self) -> Result<Json, String> {
        self.demand('{')?;
        let mut fields = Vec::new();
        while self.ahead() != Some('}') {
            if !fields.is_empty() {
                self.demand(',')?;
                self.space();
            }
            let name = self.string()?;
            self.demand(':')?;
            fields.push((name, self.value()?));
        }
        self.demand('}')?;
        Ok(Json::Object(fields))
    }

    fn items(&mut self) -> Result<Json, String> {
        self.demand('[')?;
        let mut values = Vec::new();
        while self.ahead() != Some(']') {
            if !values.is_empty() {
                self.demand(',')?;
            }
            values.push(self.value()?);
        }
        self.demand(']')?;
        Ok(Json::List(values))
    }

    fn string(&mut self) -> Result<String, String> {
        self.demand('"')?;
        let mut text = String::new();
        loop {
            match self.left.next() {
                Some('"') => return Ok(text),
                Some('\\') => text.push(self.escaped()?),
                Some(plain) => text.push(plain),
                None => return Err("JSON: a string without its end".to_owned()),
            }
        }
    }

    fn escaped(&mut self) -> Result<char, String> {
        Ok(match self.left.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('u') => {
                let unit = self.four()?;
                // The second half of a pair follows the first.
                if (0xd800..0xdc00).contains(&unit) {
                    self.demand('\\')?;
                    self.demand('u')?;
                    let low = self.four()?.saturating_sub(0xdc00);
                    char::from_u32(0x10000 + ((unit - 0xd800) << 10) + low).unwrap_or('\u{fffd}')
                } else {
                    char::from_u32(unit).unwrap_or('\u{fffd}')
                }
            }
            Some(itself @ ('"' | '\\' | '/')) => itself,
            odd => return Err(format!("JSON: no escape {odd:?}")),
        })
    }

    fn four(&mut self) -> Result<u32, String> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit = self.left.next().and_then(|digit| digit.to_digit(16));
            unit = unit * 16 + digit.ok_or("JSON: four hexadecimal digits expected")?;
        }
        Ok(unit)
    }

    /// A number, or one of the three words.
    fn word(&mut self) -> Result<Json, String> {
        let mut word = String::new();
        let inside = |letter: &char| letter.is_ascii_alphanumeric() || "+-.".contains(*letter);
        while let Some(letter) = self.left.next_if(inside) {
            word.push(letter);
        }
        match word.as_str() {
            "null" => Ok(Json::Null),
            "true" => Ok(Json::Bool(true)),
            "false" => Ok(Json::Bool(false)),
            number => number
                .parse()
                .map(Json::Number)
                .map_err(|_| format!("JSON: a value expected, not `{number}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_browser_says_is_read() {
        let said = r#" {"id": 3, "result": {"list": [1.5e1, null, true], "text": "a\n\u00e9\ud83d\ude00\"" }} "#;
        let read = Json::read(said).unwrap();
        assert_eq!(read.at(&["id"]).number(), Some(3.0));
        assert_eq!(read.at(&["result", "text"]).text(), Some("a\né😀\""));
        let list = [Json::Number(15.0), Json::Null, Json::Bool(true)];
        assert_eq!(read.at(&["result", "list"]).list(), list);
        assert_eq!(read.at(&["result", "nosuch", "deeper"]), &Json::Null);
    }

    #[test]
    fn half_a_message_is_no_message() {
        for half in ["", "{", r#"{"id""#, r#"{"id": }"#, "[1 2]", r#""open"#, "{} {}", r#""\u12""#]
        {
            assert!(Json::read(half).is_err(), "{half}");
        }
    }

    #[test]
    fn a_quoted_text_is_read_back_as_it_was() {
        let text = "\"quotes\", \\ and\n\u{1} é";
        assert_eq!(Json::read(&quoted(text)).unwrap().text(), Some(text));
    }
}
