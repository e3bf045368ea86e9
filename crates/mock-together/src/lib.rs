//! The service as a machine: what Together answers, and when.
//!
//! ```text
//!              receive ──► refused ──────────────► its head, after `refusal_takes`
//!                 │
//!              admitted: a ticket, its headers frozen
//!                 │
//!            head ▼ first token (a stream sees its headers here)
//!                 │
//!          finish ▼ last byte: what it used is charged       abandon: the client left,
//!                                                            what was generated is charged
//! ```
//!
//! A [`Service`] is told the time and answers at once; waiting until a ticket is ready is its
//! caller's part. What it decides by are the [`Terms`]: an edition of the rulebook under a set of
//! assumptions, and what happens meanwhile. Each organization has its own meters for each model;
//! what hardware can do is shared by all, unless an account has an [`Endpoint`] of its own.
//!
//! Where an organization's books are kept ([`Service::open`]), what its requests use is charged by
//! their tariffs, and what it pays, owes and has paid in its life decides whether it is served, and
//! by the limits of which tier.
//!
//! Requests may also come as files ([`Service::submit`]), which have a pool of their own beside all
//! limits and are collected when they have ended. An endpoint is paid by the minute while it runs,
//! whether anybody calls it or not.
//!
//! Where an edition or a run asks for more than one set of limits, a request meets in this order:
//! the model's gate, an unpaid bill, the limits of one of the gateway's replicas, the model's
//! context, failures of the service's own, and the capacity of the hardware. Whatever comes after
//! the limits has taken a request of them, and its failure says so in its headers.

mod account;
mod answer;
mod backlog;
mod batch;
mod bills;
mod books;
mod capacity;
mod conditions;
mod course;
mod dedicated;
mod dynamic;
mod engine;
mod hosting;
mod pair;
mod service;
mod terms;
mod upstream;

pub use account::{Account, Endpoint, Hosting, OrganizationId};
pub use answer::{Answer, Placed, Ticket};
pub use batch::{BatchId, Collected, Line, LineEnd, Submitted};
pub use books::{
    Card, Decline, Fee, FeeKind, Funds, Invoice, InvoiceLine, InvoiceState, Kept, Moment,
    MomentKind, ONLY_CARDS, Recharge, Statement, UnderWay,
};
pub use course::{Change, Dealing, Happening};
pub use dedicated::Hosted;
pub use money::{Money, Tariff};
pub use rulebook::{Millionths, PastHour};
pub use service::Service;
pub use terms::{Limits, NoLimits, Terms};
