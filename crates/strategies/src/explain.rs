//! What a client does about a given history of answers, step by step.
//!
//! A [`Client`] of the strategy has one job and is driven through virtual time; what is told is
//! what it did. The range of a wait comes from the same formula, asked with the two ends of chance.

use chance::{Purpose, Seed};
use limits::{Instant, Span};
use wire::{Hint, Reply, Shows, Status, Usage};

use crate::backoff::Retry;
use crate::client::{Client, ClientId};
use crate::elsewhere::Route;
use crate::event::{Action, AttemptId, Ended, Event, JobId, Offer, Outcome, Timer};
use crate::stack::Stack;
use crate::wait::{Beyond, Pause, Zero};

/// What an attempt comes to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer, at once; whole, if it is a success.
    Reply(Reply),
    /// None, for as long as the client waits for one.
    TimedOut,
    /// An answer that breaks off.
    Cut,
    /// No connection.
    NoConnection,
}

/// One attempt of the job, and what the client did about its end.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// Which attempt, from 1.
    pub n: u32,
    /// When it left.
    pub at: Instant,
    /// How long the client's rule for sending kept it back beyond its wait.
    pub held: Span,
    /// Where it went.
    pub route: Route,
    /// What it came to; none where the history is over.
    pub heard: Option<Heard>,
    /// What the client did then.
    pub then: Then,
}

/// What a client does once an attempt is over.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// It waits.
    Waits {
        /// How long.
        wait: Span,
        /// By what.
        by: By,
        /// The least that it could have been, whatever is drawn.
        least: Span,
        /// The most, less a nanosecond.
        most: Span,
    },
    /// It leaves the waiting to its rule for sending, which has heard of the refusal.
    Queues,
    /// It tries elsewhere, at once.
    GoesElsewhere,
    /// Nothing: another attempt of the same job is on its way.
    GoesOn,
    /// It is done with the job: [`Explained::ends`] says how.
    Ends,
    /// It let the attempt go.
    LetsGo,
    /// It waits for an answer for ever, for it has no time-out of its own.
    WaitsForEver,
    /// Nobody knows: the history is over.
    Open,
}

/// What a wait goes by.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The server's hint, which said so long.
    Hint(Span),
    /// The client's own formula for retry `k`, counted from 0.
    Formula {
        /// Which retry.
        k: u32,
        /// Why not by the hint that was there.
        instead: Option<PassedOver>,
    },
}

/// Why a client does not go by a hint.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum PassedOver {
    /// It looks at none.
    NotLookedAt,
    /// It cannot read this form.
    NotRead,
    /// Zero is as good as none to it.
    Zero,
    /// It is longer than the longest that it takes, which is this.
    Above(Span),
    /// It is shorter than its formula.
    BelowFormula,
}

/// A job's attempts, and how it ended if it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// In the order in which they left.
    pub tries: Vec<Tried>,
    /// When the job was over, and how.
    pub ends: Option<(Instant, Outcome)>,
}

/// Tells what a client with this stack does with one job whose attempts come to this, in turn.
///
/// Answers come at once, so that all time that passes is the client's own.
///
/// ```
/// use chance::Seed;
/// use limits::Instant;
/// use strategies::{Heard, Preset, explain};
///
/// let stack = Preset::GIVE_UP.parts().resolve(None);
/// let told = explain(&stack, &[Heard::NoConnection], None, Seed(1));
/// assert_eq!(told.tries.len(), 1);
/// assert_eq!(told.ends.map(|(at, _)| at), Some(Instant::START));
/// ```
#[must_use]
pub fn explain(stack: &Stack, heard: &[Heard], deadline: Option<Instant>, seed: Seed) -> Explained {
    let mut drive = Drive {
        stack,
        client: Client::new(stack, ID, seed),
        seed,
        history: heard.iter().copied(),
        due: Vec::new(),
        waits: None,
        ready: Instant::START,
        last_wait: Span::ZERO,
        told: Explained { tries: Vec::new(), ends: None },
    };
    let offer = Offer { deadline, ..JOB };
    drive.tell(Instant::START, Event::Offered(offer));
    for _ in 0..MOST_EVENTS {
        let Some((now, next)) = drive.next() else { break };
        match next {
            Due::Wake(timer) => {
                if drive.waits == Some(timer) {
                    drive.ready = now;
                }
                drive.tell(now, Event::Wake(timer));
            }
            Due::Over(at, heard) => drive.over(now, at, heard),
        }
    }
    drive.told
}

