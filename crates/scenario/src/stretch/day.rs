//! The curve of a day, and of a week of such days, in integers.
//!
//! The rate swings between trough and peak as a cosine of the time of day. Within a minute it
//! holds still, at the cosine's own mean over that minute; so what is offered by the end of a
//! minute is the cosine's exact integral, what is offered within one a straight line, and neither
//! needs more than a table of 1,441 sums and a division. The rate is never further from the smooth
//! one than 0.2 % of the swing.
//!
//! Everything is counted from the Monday before the run, so that no error adds up over weeks.

use limits::{Rate, Requests};
use rulebook::reading::quantity::Share;

use super::{MOST_JOBS, Unfit, fraction};
use crate::calendar::{DAY, DaysOff, WEEK};
use crate::cast::Day;

const MINUTES: usize = 1_440;
const MINUTE: u64 = 60_000_000_000;
const WORKING_DAYS: u64 = 5;
/// Jobs are counted here in units of 2^-48, shares of the swing in units of 2^-40.
const FINE: u32 = 48;
const SHARE: u32 = 40;
/// Jobs a minute at most, 16 millions, so that all products below stay within 128 bits.
const MOST_A_MINUTE: u128 = 1 << (FINE + 24);

/// A week of days that are alike, except for the end of it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Curve {
    /// What a minute offers at the trough, and how much more at the peak.
    trough: u128,
    swing: u128,
    /// Minutes from the busiest moment to the end of its day.
    turned: usize,
    /// Saturday's and Sunday's share of the other days, in parts per billion.
    weekend: u64,
    /// What a working day offers, a day of the weekend, and a week.
    day: u128,
    day_off: u128,
    week: u128,
    /// Days that are like those of the weekend.
    holidays: DaysOff,
    /// When the phase begins, and what had been offered by then.
    start: u64,
    before: u128,
}

impl Curve {
    /// The curve of a phase that begins `start` nanoseconds after the Monday before the run, and what it offers while
    /// it lasts, in units of 2^-32 job.
    pub(crate) fn of(day: &Day, start: u64, lasts: u64) -> Result<(Curve, u128), Unfit> {
        let (trough, peak) = (a_minute(day.trough)?, a_minute(day.peak)?);
        let midnight = MINUTES - usize::from(day.busiest.minutes()).min(MINUTES);
        let weekend = day.weekend.map_or(Share::WHOLE, Share::parts_per_billion);
        let mut curve = Curve {
            trough,
            swing: peak.saturating_sub(trough),
            turned: midnight,
            weekend,
            day: 0,
            day_off: 0,
            week: 0,
            holidays: day.holidays,
            start,
            before: 0,
        };
        curve.day = curve.by_minute(MINUTES, false);
        curve.day_off = curve.by_minute(MINUTES, true);
        curve.week = u128::from(WORKING_DAYS) * curve.day + 2 * curve.day_off;
        curve.before = curve.since_monday(start);
        let offered = curve.since_monday(start.saturating_add(lasts)) - curve.before;
        if offered >> FINE > MOST_JOBS {
            return Err(Unfit::TooMany);
        }
        Ok((curve, offered >> (FINE - 32)))
    }

    /// How long after its beginning the phase has offered `amount`, in units of 2^-32 job.
    pub(crate) fn when(&self, amount: u128) -> u64 {
        let mut amount = self.before + (amount << (FINE - 32));
        let mut missed = 0;
        for holiday in self.holidays.days() {
            let begins = self.since_monday(holiday * DAY);
            if amount < begins {
                break;
            }
            if amount - begins < self.day_off {
                return self.within(holiday, amount - begins, true);
            }
            missed += self.day - self.day_off;
        }
        amount += missed;
        let weeks = amount / self.week.max(1);
        let mut left = amount % self.week.max(1);
        let working = u128::from(WORKING_DAYS) * self.day;
        let off = left >= working;
        let (first, day) = if off { (WORKING_DAYS, self.day_off) } else { (0, self.day) };
        left -= if off { working } else { 0 };
        let days = left / day.max(1);
        left %= day.max(1);
        self.within(narrow(weeks) * 7 + first + narrow(days), left, off)
    }

    /// How long after the phase's beginning a day, by number from the Monday, has offered `left`,
    /// which is less than it offers in all.
    fn within(&self, day: u64, left: u128, off: bool) -> u64 {
        let minute = self.minute_of(left, off);
        let from = self.by_minute(minute, off);
        let step = self.by_minute(minute + 1, off) - from;
        let within = (left - from) * u128::from(MINUTE) / step.max(1);
        let at = day * DAY + minute as u64 * MINUTE + narrow(within).min(MINUTE - 1);
        at.saturating_sub(self.start)
    }

