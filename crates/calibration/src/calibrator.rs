//! Row after row: predicted, compared, believed.

use std::collections::BTreeMap;
use std::sync::Arc;

use chance::Seed;
use limits::{Instant, Tokens};
use rulebook::{Assumptions, Edition, Model, Tier, Work};
use wire::Rate10;

use crate::accounts::Accounts;
use crate::calibration::{Calibration, Figures, Unexplained, replicas_of};
use crate::counter::{Said, Word};
use crate::gateway::{Gateway, explain};
use crate::latency::Latencies;
use crate::limit_history::LimitHistory;
use crate::reason::{Field, Reason, why_not};
use crate::refusals::{Cause, Refusals};
use crate::row::Row;
use crate::shares::{Hits, Shares};
use crate::shuffle::Shuffle;
use crate::terms::{Rules, Shown, Terms};

/// Rows are put in order of time among so many.
pub const ORDERED: usize = 1 << 16;

/// So many unexplained rows are listed; the others are only counted.
const LISTED: usize = 1_000;

/// What a log is held against.
#[derive(Clone, Debug)]
pub struct Question {
    /// The edition.
    pub edition: Arc<Edition>,
    /// What it supposes.
    pub given: Assumptions,
    /// The tier that the account is on, for rows that show no limit.
    pub tier: Option<Tier>,
    /// The most replicas that there may be; at least one is tried.
    pub replicas: u32,
    /// What shuffling grows from.
    pub seed: Seed,
}

/// Holds an edition against rows as they come.
#[derive(Debug)]
pub struct Calibrator {
    rules: Rules,
    accounts: Accounts,
    tier: Option<Tier>,
    /// Rows that wait for earlier ones, by time.
    waiting: BTreeMap<(Instant, u64), Row>,
    /// By account, model and the work that was asked of it: each class has limits of its own.
    pairs: BTreeMap<(String, Model, Work), Pair>,
    /// The limit that each model showed last, by account where the log names it.
    last_limits: BTreeMap<(Option<String>, Model), Rate10>,
    /// How many rows show which limit, by model.
    usual_limits: BTreeMap<Model, BTreeMap<Rate10, u64>>,
    trials: Vec<Trial>,
    baseline: Shares,
    refusals: Refusals,
    latencies: Latencies,
    rows: u64,
    with_headers: u64,
    in_open_window: u64,
    out_of_order: u64,
}

/// One number of replicas, tried out.
#[derive(Debug)]
struct Trial {
    explained: Shares,
    shuffle: Shuffle,
    unexplained: Vec<Unexplained>,
    unexplained_rows: u64,
}

/// One account's use of one model.
#[derive(Debug)]
struct Pair {
    terms: Arc<Terms>,
    /// When its latest row arrived.
    latest: Option<Instant>,
    /// One counter, two, and so on.
    gateways: Vec<Gateway>,
    history: LimitHistory,
}

impl Calibrator {
    /// Nothing is known yet.
    #[must_use]
    pub fn new(question: Question) -> Calibrator {
        let Question { edition, given, tier, replicas, seed } = question;
        let trial = |replicas| Trial {
            explained: Shares::default(),
            shuffle: Shuffle::new(seed, replicas),
            unexplained: Vec::new(),
            unexplained_rows: 0,
        };
        Calibrator {
            rules: Rules::new(edition, given),
            accounts: Accounts::new(tier.clone()),
            tier,
            waiting: BTreeMap::new(),
            pairs: BTreeMap::new(),
            last_limits: BTreeMap::new(),
            usual_limits: BTreeMap::new(),
            trials: (1..=replicas.max(1)).map(trial).collect(),
            baseline: Shares::default(),
            refusals: Refusals::default(),
            latencies: Latencies::default(),
            rows: 0,
            with_headers: 0,
            in_open_window: 0,
            out_of_order: 0,
        }
    }

    /// Takes the next row of the log; it is judged once no earlier one is to be expected.
    pub fn row(&mut self, row: Row) {
        self.rows += 1;
        self.with_headers += u64::from(row.has_headers());
        self.waiting.insert((row.at, row.number), row);
        if self.waiting.len() > ORDERED
            && let Some((_, earliest)) = self.waiting.pop_first()
        {
            self.judge(&earliest);
        }
    }

