//! Who depends on whom: manifests against the plan, and trees against what must never be there.

use std::collections::BTreeSet;

use super::{Finding, members};
use crate::house::{self, ALONE, HOUSE, PURE, Room, TOP};
use crate::manifest::{self, Dependency, Kind};
use crate::workspace::{Source, Workspace};

const PLAN: &str = "xtask/src/house.rs";

pub(super) fn check(workspace: &Workspace, sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut present = BTreeSet::new();
    for (name, source) in members(sources) {
        present.insert(name);
        findings.extend(common_lines(source));
        match house::find(name) {
            Some(room) => findings.extend(edges(room, source)),
            None if ["benches", "xtask"].contains(&name) => findings.extend(aside(name, source)),
            None => findings.push(Finding::new(
                &source.path,
                1,
                format!("`{name}` is not in the plan of the house"),
                format!("give it a row in {PLAN}: its level, whom it knows, what it never has"),
            )),
        }
    }
    for room in HOUSE {
        if present.contains(room.name) {
            findings.extend(forbidden(room, &tree(workspace, room.name)));
        } else {
            let what = format!("the plan has a room `{}` that does not exist", room.name);
            findings.push(Finding::new(PLAN, 1, what, "strike it, or build it"));
        }
    }
    findings.extend(bans(sources));
    findings
}

/// What every member takes from the workspace: versions, lints, licence.
fn common_lines(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let needed = [
        ("lints", "workspace = true"),
        ("package", "license.workspace = true"),
        ("package", "publish.workspace = true"),
        ("package", "edition.workspace = true"),
    ];
    for (section, line) in needed {
        if !manifest::has(&source.text, section, line) {
            let what = format!("[{section}] lacks `{line}`");
            findings.push(Finding::new(&source.path, 1, what, "add it: members share these"));
        }
    }
    for dependency in manifest::dependencies(&source.text).iter().filter(|found| !found.shared) {
        findings.push(Finding::new(
            &source.path,
            dependency.line,
            format!("`{}` states its own version", dependency.name),
            format!("write `{0}.workspace = true`; the root keeps the one list", dependency.name),
        ));
    }
    findings
}

/// The edges of one room, exactly as planned.
fn edges(room: &Room, source: &Source) -> Vec<Finding> {
    let dependencies = manifest::dependencies(&source.text);
    let mut findings: Vec<Finding> =
        dependencies.iter().filter_map(|found| edge(room, source, found)).collect();
    // The top may know everyone; it need not.
    let required = if room.level == TOP { &[] } else { room.knows };
    for known in required {
        let there = |found: &Dependency| found.name == *known && found.kind == Kind::Normal;
        if !dependencies.iter().any(there) {
            let what = format!("`{}` does not depend on `{known}`, the plan says so", room.name);
            findings.push(Finding::new(&source.path, 1, what, format!("strike it from {PLAN}")));
        }
    }
    findings
}

fn edge(room: &Room, source: &Source, found: &Dependency<'_>) -> Option<Finding> {
    let name = found.name;
    let finding =
        |what: String, remedy: &str| Some(Finding::new(&source.path, found.line, what, remedy));
    if found.kind == Kind::Normal && ALONE.contains(&room.name) {
        let what = format!("`{}` has a dependency, `{name}`", room.name);
        return finding(what, "it has none at all: move the line that needs it to a higher room");
    }
    if found.kind != Kind::Dev && room.never_itself.contains(&name) {
        let what = format!("`{}` depends on `{name}` itself", room.name);
        return finding(what, &format!("leave it to a lower room: {}", room.because));
    }
    let known = house::find(name)?;
    if found.kind == Kind::Dev {
        // A test may look down freely; looking up would tie the knot the levels forbid.
        let what = format!("the tests of `{}` look up to `{name}`", room.name);
        return if known.level < room.level || room.knows.contains(&name) {
            None
        } else {
            finding(what, "move the test to the higher crate")
        };
    }
    if room.knows.contains(&name) {
        None
    } else {
        finding(
            format!("`{}` must not know `{name}`", room.name),
            &format!("let the caller pass what is needed, or change the plan in {PLAN}"),
        )
    }
}

