//! What the books of an organization say at an instant.

use limits::{Instant, Span};
use money::Money;
use rulebook::Tier;

/// The books of an organization at an instant.
///
/// At every instant `opening + paid + free - usage - fees = balance`, to the pico-dollar, and
/// `available = balance + owed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Purchased credit at the beginning, less what was past due then.
    pub opening: Money,
    /// What was paid since: purchases that are credited, and invoices that were collected.
    pub paid: Money,
    /// Free credit that was given, at the beginning and since.
    pub free: Money,
    /// What requests cost, as far as it is metered.
    pub usage: Money,
    /// What everything else cost.
    pub fees: Vec<Fee>,
    /// What is left, or where it is below zero, what is owed in all.
    pub balance: Money,
    /// What of that debt is on invoices that are not paid. Credit that comes later does not clear
    /// it.
    pub owed: Money,
    /// What can still be used: the balance without the debt on invoices.
    pub available: Money,
    /// What is left of free credit; it is used before any other.
    pub free_left: Money,
    /// The balance as the dashboard shows it: without credit whose tier is still under way.
    pub shown: Money,
    /// Purchases that are paid for and not credited yet, or wait to be approved.
    pub pending: Money,
    /// What requests have cost that is not metered yet, and will be owed.
    pub unmetered: Money,
    /// How many entries were made: without one, no amount moves.
    pub entries: u64,
    /// The lowest balance there was.
    pub lowest: Money,
    /// What was paid in its life: tiers are bought by it.
    pub lifetime: Money,
    /// The tier that is in force.
    pub tier: Tier,
    /// How long it was blocked.
    pub blocked: Span,
    /// When it was blocked for the first time.
    pub first_blocked: Option<Instant>,
    /// How many payments were declined.
    pub declined: u32,
    /// What is worth telling, in its order.
    pub moments: Vec<Moment>,
    /// How many more there were than are kept.
    pub moments_left_out: u64,
    /// The balance over time, in steps: each holds until the next. At most 512 points, which keep
    /// every stretch's highest and lowest.
    pub course: Vec<(Instant, Money)>,
    /// The invoices, in their order.
    pub invoices: Vec<Invoice>,
}

/// What something that is no request has cost in all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// What it is for.
    pub kind: FeeKind,
    /// Which one.
    pub name: String,
    /// How much.
    pub amount: Money,
    /// How many minutes it was charged for; zero where it is not by the minute.
    pub minutes: u64,
    /// For how many minutes it ran, with however many machines; zero likewise.
    pub ran: u64,
}

/// What costs money without a request.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeeKind {
    /// A dedicated endpoint, by the minute.
    Endpoint,
    /// The hosting of a fine-tuned model, by the minute.
    Hosting,
    /// A fine-tuning job.
    FineTune,
    /// An evaluation job.
    Evaluation,
}

impl FeeKind {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Endpoint => "endpoint",
            Self::Hosting => "hosting",
            Self::FineTune => "fine_tune",
            Self::Evaluation => "evaluation",
        }
    }
}

/// Something in an account's life that is worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// What.
    pub kind: MomentKind,
    /// How much; zero where no amount is part of it.
    pub amount: Money,
    /// The balance right after it.
    pub balance: Money,
    /// Which tier, which words, which endpoint; empty where there is nothing to add.
    pub words: String,
}

