//! The rules of the page's style that a drawing needs, with every colour written out: not all that
//! shows an SVG knows variables.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// Rules of the sheet around a drawing.
const SHEET: &str = "\
    .sheet { font: 12.5px/1.5 var(--sans); font-variant-numeric: tabular-nums; }\n\
    .sheet-ground { fill: var(--card); }\n\
    .sheet-title { font-size: 15px; font-weight: 600; fill: var(--ink); }\n\
    .sheet-name { font-size: 13px; font-weight: 600; fill: var(--ink); }\n\
    .sheet-key { font-size: 12.5px; fill: var(--ink2); }\n";

/// The style of a drawing: colours for light, and for dark where that is preferred.
pub(super) fn of(sheet: &str, drawing: &str) -> String {
    let rules = rules(sheet);
    let light = variables(rules.iter().filter(|(prelude, _)| prelude == ":root"));
    let dark = rules.iter().filter(|(prelude, _)| prelude.contains("prefers-color-scheme: dark"));
    let dark: Vec<(String, String)> = dark.flat_map(|(_, body)| self::rules(body)).collect();
    let mut darker = light.clone();
    darker.extend(variables(dark.iter().filter(|(prelude, _)| prelude == ":root")));
    let classes = classes(drawing);
    let own = self::rules(SHEET);
    let wanted: Vec<&(String, String)> =
        own.iter().chain(rules.iter().filter(|rule| is_wanted(rule, &classes))).collect();
    let mut text = String::new();
    for (prelude, body) in &wanted {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{prelude} {{{}}}", filled(body, &light));
    }
    text.push_str("@media (prefers-color-scheme: dark) {\n");
    for (prelude, body) in wanted.iter().filter(|(_, body)| body.contains("var(")) {
        let _ = writeln!(text, "{prelude} {{{}}}", filled(body, &darker));
    }
    text.push_str("}\n");
    text
}

/// Whether a rule is about what is in the drawing, and not about where a page has it.
fn is_wanted((prelude, _): &(String, String), classes: &BTreeSet<&str>) -> bool {
    const PLACES: [&str; 5] = [".ch", ".swatch", ".glyph", ".patterns", ".sign"];
    let drawn = |selector: &str| {
        let pieces = selector.split('.').skip(1);
        let mut names = pieces.map(|rest| {
            rest.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_')).next()
        });
        let selector = selector.trim();
        !PLACES.contains(&selector)
            && selector.contains('.')
            && !selector.contains([':', '['])
            && names.all(|name| name.is_some_and(|name| classes.contains(name)))
    };
    !prelude.starts_with('@') && prelude.split(',').any(drawn)
}

/// The classes of a drawing.
fn classes(drawing: &str) -> BTreeSet<&str> {
    let named = drawing.split(" class=\"").skip(1).filter_map(|rest| rest.split('"').next());
    named.flat_map(str::split_whitespace).collect()
}

/// Rules in their order: what they are about, and what they say.
fn rules(sheet: &str) -> Vec<(String, String)> {
    let mut plain = String::new();
    let mut rest = sheet;
    while let Some((before, after)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let mut rules = Vec::new();
    let (mut depth, mut prelude, mut body) = (0_u32, String::new(), String::new());
    for letter in plain.chars() {
        match letter {
            '{' if depth == 0 => depth = 1,
            '}' if depth == 1 => {
                depth = 0;
                let said = (prelude.trim().to_owned(), body.trim().to_owned());
                rules.push(said);
                prelude.clear();
                body.clear();
            }
            letter if depth == 0 => prelude.push(letter),
            letter => {
                match letter {
                    '{' => depth += 1,
                    '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                body.push(letter);
            }
        }
    }
    rules
}

/// The variables that rules set.
fn variables<'r>(rules: impl Iterator<Item = &'r (String, String)>) -> BTreeMap<String, String> {
    let said = rules.flat_map(|(_, body)| body.split(';'));
    let said = said.filter_map(|one| one.split_once(':'));
    let said = said.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    said.filter(|(name, _)| name.starts_with("--")).collect()
}

/// A rule with its variables' values, and without quotes that would end an attribute.
fn filled(body: &str, values: &BTreeMap<String, String>) -> String {
    let mut filled = String::new();
    let mut rest = body;
    while let Some((before, after)) = rest.split_once("var(") {
        filled.push_str(before);
        let (name, after) = after.split_once(')').unwrap_or((after, ""));
        filled.push_str(values.get(name.trim()).map_or("currentColor", String::as_str));
        rest = after;
    }
    filled.push_str(rest);
    filled.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_written_out_for_light_and_for_dark_and_other_rules_are_left() {
        let sheet = ":root { --a: red; --b: blue; } /* x { } */\n\
                     @media (prefers-color-scheme: dark) { :root { --a: pink; } }\n\
                     .bar { fill: var(--a); stroke: var(--b) } .ch { width: 100% }\n\
                     .other, .ch .bar.good { fill: var(--b) } p { color: var(--a) }\n\
                     @media (max-width: 9px) { .bar { fill: none } }";
        let style = of(sheet, "<svg class=\"ch\"><rect class=\"bar good\"/></svg>");
        let (light, dark) = style.split_once("@media").unwrap();
        assert!(light.contains(".bar {fill: red; stroke: blue}"), "{style}");
        assert!(dark.contains(".bar {fill: pink; stroke: blue}"), "{style}");
        assert!(light.contains(".ch .bar.good {fill: blue}"), "{style}");
        for left in ["width", "p {", "none", "var("] {
            assert!(!style.contains(left), "{left}: {style}");
        }
    }
}
