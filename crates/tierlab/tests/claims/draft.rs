//! Scenarios made by chance, the same ones every time: so many tiers, strategies, sizes and goals
//! that every way in which a verdict can come out comes up.

use std::fmt::Write as _;

/// What a scenario expects, and what holds it against a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    /// At least this share of the jobs in time.
    InTime(f64),
    /// Less than this share of the attempts answered 429.
    Refused(f64),
    /// Nine jobs in ten wait no longer, in seconds.
    WaitP90(f64),
}

/// A scenario: its text, and what of it a reader of the page could not find out.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) text: String,
    pub(crate) goals: Vec<Goal>,
    pub(crate) ship: Option<&'static str>,
    /// The number of the account's tier, from one.
    pub(crate) yours: u32,
    pub(crate) strategies: Vec<&'static str>,
}

const PRESETS: [&str; 6] = [
    "give-up",
    "together-py",
    "full-jitter",
    "honour-retry-after",
    "pace-by-headers",
    "own-bucket",
];
const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

/// A generator of small numbers; what it gives is only ever chosen from.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        // Knuth's multiplier for 64 bits; the upper bits are the good ones.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[usize::try_from(self.roll(choices.len() as u64)).unwrap_or(0)]
    }
}

/// The scenario of this number.
pub(crate) fn draft(number: u64) -> Draft {
    let mut dice = Dice(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1);
    let yours = 1 + u32::try_from(dice.roll(3)).unwrap_or(0);
    let first = dice.roll(6);
    let strategies: Vec<&'static str> = (0..=dice.roll(4))
        .map(|index| PRESETS[usize::try_from((first + index) % 6).unwrap_or(0)])
        .collect();
    let ship = (dice.roll(3) > 0).then(|| dice.of(&strategies));
    let wanted = if number % 10 == 9 { 0 } else { 1 + dice.roll(3) };
    let goals: Vec<Goal> = [
        Goal::InTime(dice.of(&[0.5, 0.8, 0.97])),
        Goal::Refused(dice.of(&[0.05, 0.2, 0.5])),
        Goal::WaitP90(dice.of(&[0.5, 2.0, 5.0])),
    ]
    .into_iter()
    .cycle()
    .skip(usize::try_from(dice.roll(3)).unwrap_or(0))
    .take(usize::try_from(wanted).unwrap_or(0))
    .collect();
    let (prompt, answer) = dice.of(&[(300, 80), (900, 220), (1_500, 400)]);
    // From a tenth of what the tier admits to more than twice that, by its tokens.
    let admits = [180_000, 250_000, 500_000][yours as usize - 1] / (prompt + answer);
    let rate = (admits * dice.of(&[1, 6, 9, 11, 13, 24]) / 10).max(6);
    let burst = dice.of(&[1, 2, 3]);
    let deadline = dice.of(&["5s", "10s", "20s"]);
    let seeds = 1 + dice.roll(3);
    let mut text = format!(
        "title = \"Draft {number}\"\nedition = \"2025-11\"\nseed = {number}\n{}\n\
         [account]\ntier = \"build-{yours}\"\n\n[[group]]\nname = \"chat\"\nmodel = \"{MODEL}\"\n\
         prompt = {prompt}\nanswer = {answer}\nmax_tokens = 1000\ndeadline = \"{deadline}\"\n\
         traffic = [\n  {{ poisson = {{ rate = \"{rate}/min\", lasts = \"40s\" }} }},\n  \
         {{ poisson = {{ rate = \"{}/min\", lasts = \"20s\" }} }},\n]\n",
        ship.map_or_else(String::new, |ship| format!("ship = \"{ship}\"")),
        rate * burst,
    );
    // Writing to a String cannot fail.
    for preset in &strategies {
        let _ = write!(text, "\n[[strategy]]\npreset = \"{preset}\"\n");
    }
    // Other amounts of traffic and other readings multiply the work.
    let growth = if number.is_multiple_of(3) { "\"50%\", \"150%\"" } else { "" };
    let sensitivity = number.is_multiple_of(5);
    let _ = write!(
        text,
        "\n[compare]\nseeds = {seeds}\ngrowth = [{growth}]\nsensitivity = {sensitivity}\n"
    );
    if !goals.is_empty() {
        text.push_str("\n[expect]\n");
    }
    for goal in &goals {
        let _ = match goal {
            Goal::InTime(least) => writeln!(text, "answered_in_time = \">= {}%\"", least * 100.0),
            Goal::Refused(below) => writeln!(text, "status_429 = \"< {}%\"", below * 100.0),
            Goal::WaitP90(most) => writeln!(text, "wait_p90 = \"<= {most}s\""),
        };
    }
    Draft { text, goals, ship, yours, strategies }
}
