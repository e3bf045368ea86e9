//! The shape of Rust files: a header, bounded sizes, names that explain something.

use super::{Finding, RustFile};

/// Lines of a file without its tests. Long files hide a second subject.
const FILE_LINES_MAX: usize = 600;
/// Lines of a function, from `fn` to the closing brace: what fits on a screen.
const FUNCTION_LINES_MAX: usize = 70;
/// Names that explain nothing, for crates, modules and files.
const EMPTY_NAMES: &[&str] =
    &["common", "core", "helper", "helpers", "misc", "type", "types", "util", "utils"];

pub(super) fn check(files: &[RustFile<'_>]) -> Vec<Finding> {
    files.iter().flat_map(one).collect()
}

fn one(file: &RustFile<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(header(file));
    findings.extend(name(file));
    findings.extend(sizes(file));
    findings
}

fn header(file: &RustFile<'_>) -> Option<Finding> {
    let first = file.source.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let says = first.strip_prefix("//!").is_some_and(|words| !words.trim().is_empty());
    let remedy = "begin with `//!` and one sentence: what is this file for?";
    (!says).then(|| Finding::new(&file.source.path, 1, "no header", remedy))
}

/// The file's own path, and modules declared inside it.
fn name(file: &RustFile<'_>) -> Vec<Finding> {
    let path = &file.source.path;
    let remedy = "name it after what it holds";
    let empty = |name: &str| EMPTY_NAMES.contains(&name.trim_end_matches(".rs"));
    let mut findings = Vec::new();
    if let Some(part) = path.split('/').find(|part| empty(part)) {
        findings.push(Finding::new(path, 1, format!("`{part}` explains nothing"), remedy));
    }
    for (index, line) in file.rust.code().lines().enumerate() {
        let declared = line.split("mod ").nth(1).unwrap_or_default();
        let declared = declared.trim_end_matches([' ', ';', '{', '}']);
        if empty(declared) {
            let what = format!("a module called `{declared}` explains nothing");
            findings.push(Finding::new(path, index + 1, what, remedy));
        }
    }
    findings
}

fn sizes(file: &RustFile<'_>) -> Vec<Finding> {
    let path = &file.source.path;
    let mut findings = Vec::new();
    let lines = file.rust.code_lines().count();
    if lines > FILE_LINES_MAX && !file.is_test {
        let what = format!("{lines} lines without tests, {FILE_LINES_MAX} at most");
        findings.push(Finding::new(path, 1, what, "give its second subject a file of its own"));
    }
    for function in file.rust.functions() {
        if function.lines > FUNCTION_LINES_MAX {
            let what = format!(
                "`{}` has {} lines, {FUNCTION_LINES_MAX} at most",
                function.name, function.lines
            );
            let remedy = "keep the control flow here, move the arithmetic to leaves";
            findings.push(Finding::new(path, function.line, what, remedy));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rust::Rust;
    use crate::workspace::Source;

    fn found(path: &str, text: &str) -> Vec<String> {
        let source = Source { path: path.to_owned(), text: text.to_owned() };
        let rust = Rust::read(text);
        one(&RustFile { source: &source, rust, is_test: source.is_test() })
            .iter()
            .map(|found| found.what.clone())
            .collect()
    }

    fn long(lines: usize) -> String {
        "    step();\n".repeat(lines)
    }

    #[test]
    fn a_file_opens_with_what_it_is_for() {
        assert_eq!(found("a.rs", "//! Draws.\n"), Vec::<String>::new());
        assert_eq!(found("a.rs", "use std::fmt;\n//! Late.\n"), ["no header"]);
        assert_eq!(found("a.rs", "//!\n"), ["no header"]);
    }

    #[test]
    fn a_name_that_explains_nothing_is_found_as_file_folder_and_module() {
        assert_eq!(found("a/utils.rs", "//! X.\n"), ["`utils.rs` explains nothing"]);
        assert_eq!(found("crates/core/src/lib.rs", "//! X.\n"), ["`core` explains nothing"]);
        let inline = found("a.rs", "//! X.\npub(crate) mod helpers {\n}\n// mod util;\n");
        assert_eq!(inline, ["a module called `helpers` explains nothing"]);
        assert_eq!(found("a/core_hours.rs", "//! X.\nuse core::fmt;\n"), Vec::<String>::new());
    }

    #[test]
    fn a_function_may_fill_a_screen_and_no_more() {
        let function = |lines: usize| format!("//! X.\nfn long() {{\n{}}}\n", long(lines - 2));
        assert_eq!(found("a.rs", &function(70)), Vec::<String>::new());
        assert_eq!(found("a.rs", &function(71)), ["`long` has 71 lines, 70 at most"]);
    }

    #[test]
    fn the_tests_of_a_file_do_not_count_to_its_length() {
        let many = "const A: u8 = 1;\n".repeat(599);
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    use A;\n".repeat(100));
        assert_eq!(found("a.rs", &format!("//! X.\n{many}{tests}")), Vec::<String>::new());
        let more = format!("//! X.\n{many}const B: u8 = 1;\n{tests}");
        assert_eq!(found("a.rs", &more), ["601 lines without tests, 600 at most"]);
    }
}
