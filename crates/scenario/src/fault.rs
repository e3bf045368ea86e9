//! Every way in which a scenario can be refused: one code each, a closed list.
//!
//! A code is what scripts and searches hold on to, so it says what is wrong and never changes its
//! meaning. Message, place and remedy are written where the fault is found.

use rulebook::reading::Flaw;

/// The kinds of fault. Each has one name; the list is closed.
#[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Code {
    /// The file is not TOML.
    Syntax,
    /// A key that the table does not have.
    UnknownKey,
    /// A key that the table cannot do without.
    MissingKey,
    /// A value of the wrong type.
    WrongType,
    /// Nothing where something is needed.
    Empty,
    /// Zero where nothing happens then.
    Zero,
    /// A number outside what can be held, or meant.
    OutOfRange,
    /// A value whose unit is missing or not understood.
    BadUnit,
    /// A word that is not one of the known ones.
    UnknownWord,
    /// A choice with no key, or with several at once.
    OneChoice,
    /// An edition that was not read.
    UnknownEdition,
    /// A tier that the edition does not have.
    UnknownTier,
    /// The edition gives no limit for this model on this tier.
    NoLimit,
    /// A model that the edition has never heard of: a warning.
    UnknownModel,
    /// A run shorter than a second.
    EmptyRun,
    /// A run longer than a run may be.
    TooLong,
    /// More jobs than a run may have.
    TooManyJobs,
    /// Phases, traces and `lasts` that do not end together.
    LastsMismatch,
    /// A file without traffic.
    NoGroup,
    /// Two things of one name.
    DuplicateName,
    /// A strategy that the file does not have.
    UnknownStrategy,
    /// A preset together with parts of its own.
    PresetAndParts,
    /// A strategy with neither preset nor parts.
    NoParts,
    /// A strategy that would retry at once and for ever.
    EndlessRetry,
    /// A first wait longer than the longest.
    FirstAboveCap,
    /// A 95th percentile that is not above the median.
    P95NotAboveMedian,
    /// A spread of lengths beyond all measure.
    TooSpread,
    /// A least length above the greatest.
    MinAboveMax,
    /// Lengths from a trace, without a trace.
    LengthNeedsTrace,
    /// Lengths that drift away from those of a trace.
    DriftOfTrace,
    /// A trace beside other phases of the same group.
    TraceAmongPhases,
    /// Two groups that replay different traces.
    SeveralTraces,
    /// A trace for a scenario that asks for none.
    TraceNotAsked,
    /// Something that is not a sha256.
    BadHash,
    /// An assumption that the edition does not make.
    UnknownAssumption,
    /// A value that an assumption cannot take.
    AssumptionValue,
    /// An expectation that is not a comparison and a goal.
    BadExpectation,
    /// An expectation that no run can meet, or none can miss.
    VainExpectation,
    /// A group that the file does not have.
    UnknownGroup,
    /// More groups than a scenario may have.
    TooManyGroups,
    /// Tries of a strategy that tries nothing again: a warning.
    VainTries,
    /// Jobs that may be longer than the model's context: a warning.
    BeyondContext,
    /// Rows that are told apart, or folded, without a status.
    NoStatus,
    /// Requests for more pictures than a window holds: a warning.
    BeyondWindow,
    /// A class of work that is not the model's.
    WorkDisagrees,
    /// A key that this class of work does not have.
    OtherWork,
    /// Work that a load cannot ask for over HTTP.
    NotOverHttp,
    /// A slice of a trace that the trace does not have.
    OutsideTrace,
    /// A date or a time of day that is none.
    BadMoment,
    /// A day whose trough is above its peak.
    TroughAbovePeak,
    /// Bursts that take longer than it is from one to the next.
    BurstsOverlap,
    /// Fewer quantiles than make a law, or more than a table may have.
    QuantileCount,
    /// A quantile below one of a smaller share.
    QuantilesFall,
    /// Bounds that leave next to nothing of a law.
    LittleLeft,
    /// A law whose mean has no bound.
    NoMean,
    /// A bound at which most of a law is held: a warning.
    MostlyHeld,
    /// Users beside other traffic of the same group.
    UsersAmongPhases,
    /// A correlation of lengths that are not drawn.
    NothingToCorrelate,
    /// Rules whose age is over: a warning.
    PastAge,
    /// Tries that come when no answer can be in time: a warning.
    LateTries,
    /// A wait that is longer than any deadline: a warning.
    LateWait,
    /// Jobs that use up the tokens of a minute by themselves: a warning.
    FillsMinute,
    /// A hint that the edition never sends: a warning.
    AbsentHint,
    /// Limits that the edition never shows: a warning.
    AbsentLimits,
    /// Something that happens before the run or after it.
    OutsideRun,
    /// A date in a run that begins at none.
    NeedsStarts,
    /// A client that restarts while it is down.
    RestartsOverlap,
    /// More jobs on top of those of users.
    SurgeOfUsers,
    /// Clients that are still down when the run ends.
    RestartUnfinished,
}

