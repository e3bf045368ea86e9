//! An inferred scenario as text, with what was inferred said beside it.

use core::fmt::Write as _;

use super::fit::{Fitted, Inferred, Without};
use super::histogram::Histogram;

/// Quantiles that a law is written with, and their names in the language: closer together in the
/// tail, where a straight line from one to the next makes lengths longer than they are.
const QUANTILES: [(&str, f64); 35] = [
    ("p01", 0.01),
    ("p02", 0.02),
    ("p05", 0.05),
    ("p10", 0.1),
    ("p15", 0.15),
    ("p20", 0.2),
    ("p25", 0.25),
    ("p30", 0.3),
    ("p35", 0.35),
    ("p40", 0.4),
    ("p45", 0.45),
    ("p50", 0.5),
    ("p55", 0.55),
    ("p60", 0.6),
    ("p65", 0.65),
    ("p70", 0.7),
    ("p75", 0.75),
    ("p80", 0.8),
    ("p85", 0.85),
    ("p90", 0.9),
    ("p91", 0.91),
    ("p92", 0.92),
    ("p93", 0.93),
    ("p94", 0.94),
    ("p95", 0.95),
    ("p96", 0.96),
    ("p97", 0.97),
    ("p98", 0.98),
    ("p99", 0.99),
    ("p992", 0.992),
    ("p994", 0.994),
    ("p996", 0.996),
    ("p998", 0.998),
    ("p999", 0.999),
    ("p9995", 0.9995),
];

/// A line of a list is not longer.
const WIDTH: usize = 96;

const SECOND: i64 = 1_000_000_000;

/// Correlations below this are told from none by a larger sample only.
const A_CORRELATION: f64 = 0.05;

/// What stands above an inferred scenario.
#[derive(Clone, Debug, Default)]
pub struct Heading {
    /// Its title.
    pub title: String,
    /// The edition that it names.
    pub edition: String,
    /// The tier of the account.
    pub tier: String,
    /// The model of groups whose rows name none.
    pub model: String,
    /// What was inferred and how well it fits, a line each, put into comments.
    pub notes: Vec<String>,
}

impl Inferred {
    /// The text of a scenario; `without` a property, it is written as if the log had not got it.
    #[must_use]
    pub fn text(&self, heading: &Heading, without: Option<Without>) -> String {
        let Heading { title, edition, tier, model, notes } = heading;
        let mut text = String::new();
        for note in notes {
            let _ = writeln!(text, "{}", format!("# {note}").trim_end());
        }
        let [title, edition, tier] = [title, edition, tier].map(|word| quoted(word));
        let _ = write!(
            text,
            "\ntitle   = {title}\nedition = {edition}\nseed    = 1\n\n[account]\ntier = {tier}\n"
        );
        let mut names: Vec<String> = Vec::new();
        for (place, group) in self.groups.iter().enumerate() {
            let shared = self.shared > 0 && place + 1 == self.groups.len();
            let mut name = if shared { "others".to_owned() } else { group.short_name() };
            while names.contains(&name) {
                name.push_str("-again");
            }
            text.push_str(&group.text(&name, model, without));
            names.push(name);
        }
        text
    }

