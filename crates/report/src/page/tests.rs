//! The whole page.

use std::collections::BTreeSet;
use std::num::NonZeroU32;

use run_record::{Driver, Header, Histogram, LiveNote};

use super::*;
use crate::numbers::THIN;
use crate::sample::{
    Told, launch, launch_with, record_of, record_of_groups, record_with, usual, wait_p95,
};

pub(super) fn page(run: &RunRecord) -> String {
    Page::from_runs(std::slice::from_ref(run)).to_html()
}

/// The values of an attribute, in order.
pub(super) fn values<'h>(html: &'h str, attribute: &str) -> Vec<&'h str> {
    let begin = format!(" {attribute}=\"");
    html.split(begin.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The classes that the page's own style has a rule for.
pub(super) fn with_rules(html: &str) -> BTreeSet<&str> {
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    style
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || "-.".contains(letter)))
        .flat_map(|word| word.split('.').skip(1))
        .collect()
}

/// What a reader sees of it, a line for each row and paragraph, without style and script.
pub(crate) fn text(html: &str) -> String {
    let body = html.split_once("</style>").unwrap().1;
    let body = body.split_once("<script>").map_or(body, |(before, _)| before);
    let mut text = String::new();
    for piece in body.split('<').skip(1) {
        let (tag, words) = piece.split_once('>').unwrap();
        if tag.starts_with("script") {
            continue;
        }
        let inline = [
            "span", "/span", "b", "/b", "a", "/a", "button", "/button", "code", "/code", "i", "/i",
        ];
        match tag.split(' ').next().unwrap() {
            "/p" | "/h1" | "/h2" | "/h3" | "/tr" | "/li" | "/dd" | "/dt" | "/svg" | "/pre" => {
                text.push('\n');
            }
            name if inline.contains(&name) && !tag.contains("\"u\"") => {}
            _ => text.push(' '),
        }
        text.push_str(words);
    }
    let lines = text.replace(THIN, " ").replace("&lt;", "<").replace("&quot;", "\"");
    let lines = lines.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<String>>().join("\n")
}

#[test]
fn a_page_stands_alone_in_one_small_file() {
    let html = page(&launch());
    assert!(html.len() < 500_000, "{} bytes", html.len());
    for foreign in ["http:", "https:", "src=", "@import", "<link", "url(\""] {
        assert!(!html.contains(foreign), "{foreign}");
    }
}

#[test]
fn the_script_is_one_small_and_own_and_knows_only_what_is_there() {
    let html = page(&launch());
    let [figures, script] = html.split("<script").skip(1).collect::<Vec<_>>()[..] else {
        panic!("one block of figures and one script");
    };
    assert!(figures.starts_with(" id=\"data\" type=\"application/json\">"));
    let script = script.split_once("</script>").unwrap().0;
    assert!(script.len() < 8_600, "{} bytes", script.len());
    assert!(!script.contains("fetch(") && !script.contains("eval("));
    for class in [".chips", ".matrix", "[data-t]", "svg[data-span]"] {
        assert!(script.contains(class), "{class}");
    }
    for attribute in ["data-s", "data-t", "data-over", "data-m", "data-span"] {
        assert!(!values(&html, attribute).is_empty(), "{attribute}");
    }
}

#[test]
fn every_link_within_the_page_leads_somewhere_and_no_name_is_given_twice() {
    for html in [page(&launch()), Page::from_runs(&[launch(), launch()]).to_html()] {
        let ids = values(&html, "id");
        let names: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), names.len());
        for href in values(&html, "href") {
            assert!(names.contains(href.strip_prefix('#').unwrap()), "{href}");
        }
        for word in values(&html, "popovertarget") {
            assert!(html.contains(&format!("<div popover id=\"{word}\">")), "{word}");
        }
        for (_, fill) in
            STYLE.match_indices("url(#").map(|(at, found)| (at, &STYLE[at + found.len()..]))
        {
            let pattern = fill.split(')').next().unwrap();
            assert!(names.contains(pattern), "{pattern}");
        }
    }
}