impl Code {
    /// Every code.
    pub const ALL: [Code; 69] = [
        Code::Syntax,
        Code::UnknownKey,
        Code::MissingKey,
        Code::WrongType,
        Code::Empty,
        Code::Zero,
        Code::OutOfRange,
        Code::BadUnit,
        Code::UnknownWord,
        Code::OneChoice,
        Code::UnknownEdition,
        Code::UnknownTier,
        Code::NoLimit,
        Code::UnknownModel,
        Code::EmptyRun,
        Code::TooLong,
        Code::TooManyJobs,
        Code::LastsMismatch,
        Code::NoGroup,
        Code::DuplicateName,
        Code::UnknownStrategy,
        Code::PresetAndParts,
        Code::NoParts,
        Code::EndlessRetry,
        Code::FirstAboveCap,
        Code::P95NotAboveMedian,
        Code::TooSpread,
        Code::MinAboveMax,
        Code::LengthNeedsTrace,
        Code::DriftOfTrace,
        Code::TraceAmongPhases,
        Code::SeveralTraces,
        Code::TraceNotAsked,
        Code::BadHash,
        Code::UnknownAssumption,
        Code::AssumptionValue,
        Code::BadExpectation,
        Code::VainExpectation,
        Code::UnknownGroup,
        Code::TooManyGroups,
        Code::VainTries,
        Code::BeyondContext,
        Code::NoStatus,
        Code::BeyondWindow,
        Code::WorkDisagrees,
        Code::OtherWork,
        Code::NotOverHttp,
        Code::OutsideTrace,
        Code::BadMoment,
        Code::TroughAbovePeak,
        Code::BurstsOverlap,
        Code::QuantileCount,
        Code::QuantilesFall,
        Code::LittleLeft,
        Code::NoMean,
        Code::MostlyHeld,
        Code::UsersAmongPhases,
        Code::NothingToCorrelate,
        Code::PastAge,
        Code::LateTries,
        Code::LateWait,
        Code::FillsMinute,
        Code::AbsentHint,
        Code::AbsentLimits,
        Code::OutsideRun,
        Code::NeedsStarts,
        Code::RestartsOverlap,
        Code::SurgeOfUsers,
        Code::RestartUnfinished,
    ];

