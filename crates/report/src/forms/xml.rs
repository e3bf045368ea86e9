//! Text within XML, and in tests a reader that accepts nothing that is not well formed.

/// Text as it may stand between tags and within quotes: markup is escaped, line ends in attributes
/// survive, and what no document of XML 1.0 may hold is replaced.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// An element with its attributes, its text and what it contains.
#[cfg(test)]
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

#[cfg(test)]
impl Element {
    /// Reads a document.
    ///
    /// # Panics
    /// When it is not well formed.
    pub(crate) fn read(document: &str) -> Element {
        let mut rest = document.trim_start();
        if let Some(declared) = rest.strip_prefix("<?xml ") {
            rest = declared.split_once("?>").expect("the declaration ends").1.trim_start();
        }
        let (root, rest) = Element::one(rest);
        assert_eq!(rest.trim(), "", "nothing follows the root");
        root
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// It and everything in it, from the outside in.
    pub(crate) fn all(&self) -> Vec<&Element> {
        std::iter::once(self).chain(self.children.iter().flat_map(Element::all)).collect()
    }

    fn one(text: &str) -> (Element, &str) {
        let text = text.strip_prefix('<').unwrap_or_else(|| panic!("no tag: {text:.80}"));
        let end = text.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap();
        let (name, mut rest) = text.split_at(end);
        let mut element = Element { name: named(name), ..Element::default() };
        loop {
            let spaced = rest.trim_start();
            if let Some(rest) = spaced.strip_prefix("/>") {
                return (element, rest);
            }
            if let Some(after) = spaced.strip_prefix('>') {
                rest = after;
                break;
            }
            assert!(rest.len() > spaced.len(), "attributes stand apart: {rest:.80}");
            let (name, value) = spaced.split_once("=\"").expect("an attribute has a value");
            let (value, after) = value.split_once('"').expect("a value ends");
            assert!(element.attribute(name).is_none(), "{name} is there twice");
            element.attributes.push((named(name), meant(value)));
            rest = after;
        }
        loop {
            let (text, after) = rest.split_at(rest.find('<').expect("an element ends"));
            element.text.push_str(&meant(text));
            if let Some(closed) = after.strip_prefix("</") {
                let (name, after) = closed.split_once('>').expect("a closing tag ends");
                assert_eq!(name.trim_end(), element.name, "tags close in their order");
                return (element, after);
            }
            let (child, after) = Element::one(after);
            element.children.push(child);
            rest = after;
        }
    }
}

#[cfg(test)]
fn named(name: &str) -> String {
    let good = |c: char| c.is_ascii_alphanumeric() || "-_:.".contains(c);
    assert!(!name.is_empty() && name.chars().all(good), "not a name: {name:?}");
    name.to_owned()
}

/// What an escaped text means.
#[cfg(test)]
fn meant(text: &str) -> String {
    assert!(!text.contains('<'), "a bare <: {text}");
    let control = |c: char| c < ' ' && !"\n\r\t".contains(c);
    assert!(!text.contains(control), "a letter that XML has not: {text:?}");
    let mut pieces = text.split('&');
    let mut meant = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (entity, rest) = piece.split_once(';').expect("an entity ends");
        meant.push(match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#10" => '\n',
            "#13" => '\r',
            "#9" => '\t',
            other => panic!("an entity that nobody declared: {other}"),
        });
        meant.push_str(rest);
    }
    meant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_written_is_read_again() {
        let odd = "a & b < c > \"d\" 'e'\nf\tg | h\\ i";
        let document = format!("<?xml version=\"1.0\"?>\n<a b=\"{0}\">{0}<c/></a>\n", escaped(odd));
        let read = Element::read(&document);
        assert_eq!((read.attribute("b"), read.text.as_str()), (Some(odd), odd));
        assert_eq!(read.children[0].name, "c");
        assert_eq!(escaped("\u{1}"), "\u{fffd}");
    }
}
