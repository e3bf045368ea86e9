//! The rulebook on a terminal, in 80 columns: facts grouped as in their file, each with its value,
//! how sure it is, since when, and where it was read; then what is supposed where nobody says.

use rulebook::{Assumption, Certainty, Edition, Fact, Tier};

use crate::rules_diff::{Change, Difference};

const WIDTH: usize = 80;
/// A value longer than this stands on lines of its own.
const SHORT: usize = 24;

/// What is written upon: lines of [`WIDTH`], with colour or without.
pub(crate) struct Paper {
    text: String,
    color: bool,
}

/// One edition; `facts` says whether they are told or only the assumptions.
pub(crate) fn edition(mut paper: Paper, edition: &Edition, facts: bool) -> String {
    paper.line(&format!("{}   {}", paper.bold(edition.name()), edition.title()));
    paper.line(&age(edition));
    let ladder: Vec<&str> = edition.ladder().iter().map(Tier::title).collect();
    if !ladder.is_empty() {
        paper.wrapped("ladder: ", &ladder.join(", "));
    }
    if facts {
        paper.line(&format!("{}: {}", many(edition.facts().len(), "fact"), certainties(edition)));
        let mut group = "";
        let mut widths = (0, 0);
        for fact in edition.facts() {
            let (under, key) = fact.id.rsplit_once('.').unwrap_or(("", &fact.id));
            if under != group {
                (group, widths) = (under, widths_of(edition, under));
                paper.heading(under);
            }
            let before = format!("  {key:0$}", widths.0);
            paper.fact(&before, widths.1, fact, short_name(edition, &fact.source));
        }
        paper.heading("sources");
        let width = edition.sources().iter().map(|one| one.name.len()).max().unwrap_or_default();
        for source in edition.sources() {
            paper.wrapped(
                &format!("  {:width$}  ", source.name),
                &format!("{}; {}", source.title, source.date),
            );
        }
    }
    paper.heading("assumptions");
    for one in edition.assumptions().iter() {
        paper.assumption(one, short_name(edition, &one.source));
    }
    paper.text
}

/// Every edition in a few lines.
pub(crate) fn list(mut paper: Paper, editions: &[&Edition]) -> String {
    let width = editions.iter().map(|edition| edition.name().len()).max().unwrap_or_default();
    for edition in editions {
        let name = format!("{:width$}", edition.name());
        paper.line(&format!("{}  {}", paper.bold(&name), edition.title()));
        let known = [
            age(edition),
            many(edition.facts().len(), "fact"),
            many(edition.assumptions().iter().count(), "assumption"),
        ];
        paper.line(&format!("{:width$}  {}", "", known.join(", ")));
    }
    paper.text.push_str(
        "\n`rules NAME` shows one with its sources; so does the path of an edition of your own.\n\
         `rules --diff A B` shows where two differ.\n",
    );
    paper.text
}

/// What two editions say differently, each line with both values and where they were read.
pub(crate) fn difference(mut paper: Paper, found: &Difference<'_>) -> String {
    let name = |edition: &Edition| edition.name().to_owned();
    let (from, to) = (name(found.from), name(found.to));
    if found.is_empty() {
        let what = if found.facts.is_some() { "fact and assumption" } else { "assumption" };
        paper.line(&format!("{from} and {to} agree in every {what}"));
        return paper.text;
    }
    paper.line(&format!("from {} to {}", paper.bold(&from), paper.bold(&to)));
    if found.ladder_differs() {
        for (sign, edition) in [('-', found.from), ('+', found.to)] {
            let tiers: Vec<&str> = edition.ladder().iter().map(rung).collect();
            let tiers = if tiers.is_empty() { "none".to_owned() } else { tiers.join(", ") };
            paper.wrapped(&format!("{sign} ladder: "), &tiers);
        }
    }
    for (old, new) in &found.titles {
        let (name, old, new) = (new.name(), old.title(), new.title());
        paper.wrapped(&format!("title of {name}: "), &format!("{old}, now {new}"));
    }
    if let Some(facts) = &found.facts {
        paper.line(&counted("facts", facts));
        for change in facts {
            paper.change(change, |fact| &fact.id, fact_said);
        }
    }
    paper.line(&counted("assumptions", &found.assumptions));
    for change in &found.assumptions {
        paper.change(change, |one| &one.name, assumption_said);
    }
    paper.text
}

/// A tier by the name that facts have it under, so that a change of it shows; a past hour, which
/// has no facts of its own, in words.
fn rung(tier: &Tier) -> &str {
    if tier.past_hour().is_some() { tier.title() } else { tier.name() }
}

fn counted<T>(what: &str, changes: &[Change<T>]) -> String {
    let [other, added, removed] = Change::counts(changes);
    format!("\n{what}: {other} changed, {added} added, {removed} removed")
}

/// A fact but for its id, in one line.
fn fact_said(fact: &Fact) -> String {
    let note = fact.note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
    let (value, origin) = (valued(fact), &fact.source);
    format!("{value} ({}, {}, {origin}){note}", fact.certainty, fact.date)
}

fn assumption_said(one: &Assumption) -> String {
    format!("{} {}, {}: {}", one.value, choices(one), one.certainty, one.says)
}

/// What else an assumption may be.
fn choices(one: &Assumption) -> String {
    if one.alternatives.is_empty() {
        return "(only stated)".to_owned();
    }
    format!("(or {})", one.alternatives.join(", "))
}

