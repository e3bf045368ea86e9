//! The oracle: the simulation behind the AWS architecture blog's "Exponential backoff and jitter",
//! told again, naively and in seconds of floating point, from its published rules
//! (aws-samples/aws-arch-backoff-simulator).
//!
//! Every client wants to write one row once. It reads the row's version, writes with it, and
//! succeeds if nobody else has written since; if somebody has, it waits and begins again. Each of
//! the four messages of a try takes |N(10, 2)| ms. A *call* is a write that reached the server,
//! and *time* is when the last client hears of its success.
//!
//! The study counts failures from 1 and doubles before it waits: with a base of 5 ms the first
//! wait of the four formulas that double is 10 ms, or a part of 10 ms. The decorrelated one begins
//! at the base. A wait comes on top of the network's delay, which a client's own strategy does not
//! see either.

use std::collections::BTreeMap;

use crate::statistics::{Mean, normal, unit};

/// How the study's clients wait.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Waits {
    None,
    Exponential,
    Equal,
    Full,
    Decorrelated,
}

pub(crate) const BASE_MS: f64 = 5.0;
pub(crate) const CAP_MS: f64 = 2_000.0;

/// Calls and completion time in ms, over so many replications.
pub(crate) fn study(waits: Waits, clients: usize, replications: u64) -> (Mean, Mean) {
    let ran = |replication: u64| run(waits, clients, 0x5EED ^ (replication << 32));
    let (calls, times): (Vec<f64>, Vec<f64>) = (0..replications).map(ran).unzip();
    (Mean::of(&calls), Mean::of(&times))
}

enum Message {
    Read,
    ReadAnswered { version: u64 },
    Write { version: u64 },
    WriteAnswered { success: bool },
}

fn run(waits: Waits, clients: usize, seed: u64) -> (f64, f64) {
    let mut chance = Chance(seed);
    let mut failures = vec![0_i32; clients];
    let mut sleeps = vec![BASE_MS; clients];
    let (mut version, mut calls, mut now, mut sent) = (0_u64, 0_u64, 0.0, 0_u64);
    // In the order of time: bits of floats above zero are ordered as they are.
    let mut network: BTreeMap<(u64, u64), (usize, Message)> = BTreeMap::new();
    let mut post = |at: f64, client: usize, message: Message, network: &mut BTreeMap<_, _>| {
        sent += 1;
        network.insert((at.to_bits(), sent), (client, message));
    };
    for client in 0..clients {
        post(chance.delay(), client, Message::Read, &mut network);
    }
    while let Some(((at, _), (client, message))) = network.pop_first() {
        now = f64::from_bits(at);
        let then = now + chance.delay();
        match message {
            Message::Read => post(then, client, Message::ReadAnswered { version }, &mut network),
            Message::ReadAnswered { version } => {
                post(then, client, Message::Write { version }, &mut network);
            }
            Message::Write { version: read } => {
                calls += 1;
                let success = read == version;
                version += u64::from(success);
                post(then, client, Message::WriteAnswered { success }, &mut network);
            }
            Message::WriteAnswered { success: true } => {}
            Message::WriteAnswered { success: false } => {
                failures[client] += 1;
                let doubled = CAP_MS.min(BASE_MS * libm::exp2(f64::from(failures[client])));
                let wait = match waits {
                    Waits::None => 0.0,
                    Waits::Exponential => doubled,
                    Waits::Equal => doubled / 2.0 + chance.within(0.0, doubled / 2.0),
                    Waits::Full => chance.within(0.0, doubled),
                    Waits::Decorrelated => {
                        let sleep = chance.within(BASE_MS, sleeps[client] * 3.0);
                        sleeps[client] = CAP_MS.min(sleep);
                        sleeps[client]
                    }
                };
                post(then + wait, client, Message::Read, &mut network);
            }
        }
    }
    (calls as f64, now)
}

/// A generator that the house does not use: xorshift64*.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * unit(self.next())
    }

    fn delay(&mut self) -> f64 {
        normal(10.0, 2.0, self.next(), self.next()).abs()
    }
}
