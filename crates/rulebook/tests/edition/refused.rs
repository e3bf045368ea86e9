//! Editions that must be refused, with everything that is wrong with them.

use rulebook::Edition;

use crate::{TEXT, with_line};

/// The refusal of a text, or nothing.
fn refusal(text: &str) -> String {
    Edition::parse("edition.toml", text)
        .err()
        .map(|refused| refused.to_string())
        .unwrap_or_default()
}

/// The edition with several lines changed, each exactly once.
fn with(changes: &[(&str, &str)]) -> String {
    changes.iter().fold(TEXT.to_owned(), |text, (from, to)| {
        assert_eq!(text.matches(from).count(), 1, "{from}");
        text.replace(from, to)
    })
}

#[test]
fn every_fault_is_told_at_its_place() {
    let text = with(&[
        ("ladder = [\"build-1\", \"build-2\"", "ladder = [\"build-1\", \"biuld-2\""),
        ("requests = { value = \"3000/min\"", "requests = { value = \"3000\""),
        (
            "tokens   = { value = \"500000/min\", source = \"rate-limits\"",
            "tokens   = { value = \"500000/min\", source = \"rate-limit\"",
        ),
        ("length     = { value = \"2s\"", "length     = { value = \"0s\""),
        ("reset  = { value = \"nearest\"", "reset  = { value = \"closest\""),
        ("remaining        = {", "remainder        = {"),
        (
            "headers = false\nsource = \"error-bodies\"\ncertainty = \"observed\"\n\n[errors.unknown_model]\nstatus = 404",
            "headers = \"no\"\nsource = \"error-bodies\"\ncertainty = \"certain\"\n\n[errors.unknown_model]\nstatus = 200",
        ),
        ("value = \"request-window\"", "value = \"window\""),
        ("{ value = \"$50\", source", "{ values = \"$50\", source"),
    ]);
    insta::assert_snapshot!(refusal(&text));
}

