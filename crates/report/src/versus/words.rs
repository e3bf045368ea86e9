//! How the figures of a comparison are written, in tables of the page and of the terminal.
//!
//! Differences are rounded up, as they are judged: what is beyond its tolerance reads as beyond it.

use run_record::{
    AgreementFigure, CellKey, Compared, ComparedCell, Difference, Header, Unit, Unjudged, Value,
    Verdict,
};

use crate::numbers::{self, Share, THIN};

/// What stands where a figure is missing.
const MISSING: &str = "–";

/// A cell in words: `Tier 2, give-up`, with its group and whatever else sets it apart.
#[must_use]
pub fn title(header: &Header, cell: &ComparedCell) -> String {
    let cell_title = key(header, &cell.key);
    match &cell.group {
        Some(group) => format!("{cell_title}, {group}"),
        None => cell_title,
    }
}

/// A key in words: `Tier 2, give-up`.
#[must_use]
pub fn key(header: &Header, key: &CellKey) -> String {
    let tier = key.tier().map(|tier| tier_title(header, tier));
    let strategy = key.strategy().map(str::to_owned);
    let assumed = key.assumed().map(|(name, value)| format!("{name} = {value}"));
    let limit = key.is_without_limit().then(|| "without any limit".to_owned());
    let parts = tier.into_iter().chain(strategy).chain(assumed).chain(limit);
    parts.collect::<Vec<String>>().join(", ")
}

/// A tier as the header has it in print.
pub(super) fn tier_title(header: &Header, tier: &str) -> String {
    let rung = header.ladder.iter().find(|rung| rung.tier == tier && !rung.title.is_empty());
    rung.map_or_else(|| tier.to_owned(), |rung| rung.title.clone())
}

/// The figure's name in a table.
#[must_use]
pub const fn figure(figure: AgreementFigure) -> &'static str {
    match figure {
        AgreementFigure::Offered => "jobs offered",
        AgreementFigure::Status429 => "attempts answered 429",
        AgreementFigure::Answered => "jobs answered",
        AgreementFigure::AttemptsPerJob => "attempts per job",
        AgreementFigure::WaitMean => "wait, mean",
        AgreementFigure::WaitP50 => "wait, median",
        AgreementFigure::WaitP95 => "wait, p95",
    }
}

/// A measured figure, or a dash where it is missing.
#[must_use]
pub fn value(value: Option<Value>) -> String {
    match value {
        None => MISSING.to_owned(),
        Some(Value::Count(count)) => numbers::count(count),
        Some(Value::Share { part, of }) => {
            Share::new(part, of).map_or_else(|| MISSING.to_owned(), hundredths)
        }
        Some(Value::Ratio { part, of }) => format!("{:.3}", part as f64 / of.max(1) as f64),
        Some(Value::Time(time)) => seconds(time.nanos()),
    }
}

/// How far the live figure lies from the simulated one, with its sign.
#[must_use]
pub fn difference(compared: &Compared) -> String {
    let Some(Difference { live_is, size }) = compared.difference else {
        return MISSING.to_owned();
    };
    let sign = match live_is {
        _ if size == 0 => "",
        std::cmp::Ordering::Less => "−",
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => "+",
    };
    let size = match compared.figure.unit() {
        Unit::Jobs => numbers::count(size),
        Unit::Shares => format!("{}{THIN}points", hundredth_text(size.div_ceil(100_000))),
        Unit::Relative if size == u64::MAX => "beyond all measure".to_owned(),
        Unit::Relative => format!("{}{THIN}%", hundredth_text(size.div_ceil(100_000))),
        Unit::Nanos => format!("{}{THIN}s", thousandth_text(size.div_ceil(1_000_000))),
    };
    format!("{sign}{size}")
}

/// How far it may lie.
#[must_use]
pub fn allowed(compared: &Compared) -> String {
    match compared.figure.unit() {
        Unit::Jobs => numbers::count(compared.allowed),
        Unit::Shares => points(compared.allowed),
        Unit::Relative => percent(compared.allowed),
        Unit::Nanos => format!("{}{THIN}s", thousandth_text(compared.allowed / 1_000_000)),
    }
}

/// Billionths of one as points between two shares: `1 point`, `0.5 points`.
pub(super) fn points(billionths: u64) -> String {
    let number = numbers::decimal(billionths.saturating_mul(100));
    let unit = if number == "1" { "point" } else { "points" };
    format!("{number}{THIN}{unit}")
}

/// Billionths of one as a percentage: `2 %`.
pub(super) fn percent(billionths: u64) -> String {
    format!("{}{THIN}%", numbers::decimal(billionths.saturating_mul(100)))
}

