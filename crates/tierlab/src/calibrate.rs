//! `calibrate`: how well an edition explains a log of real responses.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::Path;
use std::sync::Arc;

use calibration::{Calibration, Calibrator, Question, Row};
use chance::Seed;
use limits::Instant;
use rulebook::{Edition, Tier};
use scenario::{Response, TraceFault, read_responses};
use wire::{ErrorKind, Status};

use crate::args::{Calibrate, Format, Manners};
use crate::editions;
use crate::exit::Ending;
use crate::failure::Failure;
use crate::moment::day;
use crate::progress::BytesProgress;
use crate::unpack::text_of;
use crate::{calibrate_json, calibrate_text, out};

/// A log that was held against an edition.
pub(crate) struct Calibrated {
    pub(crate) calibration: Calibration,
    pub(crate) edition: Arc<Edition>,
    /// Whether its moments are dates.
    pub(crate) dated: bool,
}

/// So many replicas are tried where nobody says how many there may be.
const REPLICAS: u32 = 2;

pub(crate) fn run(said: &Calibrate, manners: &Manners) -> Result<Ending, Failure> {
    let calibrated = read(said, manners)?;
    let is_judged = calibrated.calibration.is_judged();
    out::print(&match said.format {
        Format::Text => calibrate_text::of(&said.log, &calibrated, manners.verbose),
        Format::Json => {
            calibrate_json::of(&calibrated).map_err(|error| Failure::ours(error.to_string()))?
        }
    })?;
    Ok(if is_judged { Ending::Fine } else { Ending::Unjudged })
}

fn read(said: &Calibrate, manners: &Manners) -> Result<Calibrated, Failure> {
    let log = said.log.as_path();
    let name = log.display().to_string();
    let file = File::open(log).map_err(|error| Failure::unreadable(log, &error))?;
    let bytes = file.metadata().map_or(0, |file| file.len());
    let progress = BytesProgress::new(manners, "reading", bytes);
    let mut file = Counted { file, read: 0, progress: &progress };
    let edition = said.edition.as_deref().map(|name| editions::edition(Some(name))).transpose()?;
    let mut edition = edition.map(Arc::new);
    let mut under_way: Option<(Calibrator, bool)> = None;
    let mut failed = None;
    let read = text_of(&mut file, None, |text| {
        read_responses(&name, text, |response| {
            if failed.is_some() {
                return;
            }
            if under_way.is_none() {
                match begin(said, edition.take(), &response, manners) {
                    Ok((calibrator, chosen)) => {
                        under_way = Some((calibrator, response.dated));
                        edition = Some(chosen);
                    }
                    Err(failure) => failed = Some(failure),
                }
            }
            if let (Some((calibrator, _)), Some(edition)) = (&mut under_way, &edition) {
                calibrator.row(row(response, edition));
            }
        })
    });
    if let Some(failure) = failed {
        return Err(failure);
    }
    let read = read.map_err(|fault| Failure::invalid(format!("{name} {fault}")))?;
    read.map_err(|fault: TraceFault| Failure::invalid(format!("{fault} [{}]", fault.code())))?;
    let nothing = || Failure::invalid(format!("{name}: has no rows"));
    let ((calibrator, dated), edition) = under_way.zip(edition).ok_or_else(nothing)?;
    let calibration = calibrator.finish();
    progress.finish(manners, "read");
    Ok(Calibrated { calibration, edition, dated })
}

/// What the log is held against, once its first row says when that was.
fn begin(
    said: &Calibrate,
    edition: Option<Arc<Edition>>,
    first: &Response,
    manners: &Manners,
) -> Result<(Calibrator, Arc<Edition>), Failure> {
    let edition = if let Some(edition) = edition {
        edition
    } else {
        let day = first.dated.then(|| day(Instant::from_nanos(first.at), true));
        let held = editions::held_on(day.as_deref())?;
        if day.is_none() {
            note_supposed(held.name(), manners);
        }
        Arc::new(held)
    };
    let tier = said.account.as_deref().map(|tier| tier_of(tier, &edition)).transpose()?;
    let question = Question {
        edition: Arc::clone(&edition),
        given: edition.assumptions(),
        tier,
        replicas: said.replicas.unwrap_or(REPLICAS),
        seed: Seed(said.seed),
    };
    Ok((Calibrator::new(question), edition))
}

/// Says that nothing told the edition.
fn note_supposed(edition: &str, manners: &Manners) {
    if !manners.quiet {
        // Nobody is left to tell when stderr is gone.
        let _ = writeln!(
            std::io::stderr(),
            "note: the log's moments have no dates, so edition {edition}, the oldest, is supposed; \
             --edition names another"
        );
    }
}

fn tier_of(word: &str, edition: &Edition) -> Result<Tier, Failure> {
    edition.tier(word).ok_or_else(|| {
        let names: Vec<&str> = edition.tiers().iter().map(Tier::name).collect();
        let known = rulebook::reading::known(word, &names);
        Failure::usage(format!("edition {} has no tier `{word}`; {known}", edition.name()))
    })
}

fn row(response: Response, edition: &Edition) -> Row {
    let kind = kind_of(&response, edition);
    let Response { number, line, at, ended, account, tier, model, work, .. } = response;
    Row {
        number,
        line,
        at: Instant::from_nanos(at),
        ended: ended.map(Instant::from_nanos),
        account,
        tier,
        model,
        work,
        status: response.status,
        kind,
        shows: response.shows,
        usage: response.usage,
        worked: response.worked,
        first_byte: response.first_byte,
    }
}

/// What went wrong, where the log says more than the status.
fn kind_of(response: &Response, edition: &Edition) -> Option<ErrorKind> {
    let status = response.status?;
    let refused_by = |word: &str| match word {
        "requests" => Some(ErrorKind::RequestsLimited),
        "tokens" => Some(ErrorKind::TokensLimited),
        "model" => Some(ErrorKind::ModelLimited),
        "dynamic_requests" => Some(ErrorKind::DynamicRequestsLimited),
        "dynamic_tokens" => Some(ErrorKind::DynamicTokensLimited),
        _ => None,
    };
    let limited = response.refused_by.as_deref().filter(|_| status == Status::TOO_MANY_REQUESTS);
    let told = response.error_type.as_deref();
    limited.and_then(refused_by).or_else(|| edition.recognise(status, Some(told?), None, None))
}

/// A file that tells how much of it was read.
struct Counted<'p> {
    file: File,
    read: u64,
    progress: &'p BytesProgress,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.read += read as u64;
        self.progress.stands(self.read);
        Ok(read)
    }
}

/// The name of a log, without its folders.
pub(crate) fn name_of(log: &Path) -> String {
    log.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
