//! Editions of other ages that must be refused, with everything that is wrong with them.

use rulebook::Edition;

use crate::TEXT;

const HYBRID: &str = include_str!("../../editions/2026-02.toml");
const DYNAMIC: &str = include_str!("../../editions/2026-08.toml");

/// The refusal of a text with several pieces changed, each wherever it is found first.
fn refusal(text: &str, changes: &[(&str, &str)]) -> String {
    let text = changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    });
    let refused = Edition::parse("edition.toml", &text).err();
    refused.map(|refused| refused.to_string()).unwrap_or_default()
}

#[test]
fn gates_days_and_words_of_tiers() {
    insta::assert_snapshot!(refusal(
        TEXT,
        &[
            ("from    = { value = \"build-2\"", "from    = { value = \"build-9\""),
            ("spend    = { value = \"$50\"", "spend    = { value = \"50 dollars\""),
            ("{ from = \"2025-05-18\", value", "{ from = \"2025-04-18\", value"),
            (
                "build-1 = { series = [{ from = \"2025-08-30\"",
                "build-1 = { value = \"6/min\", series = [{ from = \"2025-08-30\"",
            ),
            ("requests = { value = \"4500/min\"", "requests = { value = \"tier\""),
            ("[headers.when.token_headers.documented]", "[headers.when.token_header.documented]"),
            ("[errors.too_long.when.too_long.403]", "[errors.too_long.when.too_long.422]"),
            (
                "value = \"0%\"\nalternatives = [\"1%\"",
                "value = \"0%\"\nalternatives = [\"1 in 100\""
            ),
            (
                "[assumptions.gateway_replicas]\nvalue = \"1\"",
                "[assumptions.gateway_replicas]\nvalue = \"0\"",
            ),
            ("began = { value = \"2024-01-01\"", "began = { value = \"2027-01-01\""),
            (
                "ladder = [\"build-1\", \"build-2\", \"build-3\"",
                "ladder = [\"build-1\", \"build-1\", \"build-3\"",
            ),
        ],
    ));
}

#[test]
fn capacity_needs_a_table_that_rises_and_its_assumptions() {
    insta::assert_snapshot!(refusal(
        HYBRID,
        &[
            ("16  = { first_token = \"90ms\"", "16  = { first_token = \"60ms\""),
            ("64  = { first_token", "none = { first_token"),
            ("[assumptions.capacity_buffer]", "[assumptions.capacity_wait]"),
            (
                "[assumptions.dynamic_factor]\nvalue = \"2\"",
                "[assumptions.dynamic_factor]\nvalue = \"0\""
            ),
            (
                "[assumptions.dynamic_cap]\nvalue = \"tier\"",
                "[assumptions.dynamic_cap]\nvalue = \"tears\""
            ),
            ("[assumptions.dynamic_reset]", "[assumptions.dynamic_rest]"),
            ("horizon       = { value = \"1h\"", "horizon       = { value = \"1\""),
        ],
    ));
    let from = HYBRID.find("[congestion]").unwrap();
    let to = from + HYBRID[from..].find("\n# Work other").unwrap();
    insta::assert_snapshot!(refusal(HYBRID, &[(&HYBRID[from..to], "")]), @r"
    edition.toml:1:1: edition::missing_key
      this file needs `congestion`
      here: missing here
      help: for example `[congestion]`
    ");
}

#[test]
fn without_tiers_the_ladder_is_one_of_past_hours() {
    insta::assert_snapshot!(refusal(
        DYNAMIC,
        &[
            (
                "value = [\"0/min\", \"60/min\", \"300/min\"",
                "value = [\"0/min\", \"300/min\", \"60/min\""
            ),
            ("on    = { value = \"429\"", "on    = { value = \"503\""),
        ],
    ));
    let of_tiers = ("\n[sources]\n", "\nladder = [\"build-1\"]\n\n[sources]\n");
    insta::assert_snapshot!(refusal(DYNAMIC, &[of_tiers]), @r#"
    edition.toml:9:10: edition::two_ladders
      a ladder of tiers needs tiers
      here: there are no tiers
      help: write `[dynamic] ladder = { value = ["0/min", …], … }`
    "#);
    let both = "token_window  =";
    let two = "ladder = { value = [\"0/min\"], source = \"ours\", certainty = \"assumed\" }\ntoken_window  =";
    insta::assert_snapshot!(refusal(HYBRID, &[(both, two)]), @r"
    edition.toml:384:10: edition::two_ladders
      the ladder of past hours has no use beside tiers
      here: the second ladder
      help: leave it out: accounts climb the ladder of tiers
    ");
    insta::assert_snapshot!(refusal(DYNAMIC, &[("base_requests = { value = \"60/min\"", "base_requests = { value = \"0.1/min\"")]), @r"
    edition.toml:259:27: edition::impossible_limit
      nothing fits into the dynamic rates of a new account
      here: with this base
    ");
}

#[test]
fn a_tier_chosen_by_an_assumption_has_limits_for_each_of_its_values() {
    let operational = include_str!("../../editions/2025-11-operational.toml");
    let change =
        ("[tiers.build.by.build_limits.like-tier-5]", "[tiers.build.by.build_limits.like-tier-4]");
    insta::assert_snapshot!(refusal(operational, &[change]), @r"
    edition.toml:667:1: edition::missing_variant
      `build` does not follow the values of `build_limits`
      here: one entry for each value
      help: there is something for: like-limited, like-tier-1, like-tier-4
    ");
}

#[test]
fn a_tier_is_there_once_and_every_fact_has_a_source() {
    let second = "\n[tiers.build-2]\ntitle = \"Tier 2\"\n\n[tiers.build-3]";
    insta::assert_snapshot!(refusal(TEXT, &[("\n[tiers.build-3]", second)]), @r"
    edition.toml:70:8: edition::syntax
      this is not TOML: duplicate key
      here: from here on
      help: a table has each key once: join the two, or drop one

    edition.toml:71:1: edition::syntax
      this is not TOML: duplicate key
      here: from here on
      help: a table has each key once: join the two, or drop one
    ");
    let change = (
        "tokens   = { value = \"250000/min\", source = \"rate-limits\", certainty",
        "tokens   = { value = \"250000/mn\", certainty",
    );
    insta::assert_snapshot!(refusal(TEXT, &[change]), @r#"
    edition.toml:68:12: edition::missing_key
      `tokens` needs `source`
      here: missing here
      help: for example `source = "rate-limits"`

    edition.toml:68:22: edition::unit
      `value` is not a rate
      here: not understood
      help: write a number per time: "5/s", "300/min", "2e6/day"
    "#);
}
