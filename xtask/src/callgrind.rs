//! Work counted instead of timed: instructions a job and bytes allocated, which do not change
//! with a busy neighbour.
//!
//! The bench target `work` answers `work --list` with the names of its questions, and
//! `work QUESTION SIZE` with one line: how many units it worked through. Each question runs at
//! two sizes, so that start and set-up cancel: (I₂ − I₁) ÷ (units₂ − units₁).

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::say::say;
use crate::workspace::Workspace;

/// What is asked of the bench target, and the most it may cost.
struct Question {
    name: &'static str,
    /// What one unit of work is.
    unit: &'static str,
    sizes: (u64, u64),
    /// Instructions a unit at most; none: only told.
    most: Option<u64>,
}

/// Instructions are counted at these sizes: decisions, simulated seconds, requests through the
/// mock's router.
const INSTRUCTIONS: &[Question] = &[
    Question { name: "admission", unit: "decision", sizes: (100_000, 200_000), most: None },
    Question { name: "simulation", unit: "job", sizes: (600, 1_200), most: Some(3_300) },
    Question { name: "clients", unit: "job", sizes: (600, 1_200), most: Some(3_100) },
    Question { name: "answer", unit: "request", sizes: (500, 1_500), most: Some(65_000) },
    Question { name: "refusal", unit: "request", sizes: (500, 1_500), most: Some(56_000) },
    Question { name: "stream", unit: "request", sizes: (500, 1_500), most: Some(84_000) },
];

/// A run twice as long must allocate no more: simulated seconds.
const ALLOCATIONS: &[Question] = &[
    Question { name: "simulation", unit: "job", sizes: (3_600, 7_200), most: None },
    Question { name: "clients", unit: "job", sizes: (3_600, 7_200), most: None },
];

/// Why nothing was counted, or what was too much.
pub(crate) enum Trouble {
    /// valgrind is not on this machine.
    Absent,
    Failed(String),
}

/// Prints instructions a unit for every question the bench target knows.
///
/// # Errors
/// When valgrind is absent, a run fails, or a question costs more than it may.
pub(crate) fn instructions(workspace: &Workspace) -> Result<(), Trouble> {
    for (question, program) in asked(workspace, INSTRUCTIONS)? {
        let (small, large) = both(question, |size| collected(workspace, &program, question, size))?;
        let units = large.units.saturating_sub(small.units).max(1);
        let each = large.counted.saturating_sub(small.counted) / units;
        let (name, unit) = (question.name, question.unit);
        say(&format!("{name}: {each} instructions a {unit} ({units} {unit}s)"));
        if let Some(most) = question.most.filter(|most| each > *most) {
            let what = format!("{name}: {each} instructions a {unit}, {most} at most");
            return Err(Trouble::Failed(what));
        }
    }
    Ok(())
}

/// Prints what each question allocates at two sizes; the larger must not allocate more.
///
/// # Errors
/// When valgrind is absent, a run fails, or the larger run allocates more.
pub(crate) fn allocations(workspace: &Workspace) -> Result<(), Trouble> {
    for (question, program) in asked(workspace, ALLOCATIONS)? {
        let (small, large) = both(question, |size| allocated(workspace, &program, question, size))?;
        let told = format!(
            "{}: {} bytes allocated for {} {unit}s, {} for {}",
            question.name,
            small.counted,
            small.units,
            large.counted,
            large.units,
            unit = question.unit,
        );
        say(&told);
        if large.counted > small.counted {
            return Err(Trouble::Failed(format!("the longer run allocates more: {told}")));
        }
    }
    Ok(())
}

/// One run under valgrind.
struct Counted {
    units: u64,
    counted: u64,
}

/// The questions that the bench target knows, each with the program to ask.
fn asked<'table>(
    workspace: &Workspace,
    table: &'table [Question],
) -> Result<Vec<(&'table Question, PathBuf)>, Trouble> {
    if Command::new("valgrind").arg("--version").output().is_err() {
        return Err(Trouble::Absent);
    }
    let program = build(workspace)?;
    let listed = Command::new(&program).arg("--list").output();
    let listed = listed.map_err(|error| failed(&program, &error.to_string()))?;
    let known = String::from_utf8_lossy(&listed.stdout).into_owned();
    let is_known = |question: &&Question| known.lines().any(|line| line.trim() == question.name);
    Ok(table.iter().filter(is_known).map(|question| (question, program.clone())).collect())
}

