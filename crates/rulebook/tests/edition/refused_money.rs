//! Prices and ways to pay that must be refused, with everything that is wrong with them.

use rulebook::Edition;

use crate::TEXT;

/// The refusal of the edition with these lines changed, each exactly once.
fn refusal(changes: &[(&str, &str)]) -> String {
    let text = changes.iter().fold(TEXT.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    });
    let refused = Edition::parse("edition.toml", &text).err();
    // Line numbers move with every fact; what is said of them does not.
    let told = refused.map(|refused| refused.to_string()).unwrap_or_default();
    let plain = |line: &str| match line.strip_prefix("edition.toml:") {
        Some(rest) => rest.split_once(": ").map_or(line, |(_, code)| code).to_owned(),
        None => line.to_owned(),
    };
    told.lines().map(plain).collect::<Vec<String>>().join("\n")
}

#[test]
fn a_price_says_what_it_is_for() {
    insta::assert_snapshot!(refusal(&[
        ("4B   = { value = \"$0.10/1M\"", "4B   = { value = \"$0.10\""),
        ("21B  = { value = \"$0.30/1M\"", "21X  = { value = \"0.30/1M\""),
        ("56B  = { value = \"$0.60/1M\"", "56B  = { value = \"$0.0000001/1M\""),
        ("price         = { value = \"$0.0027/MP\"", "price         = { value = \"$0.0027/1M\""),
        (
            "value = \"$65/1M\", source = \"price-page\", certainty = \"documented\", note = \"of characters\" }\n\n[models.\"cartesia/sonic-2\"]",
            "value = \"$65/MP\", source = \"price-page\", certainty = \"documented\", note = \"of characters\" }\n\n[models.\"cartesia/sonic-2\"]"
        ),
        ("page       = { value = \"$3.99/hour\"", "page       = { value = \"$3.99/day\""),
        ("picture = { value = \"1024x1024\"", "picture = { value = \"1024\""),
        ("counts = { value = [1, 2, 4, 8]", "counts = { value = [1, 0]"),
    ]));
}

#[test]
fn a_model_has_one_price_of_a_kind_that_it_does() {
    let of = "source = \"ours\", certainty = \"assumed\" }";
    let model = |lines: &str| format!("[models.\"a/b\"]\n{}\n[stated]", lines.replace("OURS", of));
    let twice = "price = { value = \"$1/1M\", OURS\nprompt = { value = \"$1/1M\", OURS";
    let half = "prompt = { value = \"$1/1M\", OURS";
    let image = "work = { value = \"image\", OURS\nanswer = { value = \"$1/1M\", OURS";
    let film = "work = { value = \"video\", OURS\nprice = { value = \"$1/1M\", OURS";
    let size = "size = { value = \"large\", OURS\nmixture = { value = \"yes\", OURS";
    for (name, lines) in
        [("twice", twice), ("half", half), ("image", image), ("film", film), ("size", size)]
    {
        insta::assert_snapshot!(name, refusal(&[("[stated]", &model(lines))]));
    }
}

#[test]
fn what_an_assumption_prices_follows_its_values() {
    insta::assert_snapshot!(refusal(&[
        ("price_by.llama3_70b_price.overview]", "price_by.llama3_70b_price.page]"),
        (
            "[hardware.nvidia_h200_140gb_sxm.hourly_by.gpu_prices]",
            "[hardware.nvidia_h200_140gb_sxm.hourly_by.gpu]"
        ),
        (
            "[hardware.nvidia_b200_180gb_sxm.hourly_by.gpu_prices]",
            "[hardware.nvidia_b200_180gb_sxm]\nhourly = { value = \"$1/hour\", source = \"ours\", certainty = \"assumed\" }\n[hardware.nvidia_b200_180gb_sxm.hourly_by.gpu_prices]"
        ),
    ]));
}

#[test]
fn billing_is_of_known_tiers_days_and_amounts() {
    insta::assert_snapshot!(refusal(&[
        ("prepaid               = { value = false", "prepaid               = { value = \"no\""),
        ("default_recharge      = { value = \"$25\"", "default_recharge      = { value = 25"),
        ("invoice_day           = { value = 3", "invoice_day           = { value = 31"),
        ("build-4 = { value = \"$100\"", "biuld-4 = { value = \"$100\""),
        ("build-3 = { value = \"$100\"", "build-3 = { value = \"-$100\""),
        ("build-5 = { value = \"postpaid\"", "build-5 = { value = \"unlimited\""),
        ("discount        = { value = \"50%\"", "discount        = { value = \"half\""),
        ("lines           = {", "line            = {"),
        ("alternatives = [\"0s\", \"drawn\"]", "alternatives = [\"0s\", \"drawn out\"]"),
        ("alternatives = [\"$100\", \"$10000\"]", "alternatives = [\"100\"]"),
        ("[assumptions.past_due]", "[assumptions.past_dew]"),
    ]));
}
