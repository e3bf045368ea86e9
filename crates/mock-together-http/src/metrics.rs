//! What happened so far, counted: `/metrics` in the text form of `OpenMetrics` 1.0.
//!
//! By hand rather than by a library: a count is looked up by text that is only borrowed (a route, a
//! model's name), for which libraries want a set of labels of one's own each time, and the form is
//! a page of code. Every label is of a closed set, so the page cannot grow without bound: addresses
//! and methods of the mock, statuses that it answers, limits that it names, models that it serves;
//! the rest is `other`.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Response};
use limits::Span;
use wire::Usage;

use crate::exchange::OTHER;
use crate::mock::Mock;
use crate::watch::Answered;

/// The media type of the page.
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// Up to how many milliseconds each bucket counts. Ours: from a refusal's to a long answer's.
const BUCKETS: [u64; 11] = [5, 25, 100, 250, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000];

const NANOS_IN_MILLI: u64 = 1_000_000;

/// Answers with the page.
pub(crate) async fn page(State(mock): State<Arc<Mock>>) -> Response<Body> {
    let keys = mock.keys();
    let mut response = Response::new(Body::from(mock.metrics.page(keys)));
    response.headers_mut().insert(CONTENT_TYPE, OPEN_METRICS);
    response
}

/// All counts of a mock.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    routes: BTreeMap<Box<str>, Route>,
    tokens: BTreeMap<Box<str>, Usage64>,
    underway: u64,
    streams: u64,
    left: u64,
}

/// What one address answered.
#[derive(Debug, Default)]
struct Route {
    /// By the model that was asked for, where one was.
    answers: BTreeMap<Box<str>, BTreeMap<Kind, u64>>,
    took: Took,
}

/// One kind of answer.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    method: &'static str,
    status: u16,
    by: &'static str,
}

/// How long heads took: in each bucket, and in all.
#[derive(Debug, Default)]
struct Took {
    within: [u64; BUCKETS.len()],
    count: u64,
    nanos: u128,
}

/// Tokens of a model.
#[derive(Debug, Default)]
struct Usage64 {
    prompt: u64,
    completion: u64,
}

impl Metrics {
    /// A response's head is out.
    pub(crate) fn answered(&self, answered: &Answered<'_>) {
        let model = match answered.model {
            Some(name) if answered.served => name,
            Some(_) => OTHER,
            None => "",
        };
        let mut counts = self.counts();
        let Answered { method, status, by, took, .. } = *answered;
        let kind = Kind { method, status: status.0, by: by.unwrap_or("") };
        under(&mut counts.routes, answered.route, |route| {
            route.took.count(took);
            under(&mut route.answers, model, |answers| *answers.entry(kind).or_default() += 1);
        });
    }

    /// A request was admitted.
    pub(crate) fn admitted(&self, stream: bool) {
        let mut counts = self.counts();
        counts.underway += 1;
        counts.streams += u64::from(stream);
    }

    /// An admitted request ended.
    pub(crate) fn ended(&self, model: &str, stream: bool, usage: Usage, left: bool) {
        let mut counts = self.counts();
        counts.underway = counts.underway.saturating_sub(1);
        counts.streams = counts.streams.saturating_sub(u64::from(stream));
        counts.left += u64::from(left);
        under(&mut counts.tokens, model, |tokens| {
            tokens.prompt += u64::from(usage.prompt);
            tokens.completion += u64::from(usage.completion);
        });
    }

