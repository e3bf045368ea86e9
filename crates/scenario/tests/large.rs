//! A log far larger than its columns is read in the memory of its columns. This test is alone in
//! its process, whose peak it looks at.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::io::{BufReader, Read, Write};

use scenario::{Fields, Trace, TraceFormat, Unit};

/// A line of two thousand bytes, most of which is talk.
const TALK: usize = 2_000;
const ROWS: u64 = 100_000;

/// Lines made while they are read.
struct Lines {
    next: u64,
    line: Vec<u8>,
    at: usize,
    bytes: u64,
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.line.len() && self.next < ROWS {
            let row = self.next;
            self.line.clear();
            self.at = 0;
            self.next += 1;
            // Every thousandth row comes late.
            let time = if row % 1_000 == 999 { row - 500 } else { row };
            let talk = "x".repeat(TALK);
            writeln!(
                self.line,
                "{{\"time\":{time},\"messages\":[{{\"content\":\"{talk}\"}}],\"usage\":{{\"in\":{},\"out\":7}}}}",
                row % 10
            )?;
        }
        let rest = self.line.get(self.at..).unwrap();
        let read = rest.len().min(buffer.len());
        buffer[..read].copy_from_slice(&rest[..read]);
        self.at += read;
        self.bytes += read as u64;
        Ok(read)
    }
}

/// The most memory that this process has held, in bytes, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kibibytes| kibibytes * 1_024)
}

#[test]
fn a_large_log_takes_the_memory_of_its_columns() {
    let before = peak();
    let [due, prompt, answer] = ["time", "usage.in", "usage.out"].map(str::to_owned);
    let format = TraceFormat::Jsonl(Fields {
        due,
        unit: Unit::Millis,
        prompt,
        answer,
        says: scenario::Says::default(),
    });
    let mut lines = Lines { next: 0, line: Vec::new(), at: 0, bytes: 0 };
    let reading = Trace::read("large", BufReader::new(&mut lines), &format).unwrap();
    assert_eq!((reading.trace.rows() as u64, reading.out_of_order), (ROWS, ROWS / 1_000));
    assert_eq!(reading.trace.prompt.iter().map(|tokens| u64::from(*tokens)).sum::<u64>(), 450_000);
    assert!(lines.bytes > 200_000_000, "{} bytes", lines.bytes);
    let Some((before, after)) = before.zip(peak()) else {
        let mut out = std::io::stdout();
        writeln!(out, "skipped 1 test: this system does not tell a process its memory").unwrap();
        return;
    };
    // Columns of sixteen bytes a row grow by doubling and are sorted by way of a copy.
    let columns = ROWS * 16;
    assert!(after - before < 4 * columns + 4_000_000, "{} bytes more", after - before);
}
