//! The two drives on the same scenario: the simulator, and the load generator that ships calling
//! the router that ships. Only what carries requests and what keeps the time are replaced: requests
//! are handed over in process, and time is tokio's, paused.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use chance::Seed;
use http_body_util::Full;
use hyper::{Request, Response};
use hyper_util::service::TowerToHyperService;
use limits::{Clock, Instant};
use load_generator::{Ending, NoAnswer, Pacer, Plan, Replayed, Target, Transport, Unwatched};
use mock_together_http::{Mock, Plan as MockPlan, TokioClock, router};
use run_record::{Attempt, GroupLeaf};
use scenario::Scenario;
use simulator::{CellPlan, replicate_logging};
use tokio::time::Sleep;

/// What a drive leaves behind.
pub(crate) struct Left {
    pub(crate) groups: Vec<GroupLeaf>,
    pub(crate) attempts: Vec<Attempt>,
}

/// One cell by the simulator.
pub(crate) fn simulated(scenario: &Scenario, plan: &CellPlan) -> Left {
    let (groups, attempts) = replicate_logging(scenario, plan, 0).unwrap();
    Left { groups, attempts }
}

/// The same by the load generator, through the router. It must run in a runtime whose time is
/// paused.
pub(crate) async fn live(scenario: &Scenario, cell: &CellPlan) -> Left {
    let clock = TokioClock::start();
    let mut mock = MockPlan::new(&scenario.edition, &cell.tier);
    mock.assumptions = cell.assumptions.clone();
    mock.models = scenario.groups.iter().map(|group| group.model.clone()).collect();
    let account = |(group, name): (usize, &str)| {
        let account = simulator::account(scenario, &cell.tier, group, &cell.assumptions)?;
        Some((name.to_owned(), account))
    };
    mock.accounts = scenario.called().enumerate().filter_map(account).collect();
    mock.funds = simulator::funds(scenario, &cell.tier, &cell.assumptions, Seed(scenario.seed));
    mock.course = simulator::course(scenario, &cell.tier, &cell.assumptions);
    let router = router(Mock::new(mock, clock, ()));
    // Never connected to: the transport below takes its place.
    let target = Target::resolve("http://127.0.0.1:9/v1", "same-house").await.unwrap();
    let stack = |group| scenario.stack(cell.strategy, group, &cell.tier, &cell.assumptions);
    let plan = Plan {
        scenario,
        stacks: (0..scenario.groups.len()).map(stack).collect(),
        seed: Seed(scenario.seed),
        target: &target,
        most_requests: None,
        most_spent: None,
        most_time: None,
    };
    let transport = InProcess(TowerToHyperService::new(router));
    let pacer =
        Paused { clock, sleep: Box::pin(tokio::time::sleep_until(clock.tokio(Instant::END))) };
    let never = std::future::pending();
    let replayed =
        load_generator::replay(&plan, transport, pacer, &Unwatched, never).await.unwrap();
    let Replayed { groups, attempts, late, troubles, ending, .. } = replayed;
    assert_eq!(ending, Ending::Complete, "{troubles:?}");
    assert_eq!(late.iter().map(|bin| bin.most).max().unwrap_or(0), 0, "time is paused");
    Left { groups, attempts }
}

/// Hands requests to the router.
struct InProcess(TowerToHyperService<Router>);

impl Transport for InProcess {
    type Body = Body;
    type Answering = Pin<Box<dyn Future<Output = Result<Response<Body>, NoAnswer>>>>;

    fn send(&mut self, request: Request<Full<Bytes>>) -> Self::Answering {
        let called = hyper::service::Service::call(&self.0, request);
        Box::pin(async {
            let answered: Result<Response<Body>, Infallible> = called.await;
            Ok(answered.unwrap_or_else(|never| match never {}))
        })
    }
}

/// tokio's paused time.
struct Paused {
    clock: TokioClock,
    sleep: Pin<Box<Sleep>>,
}

impl Clock for Paused {
    fn now(&self) -> Instant {
        self.clock.now()
    }
}

impl Pacer for Paused {
    fn poll_until(&mut self, until: Instant, context: &mut Context<'_>) -> Poll<()> {
        let until = self.clock.tokio(until);
        if self.sleep.deadline() != until {
            self.sleep.as_mut().reset(until);
        }
        self.sleep.as_mut().poll(context)
    }
}