    /// The model of its first group, where the log names it.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.groups.first()?.model.as_deref()
    }

    /// What was inferred, a line each.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        let mut told = Vec::new();
        for group in &self.groups {
            let Fitted { work, every, cv, correlation, drift, prompt, answer, counts, .. } = group;
            if self.groups.len() > 1 {
                told.push(format!("of {}, {} jobs:", group.short_name(), group.jobs));
            }
            let most = counts.iter().max().copied().unwrap_or(0);
            let mean = group.jobs as f64 / (counts.len().max(1)) as f64;
            told.push(format!(
                "rates in {} step{} of {}, the busiest {:.1} times the mean; gaps {}",
                counts.len(),
                if counts.len() == 1 { "" } else { "s" },
                time(*every),
                most as f64 / mean.max(f64::MIN_POSITIVE),
                cv.map_or("as Poisson's".to_owned(), |cv| format!("of cv {cv:.1} within them")),
            ));
            if !work.answers_in_tokens() {
                let (mean, median) = (prompt.mean(), prompt.quantile(0.5));
                let counts =
                    format!("inputs of {mean:.0} tokens in the mean, {median} at the median");
                let without = "its limits count no tokens".to_owned();
                let lengths = if work.counts_tokens() { counts } else { without };
                told.push(format!("{work} work: {lengths}"));
                continue;
            }
            told.push(format!(
                "prompts of {:.0} tokens in the mean, {} at the median; answers of {:.0} and {}",
                prompt.mean(),
                prompt.quantile(0.5),
                answer.mean(),
                answer.quantile(0.5),
            ));
            told.push(format!("rank correlation of prompt and answer {correlation:.2}"));
            if let Some(drift) = drift {
                told.push(format!(
                    "mean lengths go with the time, in steps of {}",
                    time(drift.every)
                ));
            }
        }
        if self.shared > 0 {
            told.push(format!(
                "{} models with few jobs share one group, and the limits of the largest of them",
                self.shared
            ));
        }
        told
    }
}

impl Fitted {
    fn short_name(&self) -> String {
        let model = self.model.as_deref().unwrap_or("log");
        let last = model.rsplit('/').next().unwrap_or(model);
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        last.chars().map(plain).collect()
    }

    fn text(&self, name: &str, usual_model: &str, without: Option<Without>) -> String {
        let mut text = String::new();
        let model = self.model.as_deref().unwrap_or(usual_model);
        let note = if self.model.is_some() { "" } else { "   # the log names none" };
        let _ = write!(
            text,
            "\n[[group]]\nname   = {}\nmodel  = {}{note}\n",
            quoted(name),
            quoted(model)
        );
        let lengths = [
            ("prompt", &self.prompt, self.work.counts_tokens()),
            ("answer", &self.answer, self.work.answers_in_tokens()),
        ];
        for (key, lengths, _) in lengths.into_iter().filter(|(_, _, has)| *has) {
            let _ = writeln!(text, "{key} = {}", law(lengths, without));
        }
        if self.correlates() && without != Some(Without::Correlation) {
            let _ = writeln!(text, "correlation = {:.2}", self.correlation);
        }
        if let Some(drift) = self.drift.as_ref().filter(|_| without != Some(Without::Drift)) {
            let mut parts = vec![format!("every = \"{}\"", time(drift.every))];
            let percents = [
                ("prompt", &drift.prompt, self.work.counts_tokens()),
                ("answer", &drift.answer, self.work.answers_in_tokens()),
            ];
            for (key, percents, has) in percents {
                if has && !percents.is_empty() {
                    let percents = percents.iter().map(|percent| format!("\"{percent}%\""));
                    parts.push(format!("{key} = {}", list(&percents.collect::<Vec<_>>())));
                }
            }
            if parts.len() > 1 {
                let _ = writeln!(text, "drift = {{ {} }}", parts.join(", "));
            }
        }
        text.push_str("# deadline = \"30s\"   # the log does not say when an answer is too late\n");
        let _ = writeln!(text, "traffic = [\n{}]", self.traffic(without));
        text
    }

    fn correlates(&self) -> bool {
        let varies = |lengths: &Histogram| lengths.least() < lengths.most();
        self.work.answers_in_tokens()
            && self.correlation.abs() >= A_CORRELATION
            && varies(&self.prompt)
            && varies(&self.answer)
    }

