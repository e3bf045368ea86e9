//! What readers of texts rely on: links that lead somewhere, a table that names every crate,
//! clean line ends, no path of one machine, and the licences.

use super::{Finding, members};
use crate::workspace::Source;

/// Lines of the README: what it is, how to try it, what one will see.
const README_LINES_MAX: usize = 150;
const LICENCES: &[&str] = &["LICENSE-MIT", "LICENSE-APACHE"];
/// Kinds of text whose line ends we write by hand. Snapshots and pages are written by programs.
const HAND_WRITTEN: &[&str] = &["css", "lock", "md", "rs", "sh", "toml", "yml"];
/// The first folders of paths that exist on one machine only. In two pieces, so that this file
/// does not accuse itself.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/", "home"),
    concat!("/", "root"),
    concat!("/", "tmp"),
    concat!("/", "work"),
    concat!("/", "Users"),
];

/// `exists` answers for a path from the root.
pub(super) fn check(sources: &[Source], exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        findings.extend(line_ends(source));
        findings.extend(machine_paths(source));
        if source.extension() == "md" {
            findings.extend(links(source, exists));
        }
    }
    findings.extend(readme(sources));
    for licence in LICENCES {
        if !exists(licence) {
            let remedy = "the workspace is MIT OR Apache-2.0: both texts stand at the root";
            findings.push(Finding::new(licence, 1, "absent", remedy));
        }
    }
    findings
}

/// Fixtures below `tests/` may be as ragged as the fault they show.
fn line_ends(source: &Source) -> Vec<Finding> {
    let fixture = source.path.contains("/tests/") && source.extension() != "rs";
    let ours = HAND_WRITTEN.contains(&source.extension()) || source.path == ".ci/run";
    if fixture || !ours {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in source.text.split('\n').enumerate() {
        let what = match line {
            _ if line.contains('\t') => "a tab",
            _ if line.ends_with([' ', '\r']) => "trailing space",
            _ => continue,
        };
        let remedy = "spaces inside a line, nothing after its last word";
        findings.push(Finding::new(&source.path, index + 1, what, remedy));
    }
    let ends = source.text.len() - source.text.trim_end_matches('\n').len();
    if ends != 1 && !source.text.is_empty() {
        let line = source.text.lines().count();
        let remedy = "a text ends with one line end";
        findings.push(Finding::new(&source.path, line, format!("{ends} line ends"), remedy));
    }
    findings
}

fn machine_paths(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in source.text.lines().enumerate() {
        let named = MACHINE_FOLDERS.iter().find(|folder| names_folder(line, folder));
        if let Some(folder) = named {
            let what = format!("a path of one machine, `{folder}/…`");
            let remedy = "write it relative to the root, or ask for a temporary directory";
            findings.push(Finding::new(&source.path, index + 1, what, remedy));
        }
    }
    findings
}

/// Whether the line names the folder at the start of a path: not inside an address or a word.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + folder.len()..].chars().next();
        let opens = before.is_none_or(|next| {
            !(next.is_alphanumeric() || matches!(next, '/' | '.' | '-' | '_' | '~' | '}'))
        });
        opens && after == Some('/')
    })
}

/// Links to files, resolved from where they stand. Code is not searched.
fn links(source: &Source, exists: &dyn Fn(&str) -> bool) -> Vec<Finding> {
    let folder = source.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut findings = Vec::new();
    let mut fenced = false;
    for (index, line) in source.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(line) {
            if resolve(folder, target).is_none_or(|path| !exists(&path)) {
                let what = format!("the link `{target}` leads nowhere");
                let remedy = "links lead to files of the repository, from the page's own folder";
                findings.push(Finding::new(&source.path, index + 1, what, remedy));
            }
        }
    }
    findings
}

/// The file targets of a line's links, anchors cut off.
fn targets(line: &str) -> impl Iterator<Item = &str> {
    // Every other piece between backticks is code.
    let prose = line.split('`').step_by(2);
    prose
        .flat_map(|piece| piece.split("](").skip(1))
        .filter_map(|rest| rest.split([')', ' ']).next())
        .filter(|target| !target.contains(':'))
        .filter_map(|target| target.split('#').next())
        .filter(|target| !target.is_empty())
}

