//! Bodies in several parts, `multipart/form-data`: how files come.
//!
//! The whole body is at hand, so its parts are pieces of it and nothing is copied.

use axum::body::Bytes;

use crate::call::Media;

/// The most parts of a body.
const PARTS: usize = 64; // ours: four times as many fields as any request has

/// One part of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The name of its field.
    pub(crate) name: String,
    /// The name of the file that it is, where it is one.
    pub(crate) file: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Part {
    /// What it says, where that is text.
    pub(crate) fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// The parts of a body; `None` where it is not in several parts, or torn.
pub(crate) fn parts(media: Media<'_>, body: &Bytes) -> Option<Vec<Part>> {
    let delimiter = [b"\r\n--", boundary(media.said)?.as_bytes()].concat();
    // The first delimiter begins the body, or ends what stands before it.
    let mut from = if body.starts_with(delimiter.get(2..)?) {
        delimiter.len() - 2
    } else {
        find(body, &delimiter)? + delimiter.len()
    };
    let mut parts = Vec::new();
    loop {
        let rest = body.get(from..)?;
        if rest.starts_with(b"--") {
            return Some(parts);
        }
        // A delimiter may have blanks behind it.
        let begins = from + find(rest, b"\r\n")? + 2;
        let length = find(body.get(begins - 2..)?, &delimiter)?;
        let ends = (begins - 2 + length).max(begins);
        if parts.len() >= PARTS {
            return None;
        }
        parts.push(part(body, begins, ends)?);
        from = begins - 2 + length + delimiter.len();
    }
}

/// The part that stands between these places.
fn part(body: &Bytes, begins: usize, ends: usize) -> Option<Part> {
    let whole = body.get(begins..ends)?;
    let head = find(whole, b"\r\n\r\n")?;
    let lines = std::str::from_utf8(whole.get(..head)?).ok()?;
    let disposition = lines.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value)
    })?;
    Some(Part {
        name: parameter(disposition, "name")?,
        file: parameter(disposition, "filename"),
        bytes: body.slice(begins + head + 4..ends),
    })
}

/// The boundary between parts, as the media type says it.
fn boundary(media: &str) -> Option<String> {
    let kind = media.split(';').next()?.trim();
    let said = parameter(media, "boundary").filter(|said| (1..=70).contains(&said.len()));
    said.filter(|_| kind.eq_ignore_ascii_case("multipart/form-data"))
}

/// A parameter of a header's value, with or without quotes.
fn parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value;
    while let Some((_, after)) = rest.split_once(';') {
        let after = after.trim_start();
        let (key, said) = after.split_once('=')?;
        let said = said.trim_start();
        if let Some(quoted) = said.strip_prefix('"') {
            let (text, behind) = unquoted(quoted)?;
            if key.trim().eq_ignore_ascii_case(name) {
                return Some(text);
            }
            rest = behind;
        } else {
            if key.trim().eq_ignore_ascii_case(name) {
                let text = said.split(';').next()?.trim();
                return Some(text.to_owned());
            }
            rest = said;
        }
    }
    None
}

/// A text up to the quote that ends it, and what stands behind that.
fn unquoted(quoted: &str) -> Option<(String, &str)> {
    let mut text = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, quoted.get(at + 1..)?)),
            '\\' => text.push(letters.next()?.1),
            _ => text.push(letter),
        }
    }
    None
}

/// Where `what` first stands in `within`. It is looked for by its first byte, which memory is
/// searched for quickly.
fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    let (first, _) = what.split_first()?;
    let mut from = 0;
    loop {
        let at = from + within.get(from..)?.iter().position(|byte| byte == first)?;
        if within.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEDIA: Media<'_> =
        Media { said: "multipart/form-data; boundary=\"a b\"", lenient: false };

    fn read(body: &str) -> Option<Vec<Part>> {
        parts(MEDIA, &Bytes::copy_from_slice(body.as_bytes()))
    }

    #[test]
    fn fields_and_files_are_read_as_they_are() {
        let body = "before\r\n--a b  \r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n\
            --a b\r\ncontent-disposition: form-data; filename=\"a;\\\"b.wav\"; name=file\r\n\
            Content-Type: audio/wav\r\n\r\n\r\n--a\r\n\0\r\n--a b--\r\nafter";
        let parts = read(body).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!((parts[0].name.as_str(), parts[0].text()), ("model", Some("m")));
        assert_eq!(parts[1].name, "file");
        assert_eq!(parts[1].file.as_deref(), Some("a;\"b.wav"));
        assert_eq!(&*parts[1].bytes, b"\r\n--a\r\n\0");
        assert_eq!(read("--a b--"), Some(Vec::new()));
        let empty = "--a b\r\ncontent-disposition: form-data; name=x\r\n\r\n\r\n--a b--";
        assert_eq!(read(empty).unwrap()[0].text(), Some(""));
    }

    #[test]
    fn what_is_torn_has_no_parts_wherever_it_was_torn() {
        let body = "--a b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\nvalue\r\n--a b--";
        assert!(read(body).is_some());
        for end in 0..body.len() {
            assert_eq!(read(&body[..end]), None, "{end}");
        }
        let whole = Bytes::copy_from_slice(body.as_bytes());
        for said in
            ["", "application/json", "multipart/form-data", "multipart/mixed; boundary=\"a b\""]
        {
            assert_eq!(parts(Media { said, lenient: false }, &whole), None, "{said}");
        }
        let many = "--a b\r\ncontent-disposition: form-data; name=x\r\n\r\n\r\n".repeat(PARTS + 1);
        assert_eq!(read(&format!("{many}--a b--")), None);
        let nameless = "--a b\r\ncontent-disposition: form-data\r\n\r\n\r\n--a b--";
        assert_eq!(read(nameless), None);
    }
}