#[test]
fn several_runs_have_a_line_each_before_their_parts() {
    let calm = |header: &mut Header| header.recipe.scenario.title = "A calm week".to_owned();
    let html = Page::from_runs(&[launch(), launch_with(calm)]).to_html();
    let heads = html.split_once("<nav class=\"heads").unwrap().1.split_once("</nav>").unwrap().0;
    assert_eq!(values(heads, "href"), ["#verdict", "#run-2-verdict"]);
    assert!(heads.contains("A calm week") && heads.matches("nothing carries").count() == 2);
    assert!(!page(&launch()).contains("class=\"heads"));
}

#[test]
fn every_class_has_a_rule() {
    let html = page(&launch());
    let style = html.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
    let known: BTreeSet<&str> = style
        .split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-' || letter == '.'))
        .flat_map(|word| word.split('.').skip(1))
        .collect();
    for class in values(&html, "class").iter().flat_map(|classes| classes.split_whitespace()) {
        assert!(known.contains(class), "no rule for .{class}");
    }
}

#[test]
fn a_style_that_two_sections_share_stands_once_on_a_page_with_either() {
    let html = |styles: &[&str]| document("", styles, &html! {});
    assert_eq!(html(&[".own {\n}", "", ".own {\n}"]).matches(".own {").count(), 1);
    assert!(!html(&[""]).contains(".own {"));
}

#[test]
fn the_same_record_gives_the_same_bytes() {
    let record = launch();
    assert_eq!(page(&record), page(&RunRecord::read(&record.write()).unwrap()));
}

#[test]
fn what_the_page_says() {
    insta::assert_snapshot!(text(&page(&launch())));
}

#[test]
fn light_and_dark_have_the_same_colours_to_give() {
    let names = |block: &str| -> BTreeSet<String> {
        let body = block.split_once('{').unwrap().1.split_once('}').unwrap().0;
        body.split("--").skip(1).map(|one| one.split(':').next().unwrap().to_owned()).collect()
    };
    let mut roots = STYLE.match_indices(":root {").map(|(at, _)| names(&STYLE[at..]));
    let (light, dark, print) =
        (roots.next().unwrap(), roots.next().unwrap(), roots.next().unwrap());
    assert_eq!(dark, print);
    let fonts: Vec<&String> = light.difference(&dark).collect();
    assert_eq!(fonts, ["mono", "sans"]);
}

#[test]
fn one_tier_has_a_table_of_strategies_instead_of_the_matrix() {
    let fine = Told { in_time: 1_000, ..Told::default() };
    let record = record_of(&[
        ("build-2", "give-up", vec![fine.clone()]),
        ("build-2", "own-bucket", vec![fine]),
    ]);
    let text = text(&page(&record));
    assert!(text.contains("Which strategy on Tier 2"));
    assert!(!text.contains("Which tier, which strategy"));
    assert!(!text.contains("Best strategy on each tier"));
}

#[test]
fn a_group_of_several_clients_says_how_many_have_the_key() {
    let change = |header: &mut Header| header.groups[1].clients = NonZeroU32::new(40).unwrap();
    let fine = || Told { in_time: 1_000, ..Told::default() };
    let record = record_of_groups(change, &[("build-2", "give-up", [fine(), fine()])]);
    let said = text(&page(&record));
    assert!(said.contains("batch 40 clients with one key"), "{said}");
    assert_eq!(said.matches("with one key").count(), 1, "one client is not counted");
}

#[test]
fn without_any_429_a_sentence_stands_for_the_charts() {
    let fine = Told { in_time: 1_000, ..Told::default() };
    let record = record_of(&[("build-2", "give-up", vec![fine])]);
    let text = text(&page(&record));
    assert!(
        text.contains(
            "No attempt was answered 429. The busiest minute asks for 86 % of TPM and 8 % of RPM of Tier 2."
        ),
        "{text}"
    );
    assert!(!text.contains("429s by tier") && !text.contains("429s over time"));
}

#[test]
fn without_jobs_only_the_verdict_and_the_appendix_are_left() {
    let none = Told { offered: 0, ..Told::default() };
    let text = text(&page(&record_of(&[("build-2", "give-up", vec![none])])));
    assert!(text.contains("Nothing was sent") && text.contains("The same run again"));
    assert!(!text.contains("Throughput by tier"));
}

#[test]
fn without_expectations_nothing_is_judged() {
    let record = launch_with(|header: &mut Header| header.expectations.clear());
    let html = page(&record);
    let text = text(&html);
    assert!(text.contains("Nothing was asked of this run"));
    assert!(!text.contains("enough") && !text.contains("meets everything"));
    assert!(!html.contains("sign-met") || text.contains("left over"));
}

