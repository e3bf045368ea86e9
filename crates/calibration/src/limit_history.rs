//! The limits that rows showed, as series where they move.

use limits::Instant;
use wire::Rate10;

use crate::terms::Shown;

/// A limit that held for an account and a model from some row on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InferredLimit {
    /// Whose it is.
    pub account: String,
    /// The model's id.
    pub model: String,
    /// When the first row of it arrived.
    pub from: Instant,
    /// When the last one did.
    pub to: Instant,
    /// Requests a second.
    pub requests: Rate10,
    /// Tokens a second, as shown; none where they are not counted, which is shown as a limit of 0.
    pub tokens: Option<Rate10>,
    /// How many rows show it.
    pub rows: u64,
    /// What the edition has for that tier and model, in requests a second.
    pub edition: Option<Rate10>,
}

/// No series is longer: where limits go to and fro, two accounts are taken for one.
const LONGEST: usize = 1_000;

/// The series of one account and model.
#[derive(Debug, Default)]
pub(crate) struct LimitHistory(Vec<Held>);

#[derive(Debug)]
struct Held {
    shown: Shown,
    from: Instant,
    to: Instant,
    rows: u64,
}

impl LimitHistory {
    pub(crate) fn add(&mut self, shown: Shown, at: Instant) {
        let has_room = self.0.len() < LONGEST;
        match self.0.last_mut() {
            Some(held) if held.shown == shown => {
                held.to = held.to.max(at);
                held.rows += 1;
            }
            _ if has_room => {
                self.0.push(Held { shown, from: at, to: at, rows: 1 });
            }
            _ => {}
        }
    }

    pub(crate) fn told(
        &self,
        (account, model): (&str, &str),
        edition: Option<Rate10>,
    ) -> impl Iterator<Item = InferredLimit> {
        self.0.iter().map(move |held| InferredLimit {
            account: account.to_owned(),
            model: model.to_owned(),
            from: held.from,
            to: held.to,
            requests: held.shown.requests,
            tokens: held.shown.tokens.filter(|tokens| *tokens != Rate10(0)),
            rows: held.rows,
            edition,
        })
    }
}
