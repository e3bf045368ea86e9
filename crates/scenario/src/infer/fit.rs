//! What is inferred of a sketch: groups, and for each a curve of rates, gaps and lengths.

use rulebook::{Edition, Work};

use super::counts::{dispersion, joined};
use super::drifting::{self, Drifting};
use super::histogram::Histogram;
use super::series::Series;
use super::{OTHERS, Sketch};

/// Groups that a scenario is given; the models beyond them share one more.
const MOST_GROUPS: usize = 8;

/// Rates that a curve is given: more, and nobody reads the file.
const MOST_RATES: i64 = 1_440;

const SECOND: i64 = 1_000_000_000;

/// How long a step of the curve may be, in minutes and in seconds, longest first.
const MINUTES: [i64; 9] = [120, 60, 30, 20, 15, 10, 5, 2, 1];
const SECONDS: [i64; 6] = [30, 20, 10, 5, 2, 1];

/// An index of dispersion is kept to this share.
const KEPT: f64 = 0.15;

/// Gaps are Poisson's unless they make this much more of the variance of a second.
const MORE_THAN_POISSON: f64 = 0.2;

/// The most uneven gaps within a step: what is more so is left to a finer curve.
const MOST_CV: f64 = 4.0;

/// The most even gaps that the language has.
const LEAST_CV: f64 = 0.1;

/// So many windows fit into a step when it is asked how evenly jobs are spaced within.
const IN_A_STEP: usize = 5;

/// What a log's traffic is like, in the words of a scenario.
#[derive(Clone, Debug)]
pub struct Inferred {
    pub(super) groups: Vec<Fitted>,
    /// Models that share the last group, beyond those that have one of their own.
    pub(super) shared: usize,
}

/// A property that an inferred scenario has, left out to learn what it does.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Without {
    /// One rate all the time.
    Curve,
    /// A curve of steps six times as long.
    FineSteps,
    /// Poisson gaps.
    Gaps,
    /// Lognormal lengths instead of measured ones.
    Quantiles,
    /// Prompts and answers that know nothing of one another.
    Correlation,
    /// Lengths that do not go with the time.
    Drift,
}

impl Without {
    /// Each of them.
    pub const ALL: [Without; 6] = [
        Without::Curve,
        Without::FineSteps,
        Without::Gaps,
        Without::Quantiles,
        Without::Correlation,
        Without::Drift,
    ];

    /// What is there in its place.
    #[must_use]
    pub const fn instead(self) -> &'static str {
        match self {
            Without::Curve => "one rate all the time",
            Without::FineSteps => "a curve of steps six times as long",
            Without::Gaps => "Poisson gaps",
            Without::Quantiles => "lognormal lengths",
            Without::Correlation => "prompts and answers that know nothing of one another",
            Without::Drift => "lengths that do not go with the time",
        }
    }
}

/// One group.
#[derive(Clone, Debug)]
pub(super) struct Fitted {
    /// Nothing where the log names none.
    pub(super) model: Option<String>,
    /// What the edition knows of the model, else chat: it says which lengths mean something.
    pub(super) work: Work,
    pub(super) jobs: u64,
    /// Nanoseconds of a step.
    pub(super) every: i64,
    /// Jobs of each whole step.
    pub(super) counts: Vec<u64>,
    /// Jobs after the last whole step, and for how many nanoseconds.
    pub(super) rest: (u64, i64),
    /// How uneven gaps are within the curve; Poisson's where it is not said.
    pub(super) cv: Option<f64>,
    pub(super) prompt: Histogram,
    pub(super) answer: Histogram,
    pub(super) correlation: f64,
    pub(super) drift: Option<Drifting>,
}

