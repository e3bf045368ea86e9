//! The headers of a response: what the edition shows of the limits, and the same under other names for
//! readers that know no others.
//!
//! `OpenAI`'s names and the IETF's fields (draft-ietf-httpapi-ratelimit-headers-10) tell a quota, what is
//! left of it and when it is whole again. The quota is that of the window which the edition counts in,
//! since that is what the rest is left of: where an edition shows ten a second and counts in two, the
//! quota is twenty. They tell nothing that the edition does not show.

use std::fmt::Write as _;

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use limits::{Rate, Requests, Span};
use rulebook::{Edition, HeaderWords};
use wire::{Rate10, Shows, text};

use crate::mock::Mock;

/// An edition's header names as HTTP has them, read once.
pub(crate) struct Names(Vec<(String, HeaderName)>);

impl Names {
    /// Names that HTTP does not allow are left out.
    pub(crate) fn of(words: &HeaderWords) -> Self {
        let HeaderWords {
            limit,
            remaining,
            reset,
            hint,
            hint_millis,
            limited,
            limit_tokens,
            remaining_tokens,
            limit_dynamic,
            remaining_dynamic,
        } = words;
        let all = [
            limit,
            remaining,
            reset,
            hint,
            hint_millis,
            limited,
            limit_tokens,
            remaining_tokens,
            limit_dynamic,
            remaining_dynamic,
        ];
        let read = |name: &String| Some((name.clone(), HeaderName::try_from(name).ok()?));
        Self(all.into_iter().filter_map(read).collect())
    }

    fn get(&self, name: &str) -> Option<&HeaderName> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, name)| name)
    }
}

impl Mock {
    /// Puts what the edition shows of the limits into the headers.
    pub(crate) fn show(&self, shows: &Shows, headers: &mut HeaderMap) {
        let words = self.plan.edition.words();
        text::write(shows, &words.as_words(), &mut |name, value| {
            if let (Some(name), Ok(value)) = (self.names.get(name), HeaderValue::try_from(value)) {
                headers.insert(name, value);
            }
        });
        let style = self.plan.headers;
        if style.adds() {
            let told = Told::of(&self.plan.edition, shows);
            if style.openai {
                told.as_openai(headers);
            }
            if style.ietf {
                told.as_ietf(headers);
            }
        }
    }
}

/// What `OpenAI`'s names tell, of requests and of tokens.
const OPENAI: [&str; 2] = ["requests", "tokens"];

/// How all of those names begin.
const RATE_LIMIT: &str = "x-ratelimit"; // ours: OpenAI's prefix, which Together's names share

/// What is shown of the limits, in terms of a window.
#[derive(Copy, Clone, Debug)]
struct Told {
    requests: Standing,
    tokens: Standing,
    /// Seconds of the window.
    window: Option<u64>,
    /// Seconds until it is over.
    reset: Option<u32>,
}

/// A quota, and what is left of it.
#[derive(Copy, Clone, Debug)]
struct Standing {
    quota: Option<u64>,
    left: Option<u32>,
}

impl Told {
    fn of(edition: &Edition, shows: &Shows) -> Self {
        let rate = shows.limit.and_then(rate);
        let window = rate.map(|rate| edition.window_of(rate));
        let quota = rate.zip(window).map(|(rate, window)| rate.over(window));
        let tokens = shows.limit_tokens.map(|limit| limit.0 / Rate10::ONE.0);
        let second = Span::from_secs(1).nanos();
        Self {
            requests: Standing { quota, left: shows.remaining },
            tokens: Standing { quota: tokens, left: shows.remaining_tokens },
            window: window.map(|window| window.nanos().saturating_add(second / 2) / second),
            reset: shows.reset,
        }
    }

    /// As `OpenAI` has it: <https://platform.openai.com/docs/guides/rate-limits>.
    fn as_openai(&self, headers: &mut HeaderMap) {
        let reset = self.reset.map(|seconds| format!("{seconds}s"));
        let both = OPENAI.into_iter().zip([self.requests, self.tokens]);
        for (what, Standing { quota, left }) in both {
            insert(headers, &format!("{RATE_LIMIT}-limit-{what}"), quota);
            insert(headers, &format!("{RATE_LIMIT}-remaining-{what}"), left);
            let reset = reset.as_ref().filter(|_| left.is_some());
            insert(headers, &format!("{RATE_LIMIT}-reset-{what}"), reset);
        }
    }

