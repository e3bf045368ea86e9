//! Numbers of a strategy, in the grain in which a strategy holds them.

use rulebook::reading::Value;
use strategies::{Hundredths, Percent, Tenths, Thousandths};

use crate::fault::Code;

/// A whole percentage, zero included.
pub(super) fn percent(value: Value<'_>) -> Option<Percent> {
    const A_HUNDREDTH: u64 = 10_000_000;
    let parts = value.share()?.parts_per_billion();
    let whole = u32::try_from(parts / A_HUNDREDTH).ok().filter(|_| parts % A_HUNDREDTH == 0);
    if whole.is_none() {
        too_fine(value, "write a whole percentage: \"10%\"");
    }
    whole.map(Percent)
}

/// A whole percentage above zero; `why` says what zero would mean.
pub(super) fn some_percent(value: Value<'_>, why: &str) -> Option<Percent> {
    let percent = percent(value)?;
    if percent.0 == 0 {
        let message = format!("`{}` must be above zero", value.key());
        value.fault(Code::Zero.name(), message, "this is zero", why);
        return None;
    }
    Some(percent)
}

/// A number from one to a thousand, with one decimal at most.
pub(super) fn tenths(value: Value<'_>, why: &str) -> Option<Tenths> {
    scaled(value, 10, (10, 10_000), why).map(Tenths)
}

/// The same with two decimals.
pub(super) fn hundredths(value: Value<'_>, why: &str) -> Option<Hundredths> {
    scaled(value, 100, (100, 100_000), why).map(Hundredths)
}

/// A number above zero and up to a thousand, with three decimals at most.
pub(super) fn thousandths(value: Value<'_>, why: &str) -> Option<Thousandths> {
    scaled(value, 1_000, (1, 1_000_000), why).map(Thousandths)
}

/// A number in so many parts of one, held between two of them.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only what is within bounds is kept"
)]
fn scaled(value: Value<'_>, parts: u32, (least, most): (u32, u32), why: &str) -> Option<u32> {
    let exact = value.number()? * f64::from(parts);
    if exact < f64::from(least) || exact > f64::from(most) {
        let message = format!("`{}` is out of range", value.key());
        let (least, most) =
            (f64::from(least) / f64::from(parts), f64::from(most) / f64::from(parts));
        let label = format!("not between {least} and {most}");
        value.fault(Code::OutOfRange.name(), message, &label, why);
        return None;
    }
    if (exact - exact.round()).abs() > 1e-6 {
        too_fine(value, "write it with fewer decimals");
        return None;
    }
    Some(exact.round() as u32)
}

fn too_fine(value: Value<'_>, help: &str) {
    let message = format!("`{}` has too many digits", value.key());
    value.fault(Code::OutOfRange.name(), message, "finer than it is held", help);
}
/// A share with one decimal of a percent at most, above zero.
pub(super) fn permille(value: Value<'_>, why: &str) -> Option<Thousandths> {
    const A_THOUSANDTH: u64 = 1_000_000;
    let parts = value.share()?.parts_per_billion();
    if parts == 0 {
        let message = format!("`{}` must be above zero", value.key());
        value.fault(Code::Zero.name(), message, "this is zero", why);
        return None;
    }
    let whole = u32::try_from(parts / A_THOUSANDTH).ok().filter(|_| parts % A_THOUSANDTH == 0);
    if whole.is_none() {
        too_fine(value, "write one decimal at most: \"2.5%\"");
    }
    whole.map(Thousandths)
}