    /// Jobs a second at a moment of the phase, as a number for planning.
    pub(crate) fn jobs_per_s(&self, offset: u64) -> f64 {
        let at = self.start.saturating_add(offset);
        let off = self.is_off(at / DAY);
        let minute = usize::try_from(at % DAY / MINUTE).unwrap_or(0);
        let step = self.by_minute(minute + 1, off) - self.by_minute(minute, off);
        step as f64 / (1_u64 << FINE) as f64 / 60.0
    }

    /// The minute of a day in which it has offered `amount`, which is less than it offers in all.
    fn minute_of(&self, amount: u128, off: bool) -> usize {
        let (mut low, mut high) = (0, MINUTES);
        while high - low > 1 {
            let middle = usize::midpoint(low, high);
            if self.by_minute(middle, off) <= amount { low = middle } else { high = middle }
        }
        low
    }

    /// What has been offered by a moment after the Monday.
    fn since_monday(&self, at: u64) -> u128 {
        let (weeks, days) = (u128::from(at / WEEK), at % WEEK / DAY);
        let (working, off) = (days.min(WORKING_DAYS), days.saturating_sub(WORKING_DAYS));
        let whole =
            weeks * self.week + u128::from(working) * self.day + u128::from(off) * self.day_off;
        let holidays = self.holidays.before(at / DAY);
        let whole = whole - u128::from(holidays) * (self.day - self.day_off);
        let off = self.is_off(at / DAY);
        let minute = usize::try_from(at % DAY / MINUTE).unwrap_or(0);
        let from = self.by_minute(minute, off);
        let step = self.by_minute(minute + 1, off) - from;
        whole + from + step * u128::from(at % MINUTE) / u128::from(MINUTE)
    }

    /// Whether a day, by number from the Monday, is like those of the weekend.
    fn is_off(&self, day: u64) -> bool {
        day % 7 >= WORKING_DAYS || self.holidays.contains(day)
    }

    /// What a day has offered by the beginning of a minute; of `MINUTES`, in all.
    #[inline]
    fn by_minute(&self, minute: usize, off: bool) -> u128 {
        let warmth = u128::from(warmth(self.turned + minute) - warmth(self.turned));
        let offered = self.trough * minute as u128 + ((self.swing * warmth) >> SHARE);
        if off { offered * u128::from(self.weekend) / u128::from(Share::WHOLE) } else { offered }
    }
}

/// What a rate offers in a minute.
fn a_minute(rate: Rate<Requests>) -> Result<u128, Unfit> {
    let (amount, per) = fraction(rate);
    let product = (u128::from(amount) * u128::from(MINUTE)).checked_mul(1 << FINE);
    let offered = product.ok_or(Unfit::TooFine)? / u128::from(per.max(1));
    if offered > MOST_A_MINUTE { Err(Unfit::TooMany) } else { Ok(offered) }
}

fn narrow(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// The sum of all shares of the swing from the busiest moment on, over so many minutes, at most
/// two days.
#[inline]
fn warmth(minutes: usize) -> u64 {
    let (days, minute) = (minutes / MINUTES, minutes % MINUTES);
    let of = |minute: usize| WARMTH.get(minute).copied().unwrap_or(0);
    days as u64 * of(MINUTES) + of(minute)
}

/// For every minute from the busiest moment on, the sum so far of (1 + cos) ÷ 2, each the mean
/// over its minute, in units of 2^-40.
static WARMTH: [u64; MINUTES + 1] = warmth_of_a_day();

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of the swing is between zero and one, 2^40"
)]
const fn low_half(share: i128) -> u64 {
    share as u64
}

/// One in the numbers with which the hand of the clock is turned.
const WHOLE: i128 = 1 << 62;