/// `agrees`, `differs`, or why it is not judged.
#[must_use]
pub const fn standing(compared: &Compared) -> &'static str {
    match (compared.verdict, compared.unjudged) {
        (Verdict::Met, _) => "agrees",
        (Verdict::Missed, _) => "differs",
        (Verdict::Unjudged, Some(Unjudged::NoSamples)) => "no samples",
        (Verdict::Unjudged, Some(Unjudged::OtherReplications)) => "other seeds",
        (Verdict::Unjudged, Some(Unjudged::TooFew) | None) => "too few",
    }
}

/// Words one after another.
pub(super) fn listed(words: &[&str]) -> String {
    numbers::listed(words)
}

/// Whether any percentile is missing for no other reason than that the runs hold other seeds.
#[must_use]
pub fn is_other_seeds(compared: &Compared) -> bool {
    compared.unjudged == Some(Unjudged::OtherReplications)
}

/// A share in hundredths of a percent, which is what a tolerance of a point needs; nothing and
/// everything only where it is exactly that.
fn hundredths(share: Share) -> String {
    let per_ten_thousand = (share.fraction() * 10_000.0).round();
    match per_ten_thousand {
        _ if share.is_zero() => format!("0{THIN}%"),
        one if one < 1.0 => format!("<0.01{THIN}%"),
        all if all >= 10_000.0 && share.fraction() < 1.0 => format!(">99.99{THIN}%"),
        all if all >= 10_000.0 => format!("100{THIN}%"),
        some => format!("{:.2}{THIN}%", some / 100.0),
    }
}

/// `0 s`, `<0.001 s`, `0.412 s`, `127.250 s`.
fn seconds(nanos: u64) -> String {
    match nanos.saturating_add(500_000) / 1_000_000 {
        _ if nanos == 0 => format!("0{THIN}s"),
        0 => format!("<0.001{THIN}s"),
        millis => format!("{}{THIN}s", thousandth_text(millis)),
    }
}

fn hundredth_text(hundredths: u64) -> String {
    match hundredths {
        0 => "0".to_owned(),
        some => format!("{}.{:02}", numbers::count(some / 100), some % 100),
    }
}

fn thousandth_text(thousandths: u64) -> String {
    match thousandths {
        0 => "0".to_owned(),
        some => format!("{}.{:03}", numbers::count(some / 1_000), some % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use super::*;

    fn compared(figure: AgreementFigure, live_is: Ordering, size: u64, allowed: u64) -> Compared {
        Compared {
            figure,
            simulated: None,
            live: None,
            difference: Some(Difference { live_is, size }),
            allowed,
            verdict: Verdict::Met,
            unjudged: None,
        }
    }

    #[test]
    fn what_lies_just_beyond_its_tolerance_does_not_read_as_within() {
        let plain = |text: String| text.replace(THIN, " ");
        let told = |figure, live_is, size, allowed| {
            let one = compared(figure, live_is, size, allowed);
            (plain(difference(&one)), plain(super::allowed(&one)))
        };
        let table = [
            (
                AgreementFigure::Status429,
                Ordering::Less,
                10_000_001,
                10_000_000,
                "−1.01 points",
                "1 point",
            ),
            (
                AgreementFigure::Status429,
                Ordering::Greater,
                10_000_000,
                5_000_000,
                "+1.00 points",
                "0.5 points",
            ),
            (AgreementFigure::AttemptsPerJob, Ordering::Greater, 1, 20_000_000, "+0.01 %", "2 %"),
            (
                AgreementFigure::WaitMean,
                Ordering::Greater,
                50_000_001,
                50_000_000,
                "+0.051 s",
                "0.050 s",
            ),
            (AgreementFigure::Offered, Ordering::Less, 1_200, 0, "−1,200", "0"),
            (AgreementFigure::Offered, Ordering::Equal, 0, 0, "0", "0"),
        ];
        for (figure, live_is, size, allowed, difference, bound) in table {
            let expected = (difference.to_owned(), bound.to_owned());
            assert_eq!(told(figure, live_is, size, allowed), expected);
        }
    }

    #[test]
    fn only_nothing_is_nothing_and_only_everything_is_everything() {
        let share = |part, of| value(Some(Value::Share { part, of })).replace(THIN, " ");
        assert_eq!([share(0, 9), share(9, 9)], ["0 %", "100 %"]);
        assert_eq!([share(1, 1_000_000), share(999_999, 1_000_000)], ["<0.01 %", ">99.99 %"]);
        assert_eq!(share(80, 280), "28.57 %");
        let time = |nanos| value(Some(Value::Time(limits::Span::from_nanos(nanos))));
        let times = [time(0), time(400_000), time(412_000_000)].map(|text| text.replace(THIN, " "));
        assert_eq!(times, ["0 s", "<0.001 s", "0.412 s"]);
        assert_eq!(value(None), "–");
    }
}
