//! The figures of a page of ours, as they stand in its HTML.

/// A figure with its title, its key and its drawings for a wide page.
#[derive(Debug)]
pub(super) struct Figure<'h> {
    /// Escaped, as all words here.
    pub(super) title: String,
    pub(super) key: Vec<Entry<'h>>,
    pub(super) drawings: Vec<Piece<'h>>,
}

/// An entry of a key.
#[derive(Debug)]
pub(super) struct Entry<'h> {
    pub(super) swatch: Option<Piece<'h>>,
    pub(super) words: String,
}

/// A drawing.
#[derive(Debug)]
pub(super) struct Piece<'h> {
    pub(super) class: &'h str,
    pub(super) view: &'h str,
    /// What a screen reader says of it, up to the first colon.
    pub(super) label: &'h str,
    pub(super) size: (f64, f64),
    pub(super) inner: &'h str,
}

/// Every figure that has a drawing.
pub(super) fn all(html: &str) -> Vec<Figure<'_>> {
    let mut figures = Vec::new();
    let mut rest = html;
    while let Some((figure, after)) = element(rest, "figure") {
        figures.extend(read(figure));
        rest = after;
    }
    figures
}

fn read(figure: &str) -> Option<Figure<'_>> {
    // What is drawn again for narrow pages.
    let shown = figure.split("<div class=\"blocks").next().unwrap_or(figure);
    let mut pieces: Vec<Piece<'_>> = Vec::new();
    let mut rest = shown;
    while let Some((svg, after)) = element(rest, "svg") {
        pieces.extend(piece(svg).filter(|one| is_chart(one)));
        rest = after;
    }
    let wide = pieces.iter().any(|one| has(one, "wide"));
    pieces.retain(|one| !has(one, "narrow") && (!wide || has(one, "wide")));
    let label = pieces.first()?.label;
    let head = ["h3", "h4"].iter().find_map(|name| element(shown, name));
    let title = head.map_or_else(|| label.to_owned(), |(head, _)| words(head));
    let mut key = Vec::new();
    if let Some(list) = between(shown, "<ul class=\"key", "</ul>") {
        let mut rest = list;
        while let Some((entry, after)) = element(rest, "li") {
            let swatch = element(entry, "svg").and_then(|(svg, _)| piece(svg));
            key.push(Entry { swatch, words: words(entry) });
            rest = after;
        }
    }
    Some(Figure { title, key, drawings: pieces })
}

fn is_chart(one: &Piece<'_>) -> bool {
    has(one, "ch")
}

fn has(one: &Piece<'_>, class: &str) -> bool {
    one.class.split(' ').any(|name| name == class)
}

fn piece(svg: &str) -> Option<Piece<'_>> {
    let (head, rest) = svg.split_once('>')?;
    let inner = rest.strip_suffix("</svg>")?;
    let view = between(head, "viewBox=\"", "\"")?;
    let mut numbers = view.split(' ').skip(2).map(str::parse::<f64>);
    let size = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let label = between(head, "aria-label=\"", "\"").unwrap_or_default();
    let label = label.split(": ").next().unwrap_or(label);
    Some(Piece {
        class: between(head, "class=\"", "\"").unwrap_or_default(),
        view,
        label,
        size,
        inner,
    })
}

/// The first element of this name with all that is in it, and what comes after it.
fn element<'h>(html: &'h str, name: &str) -> Option<(&'h str, &'h str)> {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let opens = |at: &usize| {
        let next = html.get(at + open.len()..).and_then(|rest| rest.chars().next());
        next.is_some_and(|letter| letter == '>' || letter.is_whitespace())
    };
    let begin = html.match_indices(&open).map(|(at, _)| at).find(opens)?;
    let mut depth = 0_usize;
    let mut at = begin;
    loop {
        let rest = html.get(at..)?;
        let closes = rest.find(&close)?;
        let opened = rest.match_indices(&open).map(|(found, _)| at + found).find(opens);
        if let Some(opened) = opened.filter(|opened| *opened < at + closes) {
            depth += 1;
            at = opened + open.len();
        } else {
            depth = depth.saturating_sub(1);
            at += closes + close.len();
        }
        if depth == 0 {
            return Some((html.get(begin..at)?, html.get(at..)?));
        }
    }
}

/// The words of some HTML, still escaped.
fn words(html: &str) -> String {
    let mut words = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        words.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    words.push_str(rest);
    words.trim().to_owned()
}

/// What stands between the first of these and the next of those.
pub(super) fn between<'h>(text: &'h str, from: &str, to: &str) -> Option<&'h str> {
    text.split_once(from)?.1.split_once(to).map(|(found, _)| found)
}

/// What escaped words mean.
pub(super) fn unescaped(words: &str) -> String {
    words.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_element_ends_where_it_ends_however_many_are_in_it() {
        let html = "<p>0</p><g><gx>1</gx><g a=\"b\">2</g>3</g><g>4</g>";
        let (first, rest) = element(html, "g").unwrap();
        assert_eq!(first, "<g><gx>1</gx><g a=\"b\">2</g>3</g>");
        assert_eq!(element(rest, "g").unwrap(), ("<g>4</g>", ""));
        assert_eq!(element("<g>", "g"), None);
    }

    #[test]
    fn words_are_what_is_left_without_tags() {
        assert_eq!(
            words("<h3>Answered <b>in</b> time &amp; more</h3>"),
            "Answered in time &amp; more"
        );
        assert_eq!(unescaped("a &amp;lt; b"), "a &lt; b");
    }
}