/// The hand of a clock of one day, turned minute by minute. It begins with its mean over the first
/// minute, and each turn keeps it a mean.
const fn warmth_of_a_day() -> [u64; MINUTES + 1] {
    // With w = 2π/1440: cos w, sin w, and the means of cos and sin from 0 to w, sin w ÷ w and
    // (1 - cos w) ÷ w; times 2^62.
    const COS: i128 = 4_611_642_118_500_293_615;
    const SIN: i128 = 20_122_212_422_540_167;
    let mut hand = (4_611_671_385_109_069_883_i128, 10_061_122_173_739_090_i128);
    let mut sums = [0_u64; MINUTES + 1];
    let mut minute = 0;
    while minute < MINUTES {
        // Half of one and the cosine: from 2^-62 to 2^-40, rounded.
        let share = (WHOLE + hand.0 + (1 << 22)) >> 23;
        sums[minute + 1] = sums[minute] + low_half(share);
        hand = (
            (hand.0 * COS - hand.1 * SIN + WHOLE / 2) >> 62,
            (hand.0 * SIN + hand.1 * COS + WHOLE / 2) >> 62,
        );
        minute += 1;
    }
    sums
}

#[cfg(test)]
mod tests {
    use limits::Per;
    use proptest::prelude::*;

    use super::*;
    use crate::calendar::TimeOfDay;

    #[test]
    fn the_table_is_the_integral_of_a_cosine() {
        let day = f64::from(1 << 20) * f64::from(1 << 20) / 2.0;
        for (minute, sum) in WARMTH.iter().enumerate() {
            let minute = minute as f64;
            let turn = std::f64::consts::TAU / 1_440.0;
            let exact = day * (minute + libm::sin(turn * minute) / turn);
            assert!((*sum as f64 - exact).abs() < 100.0, "{minute}: {sum}, not {exact}");
        }
        assert!(WARMTH[MINUTES].abs_diff(720 << 40) <= 100, "half a day");
        assert!(WARMTH.is_sorted());
    }

    fn day(trough: u64, peak: u64, busiest: &str, weekend: Option<&str>) -> Day {
        let rate = |jobs| Rate::new(Requests(jobs), Per::Hour);
        let share = |text| rulebook::reading::quantity::share(text).unwrap();
        Day {
            trough: rate(trough),
            peak: rate(peak),
            busiest: TimeOfDay::read(busiest).unwrap(),
            weekend: weekend.map(share),
            holidays: DaysOff::NONE,
        }
    }

    /// Whatever days of the working week of the first four weeks.
    fn some_holidays(mask: u32) -> DaysOff {
        let mut holidays = DaysOff::NONE;
        for day in (0..28).filter(|day| day % 7 < 5 && mask >> day & 1 == 1) {
            holidays.add(day);
        }
        holidays
    }

    const JOB: u128 = 1 << 32;

    #[test]
    fn a_day_offers_the_mean_of_peak_and_trough() {
        for (busiest, start) in [("00:00", 0), ("14:00", 0), ("14:30", 5 * DAY / 24 + 7)] {
            let (_, offered) = Curve::of(&day(100, 500, busiest, None), start, DAY).unwrap();
            assert!(offered.abs_diff(300 * 24 * JOB) < JOB / 1_000_000, "{busiest}: {offered}");
        }
    }

    #[test]
    fn a_week_has_its_weekend_at_its_end() {
        let day = day(100, 500, "14:00", Some("40%"));
        let offered = |start, lasts| Curve::of(&day, start, lasts).unwrap().1;
        let a_day = 300 * 24 * JOB;
        assert!(offered(0, WEEK).abs_diff(a_day * 58 / 10) < JOB / 100_000);
        assert!(offered(4 * DAY, DAY).abs_diff(a_day) < JOB / 100_000, "Friday");
        for weekend in [5, 6] {
            assert!(offered(weekend * DAY, DAY).abs_diff(a_day * 4 / 10) < JOB / 100_000);
        }
        let off = super::tests::day(100, 500, "14:00", Some("0%"));
        assert_eq!(Curve::of(&off, 5 * DAY, 2 * DAY).unwrap().1, 0);
        let (curve, _) = Curve::of(&off, 5 * DAY, 9 * DAY).unwrap();
        assert_eq!(curve.when(0), 2 * DAY, "the first job is Monday's");
    }

    #[test]
    fn a_holiday_offers_what_a_day_of_the_weekend_does() {
        let mut day = day(100, 500, "14:00", Some("40%"));
        // Thursday of the first week and Monday of the third.
        day.holidays = some_holidays(1 << 3 | 1 << 14);
        let offered = |start, lasts| Curve::of(&day, start, lasts).unwrap().1;
        let a_day = 300 * 24 * JOB;
        for (number, tenths) in [(2, 10), (3, 4), (4, 10), (5, 4), (10, 10), (14, 4), (15, 10)] {
            let off = offered(number * DAY, DAY);
            assert!(off.abs_diff(a_day * tenths / 10) < JOB / 100_000, "day {number}");
        }
        assert!(offered(0, 3 * WEEK).abs_diff(a_day * (3 * 58 - 12) / 10) < JOB / 10_000);
        day.weekend = Some(rulebook::reading::quantity::share("0%").unwrap());
        let (curve, _) = Curve::of(&day, 3 * DAY, 9 * DAY).unwrap();
        assert_eq!(curve.when(0), DAY, "the first job is Friday's");
    }