fn both(
    question: &Question,
    run: impl Fn(u64) -> Result<Counted, Trouble>,
) -> Result<(Counted, Counted), Trouble> {
    Ok((run(question.sizes.0)?, run(question.sizes.1)?))
}

fn collected(
    workspace: &Workspace,
    program: &Path,
    question: &Question,
    size: u64,
) -> Result<Counted, Trouble> {
    let file = workspace.target().join("callgrind.out");
    let tool = ["--tool=callgrind", &format!("--callgrind-out-file={}", file.display())];
    let (units, said) = under_valgrind(&tool, program, question, size)?;
    let counted = number_after(&said, "Collected :");
    counted.map(|counted| Counted { units, counted }).ok_or_else(|| failed(program, &said))
}

fn allocated(
    workspace: &Workspace,
    program: &Path,
    question: &Question,
    size: u64,
) -> Result<Counted, Trouble> {
    let file = workspace.target().join("dhat.out");
    let tool = ["--tool=dhat", &format!("--dhat-out-file={}", file.display())];
    let (units, said) = under_valgrind(&tool, program, question, size)?;
    let counted = number_after(&said, "Total:");
    counted.map(|counted| Counted { units, counted }).ok_or_else(|| failed(program, &said))
}

/// Runs the program; the units it printed, and what valgrind said.
fn under_valgrind(
    tool: &[&str],
    program: &Path,
    question: &Question,
    size: u64,
) -> Result<(u64, String), Trouble> {
    let run = Command::new("valgrind")
        .args(tool)
        .arg(program)
        .args([question.name, &size.to_string()])
        .output()
        .map_err(|error| failed(program, &error.to_string()))?;
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    match printed.trim().parse() {
        Ok(units) if run.status.success() => Ok((units, said)),
        _ => Err(failed(program, &format!("{printed}{said}"))),
    }
}

/// Builds the bench target without running it.
fn build(workspace: &Workspace) -> Result<PathBuf, Trouble> {
    let built = workspace
        .cargo()
        .args(["bench", "--package", "benches", "--bench", "work", "--no-run"])
        .args(["--message-format", "json-render-diagnostics"])
        .stderr(std::process::Stdio::inherit())
        .output()
        .map_err(|error| Trouble::Failed(format!("cargo does not start: {error}")))?;
    let messages = String::from_utf8_lossy(&built.stdout);
    let program = executable(&messages).filter(|_| built.status.success());
    program.ok_or_else(|| Trouble::Failed("cargo bench -p benches --bench work --no-run".into()))
}

/// The executable among cargo's messages. Only the last one asked for has any.
fn executable(messages: &str) -> Option<PathBuf> {
    let path =
        messages.lines().filter_map(|line| line.split("\"executable\":\"").nth(1)).next_back()?;
    let path = path.split('"').next()?;
    Some(PathBuf::from(path.replace("\\\\", "\\")))
}

/// The first whole number after a word, commas read over.
fn number_after(text: &str, word: &str) -> Option<u64> {
    let rest = text.split(word).nth(1)?.trim_start();
    let digits = rest.split(|next: char| !(next.is_ascii_digit() || next == ',')).next()?;
    digits.replace(',', "").parse().ok()
}

fn failed(program: &Path, said: &str) -> Trouble {
    Trouble::Failed(format!("{} under valgrind: {}", program.display(), said.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valgrinds_figures_are_read_with_their_commas() {
        assert_eq!(number_after("==7== Collected : 2387467\n", "Collected :"), Some(2_387_467));
        let total = "==7== Total:     1,234,567 bytes in 56 blocks\n";
        assert_eq!(number_after(total, "Total:"), Some(1_234_567));
        assert_eq!(number_after("==7== nothing", "Total:"), None);
    }

    #[test]
    fn the_executable_is_found_among_cargos_messages() {
        let messages = "{\"reason\":\"compiler-artifact\",\"executable\":null}\n\
                        {\"reason\":\"compiler-artifact\",\"executable\":\"/t/work-1\",\"x\":1}\n";
        assert_eq!(executable(messages), Some(PathBuf::from("/t/work-1")));
    }
}
