//! `bench big-log [--gigabytes N]`: whether a log of any size is read in bounded memory. A log of
//! that size is made, a scenario is inferred from it, and the most memory that it took is printed.
//!
//! The log is JSON lines as a gateway writes them: three models, one row in nine refused and tried
//! again, prompts of every length. It lies in the system's folder for what is passing, and is
//! deleted whatever happens.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::say::say;
use crate::workspace::Workspace;

const GIGABYTE: u64 = 1_000_000_000;

/// So much must be free beside the log.
const LEFT_FREE: u64 = 2 * GIGABYTE;

const FORMAT: &str = "{ jsonl = { due = \"t\", unit = \"ms\", prompt = \"usage.prompt_tokens\", \
                      answer = \"usage.completion_tokens\", status = \"status\", \
                      model = \"model\", id = \"request\" } }";

/// Makes the log, reads it, prints size, time and memory.
pub(crate) fn run(workspace: &Workspace, words: &[&str]) -> Result<(), String> {
    let gigabytes = match words {
        [] => 1,
        ["--gigabytes", number] => number.parse().map_err(|_| format!("`{number}` gigabytes?"))?,
        _ => return Err("bench big-log [--gigabytes N]".to_owned()),
    };
    let mut cargo = workspace.cargo();
    cargo.args(["build", "--quiet", "--profile", "sim", "--package", "tierlab"]);
    if !cargo.status().is_ok_and(|status| status.success()) {
        return Err("tierlab does not build".to_owned());
    }
    let folder = std::env::temp_dir().join(format!("tierlab-big-log-{}", std::process::id()));
    fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let outcome = within(workspace, &folder, gigabytes.max(1) * GIGABYTE);
    let removed = fs::remove_dir_all(&folder);
    outcome.and(removed.map_err(|error| format!("{} is left: {error}", folder.display())))
}

fn within(workspace: &Workspace, folder: &Path, bytes: u64) -> Result<(), String> {
    if let Some(free) = free_bytes(folder)
        && free < bytes + LEFT_FREE
    {
        return Err(format!("{free} bytes are free in {}, too few", folder.display()));
    }
    let log = folder.join("log.jsonl");
    let rows = make(&log, bytes).map_err(|error| format!("the log cannot be made: {error}"))?;
    let began = Instant::now();
    let mut child = Command::new(workspace.binary("sim"))
        .args(["new", "--quiet", "--from-log"])
        .args([&log, &PathBuf::from("--log-format"), &PathBuf::from(FORMAT)])
        .stdout(Stdio::null())
        .spawn()
        .map_err(|error| format!("tierlab does not start: {error}"))?;
    let (peak, good) = watched(&mut child).map_err(|error| error.to_string())?;
    if !good {
        return Err("tierlab could not read it".to_owned());
    }
    let took = began.elapsed().as_secs_f64();
    let peak = peak.map_or("unknown".to_owned(), |kib| format!("{:.1} MB", kib as f64 * 0.001_024));
    say(&format!(
        "{:.1} GB, {rows} rows: {took:.0} s, {:.0} MB a second, at most {peak} of memory",
        bytes as f64 / 1e9,
        bytes as f64 / 1e6 / took,
    ));
    Ok(())
}

/// Rows until the file is so large, from numbers that need no crate.
fn make(path: &Path, bytes: u64) -> io::Result<u64> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut state: u64 = 1;
    let mut draw = |below: u64| {
        // Knuth's generator for 64 bits; its high half is good enough for a log.
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    let (mut written, mut rows, mut millis) = (0, 0, 1_700_000_000_000);
    while written < bytes {
        millis += draw(40);
        let model = ["big", "middle", "small"]
            .get(usize::try_from(draw(6)).unwrap_or(0))
            .unwrap_or(&"small");
        let (prompt, answer) = (1 + (draw(90) * draw(90)), 1 + draw(400));
        let request = rows;
        if draw(9) == 0 {
            let row = format!(
                "{{\"t\":{millis},\"request\":\"r-{request}\",\"model\":\"{model}\",\"status\":429,\"usage\":null,\
                 \"path\":\"/v1/chat/completions\",\"key\":\"team-{}\"}}\n",
                draw(40)
            );
            file.write_all(row.as_bytes())?;
            written += row.len() as u64;
            rows += 1;
        }
        let row = format!(
            "{{\"t\":{},\"request\":\"r-{request}\",\"model\":\"{model}\",\"status\":200,\"usage\":\
             {{\"prompt_tokens\":{prompt},\"completion_tokens\":{answer}}},\"path\":\"/v1/chat/completions\",\
             \"key\":\"team-{}\"}}\n",
            millis + draw(2) * 500,
            draw(40)
        );
        file.write_all(row.as_bytes())?;
        written += row.len() as u64;
        rows += 1;
    }
    file.flush()?;
    Ok(rows)
}

/// The most memory that a process had, in KiB, as far as this system tells, and whether it ended
/// well.
fn watched(child: &mut Child) -> io::Result<(Option<u64>, bool)> {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = None;
    loop {
        peak = peak.max(fs::read_to_string(&status).ok().as_deref().and_then(peak_of));
        if let Some(ended) = child.try_wait()? {
            return Ok((peak, ended.success()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn peak_of(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// What `df` says is free; nothing where it is not to be had.
fn free_bytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").args(["-Pk"]).arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let free: u64 = text.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(free * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_memory_is_read_from_the_system() {
        assert_eq!(peak_of("VmPeak:\t 9 kB\nVmHWM:\t   4312 kB\nVmRSS:\t 1 kB\n"), Some(4_312));
        assert_eq!(peak_of("VmPeak:\t 9 kB\n"), None);
    }

    #[test]
    fn a_log_is_as_long_as_it_was_asked_for() {
        let path = std::env::temp_dir().join(format!("tierlab-log-{}", std::process::id()));
        let rows = make(&path, 100_000).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::remove_file(&path).unwrap();
        assert!((100_000..100_400).contains(&text.len()), "{}", text.len());
        assert_eq!(text.lines().count() as u64, rows);
    }
}