    /// The oracle adds up minutes in floats, one after the other.
    fn naive(day: &Day, start: u64, amount: f64) -> f64 {
        let per_s = |rate: Rate<Requests>| rate.amount().0 as f64 / 3_600.0;
        let (trough, peak) = (per_s(day.trough), per_s(day.peak));
        let weekend = day.weekend.map_or(1.0, |share| share.parts_per_billion() as f64 / 1e9);
        let turn = std::f64::consts::TAU / 1_440.0;
        let busiest = f64::from(day.busiest.minutes());
        let (mut at, mut left) = (start as f64 / 1e9, amount);
        loop {
            let minute = (at / 60.0 + 1e-9).floor();
            let length = (minute + 1.0) * 60.0 - at;
            let (from, to) = (minute - busiest, minute - busiest + 1.0);
            let mean = (libm::sin(turn * to) - libm::sin(turn * from)) / turn;
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a day")]
            let number = (minute / 1_440.0) as u64;
            let off = number % 7 >= 5 || day.holidays.contains(number);
            let factor = if off { weekend } else { 1.0 };
            let rate = (trough + (peak - trough) * f64::midpoint(1.0, mean)) * factor;
            if rate * length > left {
                return at + left / rate - start as f64 / 1e9;
            }
            left -= rate * length;
            at = (minute + 1.0) * 60.0;
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn when_inverts_the_curve_to_a_microsecond(
            trough in 40_000_u64..100_000, swing in 0_u64..400_000, busiest in 0_u16..1_440,
            weekend in 20_u64..=100, start in 0..3 * WEEK, share in 0.0_f64..1.0, mask: u32,
        ) {
            let busiest = format!("{:02}:{:02}", busiest / 60, busiest % 60);
            let mut day = day(trough, trough + swing, &busiest, Some(&format!("{weekend}%")));
            day.holidays = some_holidays(mask);
            let (curve, offered) = Curve::of(&day, start, 3 * DAY).unwrap();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
            let amount = (offered as f64 * share) as u128;
            let found = curve.when(amount) as f64 / 1e9;
            let expected = naive(&day, start, amount as f64 / JOB as f64);
            prop_assert!((found - expected).abs() < 1e-6, "{} {}", found, expected);
        }

        #[test]
        fn a_later_amount_is_never_due_earlier(
            trough in 0_u64..100, swing in 1_u64..400, weekend in 0_u64..=100, start in 0..WEEK,
            mut shares in proptest::collection::vec(0_u32..1_000_000, 2..60), mask: u32,
        ) {
            let mut day = day(trough, trough + swing, "09:17", Some(&format!("{weekend}%")));
            day.holidays = some_holidays(mask);
            let (curve, offered) = Curve::of(&day, start, 20 * DAY).unwrap();
            shares.sort_unstable();
            let due: Vec<u64> =
                shares.iter().map(|share| curve.when(offered * u128::from(*share) / 1_000_000)).collect();
            prop_assert!(due.is_sorted());
            prop_assert!(due.iter().all(|due| *due < 20 * DAY));
        }
    }

    #[test]
    fn what_would_not_be_exact_is_refused() {
        let rate =
            |amount, nanos| Rate::every(Requests(amount), limits::Span::from_nanos(nanos)).unwrap();
        let with = |peak| Day { peak, ..day(1, 1, "14:00", None) };
        let of = |day: &Day, lasts| Curve::of(day, 0, lasts).err();
        assert_eq!(of(&with(rate(100_000, 1_000_000_000)), 30 * DAY), Some(Unfit::TooMany));
        assert_eq!(of(&with(rate(1_000_000_000, 1_000_000)), MINUTE), Some(Unfit::TooMany));
        assert_eq!(of(&with(rate(1 << 50, (1 << 60) + 1)), DAY), Some(Unfit::TooFine));
        assert_eq!(of(&with(rate(5_000, 1_000_000_000)), DAY), None);
    }
}