    /// No more rows come: what the log says.
    #[must_use]
    pub fn finish(mut self) -> Calibration {
        while let Some((_, row)) = self.waiting.pop_first() {
            self.judge(&row);
        }
        // Of a model's rows the usual limit is right as often as it is there.
        let usual = self.usual_limits.values();
        self.baseline.limit.hit = usual.filter_map(|limits| limits.values().max()).sum();
        let mut limits = Vec::new();
        for ((account, model, _), pair) in &self.pairs {
            let tier = self.accounts.tier(account, &self.rules);
            let published = tier.and_then(|tier| self.rules.published(&tier, model));
            let edition = published.map(|published| published.requests);
            limits.extend(pair.history.told((account, model.name()), edition));
        }
        let mut lists = Vec::new();
        let mut figures = Vec::new();
        for (replicas, trial) in (1..).zip(self.trials) {
            let Trial { explained, shuffle, unexplained, unexplained_rows } = trial;
            let mut chance = shuffle.finish();
            // Answers are shuffled among rows of equal limit, so that limits stay where they are.
            chance.limit = explained.limit;
            figures.push(Figures { replicas, explained, chance });
            lists.push((unexplained, unexplained_rows));
        }
        let replicas = replicas_of(&figures);
        let (unexplained, unexplained_rows) =
            lists.into_iter().nth(replicas as usize - 1).unwrap_or_default();
        let (refusals, refusal_counts) = self.refusals.told(replicas);
        Calibration {
            rows: self.rows,
            rows_with_headers: self.with_headers,
            rows_in_open_window: self.in_open_window,
            out_of_order: self.out_of_order,
            replicas,
            figures,
            baseline: self.baseline,
            limits,
            unexplained,
            unexplained_rows,
            refusals,
            refusal_counts,
            latency: self.latencies.told(&self.rules.edition, &self.rules.given),
        }
    }

    fn judge(&mut self, row: &Row) {
        let model = self.rules.edition.model_for(&row.model, row.work);
        self.latencies.take(row, &model);
        let account = self.accounts.of(row, &model, &self.rules);
        let causes = match self.shown(row, &model) {
            Some(shown) => self.count(row, &model, &account, shown),
            None => Vec::new(),
        };
        let most = u32::try_from(self.trials.len()).unwrap_or(u32::MAX);
        self.refusals.take((row, &account), causes, (&self.rules.edition, most));
    }

    /// The limit of a row that counts: its own, or that of the tier that the user said where rows
    /// show none.
    fn shown(&self, row: &Row, model: &Model) -> Option<Shown> {
        let status = row.status?;
        if let Some(shown) = Shown::of(&row.shows) {
            return Some(shown);
        }
        let edition = &self.rules.edition;
        // What fails before the limiter does not count.
        let before = |kind: wire::ErrorKind| {
            let words = edition.error(kind);
            words.status == status && !words.headers
        };
        let counts = !row.has_headers() && !wire::ErrorKind::ALL.into_iter().any(before);
        let said =
            row.tier.as_ref().and_then(|tier| edition.tier(tier)).or_else(|| self.tier.clone());
        self.rules.published(&said.filter(|_| counts)?, model)
    }