    /// The curve, and a phase for what is left of the log after its last whole step.
    fn traffic(&self, without: Option<Without>) -> String {
        let by = match without {
            Some(Without::Curve) => self.counts.len(),
            Some(Without::FineSteps) => 6,
            _ => 1,
        };
        let by = by.clamp(1, self.counts.len().max(1));
        let every = self.every.saturating_mul(i64::try_from(by).unwrap_or(1));
        let cv = self.cv.filter(|_| without != Some(Without::Gaps));
        let gaps = cv.map_or("\"poisson\"".to_owned(), |cv| format!("{{ gamma = {cv:.2} }}"));
        let steps = self.counts.chunks_exact(by);
        let (mut jobs, mut lasts) = self.rest;
        for count in steps.remainder() {
            jobs += count;
            lasts += self.every;
        }
        let rates: Vec<String> = steps.map(|counts| rate(counts.iter().sum(), every)).collect();
        let mut text = String::new();
        if !rates.is_empty() {
            let (every, rates) = (time(every), list(&rates));
            let _ = writeln!(
                text,
                "  {{ curve = {{ every = \"{every}\", gaps = {gaps}, rates = {rates} }} }},"
            );
        }
        if jobs > 0 {
            let (rate, lasts) = (rate(jobs, lasts), time(lasts));
            let _ = match cv {
                None => {
                    writeln!(text, "  {{ poisson = {{ rate = {rate}, lasts = \"{lasts}\" }} }},")
                }
                Some(cv) => writeln!(
                    text,
                    "  {{ gamma = {{ rate = {rate}, cv = {cv:.2}, lasts = \"{lasts}\" }} }},"
                ),
            };
        }
        text
    }
}

/// Jobs a minute, to a thousandth.
fn rate(jobs: u64, nanos: i64) -> String {
    let per_minute = format!("{:.3}", jobs as f64 * 60e9 / nanos.max(1) as f64);
    let short = per_minute.trim_end_matches('0').trim_end_matches('.');
    format!("\"{short}/min\"")
}

/// A law as it was measured, each length at least one token.
fn law(lengths: &Histogram, without: Option<Without>) -> String {
    let (least, most) = (lengths.least().max(1), lengths.most().max(1));
    if least == most {
        return most.to_string();
    }
    if without == Some(Without::Quantiles) {
        let median = lengths.quantile(0.5).max(1);
        let p95 = lengths.quantile(0.95).max(median + 1);
        return format!(
            "{{ lognormal = {{ median = {median}, p95 = {p95}, min = {least}, max = {most} }} }}"
        );
    }
    let quantile = |(name, share): &(&str, f64)| {
        format!("{name} = {}", lengths.quantile(*share).clamp(least, most))
    };
    let inner = QUANTILES.iter().map(quantile);
    let all = core::iter::once(format!("min = {least}")).chain(inner);
    let all: Vec<String> = all.chain([format!("max = {most}")]).collect();
    // On one line, as long as it is: an inline table may not be broken before TOML 1.1.
    format!("{{ quantiles = {{ {} }} }}", all.join(", "))
}

fn list(words: &[String]) -> String {
    format!("[{}]", wrapped(words))
}

/// Words with commas, on one line or on several.
fn wrapped(words: &[String]) -> String {
    let one = words.join(", ");
    if one.len() < WIDTH / 2 {
        return format!(" {one} ");
    }
    let mut text = String::from("\n ");
    let mut width = 1;
    for word in words {
        if width + word.len() + 2 > WIDTH {
            text.push_str("\n ");
            width = 1;
        }
        text.push(' ');
        text.push_str(word);
        text.push(',');
        width += word.len() + 2;
    }
    text.push('\n');
    text
}

/// A length of time in whole seconds, minutes or hours.
fn time(nanos: i64) -> String {
    let seconds = nanos / SECOND;
    match seconds {
        _ if seconds % 3_600 == 0 && seconds > 0 => format!("{}h", seconds / 3_600),
        _ if seconds % 60 == 0 && seconds > 0 => format!("{}m", seconds / 60),
        _ => format!("{seconds}s"),
    }
}

/// A word as TOML has it in quotes.
fn quoted(word: &str) -> String {
    let mut text = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => {
                text.push('\\');
                text.push(c);
            }
            _ if c.is_control() => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
    text
}