    /// As the IETF's draft has it: lists of named policies and of what is left under each.
    fn as_ietf(&self, headers: &mut HeaderMap) {
        let (mut policies, mut limits) = (String::new(), String::new());
        for (what, Standing { quota, left }) in
            [("requests", self.requests), ("tokens", self.tokens)]
        {
            let comma = |list: &String| if list.is_empty() { "" } else { ", " };
            // Writing to memory does not fail.
            if let (Some(quota), Some(window)) = (quota, self.window) {
                let _ = write!(policies, "{}\"{what}\";q={quota};w={window}", comma(&policies));
                if what != "requests" {
                    let _ = write!(policies, ";qu=\"{what}\"");
                }
            }
            if let Some(left) = left {
                let _ = write!(limits, "{}\"{what}\";r={left}", comma(&limits));
                if let Some(reset) = self.reset {
                    let _ = write!(limits, ";t={reset}");
                }
            }
        }
        insert(headers, "ratelimit-policy", Some(policies).filter(|list| !list.is_empty()));
        insert(headers, "ratelimit", Some(limits).filter(|list| !list.is_empty()));
    }
}

/// A shown limit as the rate it is.
fn rate(shown: Rate10) -> Option<Rate<Requests>> {
    Rate::every(Requests(shown.0), Span::from_secs(Rate10::ONE.0))
}

fn insert(headers: &mut HeaderMap, name: &str, value: Option<impl ToString>) {
    let value = value.and_then(|value| HeaderValue::try_from(value.to_string()).ok());
    if let (Ok(name), Some(value)) = (HeaderName::try_from(name), value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use wire::Hint;

    use super::*;

    fn written(shows: Shows, put: impl Fn(&Told, &mut HeaderMap)) -> String {
        let rulebook = rulebook::Rulebook::embedded().unwrap();
        let mut headers = HeaderMap::new();
        put(&Told::of(rulebook.edition("2025-11").unwrap(), &shows), &mut headers);
        let lines =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()));
        let mut lines: Vec<String> = lines.collect();
        lines.sort();
        lines.join("\n")
    }

    const SHOWN: Shows = Shows {
        limit: Some(Rate10::whole(10)),
        remaining: Some(19),
        reset: Some(2),
        hint: Hint::Seconds(2),
        limited: Some(false),
        limit_tokens: Some(Rate10::whole(3_000)),
        remaining_tokens: Some(2_900),
        limit_dynamic: None,
        remaining_dynamic: None,
    };

    #[test]
    fn readers_of_openais_names_get_a_quota_that_the_rest_is_left_of() {
        insta::assert_snapshot!(written(SHOWN, Told::as_openai), @r"
        x-ratelimit-limit-requests: 20
        x-ratelimit-limit-tokens: 3000
        x-ratelimit-remaining-requests: 19
        x-ratelimit-remaining-tokens: 2900
        x-ratelimit-reset-requests: 2s
        x-ratelimit-reset-tokens: 2s
        ");
        let slow =
            Shows { limit: Some(Rate10(1_666_666_667)), remaining: Some(0), ..Shows::default() };
        insta::assert_snapshot!(written(slow, Told::as_openai), @r"
        x-ratelimit-limit-requests: 1
        x-ratelimit-remaining-requests: 0
        ");
    }

    #[test]
    fn the_drafts_fields_are_lists_of_named_policies() {
        insta::assert_snapshot!(written(SHOWN, Told::as_ietf), @r#"
        ratelimit-policy: "requests";q=20;w=2, "tokens";q=3000;w=2;qu="tokens"
        ratelimit: "requests";r=19;t=2, "tokens";r=2900;t=2
        "#);
    }

    #[test]
    fn what_an_edition_does_not_show_is_under_no_other_name_either() {
        assert_eq!(written(Shows::default(), Told::as_openai), "");
        assert_eq!(written(Shows::default(), Told::as_ietf), "");
    }
}
