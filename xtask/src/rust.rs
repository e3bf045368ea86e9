//! Reads Rust just enough for tidy: what is comment, literal, test or function.
//!
//! A lexer and brace matching, no grammar: a rule that needs more belongs to clippy.

/// A Rust text, seen three ways. All views keep the positions of lines.
pub(crate) struct Rust {
    /// Comments and the insides of literals blanked.
    code: String,
    /// Comments blanked, literals kept.
    literate: String,
    /// For each line: inside an item marked `#[cfg(test)]`.
    in_test: Vec<bool>,
}

/// One function with a body.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Where `fn` stands, counted from 1.
    pub(crate) line: usize,
    /// From `fn` to the closing brace, both included.
    pub(crate) lines: usize,
}

impl Rust {
    pub(crate) fn read(text: &str) -> Self {
        let (code, literate) = blank(text);
        let in_test = test_lines(&code);
        Self { code, literate, in_test }
    }

    /// Lines that are not tests: number (from 1) and code, comments and literals blanked.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.outside_tests(&self.code)
    }

    /// The same lines with their literals.
    pub(crate) fn literate_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.outside_tests(&self.literate)
    }

    /// The whole text without comments and literals.
    pub(crate) fn code(&self) -> &str {
        &self.code
    }

    fn outside_tests<'view>(
        &'view self,
        view: &'view str,
    ) -> impl Iterator<Item = (usize, &'view str)> {
        let marked = view.lines().zip(&self.in_test).enumerate();
        marked.filter(|(_, (_, test))| !**test).map(|(index, (line, _))| (index + 1, line))
    }

    /// The modules in files of their own that are declared for tests only: `mod sample;`.
    pub(crate) fn test_modules(&self) -> impl Iterator<Item = &str> {
        let lines = self.code.lines().zip(&self.in_test).filter(|(_, test)| **test);
        lines.filter_map(|(line, _)| {
            let (before, name) = line.trim().strip_suffix(';')?.rsplit_once("mod ")?;
            (before.is_empty() || before.starts_with("pub")).then_some(name.trim())
        })
    }

    /// Every function with a body, tests included.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            if self.code[..at].ends_with(is_word) {
                continue;
            }
            let rest = self.code[at + 3..].trim_start();
            let name: String = rest.chars().take_while(|next| is_word(*next)).collect();
            if name.is_empty() {
                continue;
            }
            if let Some(end) = body_end(&self.code, at) {
                let lines = self.code[at..end].matches('\n').count() + 1;
                found.push(Function { name, line: line_of(&self.code, at), lines });
            }
        }
        found
    }
}

