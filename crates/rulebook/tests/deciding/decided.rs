//! Everything that an edition decides, as text.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use limits::{Cost, Decision, Instant, Limiter, Policy, Rate, Requests, Span, Tokens, Unit};
use rulebook::reading::quantity::rate_text;
use rulebook::{Assumptions, Edition, ErrorWords, Model, PastHour, Tier, Unheard, Wording, Work};
use wire::{ErrorKind, Shows};

use crate::costs;

/// What an edition decides.
pub(crate) fn by(edition: &Edition) -> String {
    let mut text = as_it_is(edition);
    section(&mut text, "under other assumptions", &otherwise(edition));
    section(&mut text, "on other days", &on_other_days(edition));
    text
}

/// The beginning of it, quickly told: what holds today under its own assumptions.
pub(crate) fn as_it_is(edition: &Edition) -> String {
    let mut text = String::new();
    section(&mut text, "age and tiers", &tiers(edition));
    section(
        &mut text,
        "limits",
        &grouped(edition, |model| limits_of(edition, model, &own(edition))),
    );
    section(
        &mut text,
        "latency, context, work",
        &grouped(edition, |model| latency(edition, model)),
    );
    section(&mut text, "access", &grouped(edition, |model| access(edition, model, &own(edition))));
    section(&mut text, "dynamic", &dynamic(edition, &own(edition)));
    section(&mut text, "a reset between two seconds", &between_seconds(edition));
    section(&mut text, "suppositions", &supposed(&own(edition)));
    section(&mut text, "capacity", &capacity(edition, &own(edition)));
    section(
        &mut text,
        "costs",
        &grouped(edition, |model| costs::of_model(edition, model, &own(edition))),
    );
    section(&mut text, "costs by size", &costs::by_size(edition));
    section(&mut text, "accounts", &costs::of_accounts(edition, &own(edition)));
    section(&mut text, "words", &words(edition));
    section(&mut text, "forms", &forms(edition));
    text
}

/// What vectors, pictures and sound are like.
fn forms(edition: &Edition) -> String {
    let mut text = format!(
        "picture {:?}\nsound {:?} a second, {:?} bytes, {:?}\n",
        edition.picture(),
        edition.sample_rate(),
        edition.recording_bytes(),
        edition.recording_lasts(),
    );
    for model in edition.models() {
        let (dimension, rate) = (edition.dimension(&model), edition.fixed_sample_rate(&model));
        if dimension.is_some() || rate.is_some() {
            let _ = writeln!(text, "{model}: {dimension:?} numbers, {rate:?} a second");
        }
    }
    for why in Unheard::ALL {
        let Some(words) = edition.unheard(why) else { continue };
        text += &worded(why.word(), words);
    }
    text
}

fn own(edition: &Edition) -> Assumptions {
    edition.assumptions()
}

fn section(text: &mut String, title: &str, what: &str) {
    let _ = writeln!(text, "== {title}\n{what}");
}

fn tiers(edition: &Edition) -> String {
    let mut text = String::new();
    let day =
        |fact: Option<&rulebook::Fact>| fact.map_or("?", |fact| fact.value.as_str()).to_owned();
    let _ = writeln!(text, "{} to {}", day(edition.began()), day(edition.ended()));
    for tier in edition.tiers() {
        let spend = edition.spend(tier).unwrap_or("no spending");
        let _ = writeln!(text, "{tier}: {}, {spend}", tier.title());
    }
    for rung in edition.ladder() {
        let past = rung.past_hour().map(rate_text).unwrap_or_default();
        let _ = writeln!(text, "rung {rung} {past}");
    }
    let shown = (edition.hints(), edition.shows_limits());
    let _ = writeln!(text, "hints, shows limits: {shown:?}");
    text
}

