//! `--set PATH=VALUE`: one word of a scenario replaced for one run.
//!
//! A path goes from table to table with dots. What stands in a list is named by its `name` or its
//! `preset`, or by its number from 0: `group.chat.deadline=10s`, `group.0.traffic.1.poisson.rate=5/s`,
//! `assume.token_gate=none`. A value is TOML, or else taken as a text.

use rulebook::reading::nearest;
use toml_edit::{DocumentMut, Item, Table, TableLike, Value};

use crate::failure::Failure;

/// The text with each of these replaced, in their order.
pub(crate) fn apply(text: &str, said: &[String]) -> Result<String, Failure> {
    if said.is_empty() {
        return Ok(text.to_owned());
    }
    let Ok(mut document) = text.parse::<DocumentMut>() else {
        // What is wrong with the text is told by whoever reads it next, with places.
        return Ok(text.to_owned());
    };
    for one in said {
        let (path, value) = one.split_once('=').ok_or_else(|| {
            Failure::usage(format!(
                "--set {one}: write PATH=VALUE, such as group.chat.deadline=10s"
            ))
        })?;
        replace(document.as_table_mut(), path.trim(), value.trim())
            .map_err(|why| Failure::usage(format!("--set {one}: {why}")))?;
    }
    Ok(document.to_string())
}

fn replace(root: &mut Table, path: &str, value: &str) -> Result<(), String> {
    let (parents, key) = path.rsplit_once('.').unwrap_or(("", path));
    if key.is_empty() {
        return Err("the path ends without a key".to_owned());
    }
    let value: Value = value.parse().unwrap_or_else(|_| Value::from(value));
    let mut at: &mut dyn TableLike = root;
    let mut so_far = Vec::new();
    let mut steps = parents.split('.').filter(|step| !step.is_empty()).peekable();
    while let Some(step) = steps.next() {
        so_far.push(step);
        let missing = so_far.len() == 1 && !at.contains_key(step);
        let known = keys(at);
        let item = if missing {
            at.entry(step).or_insert(toml_edit::table())
        } else {
            at.get_mut(step).ok_or_else(|| unknown(step, &so_far, &known))?
        };
        at = match item {
            Item::ArrayOfTables(tables) => {
                let which = steps.next().ok_or_else(|| which(&so_far, &names_of(tables.iter())))?;
                let names = names_of(tables.iter());
                let place = place(which, &names, tables.len());
                so_far.push(which);
                let table = place.and_then(|place| tables.get_mut(place));
                table.ok_or_else(|| unknown(which, &so_far, &names))?
            }
            Item::Value(Value::Array(list)) => {
                let which = steps.next().ok_or_else(|| which(&so_far, &[]))?;
                let found = place(which, &[], list.len()).and_then(|place| list.get_mut(place));
                so_far.push(which);
                found
                    .and_then(Value::as_inline_table_mut)
                    .ok_or_else(|| format!("there is no table at {}", so_far.join(".")))?
            }
            item @ (Item::None | Item::Value(_) | Item::Table(_)) => item
                .as_table_like_mut()
                .ok_or_else(|| format!("{} is no table", so_far.join(".")))?,
        };
    }
    at.insert(key, Item::Value(value));
    Ok(())
}

/// The place in a list that a word names.
fn place(which: &str, names: &[String], length: usize) -> Option<usize> {
    let by_name = names.iter().position(|name| name == which);
    by_name.or_else(|| which.parse().ok().filter(|place| *place < length))
}

fn names_of<'t>(tables: impl Iterator<Item = &'t Table>) -> Vec<String> {
    let name = |table: &Table| {
        let of = |key| table.get(key).and_then(Item::as_str).map(str::to_owned);
        of("name").or_else(|| of("preset")).unwrap_or_default()
    };
    tables.map(name).collect()
}

fn keys(table: &dyn TableLike) -> Vec<String> {
    table.iter().map(|(key, _)| key.to_owned()).collect()
}

