//! What a page says, as a reader finds it there.

/// A page's head, in words.
pub(crate) struct Drawn {
    /// The verdict.
    pub(crate) sentence: String,
    /// What stands beneath it: name and text.
    pub(crate) facts: Vec<(String, String)>,
    /// The rows of the matrix, or of the table that takes its place: a strategy, and the words of
    /// each of its cells.
    pub(crate) matrix: Vec<(String, Vec<Vec<String>>)>,
}

impl Drawn {
    pub(crate) fn read(html: &str) -> Drawn {
        let facts = between(html, "<dl class=\"facts\">", "</dl>").unwrap_or_default();
        let facts = all(facts, "<div>", "</div>").map(|fact| {
            let name = between(fact, "<dt>", "</dt>").unwrap_or_default();
            (words(name), words(between(fact, "<dd>", "</dd>").unwrap_or_default()))
        });
        let rows = |class: &str| {
            let table = between(html, &format!("<table class=\"{class}\""), "</table>");
            let body = table.and_then(|table| between(table, "<tbody>", "</tbody>"));
            all(body.unwrap_or_default(), "<tr", "</tr>").collect::<Vec<&str>>()
        };
        let matrix = rows("matrix").into_iter().map(|row| {
            let name = words(after_tag(between(row, "<th", "</th>").unwrap_or_default()));
            let cells = all(row, "<td", "</td>").map(|cell| {
                let spans =
                    all(cell, "<span class=\"u\"", "</span>").chain(all(cell, "<b", "</b>"));
                spans.map(|span| words(after_tag(span))).collect()
            });
            (name, cells.collect())
        });
        Drawn {
            sentence: words(between(html, "<h1>", "</h1>").unwrap_or_default()),
            facts: facts.collect(),
            matrix: matrix.collect(),
        }
    }
}

/// What follows the rest of an opening tag.
fn after_tag(text: &str) -> &str {
    text.split_once('>').map_or(text, |(_, rest)| rest)
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    text.split_once(from)?.1.split_once(to).map(|(inside, _)| inside)
}

fn all<'a>(text: &'a str, from: &'a str, to: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(from).skip(1).filter_map(move |rest| Some(rest.split_once(to)?.0))
}

/// Without tags and entities; every space is a plain one.
fn words(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for letter in html.chars() {
        match letter {
            '<' => inside = true,
            '>' => inside = false,
            '\u{202f}' | '\u{a0}' | '\n' if !inside => text.push(' '),
            _ if !inside => text.push(letter),
            _ => {}
        }
    }
    for (entity, letter) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")] {
        text = text.replace(entity, letter);
    }
    text.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