/// A client that asks to be woken more often than this for one job's history is not explained any
/// further.
const MOST_EVENTS: u32 = 100_000;

const ID: ClientId = ClientId { group: 0 };

const JOB: Offer = Offer {
    job: JobId(0),
    number: 0,
    due: Instant::START,
    deadline: None,
    prompt: 0,
    units: 1,
    max_tokens: None,
    expected_answer: 0,
};

struct Drive<'s, H> {
    stack: &'s Stack,
    client: Client,
    seed: Seed,
    history: H,
    /// What is to happen, in the order in which it was put down.
    due: Vec<(Instant, Due)>,
    /// The timer of the job's wait.
    waits: Option<Timer>,
    /// When its last wait was over.
    ready: Instant,
    /// How long it last waited by the formula.
    last_wait: Span,
    told: Explained,
}

#[derive(Copy, Clone)]
enum Due {
    Wake(Timer),
    Over(AttemptId, Heard),
}

impl<H: Iterator<Item = Heard>> Drive<'_, H> {
    /// What happens next: the earliest, and of those the first that was put down.
    fn next(&mut self) -> Option<(Instant, Due)> {
        if self.told.ends.is_some() {
            return None;
        }
        let (place, _) = self.due.iter().enumerate().min_by_key(|(_, (at, _))| *at)?;
        Some(self.due.remove(place))
    }

    fn tell(&mut self, now: Instant, event: Event<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        self.client.on(now, event, &mut |action| actions.push(action));
        for action in &actions {
            self.carry_out(now, *action);
        }
        actions
    }

    fn carry_out(&mut self, now: Instant, action: Action) {
        match action {
            Action::Send { at, timeouts, route } => {
                let heard = self.history.next();
                let (then, over) = match heard {
                    None => (Then::Open, None),
                    Some(Heard::TimedOut) => match timeouts.silence {
                        None => (Then::WaitsForEver, None),
                        Some(silence) => (Then::Open, Some(now.after(silence))),
                    },
                    Some(_) => (Then::Open, Some(now)),
                };
                let held = if self.another_flies() { Span::ZERO } else { now.since(self.ready) };
                self.told.tries.push(Tried { n: at.n, at: now, held, route, heard, then });
                let due = over.zip(heard).map(|(then, heard)| (then, Due::Over(at, heard)));
                self.due.extend(due);
            }
            Action::Cancel(at) => {
                self.due.retain(|(_, due)| !matches!(due, Due::Over(over, _) if *over == at));
                self.note(at, Then::LetsGo);
            }
            Action::WakeAt { at, timer } => self.due.push((at, Due::Wake(timer))),
            // Nobody else asks that bucket for anything.
            Action::Reserve { job, wants } => {
                let timer = Timer::Job { job, generation: wants.generation };
                self.due.push((now, Due::Wake(timer)));
            }
            Action::Restore { .. } => {}
            Action::Finish { outcome, .. } => self.told.ends = Some((now, outcome)),
        }
    }

    fn over(&mut self, now: Instant, at: AttemptId, heard: Heard) {
        let ended = |how| Event::Ended { at, how };
        let actions = match &heard {
            Heard::Reply(reply) => {
                let mut actions = self.tell(now, Event::Head { at, reply });
                if reply.status.is_success() {
                    actions.extend(self.tell(now, ended(Ended::Complete(Usage::default()))));
                }
                actions
            }
            Heard::TimedOut => self.tell(now, ended(Ended::TimedOut)),
            Heard::Cut => self.tell(now, ended(Ended::Cut)),
            Heard::NoConnection => self.tell(now, ended(Ended::NoConnection)),
        };
        self.ready = now;
        let waits = actions.iter().find_map(|action| {
            let Action::WakeAt { at, timer: timer @ Timer::Job { .. } } = action else {
                return None;
            };
            Some((*at, *timer))
        });
        let elsewhere =
            |action: &Action| matches!(action, Action::Send { route: Route::Elsewhere, .. });
        let then = if self.told.ends.is_some() {
            Then::Ends
        } else if let Some((until, timer)) = waits {
            self.waits = Some(timer);
            self.waiting(until.since(now), heard)
        } else if actions.iter().any(elsewhere) {
            Then::GoesElsewhere
        } else if self.another_flies() {
            Then::GoesOn
        } else {
            Then::Queues
        };
        self.note(at, then);
    }

    /// What the wait that the client began goes by.
    fn waiting(&mut self, wait: Span, heard: Heard) -> Then {
        let tries = u32::try_from(self.told.tries.len()).unwrap_or(u32::MAX);
        let (shows, throttled) = match heard {
            Heard::Reply(reply) => (reply.shows, reply.status == Status::TOO_MANY_REQUESTS),
            Heard::TimedOut | Heard::Cut | Heard::NoConnection => (Shows::default(), false),
        };
        let retry = Retry { k: tries.saturating_sub(1), last: self.last_wait, throttled };
        let rule = self.stack.wait;
        let drawn = self.seed.draw_attempt(Purpose::Jitter, ID.group, JOB.number, tries);
        let span = |pause| match pause {
            Pause::Hinted(span) | Pause::Formula(span) => span,
            Pause::TooLong => Span::ZERO,
        };
        let [one, other] = [0, u64::MAX].map(|draw| span(rule.before(retry, &shows, || draw)));
        let by = match rule.before(retry, &shows, || drawn) {
            Pause::Hinted(_) => By::Hint(rule.hint.reads.read(&shows).unwrap_or(Span::ZERO)),
            Pause::Formula(_) | Pause::TooLong => {
                self.last_wait = wait;
                By::Formula { k: retry.k, instead: self.passed_over(&shows) }
            }
        };
        Then::Waits { wait, by, least: one.min(other), most: one.max(other) }
    }

    /// Why a hint that was there, and did not count, did not.
    fn passed_over(&self, shows: &Shows) -> Option<PassedOver> {
        let rule = self.stack.wait.hint;
        Some(match rule.reads.read(shows) {
            None if shows.hint == Hint::Absent => return None,
            None if !rule.heeds_any() => PassedOver::NotLookedAt,
            None => PassedOver::NotRead,
            Some(_) if matches!(rule.beyond, Beyond::WithinFormulaPlus(_)) => {
                PassedOver::BelowFormula
            }
            Some(Span::ZERO) if rule.zero == Zero::Formula => PassedOver::Zero,
            Some(_) => PassedOver::Above(rule.most.unwrap_or(Span::MAX)),
        })
    }

    fn another_flies(&self) -> bool {
        self.due.iter().any(|(_, due)| matches!(due, Due::Over(..)))
            || self.told.tries.iter().any(|tried| tried.then == Then::WaitsForEver)
    }

    fn note(&mut self, at: AttemptId, then: Then) {
        if let Some(tried) = self.told.tries.iter_mut().find(|tried| tried.n == at.n) {
            tried.then = then;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::elsewhere::Elsewhere;
    use crate::event::GaveUpBecause;
    use crate::portion::Thousandths;
    use crate::presets::Preset;
    use crate::stack::Parts;

    fn refusal(code: u16, hint: Hint) -> Heard {
        let shows = Shows { hint, ..Shows::default() };
        Heard::Reply(Reply { status: Status(code), shows, error: None, usage: Usage::default() })
    }

    fn told(preset: &str, heard: &[Heard]) -> Explained {
        let stack = Preset::named(preset).unwrap().parts().resolve(None);
        explain(&stack, heard, None, Seed(1))
    }

    #[test]
    fn what_is_told_of_a_wait_is_what_the_client_waited_for_every_preset() {
        let hints = [Hint::Absent, Hint::Seconds(0), Hint::Seconds(3), Hint::Seconds(3_600)];
        let history: Vec<Heard> = hints
            .into_iter()
            .flat_map(|hint| [refusal(429, hint), refusal(503, hint), Heard::Cut])
            .collect();
        for preset in Preset::ALL {
            let stack = preset.parts().resolve(None);
            for seed in 0..20 {
                let told = explain(&stack, &history, None, Seed(seed));
                let next = told.tries.iter().skip(1).map(|tried| tried.at);
                for (tried, next) in told.tries.iter().zip(next) {
                    let Then::Waits { wait, least, most, .. } = tried.then else { continue };
                    let name = preset.name();
                    assert!(least <= wait && wait <= most, "{name}: {tried:?}");
                    assert!(tried.at.after(wait) <= next, "{name}: {tried:?}");
                }
            }
        }
    }

    #[test]
    fn a_hint_that_was_there_and_did_not_count_says_why() {
        let instead = |preset, hint| {
            let told = told(preset, &[refusal(429, hint)]);
            let Then::Waits { by: By::Formula { instead, .. }, .. } = told.tries[0].then else {
                panic!("{told:?}");
            };
            instead
        };
        let minute = Span::from_secs(60);
        assert_eq!(instead("together-py", Hint::Absent), None);
        assert_eq!(instead("together-py", Hint::Seconds(0)), Some(PassedOver::Zero));
        assert_eq!(instead("together-py", Hint::Seconds(61)), Some(PassedOver::Above(minute)));
        assert_eq!(instead("together-py", Hint::Unreadable), Some(PassedOver::NotRead));
        assert_eq!(instead("full-jitter", Hint::Seconds(1)), Some(PassedOver::NotLookedAt));
    }

    #[test]
    fn what_ends_a_job_is_told() {
        let ends = |preset, heard: &[Heard]| match told(preset, heard).ends {
            Some((_, Outcome::GaveUp(because))) => because,
            other => panic!("{other:?}"),
        };
        let refused = refusal(429, Hint::Absent);
        assert_eq!(ends("together-py", &[refused; 9]), GaveUpBecause::TriesSpent);
        assert_eq!(ends("give-up", &[refused]), GaveUpBecause::NotRetried);
        assert_eq!(ends("grpc-throttle", &[refused; 30]), GaveUpBecause::Budget);
        let long = refusal(429, Hint::Seconds(130));
        assert_eq!(ends("openai-py-3", &[long]), GaveUpBecause::HintTooLong);
        let answered = told("together-py", &[refused, refusal(200, Hint::Absent), refused]);
        assert_eq!(answered.ends.map(|(_, how)| how), Some(Outcome::Answered));
        assert_eq!(answered.tries.len(), 2);
    }

    #[test]
    fn silence_lasts_as_long_as_the_client_waits_for_an_answer() {
        let two = told("together-py", &[Heard::TimedOut, Heard::TimedOut]);
        let Then::Waits { wait, .. } = two.tries[0].then else { panic!("{two:?}") };
        assert_eq!(two.tries[1].at, Instant::START.after(Span::from_secs(60).plus(wait)));
        let one = told("vercel-ai", &[Heard::TimedOut, Heard::TimedOut]);
        assert_eq!((one.tries.len(), one.tries[0].then), (1, Then::WaitsForEver));
    }

    #[test]
    fn a_hedge_is_an_attempt_beside_another() {
        let hedge = Elsewhere::Hedge { after: Span::from_secs(2), most: Thousandths(1_000) };
        let parts = Parts { elsewhere: hedge, ..Preset::TOGETHER_PY.parts() };
        let history = [Heard::TimedOut, refusal(200, Hint::Absent)];
        let both = explain(&parts.resolve(None), &history, None, Seed(1));
        let then: Vec<Then> = both.tries.iter().map(|tried| tried.then).collect();
        assert_eq!(then, [Then::LetsGo, Then::Ends]);
        let at = Instant::START.after(Span::from_secs(2));
        assert_eq!(both.ends, Some((at, Outcome::Answered)));
        assert_eq!((both.tries[1].at, both.tries[1].held), (at, Span::ZERO));
    }
}
