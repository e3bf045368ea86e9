//! A second event loop, written to be believed rather than to be fast.
//!
//! One list holds everything that is to come, arrivals included, and is searched from end to end
//! for the earliest. A job keeps its number as its place for ever. What happened is a list of
//! lines, and figures are counted from it afterwards.

use limits::Instant;
use mock_together::{Account, Answer, OrganizationId, Service, Terms, Ticket};
use scenario::{Arrival, Loops, Scenario, Timeline, Wanted};
use simulator::CellPlan;
use strategies::{Action, AttemptId, Client, ClientId, Ended, Event, JobId, Offer, Outcome, Timer};
use wire::{Fate, PairId, Reply, Request, Usage};

/// How an attempt ended.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    Ok(Usage),
    Refused(Reply),
    Unanswered,
    Open,
}

/// A line of the log of attempts.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Line {
    pub(crate) group: usize,
    pub(crate) job: u64,
    pub(crate) n: u32,
    pub(crate) sent: Instant,
    pub(crate) ended: Instant,
    pub(crate) first_token: Option<Instant>,
    pub(crate) how: How,
}

/// A line of the log of jobs.
#[derive(Copy, Clone, Debug)]
pub(crate) struct JobLine {
    pub(crate) group: usize,
    pub(crate) arrival: Arrival,
    /// `None` when the run ended first.
    pub(crate) outcome: Option<Outcome>,
}

/// What a run left behind.
#[derive(Debug, Default)]
pub(crate) struct Log {
    pub(crate) attempts: Vec<Line>,
    pub(crate) jobs: Vec<JobLine>,
}

/// Something that is to come, in the order of its fields among equals in time.
struct Coming {
    at: Instant,
    group: usize,
    job: u64,
    attempt: u32,
    what: What,
    /// Whom it concerns among the group's clients.
    client: usize,
}

enum What {
    Arrival(Arrival),
    Refusal(Reply),
    Begin,
    End,
    TimeOut,
    JobTimer(Timer),
    QueueTimer(Timer),
}

impl What {
    fn rank(&self) -> u8 {
        match self {
            Self::Arrival(_) => 0,
            Self::Refusal(_) | Self::Begin => 1,
            Self::End => 2,
            Self::TimeOut => 3,
            Self::JobTimer(_) => 4,
            Self::QueueTimer(_) => 5,
        }
    }
}

struct Naive<'a> {
    scenario: &'a Scenario,
    loops: Loops<'a>,
    service: Service,
    pairs: Vec<PairId>,
    /// Those of each group.
    clients: Vec<Vec<Client>>,
    coming: Vec<Coming>,
    tickets: Vec<(usize, AttemptId, Ticket)>,
    arrivals: Vec<Arrival>,
    expected_answers: Vec<u32>,
    log: Log,
}

/// Runs one cell and replication of a scenario.
pub(crate) fn run(scenario: &Scenario, plan: &CellPlan, replication: u32) -> Log {
    let seed = chance::Seed(scenario.seed).replication(replication);
    let terms = Terms::new(&scenario.edition, &plan.assumptions, plan.limits);
    let mut service = Service::new(&terms);
    let (mut pairs, mut clients) = (Vec::new(), Vec::new());
    for (number, group) in scenario.groups.iter().enumerate() {
        let account = Account::new(OrganizationId(0), plan.tier.clone(), group.model.clone());
        pairs.push(service.enrol(&terms, &account).unwrap());
        let stack = plan.stack(scenario, number);
        let id = ClientId { group: u32::try_from(number).unwrap() };
        let client = |_| Client::new(&stack, id, seed);
        clients.push((0..group.clients.get()).map(client).collect());
    }
    let loops = Loops::of(scenario, seed);
    let first = loops.first().map(|wanted| loops.arrival(wanted).unwrap());
    let arrivals: Vec<Arrival> = Timeline::of(scenario, seed).chain(first).collect();
    let coming = arrivals.iter().map(|arrival| coming_of(scenario, *arrival)).collect();
    let expected_answers =
        (0..scenario.groups.len()).map(|group| scenario.expected_answer(group)).collect();
    let (tickets, log) = (Vec::new(), Log::default());
    let naive = Naive {
        scenario,
        loops,
        service,
        pairs,
        clients,
        coming,
        tickets,
        arrivals,
        expected_answers,
        log,
    };
    naive.drive()
}