/// Models of which the same is said together, and before them one of each class that has no name.
fn grouped(edition: &Edition, of: impl Fn(&Model) -> String) -> String {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let nameless = Work::ALL.map(|work| edition.model_for("", work));
    for model in nameless.iter().chain(&edition.models()) {
        let name = if model.name().is_empty() {
            format!("any {}", model.work())
        } else {
            model.name().to_owned()
        };
        let names = groups.entry(of(model)).or_default();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut text = String::new();
    for (said, names) in groups {
        let _ = writeln!(text, "{}\n{said}", names.join(", "));
    }
    text
}

fn limits_of(edition: &Edition, model: &Model, given: &Assumptions) -> String {
    let rungs = if edition.has_tiers() { edition.tiers() } else { edition.ladder() };
    rungs.iter().map(|tier| limit(edition, tier, model, given)).collect()
}

fn limit(edition: &Edition, tier: &Tier, model: &Model, given: &Assumptions) -> String {
    let Some(published) = edition.published(tier, model, given) else {
        return format!("  {tier}: no number\n");
    };
    let own = if published.own { " of its own" } else { "" };
    let hard = if published.hard { "" } else { ", soft" };
    let tokens = published.tokens.map_or("no tokens".to_owned(), said);
    let mut text = format!(
        "  {tier}: {} {}{own}, {tokens} tokens{hard}; {:?} {:?}\n",
        said(published.requests),
        published.unit.name(),
        published.algorithm,
        published.window,
    );
    let policy = edition.policy(tier, model, given).unwrap();
    let wording = edition.wording(tier, model, given).unwrap();
    let _ = writeln!(text, "    {}", meters(&policy));
    for shows in shown(&policy, &wording) {
        let _ = writeln!(text, "    {}", headers(&shows));
    }
    text
}

/// What is shown of a reset that is no whole number of seconds.
fn between_seconds(edition: &Edition) -> String {
    let rungs = if edition.has_tiers() { edition.tiers() } else { edition.ladder() };
    let model = edition.model_for("", Work::Chat);
    let shown = |reset: &&str| {
        let given = own(edition).with("dynamic_reset", reset).ok()?;
        let wording = edition.wording(rungs.first()?, &model, &given)?;
        Some(format!("{reset}: {:?}\n", wording.blamed(Shows::default()).reset))
    };
    ["1400ms", "1600ms"].iter().filter_map(shown).collect()
}

fn said<U: Unit>(rate: Rate<U>) -> String {
    let plain = Rate::every(Requests(rate.amount().count()), rate.per_span()).unwrap();
    rate_text(plain)
}

fn meters(policy: &Policy) -> String {
    let shape = |meter: &limits::Meter| {
        let quota = meter.quota();
        format!("{} {} in {:?}", meter.label().0, quota.capacity(), quota.window())
    };
    policy.meters().iter().map(shape).collect::<Vec<String>>().join(" | ")
}

/// What the first response shows, what the first refusal does, and what is shown where the client
/// is to blame for a shortage.
fn shown(policy: &Policy, wording: &Wording) -> Vec<Shows> {
    let (mut limiter, now) = (Limiter::new(policy.clone()), Instant::START);
    let ask = |requests| Cost { requests: Requests(requests), tokens: Tokens(100) };
    let _ = limiter.admit(now, ask(1));
    let mut all = vec![wording.shows(now, &limiter.standing(now), None)];
    // All that is left of every window at once, and then one more.
    let left =
        policy.meters().first().map_or(0, |meter| meter.quota().capacity().saturating_sub(1));
    let later = Instant::START.after(Span::from_millis(700));
    all.push(wording.shows(later, &limiter.standing(later), None));
    let _ = limiter.admit(now, ask(left));
    if let Decision::Refused(refusal) = limiter.admit(now, ask(1)) {
        all.push(wording.shows(now, &limiter.standing(now), Some(refusal)));
    }
    let first = all[0];
    let rate = Rate::new(Requests(90), limits::Per::Minute);
    all.push(wording.blamed(wording.with_dynamic(first, rate, 1)));
    all
}

fn headers(shows: &Shows) -> String {
    let number = |number: Option<u32>| number.map_or("-".to_owned(), |number| number.to_string());
    let rate = |rate: Option<wire::Rate10>| rate.map_or("-".to_owned(), |rate| rate.to_string());
    format!(
        "limit {} left {} reset {} hint {:?} limited {:?} tokens {} left {} dynamic {} left {}",
        rate(shows.limit),
        number(shows.remaining),
        number(shows.reset),
        shows.hint,
        shows.limited,
        rate(shows.limit_tokens),
        number(shows.remaining_tokens),
        rate(shows.limit_dynamic),
        number(shows.remaining_dynamic),
    )
}

fn latency(edition: &Edition, model: &Model) -> String {
    let latency = edition.latency(model, &own(edition));
    format!(
        "  {}: first {:?}, {}, {:?} a token of the prompt, {:?} a picture; context {:?}\n",
        model.work(),
        latency.first_token,
        said(latency.tokens_per_second),
        latency.prefill_per_token,
        latency.per_image,
        edition.context(model),
    )
}

fn access(edition: &Edition, model: &Model, given: &Assumptions) -> String {
    let mut text = String::new();
    for tier in edition.tiers() {
        if let Some(gated) = edition.gate(tier, model, given) {
            let _ = writeln!(text, "  {tier}: {:?}, needs {}", gated.kind, gated.needs);
        }
    }
    if text.is_empty() { "  for everybody\n".to_owned() } else { text }
}

fn dynamic(edition: &Edition, given: &Assumptions) -> String {
    let mut text = String::new();
    let chat = edition.model("");
    for tier in edition.tiers().iter().chain(edition.ladder()) {
        let Some(dynamic) = edition.dynamic(tier, &chat, given) else { continue };
        let _ = writeln!(text, "{tier}, past of {:?}", dynamic.horizon);
        for per_minute in [0, 100, 1_000_000] {
            let past = Rate::new(Requests(per_minute), limits::Per::Minute);
            let rates = dynamic.rates(PastHour::of(past, 700));
            let policy = edition.dynamic_policy(rates, &chat);
            let (requests, tokens) = (said(rates.requests), said(rates.tokens));
            let _ = writeln!(text, "  {per_minute}: {requests} {tokens}; {}", meters(&policy));
        }
        // A reset that is not whole seconds shows how it is rounded.
        let uneven = given.with("dynamic_reset", "1300ms").unwrap();
        if let Some(wording) = edition.wording(tier, &chat, &uneven) {
            let _ = writeln!(text, "  {}", headers(&wording.blamed(Shows::default())));
        }
    }
    text
}

/// What no table above shows of the assumptions.
fn supposed(given: &Assumptions) -> String {
    format!(
        "refusal {:?}\nnoise {} {}\nreplicas {} {:?}\nfailures {:?} after {:?}\n\
         grants {:?}\nendpoints start in {:?}, wait {:?}\ndebt {:?}\n",
        given.refusal_takes(),
        given.first_token_noise(),
        given.speed_noise(),
        given.gateway_replicas(),
        given.routing(),
        given.background_failures(),
        given.failure_takes(),
        given.grant_takes(),
        given.endpoint_starts(),
        given.endpoint_queue(),
        given.token_debt(),
    )
}

fn capacity(edition: &Edition, given: &Assumptions) -> String {
    // What a bound would be like is decided also where there is none by default.
    let bound = given.with("model_capacity", "20000/s").unwrap();
    let own = edition.capacity(&edition.model(""), given).map(|own| said(own.tokens_per_second));
    let Some(capacity) = edition.capacity(&edition.model(""), &bound) else { return String::new() };
    let mut text = format!(
        "{}; waits {:?}, others {:?}\n",
        own.unwrap_or_else(|| "unlimited".to_owned()),
        capacity.buffer,
        capacity.others,
    );
    for step in capacity.congestion {
        let _ = writeln!(text, "  {:?} {:?} {:?}", step.load, step.adds_to_first_token, step.speed);
    }
    text
}

fn words(edition: &Edition) -> String {
    let errors = ErrorKind::ALL.map(|kind| error(kind, edition.error(kind)));
    let names = format!("{:?}\n", edition.words()).replace(", ", "\n  ");
    errors.concat() + &names
}

fn error(kind: ErrorKind, words: &ErrorWords) -> String {
    worded(kind.name(), words)
}

fn worded(name: &str, words: &ErrorWords) -> String {
    let ErrorWords { status, kind: type_of, code, message, headers, page, type_beside } = words;
    let flags = (*headers, *page, *type_beside);
    format!("{name}: {} {type_of} {code:?} {flags:?} {message}\n", status.0)
}

/// What every other value of every assumption changes.
fn otherwise(edition: &Edition) -> String {
    let usual = all_lines(edition, &own(edition));
    let mut text = String::new();
    for assumption in own(edition).iter() {
        for other in &assumption.alternatives {
            let given = own(edition).with(&assumption.name, other).unwrap();
            let lines = all_lines(&edition.assuming(&given), &given);
            let changed = differing(&usual, &lines);
            let _ = writeln!(text, "{} = {other}: {} lines", assumption.name, changed.len());
            for line in changed.iter().take(4) {
                let _ = writeln!(text, "  {line}");
            }
        }
    }
    text
}

/// What the limits were on every day on which one moved, as far as they were others.
fn on_other_days(edition: &Edition) -> String {
    let usual = all_lines(edition, &own(edition));
    let mut text = String::new();
    for one in edition.moves("0000-00-00", "9999-99-99") {
        let lines = all_lines(&edition.as_of(Some(&one.date)), &own(edition));
        let model = one.model.unwrap_or_default();
        let _ = writeln!(text, "{} {model} {} {}", one.date, one.row, one.fact);
        for line in differing(&usual, &lines) {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}

/// All that a variation may change, each line with what it is about.
fn all_lines(edition: &Edition, given: &Assumptions) -> Vec<String> {
    let mut lines = Vec::new();
    let mut put = |about: &str, text: &str| {
        lines.extend(text.lines().map(|line| format!("{about} {}", line.trim())));
    };
    let nameless = Work::ALL.map(|work| edition.model_for("", work));
    for model in nameless.iter().chain(&edition.models()) {
        let about = if model.name().is_empty() { model.work().word() } else { model.name() };
        put(about, &limits_of(edition, model, given));
        put(about, &access(edition, model, given));
        put(about, &format!("{:?}", edition.latency(model, given)));
        put(about, &costs::of_model(edition, model, given));
    }
    put("accounts", &costs::of_accounts(edition, given));
    put("dynamic", &dynamic(edition, given));
    put("supposed", &supposed(given));
    put("capacity", &format!("{:?}", edition.capacity(&edition.model(""), given)));
    put("words", &words(edition));
    lines
}

/// The lines that are not among the usual ones, each once.
fn differing<'l>(usual: &[String], lines: &'l [String]) -> Vec<&'l String> {
    let usual: BTreeSet<&String> = usual.iter().collect();
    let mut seen = BTreeSet::new();
    lines.iter().filter(|line| !usual.contains(line) && seen.insert(*line)).collect()
}
