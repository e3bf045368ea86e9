//! What dedicated endpoints carry: throughput against what is asked for.

use crate::scenario::Scenario;

use super::peak::{peak, per_second};

/// What one endpoint carries of what is sent to it.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointCheck {
    /// The endpoint, by position in the scenario.
    pub endpoint: usize,
    /// The groups that send to it, by position.
    pub groups: Vec<usize>,
    /// Tokens of the mean job at the peak, prompt and answer together.
    pub mean_tokens: f64,
    /// Jobs a second that its fewest replicas carry; absent where nobody asks for anything yet.
    pub jobs_per_s_by_fewest: Option<f64>,
    /// Jobs a second that its most replicas carry; absent likewise.
    pub jobs_per_s_by_most: Option<f64>,
    /// Jobs a second that are asked for at the peak.
    pub peak_jobs_per_s: f64,
    /// Tokens a second that are asked for at the peak.
    pub peak_tokens_per_s: f64,
    /// The share of what its most replicas carry that is asked for at the peak; above one, jobs
    /// queue until the queue is full.
    pub share_at_peak: f64,
}

/// Holds what is sent to each endpoint against its throughput, in the order of the file.
#[must_use]
pub fn check_endpoints(scenario: &Scenario) -> Vec<EndpointCheck> {
    let of = |number: u32| {
        let groups = scenario.groups.iter().enumerate();
        let members = groups.filter(move |(_, group)| group.endpoint == Some(number));
        members.map(|(index, _)| index).collect::<Vec<usize>>()
    };
    let checks = scenario.endpoints.iter().enumerate().map(|(index, endpoint)| {
        let groups = of(endpoint.number);
        let peak = peak(scenario, &groups);
        let mean_tokens = if peak.jobs > 0.0 { peak.tokens / peak.jobs } else { 0.0 };
        let one = per_second(endpoint.throughput.amount().0, endpoint.throughput.per_span());
        let (fewest, most) = endpoint.replicas;
        let by = |replicas: core::num::NonZeroU32| {
            (mean_tokens > 0.0).then(|| one * f64::from(replicas.get()) / mean_tokens)
        };
        EndpointCheck {
            endpoint: index,
            groups,
            mean_tokens,
            jobs_per_s_by_fewest: by(fewest),
            jobs_per_s_by_most: by(most),
            peak_jobs_per_s: peak.jobs,
            peak_tokens_per_s: peak.tokens,
            share_at_peak: peak.tokens / (one * f64::from(most.get())),
        }
    });
    checks.collect()
}