/// Letters, digits and underscores.
pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Whether `text` holds `word` with no letter, digit or underscore on either side.
pub(crate) fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word)
    })
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where the body that starts after `from` ends; none when the item ends with `;` first.
fn body_end(code: &str, from: usize) -> Option<usize> {
    let (mut round, mut curly) = (0_usize, 0_usize);
    for (at, byte) in code.bytes().enumerate().skip(from) {
        match byte {
            b'(' | b'[' => round += 1,
            b')' | b']' => round = round.saturating_sub(1),
            b';' if round == 0 && curly == 0 => return None,
            b'{' => curly += 1,
            b'}' => {
                curly = curly.saturating_sub(1);
                if curly == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// Which lines belong to an item marked `#[cfg(test)]`, its attributes included.
fn test_lines(code: &str) -> Vec<bool> {
    const MARK: &str = "#[cfg(test)]";
    let mut marked = vec![false; code.lines().count()];
    for (at, _) in code.match_indices(MARK) {
        let first = line_of(code, at);
        let after = at + MARK.len();
        let end = body_end(code, after)
            .or_else(|| code[after..].find(';').map(|found| after + found))
            .unwrap_or(code.len());
        let last = line_of(code, end.saturating_sub(1));
        for line in first..=last {
            if let Some(mark) = marked.get_mut(line - 1) {
                *mark = true;
            }
        }
    }
    marked
}

/// The two views of a text: without comments and literals, and without comments.
fn blank(text: &str) -> (String, String) {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut literate = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let piece = piece_at(bytes, at);
        let end = (at + piece.length).min(bytes.len());
        for index in at..end {
            let keep = bytes[index] == b'\n' || piece.kind == PieceKind::Code;
            if !keep {
                code[index] = b' ';
            }
            if !keep && piece.kind == PieceKind::Comment {
                literate[index] = b' ';
            }
        }
        at = end;
    }
    let text = |view: Vec<u8>| String::from_utf8_lossy(&view).into_owned();
    (text(code), text(literate))
}

#[derive(Copy, Clone, Eq, PartialEq)]
enum PieceKind {
    Code,
    Comment,
    Literal,
}

struct Piece {
    kind: PieceKind,
    length: usize,
}

/// The comment, the literal or the run of code that starts here.
fn piece_at(bytes: &[u8], at: usize) -> Piece {
    let rest = &bytes[at..];
    if rest.starts_with(b"//") {
        return Piece { kind: PieceKind::Comment, length: find(rest, b"\n", 0) };
    }
    if rest.starts_with(b"/*") {
        return Piece { kind: PieceKind::Comment, length: block_comment(rest) };
    }
    if let Some(length) = literal(rest) {
        return Piece { kind: PieceKind::Literal, length };
    }
    // A word is taken whole, so that its last letter is not read as a literal's prefix.
    let word =
        rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let wide = rest.iter().skip(1).take_while(|byte| **byte & 0xC0 == 0x80).count() + 1;
    Piece { kind: PieceKind::Code, length: word.max(wide) }
}

/// The length up to `end`, or to the end of the text.
fn find(rest: &[u8], end: &[u8], from: usize) -> usize {
    let window = |at: &usize| rest[*at..].starts_with(end);
    (from..rest.len()).find(window).unwrap_or(rest.len())
}

/// Block comments nest.
fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of a string or character literal that starts here; a lifetime is none.
fn literal(rest: &[u8]) -> Option<usize> {
    let prefix = rest.iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count();
    let raw = rest[..prefix].contains(&b'r');
    let hashes = rest[prefix..].iter().take_while(|byte| **byte == b'#').count();
    let open = prefix + hashes;
    match rest.get(open) {
        Some(b'"') if raw && prefix <= 2 => {
            let end = [&b"\""[..], &b"#".repeat(hashes)].concat();
            Some(find(rest, &end, open + 1) + end.len())
        }
        Some(b'"') if hashes == 0 && prefix <= 1 => Some(quoted(rest, open, b'"')),
        Some(b'\'') if open == 0 || rest.starts_with(b"b'") => character(rest, open),
        _ => None,
    }
}

/// A character literal has an escape, or exactly one character before its closing quote.
fn character(rest: &[u8], open: usize) -> Option<usize> {
    let first = *rest.get(open + 1)?;
    if first == b'\\' {
        return Some(quoted(rest, open, b'\''));
    }
    let width = match first {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    };
    (rest.get(open + 1 + width) == Some(&b'\'')).then_some(open + width + 2)
}

/// The length of a quoted literal with escapes, its opening quote at `open`.
fn quoted(rest: &[u8], open: usize, quote: u8) -> usize {
    let mut at = open + 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        let text = "let a = \"600 // no\"; // 600\n/* 1 /* 2 */ 3 */ let b = 'x';\n\
                    let c = r#\"a \"600\" b\"#; let d: &'static str = b\"\\\"\";\n";
        let rust = Rust::read(text);
        assert_eq!(rust.code().lines().count(), 3);
        assert!(!rust.code().contains("600"));
        assert!(!rust.code().contains('3'));
        assert!(rust.code().contains("&'static str"));
        assert!(rust.code().contains("let d"));
        let literate: Vec<_> = rust.literate_lines().map(|(_, line)| line.trim_end()).collect();
        assert_eq!(literate[0], "let a = \"600 // no\";");
        assert!(literate[2].contains("\"600\""));
    }

    #[test]
    fn a_name_ending_in_r_is_no_raw_string_and_a_quote_in_a_character_opens_nothing() {
        let rust = Rust::read("number(\"x\", '\"', '\\'', 'é'); let after = 1;");
        assert!(rust.code().contains("number("));
        assert!(rust.code().contains("let after = 1;"));
    }

    #[test]
    fn an_item_under_cfg_test_is_a_test_to_its_last_brace() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { \"}\" }\n}\nfn c() {}\n\
                    #[cfg(test)]\nmod far;\nfn d() {}\n";
        let rust = Rust::read(text);
        let lines: Vec<_> = rust.code_lines().map(|(line, _)| line).collect();
        assert_eq!(lines, [1, 6, 9]);
        assert_eq!(rust.test_modules().collect::<Vec<_>>(), ["far"]);
    }

    #[test]
    fn a_function_counts_from_its_name_to_its_brace() {
        let text = "trait T {\n    fn declared(&self);\n    fn given(&self) -> [u8; 2] {\n        \
                    [0; 2]\n    }\n}\ntype F = fn(u8);\n";
        let functions = Rust::read(text).functions();
        assert_eq!(functions, [Function { name: "given".into(), line: 3, lines: 3 }]);
    }

    #[test]
    fn a_word_stands_alone() {
        assert!(has_word("use run_record::Leaf", "run_record"));
        assert!(!has_word("use rerun_recorder", "run_record"));
    }
}