/// `xtask` knows nobody; `benches` measures from the outside.
fn aside(name: &str, source: &Source) -> Vec<Finding> {
    let dependencies = manifest::dependencies(&source.text);
    let wrong = |found: &&Dependency<'_>| match name {
        "xtask" => house::find(found.name).is_some(),
        _ => found.kind != Kind::Dev,
    };
    let remedy = match name {
        "xtask" => "xtask must build when the house does not",
        _ => "benches have bench targets only: make it a dev-dependency",
    };
    let what = |found: &Dependency<'_>| format!("`{name}` depends on `{}`", found.name);
    dependencies
        .iter()
        .filter(wrong)
        .map(|found| Finding::new(&source.path, found.line, what(found), remedy))
        .collect()
}

/// Every package in the tree of one crate, on any platform, without tests.
///
/// The tree is listed and searched: asking cargo for one package exits alike for "absent" and
/// for "misspelt".
fn tree(workspace: &Workspace, name: &str) -> Result<Vec<String>, String> {
    let listed = workspace
        .cargo()
        .args(["tree", "--quiet", "--edges", "normal", "--prefix", "none", "--target", "all"])
        .args(["--format", "{p}", "--package", name])
        .output()
        .map_err(|error| format!("cargo tree does not start: {error}"))?;
    if !listed.status.success() {
        let said = String::from_utf8_lossy(&listed.stderr);
        return Err(format!("cargo tree: {}", said.lines().next().unwrap_or_default()));
    }
    Ok(packages(&String::from_utf8_lossy(&listed.stdout)))
}