    fn page(&self, keys: usize) -> String {
        let mut page = String::new();
        // Writing to memory does not fail.
        let _ = self.counts().write(&mut page, keys);
        page
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts under a name, which is copied when it comes for the first time.
fn under<T: Default>(map: &mut BTreeMap<Box<str>, T>, name: &str, count: impl FnOnce(&mut T)) {
    if let Some(known) = map.get_mut(name) {
        return count(known);
    }
    count(map.entry(name.into()).or_default());
}

impl Took {
    fn count(&mut self, took: Span) {
        self.count += 1;
        self.nanos += u128::from(took.nanos());
        for (within, most) in self.within.iter_mut().zip(BUCKETS) {
            *within += u64::from(took.nanos() <= most * NANOS_IN_MILLI);
        }
    }
}

impl Counts {
    fn write(&self, out: &mut String, keys: usize) -> fmt::Result {
        family(out, "tierlab_requests", "counter", "Responses whose head is out.")?;
        for (name, route) in &self.routes {
            let answers = route.answers.iter().flat_map(|(model, answers)| {
                answers.iter().map(move |(kind, count)| (model, kind, count))
            });
            for (model, Kind { method, status, by }, count) in answers {
                let (name, model) = (Escaped(name), Escaped(model));
                writeln!(
                    out,
                    "tierlab_requests_total{{method=\"{method}\",route=\"{name}\",\
                     status=\"{status}\",decided_by=\"{by}\",model=\"{model}\"}} {count}"
                )?;
            }
        }
        family(
            out,
            "tierlab_head_seconds",
            "histogram",
            "From a request's head to its response's.",
        )?;
        writeln!(out, "# UNIT tierlab_head_seconds seconds")?;
        for (name, Route { took, .. }) in &self.routes {
            took.write(out, &Escaped(name))?;
        }
        family(out, "tierlab_tokens", "counter", "Tokens charged to requests that ended.")?;
        for (name, Usage64 { prompt, completion }) in &self.tokens {
            let name = Escaped(name);
            for (kind, count) in [("prompt", prompt), ("completion", completion)] {
                writeln!(out, "tierlab_tokens_total{{model=\"{name}\",kind=\"{kind}\"}} {count}")?;
            }
        }
        family(out, "tierlab_left", "counter", "Admitted requests whose client left.")?;
        writeln!(out, "tierlab_left_total {}", self.left)?;
        for (name, what, count) in [
            ("tierlab_underway", "Admitted requests that have not ended.", self.underway),
            ("tierlab_streams", "Of these, the streamed ones.", self.streams),
            ("tierlab_keys", "Keys that are known.", u64::try_from(keys).unwrap_or(u64::MAX)),
        ] {
            family(out, name, "gauge", what)?;
            writeln!(out, "{name} {count}")?;
        }
        writeln!(out, "# EOF")
    }
}

impl Took {
    fn write(&self, out: &mut String, route: &Escaped<'_>) -> fmt::Result {
        for (most, within) in BUCKETS.iter().zip(self.within) {
            let (whole, part) = (most / 1_000, most % 1_000);
            writeln!(
                out,
                "tierlab_head_seconds_bucket{{route=\"{route}\",le=\"{whole}.{part:03}\"}} {within}"
            )?;
        }
        let count = self.count;
        writeln!(out, "tierlab_head_seconds_bucket{{route=\"{route}\",le=\"+Inf\"}} {count}")?;
        let (seconds, nanos) = (self.nanos / 1_000_000_000, self.nanos % 1_000_000_000);
        writeln!(out, "tierlab_head_seconds_sum{{route=\"{route}\"}} {seconds}.{nanos:09}")?;
        writeln!(out, "tierlab_head_seconds_count{{route=\"{route}\"}} {count}")
    }
}

fn family(out: &mut String, name: &str, kind: &str, help: &str) -> fmt::Result {
    writeln!(out, "# TYPE {name} {kind}\n# HELP {name} {help}")
}

/// A text as the value of a label has it.
struct Escaped<'t>(&'t str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\\' => out.write_str("\\\\")?,
                '"' => out.write_str("\\\"")?,
                '\n' => out.write_str("\\n")?,
                letter => out.write_char(letter)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wire::Status;

    use super::*;

    fn answered(model: Option<&str>, served: bool, millis: u64) -> Answered<'_> {
        Answered {
            at: limits::Instant::START,
            took: Span::from_millis(millis),
            method: "POST",
            route: "/v1/chat/completions",
            model,
            served,
            status: Status::OK,
            by: None,
            underway: true,
        }
    }

    #[test]
    fn what_nobody_serves_is_counted_as_one_other() {
        let metrics = Metrics::default();
        for number in 0..1_000 {
            metrics.answered(&answered(Some(&number.to_string()), false, 1));
        }
        metrics.answered(&answered(Some("a\"b\\c\nd"), true, 1));
        let page = metrics.page(0);
        assert!(page.contains("model=\"other\"} 1000\n"), "{page}");
        assert!(page.contains(r#"model="a\"b\\c\nd"} 1"#), "{page}");
        assert_eq!(page.matches("tierlab_requests_total{").count(), 2, "{page}");
    }

    #[test]
    fn buckets_add_up_and_the_sum_is_exact() {
        let metrics = Metrics::default();
        for millis in [5, 6, 60_000, 60_001] {
            metrics.answered(&answered(None, false, millis));
        }
        let page = metrics.page(0);
        for line in [
            "le=\"0.005\"} 1\n",
            "le=\"0.025\"} 2\n",
            "le=\"60.000\"} 3\n",
            "le=\"+Inf\"} 4\n",
            "_sum{route=\"/v1/chat/completions\"} 120.012000000\n",
        ] {
            assert!(page.contains(line), "{line}{page}");
        }
    }

    #[test]
    fn what_ended_is_underway_no_more() {
        let metrics = Metrics::default();
        metrics.admitted(true);
        metrics.admitted(false);
        let page = metrics.page(3);
        for line in ["tierlab_underway 2\n", "tierlab_streams 1\n", "tierlab_keys 3\n"] {
            assert!(page.contains(line), "{page}");
        }
        metrics.ended("m", true, Usage { prompt: 3, completion: 4 }, true);
        let page = metrics.page(3);
        for line in [
            "tierlab_underway 1\n",
            "tierlab_streams 0\n",
            "tierlab_left_total 1\n",
            "kind=\"prompt\"} 3\n",
            "kind=\"completion\"} 4\n",
        ] {
            assert!(page.contains(line), "{page}");
        }
        assert!(page.ends_with("# EOF\n"));
    }
}
