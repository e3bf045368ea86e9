//! What a client asks for.
//!
//! Nothing here owns text: key and model are one interned number, a prompt is its length. A
//! request is copied into agendas and tickets by the million.

use core::fmt;
use core::str::FromStr;

/// One API key together with one model, interned when the key was enrolled with the service.
///
/// Limits are kept per organization and model, so this pair is all the hot path needs to find
/// them.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct PairId(pub u32);

/// What a request costs, interned when its tariff was quoted to the service.
///
/// Two requests of one pair may cost different things: a picture costs by its size, and what is sent
/// by the batch may cost half.
#[derive(Copy, Clone, Eq, PartialEq, Ord, PartialOrd, Hash, Debug, Default)]
pub struct TariffId(pub u16);

impl TariffId {
    /// The tariff of what costs nothing, or of what nobody has named a price for.
    pub const FREE: Self = Self(0);
}

/// The header in which our own load generator tells our own mock which of its clients asks
/// ([`Request::caller`]), as a whole number. It is ours: the service has nothing like it.
pub const CALLER_HEADER: &str = "x-tierlab-caller";

/// A call for a completion, or for other work.
///
/// ```
/// use wire::{Fate, PairId, Request, TariffId};
///
/// let request = Request {
///     pair: PairId(0),
///     prompt: 374,
///     count: 1,
///     max_tokens: Some(512),
///     stream: true,
///     caller: 0,
///     tariff: TariffId::FREE,
///     fate: Fate { answer: 44, draw: 7 },
/// };
/// assert_eq!(request.answer(), 44);
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug)]
pub struct Request {
    /// Whose key, which model.
    pub pair: PairId,
    /// Length of the prompt, in tokens; of all that is to be read where that is several texts.
    pub prompt: u32,
    /// How many pictures it asks for, or texts it brings along; 1 where it does neither.
    pub count: u32,
    /// The longest answer asked for, in tokens; `None` leaves it to the model.
    pub max_tokens: Option<u32>,
    /// Whether the answer comes token by token or in one piece at the end.
    pub stream: bool,
    /// Which of the account's client processes asks; 0 where that is not known. A gateway that keeps
    /// to its callers tells them apart by it, and nothing else does.
    pub caller: u32,
    /// What it costs.
    pub tariff: TariffId,
    /// What chance has in store for this job.
    pub fate: Fate,
}

impl Request {
    /// How many tokens the answer will have: the job's own fate, cut short by `max_tokens`.
    #[must_use]
    pub fn answer(&self) -> u32 {
        self.max_tokens.map_or(self.fate.answer, |most| self.fate.answer.min(most))
    }
}

/// What chance has in store for one job, decided where the job was made up.
///
/// It travels with the request so that the same job meets the same luck under every tier and
/// every strategy: two strategies then differ by what they did, not by what they drew.
///
/// Its text form is for a header between our own load generator and our own mock:
///
/// ```
/// use wire::Fate;
///
/// let fate = Fate { answer: 211, draw: 0x00c0_ffee };
/// assert_eq!(fate.to_string(), "answer=211; draw=0000000000c0ffee");
/// assert_eq!("answer=211; draw=0000000000c0ffee".parse(), Ok(fate));
/// ```
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug, Default)]
pub struct Fate {
    /// Tokens this job's answer will have.
    pub answer: u32,
    /// The job's own 64 bits of chance, to be split by purpose.
    pub draw: u64,
}

impl Fate {
    /// The header that carries it from our own load generator to our own mock. It is ours: the
    /// service has nothing like it.
    pub const HEADER: &'static str = "x-tierlab-fate";
}

impl fmt::Display for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "answer={}; draw={:016x}", self.answer, self.draw)
    }
}

impl FromStr for Fate {
    type Err = FateUnreadable;

    fn from_str(text: &str) -> Result<Self, FateUnreadable> {
        let (answer, draw) = text
            .strip_prefix("answer=")
            .and_then(|rest| rest.split_once("; draw="))
            .ok_or(FateUnreadable)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !digits(answer) || !digits(draw) || draw.len() != 16 {
            return Err(FateUnreadable);
        }
        Ok(Self {
            answer: answer.parse().map_err(|_| FateUnreadable)?,
            draw: u64::from_str_radix(draw, 16).map_err(|_| FateUnreadable)?,
        })
    }
}

/// A text that is no [`Fate`]; the request then has none, and the mock draws by its own seed.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
pub struct FateUnreadable;

impl fmt::Display for FateUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fate reads `answer=TOKENS; draw=SIXTEEN HEX DIGITS`")
    }
}

impl core::error::Error for FateUnreadable {}

/// Tokens a finished answer is charged for.
#[derive(Copy, Clone, Eq, PartialEq, Hash, Debug, Default)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt: u32,
    /// Tokens of the answer.
    pub completion: u32,
}

impl Usage {
    /// Prompt and completion together, in tokens.
    ///
    /// ```
    /// let usage = wire::Usage { prompt: u32::MAX, completion: 1 };
    /// assert_eq!(usage.total(), 1 << 32);
    /// ```
    #[must_use]
    pub const fn total(self) -> u64 {
        self.prompt as u64 + self.completion as u64
    }
}