#[test]
fn what_has_no_samples_says_so() {
    let asked = |header: &mut Header| {
        header.expectations = usual();
        header.expectations.push(wait_p95(3_000));
    };
    let few = Told { offered: 14, in_time: 14, ..Told::default() };
    let text = text(&page(&record_with(asked, &[("build-2", "give-up", vec![few])])));
    assert!(text.contains("Wait, p95 at most 3 s\nno samples, unjudged"), "{text}");
}

#[test]
fn a_run_that_was_stopped_says_so_at_the_top_and_claims_nothing_of_what_is_missing() {
    let cut = |header: &mut Header| header.cut_short = true;
    let refused = Told { in_time: 420, by_tokens: 900, ..Told::default() };
    let html = page(&record_with(
        cut,
        &[("build-1", "give-up", vec![refused.clone()]), ("build-2", "give-up", vec![refused])],
    ));
    let text = text(&html);
    assert!(html.contains("role=\"alert\""));
    assert!(
        text.contains(
            "This run was stopped before its end: 2 of 25 cells complete. \
             Not run: Tier 3, Tier 4 and Tier 5."
        ),
        "{text}"
    );
    assert!(!text.contains("429s remain on every tier") && !text.contains("No tier tested"));
    let whole = page(&launch());
    assert!(!whole.contains("role=\"alert\""));
}

#[test]
fn beside_what_is_not_judged_stands_no_column_of_ticks() {
    let asked = |header: &mut Header| {
        let mut rare = wait_p95(3_000);
        rare.strategy = Some("give-up".to_owned());
        header.expectations.push(rare);
    };
    let fine = Told { offered: 100, in_time: 100, ..Told::default() };
    let cells = [("build-2", "give-up", vec![fine.clone()]), ("build-2", "own-bucket", vec![fine])];
    let html = page(&record_with(asked, &cells));
    let card = html.split_once("<table class=\"expected\">").unwrap().1;
    let card = card.split_once("</table>").unwrap().0;
    assert!(card.contains("give-up") && card.contains("sign-open"));
    assert!(!card.contains("own-bucket") && !card.contains("not asked of it"));
}

#[test]
fn without_any_429_the_highest_use_is_told_also_where_the_accounts_tier_was_not_run() {
    let fine = Told { in_time: 1_000, ..Told::default() };
    let record = record_of(&[("build-3", "give-up", vec![fine])]);
    let text = text(&page(&record));
    assert!(text.contains("the account’s own tier, Tier 2, was not run"), "{text}");
    assert!(text.contains("asks for 43 % of TPM and 5 % of RPM of Tier 3."), "{text}");
}

#[test]
fn an_account_off_the_ladder_is_told_by_its_tiers_title() {
    let fine = Told { in_time: 1_000, ..Told::default() };
    let told = |tier: &str| {
        let off = |header: &mut Header| {
            header.tier = Some(tier.to_owned());
            header.ladder.retain(|rung| rung.tier == "build-3");
        };
        text(&page(&record_with(off, &[("build-3", "give-up", vec![fine.clone()])])))
    };
    assert!(told("build-1").contains("the account’s own tier, Tier 1, was not run"));
    assert!(told("limited").contains("the account’s own tier, Limited, was not run"));
}

#[test]
fn requests_are_drawn_where_they_use_more_of_their_limit_than_tokens_do() {
    let fine = Told { in_time: 1_000, ..Told::default() };
    let told = |tpm: u64| {
        let limit = |header: &mut Header| {
            for rung in &mut header.ladder {
                rung.limits[0].tpm = Some(tpm);
            }
        };
        text(&page(&record_with(limit, &[("build-2", "give-up", vec![fine.clone()])])))
    };
    assert!(!told(250_000).contains("Requests in each"));
    assert!(told(100_000_000).contains("Requests in each"));
}

#[test]
fn one_tier_promises_no_others() {
    let fine = Told { in_time: 1_000, ..Told::default() };
    let cells = [("build-2", "give-up", vec![fine])];
    let alone = text(&page(&record_of(&cells)));
    assert!(alone.contains("Only one tier was compared.") && !alone.contains("--tier"));
    let cut = |header: &mut Header| header.cut_short = true;
    let stopped = text(&page(&record_with(cut, &cells)));
    assert!(stopped.contains("Of the tiers to compare, only this one was run."));
}

