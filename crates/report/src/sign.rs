//! The signs of how a cell stands: shapes first, colour second.

use maud::{Markup, html};
use run_record::Verdict;

use crate::study::Standing;

/// The class of a cell.
pub(crate) const fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Meets => "met",
        Standing::OnAverage => "edge",
        Standing::InTime => "part",
        Standing::Misses => "miss",
        Standing::Unjudged => "open",
        Standing::Unasked => "none",
    }
}

/// What a sign means.
pub(crate) const fn words(standing: Standing) -> &'static str {
    match standing {
        Standing::Meets => "meets everything",
        Standing::OnAverage => "on average, not in every seed",
        Standing::InTime => "in time, misses another",
        Standing::Misses => "misses",
        Standing::Unjudged => "not judged",
        Standing::Unasked => "nothing asked",
    }
}

/// The same sign where there are letters only.
pub(crate) const fn letters(standing: Standing) -> &'static str {
    match standing {
        Standing::Meets => "✓",
        Standing::OnAverage => "(✓)",
        Standing::InTime => "△",
        Standing::Misses => "✗",
        Standing::Unjudged => "–",
        Standing::Unasked => "",
    }
}

/// A filled tick, an outlined tick, a triangle, a cross, a dash, or nothing.
pub(crate) fn of(standing: Standing) -> Markup {
    html! {
        @match standing {
            Standing::Meets => svg.sign.sign-met viewBox="0 0 16 16" aria-hidden="true" {
                circle cx="8" cy="8" r="7.5" {}
                path d="M4.4 8.3l2.5 2.5 4.7-5.3" {}
            },
            Standing::OnAverage => svg.sign.sign-edge viewBox="0 0 16 16" aria-hidden="true" {
                circle cx="8" cy="8" r="6.8" {}
                path d="M4.9 8.2l2.2 2.3 4.1-4.7" {}
            },
            Standing::InTime => svg.sign.sign-part viewBox="0 0 16 16" aria-hidden="true" {
                path.body d="M8 1l7 13.4H1z" {}
                path d="M8 6v4.1M8 12.2v.5" {}
            },
            Standing::Misses => svg.sign.sign-miss viewBox="0 0 16 16" aria-hidden="true" {
                path d="M3.8 3.8l8.4 8.4M12.2 3.8l-8.4 8.4" {}
            },
            Standing::Unjudged => svg.sign.sign-open viewBox="0 0 16 16" aria-hidden="true" {
                path d="M3 8h10" {}
            },
            Standing::Unasked => {},
        }
    }
}

/// The sign of one expectation's verdict.
pub(crate) fn of_verdict(verdict: Verdict) -> Markup {
    of(as_standing(verdict))
}

/// How a cell stands of which one expectation is all there is.
pub(crate) const fn as_standing(verdict: Verdict) -> Standing {
    match verdict {
        Verdict::Met => Standing::Meets,
        Verdict::Unjudged => Standing::Unjudged,
        Verdict::Missed => Standing::Misses,
    }
}