    /// Predicts a row that counts, compares, and gives it to the counters. What they say of it if
    /// it was refused.
    fn count(&mut self, row: &Row, model: &Model, account: &str, shown: Shown) -> Vec<Cause> {
        let replicas = self.trials.len();
        let key = (account.to_owned(), model.clone(), row.work);
        if !self.pairs.contains_key(&key) {
            let Some(terms) = self.rules.of(shown, model) else { return Vec::new() };
            self.pairs.insert(key.clone(), Pair::new(terms, replicas));
        }
        let Some(pair) = self.pairs.get_mut(&key) else { return Vec::new() };
        let whose = (row.account.clone(), model.clone());
        let before = self.last_limits.get(&whose).copied();
        let within = |latest: Instant| row.at.since(latest) < pair.terms.window;
        let is_judged = pair.latest.is_some_and(within);
        self.out_of_order += u64::from(pair.latest.is_some_and(|latest| row.at < latest));
        let seen = Word::of(row).as_expected(&pair.terms);
        let limit = row.shows.limit;
        let limit_said = limit.map(|limit| before == Some(limit));
        let uses = row.usage.map(|usage| (row.ended.unwrap_or(row.at), Tokens(usage.total())));
        let mut causes = Vec::new();
        if is_judged {
            self.in_open_window += 1;
            self.baseline.add(constant(&pair.terms, &seen, limit));
            if let Some(limit) = limit {
                *self.usual_limits.entry(model.clone()).or_default().entry(limit).or_default() += 1;
            }
        }
        let terms = Arc::clone(&pair.terms);
        for (gateway, trial) in pair.gateways.iter_mut().zip(&mut self.trials) {
            let said = gateway.says(&terms, row.at);
            if is_judged {
                let at_limit = (before, limit, limit_said);
                trial.take((row, account), &terms, (&said, &seen), at_limit);
            }
            if row.is_refused() {
                causes.push(Cause::of_limit(&said, &terms));
            }
            if shown == terms.shown {
                gateway.take(&terms, row.at, (&said, &seen), uses);
            }
        }
        pair.latest = pair.latest.max(Some(row.at));
        if let Some(limit) = limit {
            self.last_limits.insert(whose, limit);
            pair.history.add(shown, row.at);
        }
        if shown != terms.shown
            && let Some(terms) = self.rules.of(shown, model)
        {
            pair.moves_to(terms, replicas, row.at, (&seen, uses));
        }
        causes
    }
}

impl Pair {
    fn new(terms: Arc<Terms>, most: usize) -> Pair {
        let gateways = gateways(&terms, most);
        Pair { terms, latest: None, gateways, history: LimitHistory::default() }
    }

    /// The limit moved: what was counted under the other tells nothing of this one, and the row
    /// that shows it is the first that counts.
    fn moves_to(
        &mut self,
        terms: Arc<Terms>,
        most: usize,
        now: Instant,
        (seen, uses): (&Word, Option<(Instant, Tokens)>),
    ) {
        self.gateways = gateways(&terms, most);
        for gateway in &mut self.gateways {
            let said = gateway.says(&terms, now);
            gateway.take(&terms, now, (&said, seen), uses);
        }
        self.terms = terms;
    }
}

fn gateways(terms: &Terms, most: usize) -> Vec<Gateway> {
    (1..).take(most).map(|replicas| Gateway::new(terms, replicas)).collect()
}

impl Trial {
    /// Compares what counters said of a row with what it shows; its limit is what earlier rows
    /// showed, or not.
    fn take(
        &mut self,
        (row, account): (&Row, &str),
        terms: &Terms,
        (said, seen): (&[Said], &Word),
        (before, limit, limit_said): (Option<Rate10>, Option<Rate10>, Option<bool>),
    ) {
        let words = said.iter().map(|said| &said.word);
        let hits = Hits { limit: limit_said, ..explain(words, seen) };
        self.explained.add(hits);
        self.shuffle.add(terms.shown.requests, said.iter().map(|said| said.word), *seen);
        let moved = limit_said == Some(false);
        let wide = |limit: Option<Rate10>| limit.map(|limit| limit.0);
        let why = if moved {
            Some((Field::Limit, wide(before), wide(limit), Reason::LimitMoved))
        } else {
            why_not(terms, row.at, (said, seen), hits)
        };
        let Some((field, expected, seen, reason)) = why else { return };
        self.unexplained_rows += 1;
        if self.unexplained.len() < LISTED {
            self.unexplained.push(Unexplained {
                row: row.number,
                line: row.line,
                at: row.at,
                account: account.to_owned(),
                model: row.model.clone(),
                field,
                expected,
                seen,
                reason,
            });
        }
    }
}

/// What the constant rule explains of a row: never refused, a window that has just been opened.
/// Its limit is counted at the end, since the usual one is known only then.
fn constant(terms: &Terms, seen: &Word, limit: Option<Rate10>) -> Hits {
    let capacity = u32::try_from(terms.capacity).unwrap_or(u32::MAX);
    let tokens = terms.tokens.map(|tokens| u32::try_from(tokens).unwrap_or(u32::MAX));
    Hits {
        decision: Some(!seen.refused),
        limit: limit.map(|_| false),
        reset: seen.reset.map(|reset| reset == terms.seconds(terms.window)),
        remaining: seen.remaining.map(|left| left == capacity.saturating_sub(1)),
        remaining_tokens: seen.tokens.map(|left| left == tokens.unwrap_or(0)),
    }
}
