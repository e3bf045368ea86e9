//! Reading the archive of a set of clients, file after file.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use super::dataset::datasets;
use super::lengths::Table;
use super::rates::row;
use super::{Client, ClientSet, Lengths, Pair, WINDOW};
use crate::trace::TraceFault;
use crate::trace::lines::Lines;
use limits::Span;

/// Clients that a set may have.
const MOST_CLIENTS: usize = 10_000;

/// Windows that all of them may have together: 100 MB.
const MOST_WINDOWS: usize = 1 << 22;

/// Tables of lengths that all of them may have together: 67 MB.
const MOST_TABLES: usize = 1 << 14;

/// A client's file of lengths may be so long.
const LONGEST_DATASET: u64 = 64 << 20;

/// A line of rates may be so long.
const LONGEST_LINE: usize = 4_096;

/// What is taken from an archive.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Rates alone.
    Rates,
    /// Lengths alone.
    Lengths,
    /// Both, as far as it has them.
    Both,
}

/// Puts a set together from the files of one or two archives, which may come in any order.
#[derive(Debug, Default)]
pub struct ClientSetReader {
    clients: BTreeMap<u32, Client>,
    tables: Vec<Table>,
    windows: usize,
    end: u64,
    held: u64,
}

/// What a file of an archive holds, by its name.
enum Holds {
    Rates,
    Lengths,
}

impl ClientSetReader {
    /// Reads one file of an archive: `chunk-N-trace.csv` with the rates of client N, or
    /// `chunk-N-dataset.json` with its lengths. Others are passed over, and so is what `part` does
    /// not take. `name` is what faults call the file, its path in the archive at the end.
    pub fn member(
        &mut self,
        name: &str,
        part: Part,
        input: impl BufRead,
    ) -> Result<(), TraceFault> {
        match (client_of(name), part) {
            (Some((client, Holds::Rates)), Part::Rates | Part::Both) => {
                self.rates(name, client, input)
            }
            (Some((client, Holds::Lengths)), Part::Lengths | Part::Both) => {
                self.lengths(name, client, input)
            }
            (Some(_) | None, _) => Ok(()),
        }
    }

    /// The set; `name` is what faults call it.
    pub fn finish(self, name: &str) -> Result<ClientSet, TraceFault> {
        let clients: Vec<Client> = self.clients.into_values().collect();
        if clients.iter().all(|client| client.windows.is_empty()) {
            return Err(TraceFault::NoClients { name: name.to_owned() });
        }
        let span = Span::from_nanos(self.end);
        Ok(ClientSet { clients, tables: self.tables, span, held: self.held })
    }

    fn client(&mut self, name: &str, number: u32) -> Result<&mut Client, TraceFault> {
        if self.clients.len() >= MOST_CLIENTS && !self.clients.contains_key(&number) {
            let (what, most) = ("clients", MOST_CLIENTS as u64);
            return Err(TraceFault::TooLarge { name: name.to_owned(), what, most });
        }
        Ok(self.clients.entry(number).or_insert(Client { number, ..Client::default() }))
    }

    fn rates(&mut self, name: &str, client: u32, input: impl BufRead) -> Result<(), TraceFault> {
        let mut lines = Lines::new(name, input, LONGEST_LINE);
        let mut windows = Vec::new();
        let mut next = 0_u64;
        while let Some(text) = lines.next_line()? {
            if text.trim_ascii().is_empty() {
                continue;
            }
            let row = row(text, next).map_err(|wrong| lines.fault(&wrong))?;
            next = u64::from(row.window.number) + 1;
            if row.window.jobs > 0 {
                self.held += u64::from(row.held);
                windows.push(row.window);
            }
            if self.windows + windows.len() > MOST_WINDOWS {
                let (what, most) = ("windows with jobs", MOST_WINDOWS as u64);
                return Err(TraceFault::TooLarge { name: name.to_owned(), what, most });
            }
        }
        self.end = self.end.max(next * WINDOW);
        self.windows += windows.len();
        windows.shrink_to_fit();
        let known = self.client(name, client)?;
        if !known.windows.is_empty() {
            return Err(twice(name));
        }
        known.windows = windows;
        Ok(())
    }

    fn lengths(&mut self, name: &str, client: u32, input: impl BufRead) -> Result<(), TraceFault> {
        let mut text = String::new();
        let read = input.take(LONGEST_DATASET + 1).read_to_string(&mut text);
        read.map_err(|error| TraceFault::Unreadable { name: name.to_owned(), error })?;
        if text.len() as u64 > LONGEST_DATASET {
            let (what, most) = ("bytes of lengths", LONGEST_DATASET);
            return Err(TraceFault::TooLarge { name: name.to_owned(), what, most });
        }
        let mut found = Vec::new();
        for (from, prompt, answer) in datasets(&text).map_err(|wrong| wrong.fault(name))? {
            // A window has both or counts as one that has none.
            let (Some(prompt), Some(answer)) = (Table::of(prompt), Table::of(answer)) else {
                continue;
            };
            let mut keep = |table: Table| {
                self.tables.push(table);
                u32::try_from(self.tables.len() - 1).unwrap_or(u32::MAX)
            };
            let tables = Pair { prompt: keep(prompt), answer: keep(answer) };
            found.push(Lengths { from, tables });
            if self.tables.len() > MOST_TABLES {
                let (what, most) = ("tables of lengths", MOST_TABLES as u64);
                return Err(TraceFault::TooLarge { name: name.to_owned(), what, most });
            }
        }
        found.sort_unstable_by_key(|lengths| lengths.from);
        let known = self.client(name, client)?;
        if !known.lengths.is_empty() {
            return Err(twice(name));
        }
        known.lengths = found;
        Ok(())
    }
}

/// The client whose file this is by its name, and what it holds.
fn client_of(name: &str) -> Option<(u32, Holds)> {
    let file = name.rsplit(['/', '\\']).next()?;
    let (number, what) = file.strip_prefix("chunk-")?.split_once('-')?;
    let number = number.parse().ok()?;
    match what {
        "trace.csv" => Some((number, Holds::Rates)),
        "dataset.json" => Some((number, Holds::Lengths)),
        _ => None,
    }
}

fn twice(name: &str) -> TraceFault {
    TraceFault::SecondFile { name: name.to_owned() }
}