#[test]
fn names_from_a_scenario_cannot_become_markup() {
    let record = launch_with(|header: &mut Header| {
        header.recipe.scenario.title = "<b>\"bold\" & brave</b>".to_owned();
        header.recipe.scenario.text = "</pre><script>".to_owned();
    });
    let html = page(&record);
    assert!(html.contains("&lt;b&gt;&quot;bold&quot; &amp; brave&lt;/b&gt;"));
    assert_eq!(html.matches("<script>").count(), 1);
}

/// A live run on one tier, whose generator came to its arrivals so late.
fn live(late_ms: u64, cut_short: bool) -> RunRecord {
    live_and_starved(late_ms, cut_short, 0)
}

/// The same, of which so many attempts got no connection.
fn live_and_starved(late_ms: u64, cut_short: bool, starved: u64) -> RunRecord {
    let change = |header: &mut Header| {
        header.driver = Driver::Live;
        header.cut_short = cut_short;
        header.ladder.retain(|rung| rung.tier == "build-2");
        header.strategies.retain(|strategy| strategy.name == "give-up");
        header.command = "cargo xtask load mine.toml --target http://127.0.0.1:8429/v1".to_owned();
        header.live = Some(LiveNote {
            began_unix_s: 784_111_777,
            target: "http://127.0.0.1:8429/v1".to_owned(),
            late: Histogram::of((0..1_000).map(|_| late_ms * 1_000_000)),
            starved,
        });
    };
    let met = Told { in_time: 1_000, ..Told::default() };
    record_with(change, &[("build-2", "give-up", vec![met])])
}

#[test]
fn a_live_run_says_that_it_is_one_against_what_and_since_when() {
    let text = text(&page(&live(2, false)));
    for said in [
        "live, against http://127.0.0.1:8429/v1\nbegan Sun, 06 Nov 1994 08:49:37 GMT",
        "generator at most 2.01 ms late, 99 times of 100",
        "99 of 100 2.01 ms",
        "the latest 2.01 ms",
        "Another run like it\ncargo xtask load mine.toml",
        "is never quite the same twice",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    for untrue in ["simulated", "The same run again", "same numbers", "in force", "role=\"alert\""]
    {
        assert!(!text.contains(untrue), "{untrue}: {text}");
    }
    assert!(text.contains("Tier 2 carries this traffic"), "{text}");
}

#[test]
fn a_late_generator_is_told_before_any_figure_and_nothing_is_judged() {
    let html = page(&live(7, false));
    assert!(html.contains("role=\"alert\""));
    let text = text(&html);
    let why = "Not judged: the load generator’s figures are partly its own, it could not keep up.";
    assert!(text.contains(why), "{text}");
    assert!(text.contains("Give the load generator a calmer machine"), "{text}");
    assert!(!text.contains("carries this traffic") && !text.contains("Met in"), "{text}");
}

#[test]
fn a_machine_that_had_no_connection_left_is_told_with_its_remedy_and_nothing_is_judged() {
    let html = page(&live_and_starved(2, false, 45));
    assert!(html.contains("role=\"alert\""));
    let text = text(&html);
    for said in [
        "Not judged: the load generator’s figures are partly its own, its machine ran out of open \
         files or ports, so 45 attempts never left it. Measured:",
        "Raise `ulimit -n`, or send less at once.",
        "could not send everything: its machine ran out of open files or ports, so 45 attempts",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(
        !text.contains("carries this traffic") && !text.contains("could not keep up"),
        "{text}"
    );
    let both = self::text(&page(&live_and_starved(7, false, 1)));
    assert!(both.contains("it could not keep up, and its machine ran out of open"), "{both}");
    assert!(both.contains("so one attempt never left it"), "{both}");
}

#[test]
fn a_live_run_that_was_cut_short_calls_no_cell_complete() {
    let text = text(&page(&live(2, true)));
    let cut = "This run was stopped before its end: the only cell was cut off.";
    assert!(text.contains(cut), "{text}");
    assert!(text.contains("not judged, the only cell was cut off."), "{text}");
    assert!(!text.contains("cells complete"), "{text}");
}