impl Sketch {
    /// What its traffic is like. The edition knows which models do other work than chat.
    #[must_use]
    pub fn infer(&self, edition: &Edition) -> Inferred {
        let mut order: Vec<(&u32, &Series)> = self.series.iter().collect();
        order.sort_by_key(|(place, series)| (**place == OTHERS, u64::MAX - series.jobs));
        let (own, few) = order.split_at(order.len().min(MOST_GROUPS));
        let mut all: Vec<(Option<String>, Series)> =
            own.iter().map(|(place, series)| (self.name_of(**place), (*series).clone())).collect();
        let work_of = |model: &Option<String>| {
            model.as_ref().and_then(|model| edition.work(model)).unwrap_or_default()
        };
        // One that chats stands for all, where there is one: with another's work lengths were lost.
        let chats =
            |(place, _): &&(&u32, &Series)| work_of(&self.name_of(**place)).answers_in_tokens();
        if let Some((first, _)) = few.iter().find(chats).or(few.first()) {
            let mut together = Series::default();
            for (_, series) in few {
                together.merge(series);
            }
            all.push((self.name_of(**first), together));
        }
        // The clocks of all groups are one.
        let width = all.iter().map(|(_, series)| series.counts.width()).max().unwrap_or(SECOND);
        let counts: Vec<_> = all.iter().map(|(_, series)| series.counts.at_width(width)).collect();
        let spans = counts.iter().map(super::counts::Counts::span);
        let (begins, ends) = spans.fold((i64::MAX, i64::MIN), |(first, last), (begin, end)| {
            (first.min(begin), last.max(end))
        });
        let groups = all.iter().zip(&counts).map(|((model, series), counts)| {
            let bins = counts.over(begins, ends);
            let fitted = fitted(series, &bins, width, begins.saturating_mul(width));
            let work = work_of(model);
            // Rows of one stamp are spread evenly here: that says nothing of the log's own gaps.
            let told = self.tick.is_none_or(|tick| tick <= i128::from(width));
            let cv = fitted.cv.filter(|cv| told || *cv >= 1.0);
            Fitted { model: model.clone(), work, cv, ..fitted }
        });
        Inferred { groups: groups.collect(), shared: few.len() }
    }

    fn name_of(&self, place: u32) -> Option<String> {
        let name = usize::try_from(place).ok().and_then(|place| self.models.get(place));
        name.filter(|name| !name.is_empty()).cloned()
    }
}

fn fitted(series: &Series, bins: &[u32], width: i64, begins: i64) -> Fitted {
    let Curve { every, cv } = curve(bins, width);
    let by = usize::try_from(every / width.max(1)).unwrap_or(1).max(1);
    let counts = joined(bins, by);
    let rest = bins.chunks_exact(by).remainder();
    let seconds = width.saturating_mul(i64::try_from(rest.len()).unwrap_or(0));
    let rest = (rest.iter().map(|count| u64::from(*count)).sum(), seconds);
    let ends = begins + width * i64::try_from(bins.len()).unwrap_or(0) - 1;
    let (lengths, drift) = drifting::of(&series.blocks, begins, ends);
    Fitted {
        model: None,
        work: Work::Chat,
        jobs: series.jobs,
        every,
        counts,
        rest,
        cv,
        prompt: lengths.prompt,
        answer: lengths.answer,
        correlation: series.sample.correlation(),
        drift,
    }
}

struct Curve {
    every: i64,
    cv: Option<f64>,
}