/// A value with its bounds.
fn valued(fact: &Fact) -> String {
    let bound = |word, bound: &Option<String>| {
        bound.as_ref().map(|bound| format!(", {word} {bound}")).unwrap_or_default()
    };
    let (least, most) = (bound("at least", &fact.at_least), bound("at most", &fact.at_most));
    format!("{}{least}{most}", fact.value)
}

/// The short name of a source, by which the list of sources has it.
fn short_name<'e>(edition: &'e Edition, title: &'e str) -> &'e str {
    let found = edition.sources().iter().find(|source| source.title == title);
    found.map_or(title, |source| &source.name)
}

/// The widest key of a group of facts, and the widest of its short values.
fn widths_of(edition: &Edition, under: &str) -> (usize, usize) {
    let facts = edition.facts().iter().filter_map(|fact| Some((fact, fact.id.rsplit_once('.')?)));
    let (mut keys, mut values) = (0, 0);
    for (fact, (_, key)) in facts.filter(|(_, (of, _))| *of == under) {
        keys = keys.max(key.len());
        let value = valued(fact).chars().count();
        values = if value <= SHORT { values.max(value) } else { values };
    }
    (keys, values)
}

/// When its rules held.
fn age(edition: &Edition) -> String {
    let (began, ended) = (edition.began(), edition.ended());
    match (began.map(|fact| &fact.value), ended.map(|fact| &fact.value)) {
        (Some(began), Some(ended)) => format!("held from {began} to {ended}"),
        (Some(began), None) => format!("holds since {began}"),
        (None, Some(ended)) => format!("held until {ended}"),
        (None, None) => "nobody says when it held".to_owned(),
    }
}

/// How many facts there are of each certainty.
fn certainties(edition: &Edition) -> String {
    let count = |certainty: Certainty| {
        edition.facts().iter().filter(|fact| fact.certainty == certainty).count()
    };
    let counted = Certainty::ALL.map(|certainty| (count(certainty), certainty));
    let some = counted.into_iter().filter(|(count, _)| *count > 0);
    some.map(|(count, certainty)| format!("{count} {certainty}")).collect::<Vec<_>>().join(", ")
}

fn many(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

impl Paper {
    pub(crate) fn new(color: bool) -> Self {
        Self { text: String::new(), color }
    }

    fn line(&mut self, text: &str) {
        self.text.push_str(text.trim_end());
        self.text.push('\n');
    }

    fn heading(&mut self, text: &str) {
        let text = self.bold(text);
        self.line(&format!("\n{text}"));
    }

    /// `before` and then `text`, whose further lines stand under its first.
    fn wrapped(&mut self, before: &str, text: &str) {
        let indent = before.chars().count().min(WIDTH / 2);
        let mut line = before.to_owned();
        let mut column = before.chars().count();
        let mut empty = true;
        for word in text.split_whitespace() {
            let long = word.chars().count();
            if !empty && column + 1 + long > WIDTH {
                self.line(&line);
                line = " ".repeat(indent);
                column = indent;
                empty = true;
            }
            if !empty {
                line.push(' ');
                column += 1;
            }
            line.push_str(word);
            column += long;
            empty = false;
        }
        self.line(&line);
    }

    /// One fact; `before` is its key, `width` that of the values around it.
    fn fact(&mut self, before: &str, width: usize, fact: &Fact, source: &str) {
        let value = valued(fact);
        let since = format!("{}, {source}", fact.date);
        let long = value.chars().count() > SHORT;
        let plain = format!("{before}  {value:width$}  {}, {since}", fact.certainty);
        if long || plain.chars().count() > WIDTH {
            self.wrapped(&format!("{before}  "), &value);
            let under = " ".repeat(before.chars().count() + 2);
            self.wrapped(&under, &format!("{}, {since}", fact.certainty));
        } else {
            let certainty = self.certainty(fact.certainty);
            self.line(&format!("{before}  {value:width$}  {certainty}, {since}"));
        }
        if let Some(note) = &fact.note {
            self.wrapped("      ", note);
        }
    }

    fn assumption(&mut self, one: &Assumption, source: &str) {
        let name = self.bold(&one.name);
        self.line(&format!("  {name} = {} {}", one.value, choices(one)));
        self.wrapped("      ", &one.says);
        self.wrapped("      ", &format!("{}, {source}", one.certainty));
    }

    /// A line that is there no more, new, or another than it was.
    fn change<T>(&mut self, change: &Change<T>, name: fn(&T) -> &String, said: fn(&T) -> String) {
        match change {
            Change::Changed { from, to } => {
                let name = self.bold(name(to));
                self.line(&format!("\n  {name}"));
                self.wrapped("    - ", &said(from));
                self.wrapped("    + ", &said(to));
            }
            Change::Added(new) => {
                let name = self.bold(name(new));
                self.line(&format!("\n+ {name}"));
                self.wrapped("    + ", &said(new));
            }
            Change::Removed(old) => {
                let name = self.bold(name(old));
                self.line(&format!("\n- {name}"));
                self.wrapped("    - ", &said(old));
            }
        }
    }

    fn bold(&self, text: &str) -> String {
        self.painted("1", text)
    }

    /// A certainty's word: the less sure, the louder.
    fn certainty(&self, certainty: Certainty) -> String {
        let code = match certainty {
            Certainty::Documented => "32",
            Certainty::Observed => "36",
            Certainty::ThirdParty => "33",
            Certainty::Assumed => "35",
        };
        self.painted(code, certainty.word())
    }

    fn painted(&self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