fn which(so_far: &[&str], names: &[String]) -> String {
    let list = so_far.join(".");
    format!("{list} is a list: name one of {}", told(names))
}

fn unknown(step: &str, so_far: &[&str], known: &[String]) -> String {
    let within = so_far.split_last().map_or(String::new(), |(_, before)| before.join("."));
    let place = if within.is_empty() { "the file".to_owned() } else { within };
    let words: Vec<&str> = known.iter().map(String::as_str).collect();
    let meant =
        nearest(step, &words).map_or(String::new(), |near| format!("; did you mean `{near}`?"));
    format!("there is no `{step}` in {place}; it has {}{meant}", told(known))
}

fn told(names: &[String]) -> String {
    let some: Vec<&str> =
        names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    if some.is_empty() { "its places by number, from 0".to_owned() } else { some.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"# a comment
lasts = "1m"   # kept
[[group]]
name = "chat"
deadline = "20s"
traffic = [{ poisson = { rate = "1/s", lasts = "30s" } }, { poisson = { rate = "2/s" } }]
[[strategy]]
preset = "give-up"
[account]
tier = "build-2"
"#;

    fn set(one: &str) -> Result<String, String> {
        apply(TEXT, &[one.to_owned()]).map_err(|failure| match failure {
            Failure::Said { says, .. } => says,
            Failure::Refused(refused) => refused.to_string(),
        })
    }

    #[test]
    fn a_word_is_replaced_and_the_rest_stays_as_it_was() {
        let replaced = |from: &str, to: &str| Ok(TEXT.replacen(from, to, 1));
        assert_eq!(set("group.chat.deadline=5s"), replaced("\"20s\"", "\"5s\""));
        assert_eq!(set("group.0.deadline=\"5s\""), replaced("\"20s\"", "\"5s\""));
        assert_eq!(set("group.chat.traffic.1.poisson.rate=9/s"), replaced("2/s", "9/s"));
        assert_eq!(set("account.tier = build-3"), replaced("build-2", "build-3"));
    }

    #[test]
    fn what_was_not_there_is_added_in_its_table() {
        let added = |one: &str, line: &str| {
            let text = set(one).unwrap();
            assert!(text.lines().any(|found| found == line), "{text}");
        };
        added("assume.token_gate=none", "token_gate = \"none\"");
        added("seed=7", "seed = 7");
        added("strategy.give-up.tries=2", "tries = 2");
        added("group.chat.stream=true", "stream = true");
    }

    #[test]
    fn a_path_that_leads_nowhere_is_told_what_there_is() {
        let says = |one: &str| set(one).unwrap_err();
        insta::assert_snapshot!(
            [
                says("lasts"),
                says("group.caht.deadline=5s"),
                says("group.deadline=5s"),
                says("group.chat.=5s"),
                says("group.chat.traffic.7.poisson.rate=5/s"),
                says("group.chat.answers.lognormal.median=5"),
                says("lasts.seconds=5"),
                says(".=5"),
            ]
            .join("\n"),
            @r#"
            --set lasts: write PATH=VALUE, such as group.chat.deadline=10s
            --set group.caht.deadline=5s: there is no `caht` in group; it has chat; did you mean `chat`?
            --set group.deadline=5s: group is a list: name one of chat
            --set group.chat.=5s: the path ends without a key
            --set group.chat.traffic.7.poisson.rate=5/s: there is no table at group.chat.traffic.7
            --set group.chat.answers.lognormal.median=5: there is no `answers` in group.chat; it has name, deadline, traffic
            --set lasts.seconds=5: lasts is no table
            --set .=5: the path ends without a key
            "#
        );
    }

    #[test]
    fn a_file_that_cannot_be_read_is_left_to_who_tells_its_faults() {
        assert_eq!(apply("a = ", &["b=1".to_owned()]).map_err(|_| ()), Ok("a = ".to_owned()));
    }
}