fn coming_of(scenario: &Scenario, arrival: Arrival) -> Coming {
    Coming {
        at: arrival.due,
        group: arrival.group as usize,
        job: arrival.job,
        attempt: 0,
        what: What::Arrival(arrival),
        client: client_of(scenario, arrival.group as usize, arrival.job),
    }
}

/// Jobs are dealt out one by one: the first client has the first and the last the Nth, and so on
/// in turn.
fn client_of(scenario: &Scenario, group: usize, job: u64) -> usize {
    let clients = u64::from(scenario.groups[group].clients.get());
    usize::try_from(job - job / clients * clients).unwrap()
}

impl Naive<'_> {
    fn drive(mut self) -> Log {
        let end = Instant::START.after(self.scenario.lasts).after(self.scenario.drain);
        while let Some(next) = (0..self.coming.len()).min_by_key(|index| {
            let coming = &self.coming[*index];
            let place = (coming.attempt, coming.what.rank(), coming.client);
            (coming.at, coming.group, coming.job, place)
        }) {
            if self.coming[next].at > end {
                break;
            }
            let coming = self.coming.swap_remove(next);
            self.happen(coming);
        }
        for (group, at, ticket) in std::mem::take(&mut self.tickets) {
            let _ = ticket;
            self.end_attempt(group, at, end, How::Open, None);
        }
        for line in &mut self.log.attempts {
            if line.ended == Instant::END {
                line.ended = end;
                line.how = How::Open;
            }
        }
        self.log
    }

    fn happen(&mut self, coming: Coming) {
        let Coming { at: now, group, job, attempt, what, client } = coming;
        let whom = (group, client);
        let at = AttemptId { job: JobId(u32::try_from(job).unwrap_or(u32::MAX)), n: attempt };
        match what {
            What::Arrival(arrival) => self.arrive(now, whom, arrival),
            What::Refusal(reply) => {
                self.end_attempt(group, at, now, How::Refused(reply), None);
                self.tell(now, whom, Event::Head { at, reply: &reply });
            }
            What::Begin => {
                let reply = self.tickets.iter().find(|(g, a, _)| (*g, *a) == (group, at));
                let reply = self.service.head(&reply.unwrap().2);
                self.tell(now, whom, Event::Head { at, reply: &reply });
            }
            What::End => {
                let ticket = self.take_ticket(group, at).unwrap();
                let (head, streamed) = (self.service.head(&ticket), ticket.stream);
                let first_token = ticket.head_at();
                let usage = self.service.finish(now, ticket).usage;
                self.end_attempt(group, at, now, How::Ok(usage), Some(first_token));
                if !streamed {
                    self.tell(now, whom, Event::Head { at, reply: &head });
                }
                self.tell(now, whom, Event::Ended { at, how: Ended::Complete(usage) });
            }
            What::TimeOut => {
                if let Some(ticket) = self.take_ticket(group, at) {
                    let _ = self.service.abandon(now, ticket);
                }
                self.end_attempt(group, at, now, How::Unanswered, None);
                self.tell(now, whom, Event::Ended { at, how: Ended::TimedOut });
            }
            What::JobTimer(timer) | What::QueueTimer(timer) => {
                self.tell(now, whom, Event::Wake(timer));
            }
        }
    }

    fn arrive(&mut self, now: Instant, whom: (usize, usize), arrival: Arrival) {
        let (number, _) = whom;
        let group = &self.scenario.groups[number];
        let offer = Offer {
            job: JobId(u32::try_from(arrival.job).unwrap()),
            number: arrival.job,
            due: arrival.due,
            deadline: group.deadline.map(|deadline| arrival.due.after(deadline)),
            prompt: arrival.prompt,
            units: self.scenario.units(group),
            max_tokens: group.max_tokens,
            expected_answer: self.expected_answers[number],
        };
        self.log.jobs.push(JobLine { group: number, arrival, outcome: None });
        self.tell(now, whom, Event::Offered(offer));
    }

    fn tell(&mut self, now: Instant, whom: (usize, usize), event: Event<'_>) {
        let (group, client) = whom;
        let mut actions = Vec::new();
        self.clients[group][client].on(now, event, &mut |action| actions.push(action));
        for action in actions {
            match action {
                Action::Send { at, timeouts, .. } => self.send(now, whom, at, timeouts.silence),
                Action::Cancel(_) => panic!("nothing is withdrawn here"),
                Action::Reserve { .. } | Action::Restore { .. } => panic!("nothing is shared here"),
                Action::WakeAt { at, timer } => self.wake_at(whom, at, timer),
                Action::Finish { job, outcome } => {
                    let mut lines = self.log.jobs.iter_mut();
                    let line = lines
                        .find(|l| l.group == group && l.arrival.job == u64::from(job.0))
                        .unwrap();
                    assert!(line.outcome.replace(outcome).is_none(), "finished twice");
                    let number = u32::try_from(group).unwrap();
                    let wanted = self.loops.next_after(number, u64::from(job.0), now);
                    let coming = wanted.map(|wanted| self.wants(wanted));
                    self.coming.extend(coming);
                }
            }
        }
    }

    fn wants(&mut self, wanted: Wanted) -> Coming {
        let arrival = self.loops.arrival(wanted).unwrap();
        self.arrivals.push(arrival);
        coming_of(self.scenario, arrival)
    }

    fn wake_at(&mut self, (group, client): (usize, usize), at: Instant, timer: Timer) {
        let (job, attempt, what) = match timer {
            Timer::Job { job, .. } => {
                let n = self.tries_of(group, u64::from(job.0));
                (u64::from(job.0), n, What::JobTimer(timer))
            }
            Timer::Denied { .. } => panic!("nobody shares a bucket here"),
            Timer::Queue { .. } => (u64::MAX, 0, What::QueueTimer(timer)),
        };
        self.coming.push(Coming { at, group, job, attempt, what, client });
    }

    fn tries_of(&self, group: usize, job: u64) -> u32 {
        let of_job = |line: &&Line| line.group == group && line.job == job;
        self.log.attempts.iter().filter(of_job).map(|line| line.n).max().unwrap_or(0)
    }

    fn send(
        &mut self,
        now: Instant,
        (number, client): (usize, usize),
        at: AttemptId,
        silence: Option<limits::Span>,
    ) {
        let group = &self.scenario.groups[number];
        let job = u64::from(at.job.0);
        let arrival = self
            .arrivals
            .iter()
            .find(|arrival| arrival.group as usize == number && arrival.job == job)
            .copied()
            .unwrap();
        let request = Request {
            pair: self.pairs[number],
            prompt: arrival.prompt,
            count: group.count.get(),
            max_tokens: group.max_tokens,
            stream: group.stream,
            caller: 0,
            tariff: wire::TariffId::FREE,
            fate: Fate { answer: arrival.answer, draw: arrival.fate_draw },
        };
        self.log.attempts.push(Line {
            group: number,
            job,
            n: at.n,
            sent: now,
            ended: Instant::END,
            first_token: None,
            how: How::Open,
        });
        let patience = silence.map_or(Instant::END, |silence| now.after(silence));
        let mut put = |when, what| {
            let (group, attempt) = (number, at.n);
            self.coming.push(Coming { at: when, group, job, attempt, what, client });
        };
        match self.service.receive(now, request) {
            Answer::Refused { reply, head_at, .. } if head_at <= patience => {
                put(head_at, What::Refusal(reply));
            }
            Answer::Refused { .. } => put(patience, What::TimeOut),
            Answer::Underway(ticket) => {
                if ticket.head_at() > patience {
                    put(patience, What::TimeOut);
                } else {
                    if ticket.stream {
                        put(ticket.first_token_at, What::Begin);
                    }
                    put(ticket.ready_at, What::End);
                }
                self.tickets.push((number, at, ticket));
            }
        }
    }

    fn take_ticket(&mut self, group: usize, at: AttemptId) -> Option<Ticket> {
        let place = self.tickets.iter().position(|(g, a, _)| (*g, *a) == (group, at))?;
        Some(self.tickets.swap_remove(place).2)
    }

    fn end_attempt(
        &mut self,
        group: usize,
        at: AttemptId,
        now: Instant,
        how: How,
        first_token: Option<Instant>,
    ) {
        let mut lines = self.log.attempts.iter_mut();
        let line = lines
            .find(|line| line.group == group && line.job == u64::from(at.job.0) && line.n == at.n);
        let line = line.unwrap();
        line.ended = now;
        line.how = how;
        line.first_token = first_token;
    }
}