/// The names in a flat listing.
fn packages(listing: &str) -> Vec<String> {
    let names = listing.lines().filter_map(|line| line.split_whitespace().next());
    names.map(str::to_owned).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What stands in a tree and must never.
fn forbidden(room: &Room, tree: &Result<Vec<String>, String>) -> Vec<Finding> {
    let path = format!("crates/{}/Cargo.toml", room.name);
    let tree = match tree {
        Ok(tree) => tree,
        Err(error) => return vec![Finding::new(&path, 1, error, "repair the manifest first")],
    };
    let alone = ALONE.contains(&room.name);
    let wrong = |name: &&String| {
        let listed = room.never.iter().any(|group| group.contains(&name.as_str()));
        listed || (alone && name.as_str() != room.name)
    };
    let finding = |name: &String| {
        let what = format!("`{}` has `{name}` in its tree", room.name);
        let how = format!("`cargo tree -p {} -i {name}` shows how it came", room.name);
        Finding::new(&path, 1, what, format!("{how}; never here: {}", room.because))
    };
    tree.iter().filter(wrong).map(finding).collect()
}

/// The pure crates' bans: complete, identical, and `no_std` where no dependency is allowed.
fn bans(sources: &[Source]) -> Vec<Finding> {
    let text = |path: &str| sources.iter().find(|source| source.path == path);
    let first = PURE.first().and_then(|name| text(&format!("crates/{name}/clippy.toml")));
    let mut findings = Vec::new();
    for name in PURE {
        let path = format!("crates/{name}/clippy.toml");
        if text(&path).map(|own| &own.text) != first.map(|first| &first.text) || first.is_none() {
            let what = "not the same bans as the other pure crates";
            let remedy = "copy crates/limits/clippy.toml: a member's file replaces the root's";
            findings.push(Finding::new(&path, 1, what, remedy));
        }
    }
    for name in ALONE {
        let path = format!("crates/{name}/src/lib.rs");
        if text(&path).is_none_or(|lib| !lib.text.contains("#![no_std]")) {
            let what = "does not say `#![no_std]`";
            findings.push(Finding::new(&path, 1, what, "say so: clocks cannot be named then"));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, dependencies: &str) -> Source {
        Source { path: format!("crates/{name}/Cargo.toml"), text: dependencies.to_owned() }
    }

    fn what(findings: &[Finding]) -> Vec<&str> {
        findings.iter().map(|found| found.what.as_str()).collect()
    }

    fn report() -> &'static Room {
        house::find("report").unwrap()
    }

    #[test]
    fn edges_as_planned_pass() {
        let text = "[dependencies]\nmoney.workspace = true\nrun-record.workspace = true\n\
                    maud.workspace = true\n\
                    [dev-dependencies]\nlimits.workspace = true\n";
        assert_eq!(edges(report(), &manifest("report", text)), []);
    }

    #[test]
    fn an_edge_off_the_plan_is_found_on_its_line_and_a_missing_one_too() {
        let text = "[dependencies]\nmoney.workspace = true\nscenario.workspace = true\n";
        let found = edges(report(), &manifest("report", text));
        let expected = [
            "`report` must not know `scenario`",
            "`report` does not depend on `run-record`, the plan says so",
        ];
        assert_eq!(what(&found), expected);
        assert_eq!(found[0].line, 3);
    }

    #[test]
    fn a_test_may_look_down_but_not_up() {
        let text = "[dependencies]\nmoney.workspace = true\nrun-record.workspace = true\n\
                    [dev-dependencies]\nwire.workspace = true\ntierlab.workspace = true\n";
        let found = edges(report(), &manifest("report", text));
        assert_eq!(what(&found), ["the tests of `report` look up to `tierlab`"]);
    }

    #[test]
    fn a_crate_that_stands_alone_may_have_tests_only() {
        let text = "[dependencies]\nlibm.workspace = true\n[dev-dependencies]\n\
                    insta.workspace = true\n";
        let found = edges(house::find("limits").unwrap(), &manifest("limits", text));
        assert_eq!(what(&found), ["`limits` has a dependency, `libm`"]);
        let tree = Ok(vec!["libm".to_owned(), "limits".to_owned()]);
        assert_eq!(
            what(&forbidden(house::find("limits").unwrap(), &tree)),
            ["`limits` has `libm` in its tree"]
        );
    }

    #[test]
    fn a_parser_of_its_own_is_refused_where_only_the_rulebook_may_parse() {
        let text = "[dependencies]\nrulebook.workspace = true\nlimits.workspace = true\n\
                    wire.workspace = true\nchance.workspace = true\nmoney.workspace = true\n\
                    serde.workspace = true\n";
        let service = house::find("mock-together").unwrap();
        let found = edges(service, &manifest("mock-together", text));
        assert_eq!(what(&found), ["`mock-together` depends on `serde` itself"]);
        let tree = Ok(vec!["rulebook".to_owned(), "serde".to_owned()]);
        assert_eq!(forbidden(service, &tree), []);
    }

    #[test]
    fn what_must_never_be_in_a_tree_is_named_with_the_reason() {
        let tree = Ok(packages("report v0.1.0\nmaud v0.27.0\ntokio v1.48.0 (*)\n"));
        let found = forbidden(report(), &tree);
        assert_eq!(what(&found), ["`report` has `tokio` in its tree"]);
        assert!(found[0].remedy.contains("only on what happened"));
    }

    #[test]
    fn members_take_versions_lints_and_licence_from_the_workspace() {
        let text = "[package]\nedition.workspace = true\npublish.workspace = true\n\
                    [dependencies]\ntoml = \"1\"\n";
        let found = common_lines(&manifest("rulebook", text));
        assert_eq!(
            what(&found),
            [
                "[lints] lacks `workspace = true`",
                "[package] lacks `license.workspace = true`",
                "`toml` states its own version",
            ]
        );
    }

    #[test]
    fn xtask_knows_nobody_and_benches_only_measure() {
        let text = "[dependencies]\nlimits.workspace = true\nserde_json.workspace = true\n";
        assert_eq!(what(&aside("xtask", &manifest("x", text))), ["`xtask` depends on `limits`"]);
        assert_eq!(aside("benches", &manifest("b", text)).len(), 2);
    }

    #[test]
    fn one_pure_crate_with_other_bans_is_found() {
        let same = |name: &str| Source {
            path: format!("crates/{name}/clippy.toml"),
            text: if name == "chance" { "other" } else { "bans" }.to_owned(),
        };
        let mut sources: Vec<Source> = PURE.iter().map(|name| same(name)).collect();
        for name in ALONE {
            let path = format!("crates/{name}/src/lib.rs");
            sources.push(Source { path, text: "#![no_std]".to_owned() });
        }
        let found = bans(&sources);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "crates/chance/clippy.toml");
    }
}
