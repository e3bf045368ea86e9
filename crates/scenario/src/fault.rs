//! Every way in which a scenario can be refused: one code each, a closed list.
//!
//! A code is what scripts and searches hold on to, so it says what is wrong and never changes its
//! meaning. Message, place and remedy are written where the fault is found.

use rulebook::reading::Flaw;

/// One line for each code: what it means, how it is called here, and how it is printed.
macro_rules! codes {
    ($($(#[$doc:meta])+ $code:ident = $name:literal,)+) => {
        /// The kinds of fault. Each has one name; the list is closed.
        #[derive(Copy, Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
        pub enum Code {
            $($(#[$doc])+ $code,)+
        }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Code] = &[$(Code::$code,)+];

            /// The code as it is printed.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Code::$code => $name,)+
                }
            }
        }
    };
}

codes! {
    /// The file is not TOML.
    Syntax = "scenario::syntax",
    /// A key that the table does not have.
    UnknownKey = "scenario::unknown_key",
    /// A key that the table cannot do without.
    MissingKey = "scenario::missing_key",
    /// A value of the wrong type.
    WrongType = "scenario::wrong_type",
    /// Nothing where something is needed.
    Empty = "scenario::empty",
    /// Zero where nothing happens then.
    Zero = "scenario::zero",
    /// A number outside what can be held, or meant.
    OutOfRange = "scenario::out_of_range",
    /// A value whose unit is missing or not understood.
    BadUnit = "scenario::bad_unit",
    /// A word that is not one of the known ones.
    UnknownWord = "scenario::unknown_word",
    /// A choice with no key, or with several at once.
    OneChoice = "scenario::one_choice",
    /// An edition that was not read.
    UnknownEdition = "scenario::unknown_edition",
    /// A tier that the edition does not have.
    UnknownTier = "scenario::unknown_tier",
    /// The edition gives no limit for this model on this tier.
    NoLimit = "scenario::no_limit",
    /// A model that the edition has never heard of: a warning.
    UnknownModel = "scenario::unknown_model",
    /// A run shorter than a second.
    EmptyRun = "scenario::empty_run",
    /// A run longer than a run may be.
    TooLong = "scenario::too_long",
    /// More jobs than a run may have.
    TooManyJobs = "scenario::too_many_jobs",
    /// Phases, traces and `lasts` that do not end together.
    LastsMismatch = "scenario::lasts_mismatch",
    /// A file without traffic.
    NoGroup = "scenario::no_group",
    /// Two things of one name.
    DuplicateName = "scenario::duplicate_name",
    /// A strategy with a comma in its name, which parts names on the command line.
    CommaInName = "scenario::comma_in_name",
    /// A strategy that the file does not have.
    UnknownStrategy = "scenario::unknown_strategy",
    /// A preset together with parts of its own.
    PresetAndParts = "scenario::preset_and_parts",
    /// A strategy with neither preset nor parts.
    NoParts = "scenario::no_parts",
    /// A strategy that would retry at once and for ever.
    EndlessRetry = "scenario::endless_retry",
    /// A first wait longer than the longest.
    FirstAboveCap = "scenario::first_above_cap",
    /// A 95th percentile that is not above the median.
    P95NotAboveMedian = "scenario::p95_not_above_median",
    /// A spread of lengths beyond all measure.
    TooSpread = "scenario::too_spread",
    /// A least above the greatest.
    MinAboveMax = "scenario::min_above_max",
    /// Lengths from a trace, without a trace.
    LengthNeedsTrace = "scenario::length_needs_trace",
    /// Lengths that drift away from those of a trace.
    DriftOfTrace = "scenario::drift_of_trace",
    /// A trace beside other phases of the same group.
    TraceAmongPhases = "scenario::trace_among_phases",
    /// Two groups that replay different traces.
    SeveralTraces = "scenario::several_traces",
    /// A trace for a scenario that asks for none.
    TraceNotAsked = "scenario::trace_not_asked",
    /// Something that is not a sha256.
    BadHash = "scenario::bad_hash",
    /// An assumption that the edition does not make.
    UnknownAssumption = "scenario::unknown_assumption",
    /// A value that an assumption cannot take.
    AssumptionValue = "scenario::assumption_value",
    /// An expectation that is not a comparison and a goal.
    BadExpectation = "scenario::bad_expectation",
    /// An expectation that no run can meet, or none can miss.
    VainExpectation = "scenario::vain_expectation",
    /// A group that the file does not have.
    UnknownGroup = "scenario::unknown_group",
    /// More groups than a scenario may have.
    TooManyGroups = "scenario::too_many_groups",
    /// Tries of a strategy that tries nothing again: a warning.
    VainTries = "scenario::vain_tries",
    /// A part about retries, in a strategy that never retries.
    NothingRetried = "scenario::nothing_retried",
    /// A place to go to instead that some jobs cannot go to.
    UnfitElsewhere = "scenario::unfit_elsewhere",
    /// A part of a strategy that changes nothing, or lets nothing happen.
    VainPart = "scenario::vain_part",
    /// Jobs that may be longer than the model's context: a warning.
    BeyondContext = "scenario::beyond_context",
    /// Rows that are told apart, or folded, without a status.
    NoStatus = "scenario::no_status",
    /// Requests for more pictures than a window holds: a warning.
    BeyondWindow = "scenario::beyond_window",
    /// A class of work that is not the model's.
    WorkDisagrees = "scenario::work_disagrees",
    /// A key that this class of work does not have.
    OtherWork = "scenario::other_work",
    /// Work that a load cannot ask for over HTTP.
    NotOverHttp = "scenario::not_over_http",
    /// A slice of a trace that the trace does not have.
    OutsideTrace = "scenario::outside_trace",
    /// A date or a time of day that is none.
    BadMoment = "scenario::bad_moment",
    /// A day whose trough is above its peak.
    TroughAbovePeak = "scenario::trough_above_peak",
    /// Bursts that take longer than it is from one to the next.
    BurstsOverlap = "scenario::bursts_overlap",
    /// Fewer quantiles than make a law, or more than a table may have.
    QuantileCount = "scenario::quantile_count",
    /// A quantile below one of a smaller share.
    QuantilesFall = "scenario::quantiles_fall",
    /// Bounds that leave next to nothing of a law.
    LittleLeft = "scenario::little_left",
    /// A law whose mean has no bound.
    NoMean = "scenario::no_mean",
    /// A bound at which most of a law is held: a warning.
    MostlyHeld = "scenario::mostly_held",
    /// Users beside other traffic of the same group.
    UsersAmongPhases = "scenario::users_among_phases",
    /// A correlation of lengths that are not drawn.
    NothingToCorrelate = "scenario::nothing_to_correlate",
    /// Rules whose age is over: a warning.
    PastAge = "scenario::past_age",
    /// Tries that come when no answer can be in time: a warning.
    LateTries = "scenario::late_tries",
    /// A wait that is longer than any deadline: a warning.
    LateWait = "scenario::late_wait",
    /// Jobs that use up the tokens of a minute by themselves: a warning.
    FillsMinute = "scenario::fills_minute",
    /// A hint that the edition never sends: a warning.
    AbsentHint = "scenario::absent_hint",
    /// Limits that the edition never shows: a warning.
    AbsentLimits = "scenario::absent_limits",
    /// Something that happens before the run or after it.
    OutsideRun = "scenario::outside_run",
    /// A date in a run that begins at none.
    NeedsStarts = "scenario::needs_starts",
    /// A load that whole numbers cannot follow: a warning.
    RoundedLoad = "scenario::rounded_load",
    /// A comparison of what changes nothing: a warning.
    VainComparison = "scenario::vain_comparison",
    /// A client that restarts while it is down.
    RestartsOverlap = "scenario::restarts_overlap",
    /// More jobs on top of those of users.
    SurgeOfUsers = "scenario::surge_of_users",
    /// Clients that are still down when the run ends.
    RestartUnfinished = "scenario::restart_unfinished",
    /// An endpoint that the file does not have.
    UnknownEndpoint = "scenario::unknown_endpoint",
    /// An endpoint that no group sends its jobs to.
    UnusedEndpoint = "scenario::unused_endpoint",
    /// A group whose model is not its endpoint's.
    EndpointModel = "scenario::endpoint_model",
    /// An event of a model that nobody calls.
    UncalledModel = "scenario::uncalled_model",
    /// Two events of which only one can hold.
    EventsOverlap = "scenario::events_overlap",
    /// A tier, or its limits, under rules without tiers.
    NoTiers = "scenario::no_tiers",
    /// A past hour under rules that look at none.
    NoPastHour = "scenario::no_past_hour",
    /// An event that changes nothing: a warning.
    VainEvent = "scenario::vain_event",
    /// Limits for whoever spends more than anything here says: a warning.
    NeedsSpend = "scenario::needs_spend",
    /// A model that the account has no access to: a warning.
    BehindGate = "scenario::behind_gate",
    /// A purchase of less than can be bought.
    LeastPurchase = "scenario::least_purchase",
    /// Credit that is bought by itself too many times at once.
    TooManyPurchases = "scenario::too_many_purchases",
    /// A card that is taken away, where it can only be replaced.
    CardRemoved = "scenario::card_removed",
    /// Credit that is bought by itself, without a card.
    NeedsCard = "scenario::needs_card",
    /// A lifetime spend that buys another tier than the account's.
    SpendDisagrees = "scenario::spend_disagrees",
    /// More purchased credit than was ever paid.
    NeverPaid = "scenario::never_paid",
    /// Words of money that the rules do not have.
    NoSuchMoney = "scenario::no_such_money",
    /// Hardware that the edition does not have.
    UnknownHardware = "scenario::unknown_hardware",
    /// An endpoint of which nobody says what it costs; a warning where jobs are sent to it.
    UnpricedEndpoint = "scenario::unpriced_endpoint",
    /// An endpoint that is stopped before it is started.
    StopsBeforeStart = "scenario::stops_before_start",
    /// Months of bills in a run that begins at no date.
    MonthsNeedStarts = "scenario::months_need_starts",
    /// A group that cannot go in batches.
    NotInBatch = "scenario::not_in_batch",
    /// Work whose price nobody says.
    NoPrice = "scenario::no_price",
    /// Prompts that were met before, where nobody says that they cost less: a warning.
    NoCachedPrice = "scenario::no_cached_price",
    /// An account that can pay for nothing: a warning.
    NothingToSpend = "scenario::nothing_to_spend",
}

impl Code {
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
    fn codes_do_not_move_unseen() {
        let names: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
        insta::assert_snapshot!(names.join("\n"));
    }
}