#[test]
fn an_empty_edition_is_told_what_it_lacks() {
    insta::assert_snapshot!(refusal(""), @r#"
    edition.toml:1:1: edition::missing_key
      this file needs `title`
      here: missing here
      help: for example `title = "Build Tiers, late 2025"`

    edition.toml:1:1: edition::missing_key
      this file needs `sources`
      here: missing here
      help: for example `rate-limits = { title = "docs.together.ai/docs/rate-limits", date = "2025-11" }`

    edition.toml:1:1: edition::missing_key
      this file needs `tiers`
      here: missing here
      help: for example `[tiers.build-1]`

    edition.toml:1:1: edition::missing_key
      this file needs `ladder`
      here: missing here
      help: for example `ladder = ["build-1", "build-2"]`

    edition.toml:1:1: edition::missing_key
      this file needs `window`
      here: missing here
      help: for example `[window]`

    edition.toml:1:1: edition::missing_key
      this file needs `shown`
      here: missing here
      help: for example `[shown]`

    edition.toml:1:1: edition::missing_key
      this file needs `headers`
      here: missing here
      help: for example `[headers]`

    edition.toml:1:1: edition::missing_key
      this file needs `errors`
      here: missing here
      help: for example `[errors.requests_limited]`

    edition.toml:1:1: edition::missing_key
      this file needs `latency`
      here: missing here
      help: for example `[latency]`

    edition.toml:1:1: edition::missing_key
      this file needs `assumptions`
      here: missing here
      help: for example `[assumptions.token_gate]`

    edition.toml:1:1: edition::missing_key
      this file needs `token_gates`
      here: missing here
      help: for example `minute = { window = "60s", allows = "60s", … }`
    "#);
}

#[test]
fn an_assumption_that_nothing_reads_has_no_alternatives() {
    let text = with(&[(
        "value = \"per-model\"\n",
        "value = \"per-model\"\nalternatives = [\"shared\"]\n",
    )]);
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:1117:1: edition::unread_assumption
      nothing reads `limits_scope`, so it has no alternatives
      here: only stated
      help: leave `alternatives` out
    ");
}

#[test]
fn an_assumption_that_the_code_reads_must_be_there() {
    let text = with(&[("[assumptions.token_debt]", "[assumptions.token_dept]")]);
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:970:2: edition::missing_key
      `assumptions` needs `token_debt`
      here: missing here
      help: for example `[assumptions.token_debt]`

    edition.toml:977:1: edition::unread_assumption
      nothing reads `token_dept`, so it has no alternatives
      here: only stated
      help: leave `alternatives` out
    ");
}

#[test]
fn limits_chosen_by_an_assumption_follow_its_values() {
    let text =
        with(&[("alternatives = [\"120-per-minute\"]", "alternatives = [\"240-per-minute\"]")]);
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:998:1: edition::missing_variant
      `deepseek-ai/DeepSeek-R1` does not follow the values of `deepseek_r1`
      here: one entry for each value
      help: there is something for: 120-per-minute, tier-row
    ");
    let text = with(&[("[assumptions.deepseek_r1]", "[assumptions.reasoner]")]);
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:970:2: edition::unknown_assumption
      nothing is named `deepseek_r1`, which chooses for `deepseek-ai/DeepSeek-R1`
      here: missing here
      help: known here: token_gate, token_debt, token_reset, refusal_takes, reasoner, flux_free, flux_kontext_pro, image_unit, image_takes, embedding_takes, rerank_takes, video_takes, audio_takes, first_token_noise, speed_noise, prefill_per_token, limited, too_long, limit_type, gateway_page, token_headers, limits_scope, gateway_replicas, gateway_routing, refused_consumes, requests_per_minute_too, background_failures, failure_takes, model_capacity, capacity_buffer, other_tenants, endpoint_starts, endpoint_queue, signup_credit, minimum_purchase, payment_takes, tier_delay, metering_lag, past_due, postpaid_limit, blocked_endpoints, blocked_batches, batch_window, batch_throughput, batch_bytes_per_token, batch_line_failures, batch_discount, gpu_prices, llama3_70b_price, tokens_counted

    edition.toml:998:1: edition::unread_assumption
      nothing reads `reasoner`, so it has no alternatives
      here: only stated
      help: leave `alternatives` out
    ");
}

#[test]
fn a_gate_that_can_be_chosen_must_be_described() {
    let lines: Vec<&str> = TEXT.lines().filter(|line| !line.starts_with("window-1x")).collect();
    let text = lines.join("\n");
    insta::assert_snapshot!(refusal(&text), @r#"
    edition.toml:101:1: edition::missing_key
      `token_gates` needs `window-1x`
      here: missing here
      help: for example `minute = { window = "60s", allows = "60s", … }`
    "#);
}

#[test]
fn a_limit_that_cannot_be_enforced_is_refused_once() {
    let text = with_line("[tiers.build-1]", "tokens", "180000/min", "10/min");
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:61:22: edition::impossible_limit
      `tiers.build-1.tokens` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit
    ");
    let text = with_line("[window]", "stretches", "true", "false");
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:426:17: edition::impossible_limit
      `models.meta-llama/Llama-Vision-Free.requests.any` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:436:11: edition::impossible_limit
      `models.meta-llama/Llama-3.3-70B-Instruct-Turbo-Free.requests.limited` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:437:21: edition::impossible_limit
      `models.meta-llama/Llama-3.3-70B-Instruct-Turbo-Free.requests.any` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:446:21: edition::impossible_limit
      `models.deepseek-ai/DeepSeek-R1.requests_by.deepseek_r1.tier-row.build-1` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:469:17: edition::impossible_limit
      `models.deepseek-ai/DeepSeek-R1-Distill-Llama-70B-free.requests.any` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:564:11: edition::impossible_limit
      `models.moonshotai/Kimi-K2-Instruct.requests.build-1` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:689:17: edition::impossible_limit
      `models.black-forest-labs/FLUX.1-schnell-Free.images_by.flux_free.6-per-minute.any` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:692:17: edition::impossible_limit
      `models.black-forest-labs/FLUX.1-schnell-Free.images_by.flux_free.10-per-minute.any` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit

    edition.toml:734:20: edition::impossible_limit
      `models.black-forest-labs/FLUX.1-kontext-pro.images_by.flux_kontext_pro.9-per-minute.ladder` cannot be enforced: nothing fits: the capacity rounds to zero
      here: with this limit
    ");
}

#[test]
fn an_algorithm_is_one_of_a_closed_set_wherever_it_is_said() {
    let text = with(&[
        (
            "requests = { value = \"1800/min\"",
            "requests = { value = \"1800/min\", algorithm = \"gcr\"",
        ),
        (
            "tokens   = { value = \"250000/min\"",
            "tokens   = { value = \"250000/min\", algorithm = 3",
        ),
        (
            "requests = { value = \"3000/min\"",
            "requests = { value = \"3000/min\", algorithm = \"concurrency\"",
        ),
        (
            "tokens   = { value = \"500000/min\"",
            "tokens   = { value = \"500000/min\", algoritm = \"bucket\"",
        ),
        ("allows = \"60s\"", "allows = \"60s\", algorithm = \"sliding-window\""),
        (
            "length     =",
            "algorithm  = { value = \"fixed\", source = \"ours\", certainty = \"assumed\" }\nlength     =",
        ),
        (
            "title    = \"Tier 4\"",
            "title    = \"Tier 4\"\nconcurrent = { value = 0, source = \"ours\", certainty = \"assumed\" }",
        ),
    ]);
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:67:46: edition::unknown_word
      `algorithm` cannot be `gcr`
      here: not one of the known words
      help: did you mean `gcra`? known here: opened, aligned, bucket, gcra, sliding-log, sliding-counter

    edition.toml:68:48: edition::wrong_type
      `algorithm` must be a word
      here: this is a whole number
      help: known here: opened, aligned, bucket, gcra, sliding-log, sliding-counter

    edition.toml:74:46: edition::not_a_rate
      a cap on what is in flight does not count a rate
      here: it has a number of its own
      help: write `concurrent = { value = 40, … }` beside the tier's `requests`

    edition.toml:75:36: edition::unknown_key
      unknown key `algoritm` in `tokens`
      here: no such key
      help: did you mean `algorithm`? known here: value, series, algorithm, source, certainty, date, at_least, at_most, note

    edition.toml:79:24: edition::zero
      `value` must be at least 1
      here: this is zero
      help: write a whole number above zero

    edition.toml:96:24: edition::unknown_word
      `value` cannot be `fixed`
      here: not one of the known words
      help: known here: opened, aligned, bucket, gcra, sliding-log, sliding-counter

    edition.toml:104:59: edition::unknown_word
      `algorithm` cannot be `sliding-window`
      here: not one of the known words
      help: known here: opened, aligned, bucket, gcra, sliding-log, sliding-counter
    ");
}

#[test]
fn a_sliding_log_of_too_many_tokens_is_refused_with_a_way_out() {
    let text = with(&[(
        "tokens   = { value = \"2000000/min\"",
        "tokens   = { value = \"9000000/min\", algorithm = \"sliding-log\"",
    )]);
    insta::assert_snapshot!(refusal(&text), @r#"
    edition.toml:89:22: edition::impossible_limit
      `tiers.build-5.tokens` cannot be enforced: a sliding log of 9000000 instants is too long
      here: with this limit
      help: write `algorithm = "sliding-counter"`, its estimate
    "#);
}

#[test]
fn a_word_cannot_mean_two_tiers() {
    let text = with(&[("also     = [\"tier2\"]", "also     = [\"tier1\"]")]);
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:65:13: edition::ambiguous_tier
      `tier1` already means another tier
      here: the second meaning
    ");
}

#[test]
fn a_message_has_only_known_places() {
    let text = with(&[("Unable to access model {model}.", "Unable to access model {modle}.")]);
    insta::assert_snapshot!(refusal(&text), @r"
    edition.toml:214:11: edition::unknown_place
      no place is named `{modle}`
      here: in this message
      help: did you mean `model`? known here: rpm, qps, tpm, tps, model
    ");
}

#[test]
fn a_header_is_a_line_with_known_places() {
    let text = with(&[
        ("\"server: cloudflare\"", "\"cloudflare\""),
        ("\"x-api-received: {received}\"", "\"x-api-received: {recieved}\""),
    ]);
    insta::assert_snapshot!(refusal(&text));
}

#[test]
fn what_is_not_toml_is_told_as_such() {
    let text = with(&[("title    = \"Tier 2\"", "title    = Tier 2\"")]);
    let refused = Edition::parse("edition.toml", &text).unwrap_err();
    assert!(refused.faults.iter().any(|fault| fault.code == "edition::syntax"), "{refused}");
}

#[test]
fn what_a_class_of_work_has_not_is_refused_with_what_it_has() {
    let text = with(&[
        (
            "\nwork    = { value = \"video\", source = \"videos\"",
            "\nwork    = { value = \"film\", source = \"videos\"",
        ),
        ("per_image = { value = \"1.1s\"", "speed = { value = \"90/s\""),
        (
            "any = { value = \"6/min\", source = \"rate-limits\"",
            "build-6 = { value = \"6/min\", source = \"rate-limits\"",
        ),
        ("[work.video.requests]", "[work.video.films]"),
        ("[assumptions.image_unit]", "[assumptions.picture_unit]"),
    ]);
    let text = text.replacen("images_by.flux_kontext_pro", "requests_by.flux_kontext_pro", 2);
    insta::assert_snapshot!(refusal(&text));
}