/// A relative path from a folder, as a path from the root; none when it leaves the repository.
fn resolve(folder: &str, target: &str) -> Option<String> {
    if target.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The README is short and its table has a row for every crate.
fn readme(sources: &[Source]) -> Vec<Finding> {
    let Some(readme) = sources.iter().find(|source| source.path == "README.md") else {
        return vec![Finding::new("README.md", 1, "absent", "say what this is and how to try it")];
    };
    let mut findings = Vec::new();
    let lines = readme.text.lines().count();
    if lines > README_LINES_MAX {
        let what = format!("{lines} lines, {README_LINES_MAX} at most");
        findings.push(Finding::new(&readme.path, lines, what, "move depth to ARCHITECTURE.md"));
    }
    let rows: Vec<&str> = readme.text.lines().filter(|line| line.starts_with('|')).collect();
    let folders = members(sources).filter(|(_, source)| source.path.starts_with("crates/"));
    for (name, _) in folders {
        let cell = |row: &&str| {
            let first = row.split('|').nth(1).unwrap_or_default();
            first.contains(&format!("`{name}`")) || first.contains(&format!("[{name}]"))
        };
        if !rows.iter().any(cell) {
            let what = format!("the table of crates has no row for `{name}`");
            findings.push(Finding::new(&readme.path, 1, what, "one line per crate"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    fn found(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(|found| format!("{}: {}", found.line, found.what)).collect()
    }

    #[test]
    fn ragged_lines_are_found_in_what_we_write_and_pardoned_in_fixtures() {
        let text = "a \nb\tc\nd\n\n";
        let expected = ["1: trailing space", "2: a tab", "4: 2 line ends"];
        assert_eq!(found(&line_ends(&source("a.md", text))), expected);
        assert_eq!(line_ends(&source("crates/a/tests/refused/b.toml", text)), []);
        assert_eq!(line_ends(&source("crates/a/src/x.snap", text)), []);
        assert_eq!(found(&line_ends(&source("a.rs", "no end"))), ["1: 0 line ends"]);
    }

    #[test]
    fn a_path_of_one_machine_is_found_and_an_address_is_not() {
        let machine = |path: &str| found(&machine_paths(&source("a", path))).len();
        let folder = MACHINE_FOLDERS[0];
        assert_eq!(machine(&format!("see {folder}/me/run.json")), 1);
        assert_eq!(machine(&format!("\"{folder}/me\"")), 1);
        assert_eq!(machine(&format!("https://example.org{folder}/me")), 0);
        assert_eq!(machine(&format!("{folder}y things")), 0);
        assert_eq!(machine("a network/workload"), 0);
    }

    #[test]
    fn links_resolve_from_their_own_page() {
        let exists = |path: &str| ["a/b.md", "c.md", "a/reports"].contains(&path);
        let page = "[x](b.md#part) [y](../c.md) [z](reports/) [w](https://x.org/y) [v](#here)\n\
                    [lost](d.md) and [out](../../c.md), `[code](e.md)`\n```\n[f](f.md)\n```\n\
                    [`named`](g.md)\n";
        assert_eq!(
            found(&links(&source("a/page.md", page), &exists)),
            [
                "2: the link `d.md` leads nowhere",
                "2: the link `../../c.md` leads nowhere",
                "6: the link `g.md` leads nowhere",
            ]
        );
    }

    #[test]
    fn the_readme_names_every_crate_in_a_table() {
        let readme = "# tierlab\n\n| crate | what |\n|---|---|\n| [`wire`](crates/wire) | x |\n\
                      | limits | mentions `chance` |\n";
        let sources = [
            source("README.md", readme),
            source("crates/chance/Cargo.toml", ""),
            source("crates/wire/Cargo.toml", ""),
            source("xtask/Cargo.toml", ""),
        ];
        assert_eq!(
            found(&super::readme(&sources)),
            ["1: the table of crates has no row for `chance`"]
        );
    }

    #[test]
    fn absent_licences_are_found() {
        let readme = source("README.md", "# tierlab\n");
        let findings = check(&[readme], &|path| path == "LICENSE-MIT");
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].path, "LICENSE-APACHE");
    }
}