/// The coarsest curve that has the dispersion of the log, at a second, ten and sixty (or of so many
/// bins, where a log is long); what it misses at one second is left to the gaps.
///
/// Under a curve of steps that each hold N jobs, counts of windows shorter than a step have the
/// index 1 + (window ÷ step) · Var(N) ÷ E(N); gaps of cv c in place of Poisson's add c² − 1 to it.
fn curve(bins: &[u32], width: i64) -> Curve {
    let span = width.saturating_mul(i64::try_from(bins.len()).unwrap_or(i64::MAX));
    let few_enough = |every: &i64| span / every < MOST_RATES;
    let by_bins = (0..40).rev().map(|power| width.saturating_mul(1 << power));
    let by_clock = MINUTES.iter().map(|step| step * 60).chain(SECONDS).map(|step| step * SECOND);
    let mut steps: Vec<i64> = if width == SECOND {
        by_clock.collect()
    } else {
        by_bins.filter(|every| *every <= span).collect()
    };
    steps.retain(few_enough);
    let finest = steps.last().copied().unwrap_or(span.max(SECOND));
    let of = |by: usize| dispersion(bins, by);
    let Some(second) = of(1) else { return Curve { every: finest, cv: None } };
    for every in steps {
        let by = usize::try_from(every / width).unwrap_or(1).max(1);
        let Some(step) = of(by) else { continue };
        let under = |window: usize| 1.0 + step * window as f64 / by as f64;
        let more = (second - under(1)).max(0.0);
        let last = every == finest;
        let fits = |window: usize| {
            // Jobs that are spaced more evenly than by chance are seen to below.
            let kept = |there: f64| ((under(window) + more) / there.max(1.0) - 1.0).abs() <= KEPT;
            window >= by || of(window).is_none_or(kept)
        };
        let cv = (1.0 + more).sqrt();
        if last || (cv <= MOST_CV && fits(1) && fits(10) && fits(60)) {
            let uneven = more > MORE_THAN_POISSON;
            let cv = uneven.then_some(cv.min(MOST_CV));
            return Curve { every, cv: cv.or_else(|| spaced(bins, by, step)) };
        }
    }
    Curve { every: finest, cv: None }
}

/// The cv of gaps more even than Poisson's, where chance does not account for it: three standard
/// errors below 1. Counts of windows that hold m jobs on average then have the index cv² + 1 ÷ 6m,
/// and the curve with its own counts, of the index `step`, adds its part.
fn spaced(bins: &[u32], by: usize, step: f64) -> Option<f64> {
    let window = by / IN_A_STEP;
    let windows = bins.len().checked_div(window)? as f64;
    let jobs = bins.iter().map(|count| f64::from(*count)).sum::<f64>();
    let there = dispersion(bins, window)? - step * window as f64 / by as f64;
    let by_chance = 3.0 * (2.0 / windows).sqrt();
    let cv = (there - windows / (6.0 * jobs.max(1.0))).max(0.0).sqrt();
    (there < 1.0 - by_chance).then_some(cv.max(LEAST_CV))
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;
    use crate::Scenario;

    /// The cv that is inferred of an hour's own draws.
    fn inferred(phase: &str) -> Option<f64> {
        let rulebook = Rulebook::embedded().unwrap();
        let text = format!(
            "title = \"t\"\nedition = \"2025-11\"\n[account]\ntier = \"build-2\"\n[[group]]\n\
             name = \"g\"\nmodel = \"m\"\nprompt = 9\nanswer = 9\ntraffic = {{ {phase} }}\n"
        );
        let scenario = Scenario::parse("t", &text, &rulebook).unwrap();
        let sketch = Sketch::of(&scenario);
        sketch.infer(rulebook.edition("2025-11").unwrap()).groups[0].cv
    }

    #[test]
    fn gaps_more_even_than_by_chance_are_found_again() {
        for cv in [0.2, 0.4, 0.6] {
            let found =
                inferred(&format!("gamma = {{ rate = \"2/s\", cv = {cv}, lasts = \"1h\" }}"));
            assert!(found.is_some_and(|found| (found - cv).abs() < 0.12), "{cv}: {found:?}");
        }
        assert_eq!(inferred("steady = { rate = \"2/s\", lasts = \"1h\" }"), Some(LEAST_CV));
        assert_eq!(inferred("poisson = { rate = \"2/s\", lasts = \"1h\" }"), None);
        let uneven = inferred("gamma = { rate = \"2/s\", cv = 3, lasts = \"1h\" }");
        assert!(uneven.is_none_or(|cv| cv > 1.0), "{uneven:?}");
    }
}
