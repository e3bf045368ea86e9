//! One attempt by itself: what a log of a run has for each.
//!
//! Counts say how many; this says which. Two drives that claim to have done the same are compared
//! line by line, and whoever wants a figure that nobody thought of finds it here.

use serde::Serialize;
use wire::{Status, Usage};

use crate::exact;
use crate::recorder::{AttemptEnd, AttemptOutcome};

/// An attempt that ended, or that the run's end found under way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// Its group, by position in the scenario.
    pub group: u32,
    /// Which attempt it was, and how it ended.
    pub end: AttemptEnd,
}

impl Attempt {
    /// The attempt as one line of JSON, without the line's end. Instants are nanoseconds since the
    /// run began, as digits in a string; a key without meaning for an outcome is null.
    ///
    /// ```
    /// use limits::{Instant, Span};
    /// use run_record::{Attempt, AttemptEnd, AttemptOutcome, RefusedBy};
    /// use wire::Status;
    ///
    /// let (cause, truly) = (RefusedBy::Requests, RefusedBy::Requests);
    /// let how = AttemptOutcome::turned_away(Status::TOO_MANY_REQUESTS, cause, truly);
    /// let (sent, now) = (Instant::START, Instant::START.after(Span::from_millis(100)));
    /// let attempt = Attempt { group: 0, end: AttemptEnd { job: 7, n: 1, sent, now, how } };
    /// assert_eq!(
    ///     attempt.line(),
    ///     concat!(
    ///         r#"{"group":0,"job":7,"attempt":1,"sent_ns":"0","ended_ns":"100000000","#,
    ///         r#""outcome":"refused","status":429,"refused_by":"requests","truly":"requests","#,
    ///         r#""prompt_tokens":null,"completion_tokens":null}"#,
    ///     )
    /// );
    /// ```
    #[must_use]
    pub fn line(&self) -> String {
        let AttemptEnd { job, n, sent, now, how } = self.end;
        let bare = Line {
            group: self.group,
            job,
            attempt: n,
            sent_ns: sent.nanos(),
            ended_ns: now.nanos(),
            outcome: how.name(),
            status: None,
            refused_by: None,
            truly: None,
            prompt_tokens: None,
            completion_tokens: None,
        };
        let line = match how {
            AttemptOutcome::Ok(Usage { prompt, completion }) => Line {
                status: Some(Status::OK.0),
                prompt_tokens: Some(prompt),
                completion_tokens: Some(completion),
                ..bare
            },
            AttemptOutcome::Refused { status, cause, truly } => Line {
                status: Some(status.0),
                refused_by: Some(cause.name()),
                truly: Some(truly.name()),
                ..bare
            },
            AttemptOutcome::Failed { status } => Line { status: Some(status.0), ..bare },
            AttemptOutcome::Unanswered | AttemptOutcome::Cancelled | AttemptOutcome::Open => bare,
        };
        // Numbers and words always have a form in JSON.
        serde_json::to_string(&line).unwrap_or_default()
    }
}

impl AttemptOutcome {
    /// `ok`, `refused`, `failed`, `unanswered`, `cancelled`, `open`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ok(_) => "ok",
            Self::Refused { .. } => "refused",
            Self::Failed { .. } => "failed",
            Self::Unanswered => "unanswered",
            Self::Cancelled => "cancelled",
            Self::Open => "open",
        }
    }
}

#[derive(Serialize)]
struct Line {
    group: u32,
    job: u64,
    attempt: u32,
    #[serde(serialize_with = "exact::nanos")]
    sent_ns: u64,
    #[serde(serialize_with = "exact::nanos")]
    ended_ns: u64,
    outcome: &'static str,
    status: Option<u16>,
    refused_by: Option<&'static str>,
    truly: Option<&'static str>,
    prompt_tokens: Option<u32>,
    completion_tokens: Option<u32>,
}

#[cfg(test)]
mod tests {
    use limits::Instant;

    use super::*;
    use crate::leaf::RefusedBy;

    #[test]
    fn each_outcome_says_what_it_has_and_is_null_where_it_has_nothing() {
        let cause = RefusedBy::Other;
        let usage = Usage { prompt: 900, completion: 44 };
        let lines = [
            AttemptOutcome::Ok(usage),
            AttemptOutcome::turned_away(Status(402), cause, RefusedBy::Balance),
            AttemptOutcome::turned_away(Status(503), cause, cause),
            AttemptOutcome::turned_away(Status(302), cause, cause),
            AttemptOutcome::Unanswered,
            AttemptOutcome::Cancelled,
            AttemptOutcome::Open,
        ]
        .map(|how| {
            let end = AttemptEnd { job: 3, n: 2, sent: Instant::START, now: Instant::END, how };
            let line = Attempt { group: 1, end }.line();
            let (same, differs) = line.split_at(line.find("\"outcome\"").unwrap());
            assert_eq!(
                same,
                r#"{"group":1,"job":3,"attempt":2,"sent_ns":"0","ended_ns":"18446744073709551615","#
            );
            differs.replace("null", "-").replace('"', "")
        });
        insta::assert_snapshot!(lines.join("\n"), @r"
        outcome:ok,status:200,refused_by:-,truly:-,prompt_tokens:900,completion_tokens:44}
        outcome:refused,status:402,refused_by:other,truly:balance,prompt_tokens:-,completion_tokens:-}
        outcome:failed,status:503,refused_by:-,truly:-,prompt_tokens:-,completion_tokens:-}
        outcome:failed,status:302,refused_by:-,truly:-,prompt_tokens:-,completion_tokens:-}
        outcome:unanswered,status:-,refused_by:-,truly:-,prompt_tokens:-,completion_tokens:-}
        outcome:cancelled,status:-,refused_by:-,truly:-,prompt_tokens:-,completion_tokens:-}
        outcome:open,status:-,refused_by:-,truly:-,prompt_tokens:-,completion_tokens:-}
        ");
    }
}
