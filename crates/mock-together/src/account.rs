//! Who calls.

use limits::{Instant, Rate, Span, Tokens};
use money::Money;
use rulebook::{Model, PastHour, Tier};

/// An organization. Its keys share its limits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationId(pub u32);

/// An organization's use of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The tier it is on.
    pub tier: Tier,
    /// The model it calls.
    pub model: Model,
    /// What it had done by the beginning, where an edition's limits grow from that.
    pub past_hour: PastHour,
    /// Hardware of its own; `None` on the fleet that everybody shares.
    pub endpoint: Option<Endpoint>,
}

/// A dedicated endpoint: a model on hardware that no other organization uses.
///
/// It has no rate limit and shows no headers. What its replicas cannot do waits in a queue, and
/// what would wait too long is turned away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Which of the organization's endpoints it is: accounts that name the same one share it.
    pub number: u32,
    /// The fewest and the most replicas that it runs.
    pub replicas: (u32, u32),
    /// What one replica works off, prompt and answer together.
    pub tokens_per_second: Rate<Tokens>,
    /// How long a replica takes to start.
    pub starts_in: Span,
    /// The longest that a request may wait for its turn.
    pub queue: Span,
    /// Whether its fewest replicas run at once when it is started; else they start then.
    pub ready: bool,
    /// When it is started.
    pub from: Instant,
    /// When it is stopped.
    pub until: Instant,
    /// What it is billed as.
    pub hosting: Hosting,
    /// What it is called on a bill.
    pub name: String,
    /// What an hour of one replica costs; `None` where nobody says.
    pub per_hour: Option<Money>,
    /// When its books are closed: it may run on, and no minute from then on is billed.
    pub billed_until: Instant,
}

/// What hardware of one's own is billed as.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub enum Hosting {
    /// A dedicated endpoint.
    #[default]
    Dedicated,
    /// A fine-tuned model that is kept ready.
    FineTuned,
}

impl Endpoint {
    /// An endpoint that runs all the time, and of which nobody says what it costs.
    #[must_use]
    pub const fn new(number: u32, tokens_per_second: Rate<Tokens>, replicas: (u32, u32)) -> Self {
        Self {
            number,
            replicas,
            tokens_per_second,
            starts_in: Span::ZERO,
            queue: Span::ZERO,
            ready: true,
            from: Instant::START,
            until: Instant::END,
            hosting: Hosting::Dedicated,
            name: String::new(),
            per_hour: None,
            billed_until: Instant::END,
        }
    }
}

impl Account {
    /// An account on the shared fleet that had done nothing before the beginning.
    #[must_use]
    pub const fn new(organization: OrganizationId, tier: Tier, model: Model) -> Self {
        Self { organization, tier, model, past_hour: PastHour::NOTHING, endpoint: None }
    }
}
