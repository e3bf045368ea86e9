//! What an edition decides of money, as text.

use std::fmt::Write as _;

use rulebook::{Assumptions, Edition, Extent, Method, Millionths, Model, Priced, Work};

/// What requests to a model cost, in all the ways in which they can ask for something.
pub(crate) fn of_model(edition: &Edition, model: &Model, given: &Assumptions) -> String {
    let plain = Extent::default();
    let extents = [
        ("plain", plain),
        ("half met before", Extent { cached: Millionths(500_000), ..plain }),
        ("1000 pixels", Extent { pixels: 1_000, ..plain }),
        ("in 100 steps", Extent { pixels: 1_000, steps: Some(100), pictures: 2, ..plain }),
        ("1000 characters", Extent { characters: 1_000, ..plain }),
        ("a minute", Extent { seconds: 60, ..plain }),
    ];
    let mut text = String::new();
    let mut last = None;
    for (name, extent) in extents {
        let priced = edition.tariff(model, &extent, given).map(|priced| said(&priced));
        if priced.is_some() && priced != last {
            let _ = writeln!(text, "  {name}: {}", priced.as_deref().unwrap_or_default());
            let batch = edition.batch_tariff(model, &extent, given);
            let _ = writeln!(
                text,
                "    in a batch {}",
                batch.map(|one| said(&one)).unwrap_or_default()
            );
            last = priced;
        }
    }
    if let Some(size) = edition.parameters(model) {
        let _ = writeln!(text, "  {size} parameters");
    }
    for method in Method::ALL {
        if let Some(trained) = edition.fine_tuning(model, method, given) {
            let _ = writeln!(text, "  {}: {}", method.word(), said(&trained));
        }
    }
    if text.is_empty() { "  no price\n".to_owned() } else { text }
}

fn said(priced: &Priced) -> String {
    let tariff = priced.tariff;
    let million = 1_000_000;
    format!(
        "{} each, {} and {} a million; {:?}",
        tariff.request,
        tariff.prompt.times(million),
        tariff.answer.times(million),
        priced.certainty,
    )
}

/// Bands of sizes, which no listed model may be in: what a model of each size would cost.
pub(crate) fn by_size(edition: &Edition) -> String {
    let mut text = edition.text().to_owned();
    let mut names = Vec::new();
    for fact in edition.facts() {
        let trained = fact.id.strip_prefix("fine_tuning.").and_then(|id| id.split_once('.'));
        let banded = fact.id.strip_prefix("prices.").and_then(|id| id.split_once('.'));
        let Some((kind, size)) = trained.map(|(size, _)| ("dense", size)).or(banded) else {
            continue;
        };
        let name = format!("{kind} of {size}");
        if names.contains(&name) {
            continue;
        }
        let of = "source = \"ours\", certainty = \"assumed\" }";
        let _ = writeln!(text, "[models.\"{name}\"]\nsize = {{ value = \"{size}\", {of}");
        match kind {
            "mixture" => {
                let _ = writeln!(text, "mixture = {{ value = true, {of}");
            }
            "dense" => {}
            work => {
                let _ = writeln!(text, "work = {{ value = \"{work}\", {of}");
            }
        }
        names.push(name);
    }
    let with_sizes = Edition::parse(edition.name(), &text).unwrap_or_else(|why| panic!("{why}"));
    let priced = |name: &String| {
        let model = with_sizes.model(name);
        format!("{name}\n{}", of_model(&with_sizes, &model, &with_sizes.assumptions()))
    };
    names.iter().map(priced).collect()
}

/// What machines cost, how accounts pay, and what batches may have.
pub(crate) fn of_accounts(edition: &Edition, given: &Assumptions) -> String {
    let mut text = String::new();
    let chooser = given.get("gpu_prices").unwrap();
    for id in edition.hardware_ids() {
        let hardware = edition.hardware(&id, given).unwrap();
        let _ = write!(text, "{id}: {} an hour, {} GPUs", hardware.hourly, hardware.gpus);
        for other in &chooser.alternatives {
            let given = given.with("gpu_prices", other).unwrap();
            let _ = write!(text, "; {}", edition.hardware(&id, &given).unwrap().hourly);
        }
        text.push('\n');
    }
    let billing = edition.billing(given);
    let rulebook::Billing { floors, batch, .. } = &billing;
    let _ = writeln!(
        text,
        "credit {}, least {}, recharge {}\nprepaid {}, card for debt {}, pictures {}\n\
         payment {:?}, tier {:?}, metering {:?}\ninvoice on {}, past due blocks {}\n\
         endpoints {:?}, batches {:?}",
        billing.signup_credit,
        billing.least_purchase,
        billing.default_recharge,
        billing.prepaid,
        billing.needs_card_for_debt,
        billing.pictures_need_balance,
        billing.payment_takes,
        billing.tier_delay,
        billing.metering_lag,
        billing.invoice_day,
        billing.past_due_blocks,
        billing.blocked_endpoints,
        billing.blocked_batches,
    );
    for (tier, floor) in floors {
        let _ = writeln!(text, "{tier} down to {floor}");
    }
    // The documented most of a delay shows where it is drawn.
    if let Ok(drawn) = given.with("tier_delay", "drawn") {
        let _ = writeln!(text, "drawn {:?}", edition.billing(&drawn).tier_delay);
    }
    let named = given.with("batch_discount", "named").unwrap();
    for model in edition.models() {
        let extent = Extent { characters: 1, seconds: 60, ..Extent::default() };
        let batch = edition.batch_tariff(&model, &extent, &named).map(|one| one.tariff);
        if model.work() != Work::Image
            && batch != edition.tariff(&model, &extent, given).map(|one| one.tariff)
        {
            let _ = writeln!(text, "{model} is named for batches");
        }
    }
    let _ = writeln!(text, "{batch:?}");
    text
}
