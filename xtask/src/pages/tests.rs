//! That the check can fail: small pages beside this, each broken in one way, and one that is fine.
//! They are skipped, and say so, where there is no browser.

use super::*;

/// The page has just these faults, each begun like this; by how much hangs on the fonts at hand.
/// What axe-core alone can find is not expected where it is not.
fn finds(page: &str, expected: &[&str]) {
    let Some(name) = browser::installed() else {
        say(&format!("skipped 1 test: no Chromium to open {page}.html with"));
        return;
    };
    let workspace = Workspace::here();
    let folder = workspace.target().join("pages").join(format!("broken-{page}"));
    fs::create_dir_all(&folder).unwrap();
    let axe = axe::fetch(&workspace);
    let file = workspace.path(&format!("xtask/src/pages/broken/{page}.html"));
    let visit = Visit { file: &file, folder: &folder, axe: axe.as_ref(), pictures: false };
    let mut browser = Browser::start(name, &folder.join("profile")).unwrap();
    let found = visit.faults(&mut browser).unwrap();
    drop(browser);
    fs::remove_dir_all(&folder).unwrap();
    let here = |fault: &&&str| axe.is_some() || !fault.starts_with("axe-core: ");
    let expected: Vec<&&str> = expected.iter().filter(here).collect();
    let begins = |(found, expected): (&String, &&&str)| found.starts_with(**expected);
    let alike = found.len() == expected.len() && found.iter().zip(&expected).all(begins);
    assert!(alike, "{page}.html: {found:#?}\nexpected: {expected:#?}");
}

#[test]
fn a_page_that_is_fine_has_no_fault() {
    finds("fine", &[]);
}

#[test]
fn labels_on_each_other_are_found() {
    finds("overlap", &["svg text: “Tier one” and “Tier two” overlap (360 light: "]);
}

#[test]
fn text_that_its_box_does_not_hold_is_found() {
    finds(
        "clipped",
        &[
            "p.cut: text is clipped by p.cut (360 light: “cut by its own box” by",
            "p.narrow: text sticks out of p.narrow (360 light: “sticking out of it” by",
            "svg text: text is clipped by svg (360 light: “outside of the picture” by",
        ],
    );
}

#[test]
fn a_page_wider_than_a_phone_is_found() {
    finds(
        "wide",
        &[
            "the page is wider than its window, first: div#broad (360 light: 148 px; 400 light: 108 px; 360 dark",
        ],
    );
}

#[test]
fn what_is_wrong_only_when_unfolded_is_found() {
    finds(
        "folded",
        &[
            "the page is wider than its window, first: div#inside (360 dark: 148 px; 400 dark: 108 px)",
        ],
    );
}

#[test]
fn errors_of_a_script_and_links_to_nowhere_are_found() {
    finds(
        "console",
        &[
            "console: ReferenceError: nosuch is not defined",
            "no target for #nosuch",
            "the link fine.html#nosuch leads to a page without that part",
            "the link nosuch.html leads nowhere",
            "two elements are #one",
        ],
    );
}

#[test]
fn whatever_a_page_asks_for_is_found() {
    finds("fetching", &["asks for file:///", "console: Failed to load resource"]);
}

#[test]
fn words_that_only_scripts_show_or_hide_are_found() {
    finds(
        "scripted",
        &[
            "“Only now.” is there with scripts only",
            "“Please enable scripts.” is there without scripts only",
        ],
    );
}

#[test]
fn pictures_that_paper_cuts_are_found() {
    finds(
        "sheet",
        &[
            "figure: a page break may cut it (break-inside: avoid) (print)",
            "figure: higher than a sheet of paper (print: 1100 px)",
        ],
    );
}

#[test]
fn words_that_are_hard_to_read_are_found() {
    finds(
        "dim",
        &[
            "axe-core: Elements must meet minimum color contrast ratio thresholds (color-contrast) (400 light: 1 times, first: #pale; 1400 dark: 2 times, first: #pale, #dark)",
            "svg text: contrast below 4.5 (light: “on a bar” 1.3; dark: “on a bar” 1.3)",
        ],
    );
}

#[test]
fn what_has_no_name_or_is_out_of_reach_is_found() {
    finds(
        "unnamed",
        &[
            "axe-core: Buttons must have discernible text (button-name) (",
            "axe-core: Form elements must have labels (label) (",
            "p button: the definition of “out of reach” is out of the keyboard's reach (400 light; 1400 dark)",
        ],
    );
}