    /// The code as it is printed.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Code::Syntax => "scenario::syntax",
            Code::UnknownKey => "scenario::unknown_key",
            Code::MissingKey => "scenario::missing_key",
            Code::WrongType => "scenario::wrong_type",
            Code::Empty => "scenario::empty",
            Code::Zero => "scenario::zero",
            Code::OutOfRange => "scenario::out_of_range",
            Code::BadUnit => "scenario::bad_unit",
            Code::UnknownWord => "scenario::unknown_word",
            Code::OneChoice => "scenario::one_choice",
            Code::UnknownEdition => "scenario::unknown_edition",
            Code::UnknownTier => "scenario::unknown_tier",
            Code::NoLimit => "scenario::no_limit",
            Code::UnknownModel => "scenario::unknown_model",
            Code::EmptyRun => "scenario::empty_run",
            Code::TooLong => "scenario::too_long",
            Code::TooManyJobs => "scenario::too_many_jobs",
            Code::LastsMismatch => "scenario::lasts_mismatch",
            Code::NoGroup => "scenario::no_group",
            Code::DuplicateName => "scenario::duplicate_name",
            Code::UnknownStrategy => "scenario::unknown_strategy",
            Code::PresetAndParts => "scenario::preset_and_parts",
            Code::NoParts => "scenario::no_parts",
            Code::EndlessRetry => "scenario::endless_retry",
            Code::FirstAboveCap => "scenario::first_above_cap",
            Code::P95NotAboveMedian => "scenario::p95_not_above_median",
            Code::TooSpread => "scenario::too_spread",
            Code::MinAboveMax => "scenario::min_above_max",
            Code::LengthNeedsTrace => "scenario::length_needs_trace",
            Code::DriftOfTrace => "scenario::drift_of_trace",
            Code::TraceAmongPhases => "scenario::trace_among_phases",
            Code::SeveralTraces => "scenario::several_traces",
            Code::TraceNotAsked => "scenario::trace_not_asked",
            Code::BadHash => "scenario::bad_hash",
            Code::UnknownAssumption => "scenario::unknown_assumption",
            Code::AssumptionValue => "scenario::assumption_value",
            Code::BadExpectation => "scenario::bad_expectation",
            Code::VainExpectation => "scenario::vain_expectation",
            Code::UnknownGroup => "scenario::unknown_group",
            Code::TooManyGroups => "scenario::too_many_groups",
            Code::VainTries => "scenario::vain_tries",
            Code::BeyondContext => "scenario::beyond_context",
            Code::NoStatus => "scenario::no_status",
            Code::BeyondWindow | Code::WorkDisagrees | Code::OtherWork => self.of_work(),
            Code::NotOverHttp => "scenario::not_over_http",
            Code::OutsideTrace => "scenario::outside_trace",
            Code::BadMoment => "scenario::bad_moment",
            Code::TroughAbovePeak => "scenario::trough_above_peak",
            Code::BurstsOverlap => "scenario::bursts_overlap",
            Code::QuantileCount => "scenario::quantile_count",
            Code::QuantilesFall => "scenario::quantiles_fall",
            Code::LittleLeft => "scenario::little_left",
            Code::NoMean => "scenario::no_mean",
            Code::MostlyHeld => "scenario::mostly_held",
            Code::UsersAmongPhases => "scenario::users_among_phases",
            Code::NothingToCorrelate => "scenario::nothing_to_correlate",
            Code::PastAge => "scenario::past_age",
            Code::LateTries => "scenario::late_tries",
            Code::LateWait => "scenario::late_wait",
            Code::FillsMinute => "scenario::fills_minute",
            Code::AbsentHint => "scenario::absent_hint",
            Code::AbsentLimits => "scenario::absent_limits",
            Code::OutsideRun => "scenario::outside_run",
            Code::NeedsStarts => "scenario::needs_starts",
            Code::RestartsOverlap | Code::RestartUnfinished => self.of_restarts(),
            Code::SurgeOfUsers => "scenario::surge_of_users",
        }
    }

    /// The same of those that are about restarts.
    const fn of_restarts(self) -> &'static str {
        if matches!(self, Code::RestartsOverlap) {
            "scenario::restarts_overlap"
        } else {
            "scenario::restart_unfinished"
        }
    }

    /// The same of those that are about a class of work.
    const fn of_work(self) -> &'static str {
        if matches!(self, Code::BeyondWindow) {
            "scenario::beyond_window"
        } else if matches!(self, Code::WorkDisagrees) {
            "scenario::work_disagrees"
        } else {
            "scenario::other_work"
        }
    }

    /// The name of the code under which a scenario reports a fault of form.
    #[must_use]
    pub const fn of_flaw(flaw: Flaw) -> &'static str {
        match flaw {
            Flaw::Syntax => Code::Syntax,
            Flaw::UnknownKey => Code::UnknownKey,
            Flaw::MissingKey => Code::MissingKey,
            Flaw::WrongType => Code::WrongType,
            Flaw::Empty => Code::Empty,
            Flaw::Zero => Code::Zero,
            Flaw::Range => Code::OutOfRange,
            Flaw::Unit => Code::BadUnit,
            Flaw::UnknownWord => Code::UnknownWord,
            Flaw::OneChoice => Code::OneChoice,
        }
        .name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_name_of_its_own() {
        let mut names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(names.iter().all(|name| name.starts_with("scenario::")));
    }

    #[test]
    fn the_list_of_codes_holds_every_variant_once() {
        for (index, code) in Code::ALL.iter().enumerate() {
            assert_eq!(*code as usize, index, "{code:?} stands elsewhere in the list");
        }
        assert_eq!(Code::RestartUnfinished as usize + 1, Code::ALL.len());
    }

    #[test]
    fn codes_do_not_move_unseen() {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        insta::assert_snapshot!(names.join("\n"));
    }
}
