//! What a client did in a window, a line each.

use std::borrow::Cow;

use super::{JOB, SECOND, WINDOW, Window};
use crate::gaps::{Gaps, Variation};
use crate::trace::lines::Wrong;
use crate::trace::number;

/// Jobs a second that a client may have.
const MOST_RATE: f64 = 1e6;

const START: &str = "the second at which a window of 600 begins, after that of the line before";
const RATE: &str = "jobs a second, from zero to a million";
const CV: &str = "the coefficient of variation of gaps";
const FAMILY: &str = "Gamma, Weibull or nothing";

/// One line of rates.
pub(super) struct Row {
    pub(super) window: Window,
    /// Whether its variation is beyond what gaps can have.
    pub(super) held: bool,
}

/// `1200,0.273,6.016,Weibull,0.49,3.38`: when it begins, jobs a second, variation and family; what
/// the family was fitted with says nothing that those do not. `next` is the earliest window that
/// may follow.
pub(super) fn row(text: &str, next: u64) -> Result<Row, Wrong> {
    let mut at = 0;
    let mut field = || {
        let rest = text.get(at..)?;
        let found = rest.split(',').next().unwrap_or(rest);
        let place = (at, found.len());
        at += found.len() + 1;
        Some((found.trim(), place))
    };
    let wrong = |place: Option<(usize, usize)>, expected: &'static str| {
        let (at, length) = place.unwrap_or((text.len(), 0));
        Wrong { at, length, expected: Cow::Borrowed(expected) }
    };
    let (start, place) = field().ok_or_else(|| wrong(None, START))?;
    let seconds = number::scaled(start, 1_000).and_then(|ms| u64::try_from(ms).ok());
    let window = seconds.filter(|ms| (ms * 1_000_000).is_multiple_of(WINDOW));
    let number = window.map(|ms| ms * 1_000_000 / WINDOW).filter(|number| *number >= next);
    let number = number.and_then(|number| u32::try_from(number).ok());
    let number = number.ok_or_else(|| wrong(Some(place), START))?;
    let (rate, place) = field().ok_or_else(|| wrong(None, RATE))?;
    let rate = rate.parse().ok().filter(|rate: &f64| (0.0..=MOST_RATE).contains(rate));
    let jobs = jobs(rate.ok_or_else(|| wrong(Some(place), RATE))?);
    let (cv, cv_place) = field().ok_or_else(|| wrong(None, CV))?;
    let (family, family_place) = field().ok_or_else(|| wrong(None, FAMILY))?;
    if jobs == 0 {
        let gaps = Gaps::Exponential;
        return Ok(Row { window: Window { number, gaps, jobs }, held: false });
    }
    let variation = || {
        let cv = cv.parse().ok().filter(|cv: &f64| cv.is_finite() && *cv >= 0.0);
        cv.ok_or_else(|| wrong(Some(cv_place), CV))
    };
    let (gaps, cv) = match family {
        "" => (Gaps::Exponential, 1.0),
        "Gamma" => (Gaps::Gamma(Variation::near(variation()?)), variation()?),
        "Weibull" => (Gaps::Weibull(Variation::near(variation()?)), variation()?),
        _ => return Err(wrong(Some(family_place), FAMILY)),
    };
    let held = !(Variation::LEAST.number()..=Variation::MOST.number()).contains(&cv);
    Ok(Row { window: Window { number, gaps: gaps.plain(), jobs }, held })
}

/// How many millionths of a job a window has at so many jobs a second.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the rate is held between nothing and a million"
)]
fn jobs(per_second: f64) -> u64 {
    let seconds = (WINDOW / SECOND) as f64;
    (per_second * seconds * JOB as f64).round() as u64
}