/// The kinds of moments.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MomentKind {
    /// Credit was bought; it is pending.
    Bought,
    /// The same, by automatic recharging.
    Recharged,
    /// A purchase is credited.
    Credited,
    /// A payment was declined; the words say why.
    Declined,
    /// A payment waits until the bank's hold is approved.
    Held,
    /// The hold is approved.
    Approved,
    /// A purchase that waited has lapsed with the card that was to pay for it.
    Lapsed,
    /// A purchase was below the least there is.
    TooLittle,
    /// Free credit was given.
    Granted,
    /// Nothing is served from here on; the words say why.
    Blocked,
    /// It is served again.
    Unblocked,
    /// Another tier is in force; the words name it.
    Promoted,
    /// Support has brought the account to what it has paid for.
    Synced,
    /// A month was invoiced.
    Invoiced,
    /// An invoice was paid.
    Collected,
    /// An invoice could not be collected; the words say why.
    PastDue,
    /// Another card is linked.
    CardChanged,
    /// The account's own limit is another.
    LimitChanged,
    /// A job was paid for; the words name it.
    Job,
    /// A job was refused, because the balance does not cover it.
    JobRefused,
    /// The same of an evaluation.
    EvaluationRefused,
    /// An endpoint was started.
    EndpointStarted,
    /// An endpoint was stopped.
    EndpointStopped,
    /// An endpoint was not started, because the balance does not cover it.
    EndpointRefused,
    /// A batch was refused.
    BatchRefused,
    /// A batch has ended.
    BatchEnded,
}

impl MomentKind {
    /// Its name in files: lower case, words joined by underscores.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bought => "bought",
            Self::Recharged => "recharged",
            Self::Credited => "credited",
            Self::Declined => "declined",
            Self::Held => "held",
            Self::Approved => "approved",
            Self::Lapsed => "lapsed",
            Self::TooLittle => "too_little",
            Self::Granted => "granted",
            Self::Blocked => "blocked",
            Self::Unblocked => "unblocked",
            Self::Promoted => "promoted",
            Self::Synced => "synced",
            Self::Invoiced => "invoiced",
            Self::Collected => "collected",
            Self::PastDue => "past_due",
            Self::CardChanged => "card_changed",
            Self::LimitChanged => "limit_changed",
            Self::Job => "job",
            Self::JobRefused => "job_refused",
            Self::EvaluationRefused => "evaluation_refused",
            Self::EndpointStarted => "endpoint_started",
            Self::EndpointStopped => "endpoint_stopped",
            Self::EndpointRefused => "endpoint_refused",
            Self::BatchRefused => "batch_refused",
            Self::BatchEnded => "batch_ended",
        }
    }
}

/// The invoice of a month. There is one for a month that needs no payment, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// When it was written.
    pub at: Instant,
    /// Which month of the run it is, counted from one; zero for what was past due before.
    pub month: u32,
    /// What is to be paid: what the month cost beyond credit.
    pub amount: Money,
    /// What the month cost, by model, and whatever else there was.
    pub lines: Vec<InvoiceLine>,
    /// What has become of it.
    pub state: InvoiceState,
}

/// A line of an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    /// A model's id, or the name of what else was charged.
    pub name: String,
    /// What it is where it is no model's usage.
    pub fee: Option<FeeKind>,
    /// Tokens of prompts.
    pub prompt: u64,
    /// Tokens of answers.
    pub answer: u64,
    /// What all of it cost.
    pub cost: Money,
}

/// What becomes of an invoice.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum InvoiceState {
    /// There was nothing to pay.
    Settled,
    /// It is to be collected.
    Open,
    /// Its payment is under way.
    Collecting {
        /// Whether an earlier one had failed: until this one is there, it still has.
        past_due: bool,
    },
    /// It was paid then.
    Paid(Instant),
    /// It could not be collected.
    PastDue,
}

impl InvoiceState {
    /// Its name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Settled => "settled",
            Self::Open => "open",
            Self::Collecting { .. } => "collecting",
            Self::Paid(_) => "paid",
            Self::PastDue => "past_due",
        }
    }

    /// Whether it is still to be paid.
    #[must_use]
    pub const fn is_owed(self) -> bool {
        matches!(self, Self::Open | Self::Collecting { .. } | Self::PastDue)
    }

    /// Whether its payment has failed, and nobody has made up for that.
    #[must_use]
    pub const fn is_past_due(self) -> bool {
        matches!(self, Self::PastDue | Self::Collecting { past_due: true })
    }
}
