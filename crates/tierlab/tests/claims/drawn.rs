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
    /// Below the matrix, of each tier: how many strategies meet everything, of how many.
    pub(crate) meeting: Vec<String>,
    /// The best strategy of each tier.
    pub(crate) best: Vec<Best>,
    /// The columns of what is expected: tier and strategy.
    pub(crate) asked_of: Vec<(String, String)>,
    /// Its rows.
    pub(crate) expected: Vec<Asked>,
    /// When the first 429 is met.
    pub(crate) first: Option<String>,
}

/// A row of what is expected: what, how much, and each column's figure with what it comes to.
pub(crate) struct Asked {
    pub(crate) what: String,
    pub(crate) bound: String,
    pub(crate) figures: Vec<(String, String)>,
}

/// A row of the table of best strategies.
pub(crate) struct Best {
    pub(crate) tier: String,
    pub(crate) strategy: String,
    pub(crate) remark: String,
    pub(crate) figures: Vec<String>,
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
        let foot = between(html, "<table class=\"matrix\"", "</table>")
            .and_then(|table| between(table, "<tfoot>", "</tfoot>"))
            .unwrap_or_default();
        let expected = between(html, "<table class=\"expected\"", "</table>").unwrap_or_default();
        let heads = between(expected, "<thead>", "</thead>").unwrap_or_default();
        let columns = all(heads, "<th class=\"n\"", "</th>").map(|head| split(after_tag(head)));
        let lead = "meets its first 429 after";
        let mut leads = all(html, "<p class=\"lead\">", "</p>").map(words);
        Drawn {
            meeting: all(foot, "<td", "</td>").map(|cell| words(after_tag(cell))).collect(),
            best: rows("best").into_iter().filter_map(best).collect(),
            asked_of: columns.collect(),
            expected: rows("expected").into_iter().map(asked).collect(),
            first: leads.find(|said| said.contains(lead)),
            sentence: words(between(html, "<h1>", "</h1>").unwrap_or_default()),
            facts: facts.collect(),
            matrix: matrix.collect(),
        }
    }
}

/// A row of the best strategies of all tiers; none of the table that stands where there is one tier.
fn best(row: &str) -> Option<Best> {
    let mut cells = all(row, "<td", "</td>").map(after_tag);
    let head = words(after_tag(between(row, "<th", "</th>")?));
    if !head.starts_with("Tier ") {
        return None;
    }
    let (strategy, remark) = split(cells.next()?);
    Some(Best { tier: head, strategy, remark, figures: cells.map(words).collect() })
}

/// A row of what is expected.
fn asked(row: &str) -> Asked {
    let (what, bound) = split(after_tag(between(row, "<th", "</th>").unwrap_or_default()));
    let figures = all(row, "<td class=\"n", "</td>").filter(|cell| !cell.starts_with(" spare"));
    let figures = figures.map(|cell| {
        let (figure, verdict) = after_tag(cell).split_once("<span").unwrap_or((cell, ""));
        (words(figure), words(after_tag(verdict)).trim_start_matches(", ").to_owned())
    });
    Asked { what, bound, figures: figures.collect() }
}

/// What stands in a cell, and the small print beneath it.
fn split(cell: &str) -> (String, String) {
    let (large, small) = cell.split_once("<span class=\"u\">").unwrap_or((cell, ""));
    (words(large), words(small))
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
