//! When a run begins, as the wall shows it: which day of the week, what time of day.
//!
//! Offsets from UTC are all there is of time zones. Within one run the clock is not put forward or
//! back, because a day of 23 hours would be a surprise in a rehearsal.

use core::fmt;

use limits::Span;

const MINUTE: u64 = 60_000_000_000;
pub(crate) const DAY: u64 = 1_440 * MINUTE;
pub(crate) const WEEK: u64 = 7 * DAY;
/// Months that a run may touch, and more.
const MONTHS: u32 = 24;

/// A date and a time of day, with their offset from UTC: `2025-11-03T09:00Z`,
/// `2025-11-03T09:00:30+01:00`.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Starts {
    year: u32,
    month: u32,
    day: u32,
    second: u32,
    /// Minutes that the wall is ahead of UTC.
    ahead: i32,
}

impl Starts {
    /// Reads a moment; none where it is not one, or not after 1970.
    #[must_use]
    pub fn read(text: &str) -> Option<Starts> {
        let (date, clock) = text.split_once('T')?;
        let mut parts = date.split('-');
        let (year, month, day) =
            (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        let there = days_since_1970(i64::from(year), i64::from(month), i64::from(day));
        let good = parts.next().is_none() && there.is_some_and(|days| days >= 0);
        let at = clock.find(['Z', '+', '-'])?;
        let (time, zone) = clock.split_at_checked(at)?;
        let ahead = match zone.split_at_checked(1)? {
            ("Z", "") => 0,
            (sign, offset) => {
                let minutes = i32::from(TimeOfDay::read(offset)?.0);
                if sign == "-" { -minutes } else { minutes }
            }
        };
        let (minutes, seconds) = match time.get(5..)? {
            "" => (time, 0),
            seconds => (time.get(..5)?, digits(seconds.strip_prefix(':')?, 2)?),
        };
        let second = u32::from(TimeOfDay::read(minutes)?.0) * 60 + seconds;
        (good && seconds < 60).then_some(Starts { year, month, day, second, ahead })
    }

    /// Days since Monday.
    #[must_use]
    pub fn weekday(&self) -> u32 {
        // 1 January 1970 was a Thursday.
        u32::try_from((self.days() + 3).rem_euclid(7)).unwrap_or(0)
    }

    /// How long the week has been going on, by the wall's clock.
    #[must_use]
    pub fn since_monday(&self) -> Span {
        let nanos = u64::from(self.second) * 1_000_000_000;
        Span::from_nanos(u64::from(self.weekday()) * DAY + nanos)
    }

    /// Seconds since 1970 began in UTC.
    #[must_use]
    pub fn unix_seconds(&self) -> i64 {
        self.days() * 86_400 + i64::from(self.second) - i64::from(self.ahead) * 60
    }

    /// The first moment of a day, by the same wall.
    pub(crate) fn midnight(&self, day: &str) -> Option<Starts> {
        Some(Starts { ahead: self.ahead, ..Starts::read(&format!("{day}T00:00Z"))? })
    }

    /// The day on which it is, by the wall: `2025-11-03`.
    pub(crate) fn day(&self) -> String {
        format!("{}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// Days since 1 January 1970, by the wall's calendar.
    fn days(&self) -> i64 {
        let Starts { year, month, day, .. } = *self;
        // It was read as a day that there is.
        days_since_1970(i64::from(year), i64::from(month), i64::from(day)).unwrap_or(0)
    }
}

impl Starts {
    /// How long it is from here to a moment; none where that is past.
    pub(crate) fn until(&self, moment: &Starts) -> Option<Span> {
        let seconds = moment.unix_seconds() - self.unix_seconds();
        let nanos = u64::try_from(seconds).ok()?.checked_mul(1_000_000_000);
        Some(nanos.map_or(Span::MAX, Span::from_nanos))
    }

    /// The moment so long after this one, to the second below, by the same wall.
    pub(crate) fn after(&self, span: Span) -> Starts {
        let seconds = u64::from(self.second) + span.nanos() / 1_000_000_000;
        let mut then = *self;
        then.second = u32::try_from(seconds % 86_400).unwrap_or(0);
        let there_is = |then: &Starts| {
            days_since_1970(i64::from(then.year), i64::from(then.month), i64::from(then.day))
        };
        for _ in 0..seconds / 86_400 {
            then.day += 1;
            if there_is(&then).is_none() {
                (then.month, then.day) = (then.month + 1, 1);
            }
            if there_is(&then).is_none() {
                (then.year, then.month) = (then.year + 1, 1);
            }
        }
        then
    }

    /// How long it is to each midnight within `lasts` with which this day of a month begins, in
    /// order: none at the very start, and none in months that do not have the day.
    pub(crate) fn days_of_month(&self, day: u32, lasts: Span) -> Vec<Span> {
        let (mut year, mut month) = (self.year, self.month);
        let mut days = Vec::new();
        loop {
            let midnight = Starts { year, month, day, second: 0, ahead: self.ahead };
            let there = days_since_1970(i64::from(year), i64::from(month), i64::from(day));
            if let Some(at) = self.until(&midnight).filter(|_| there.is_some()) {
                if at >= lasts {
                    return days;
                }
                if !at.is_zero() {
                    days.push(at);
                }
            } else if (year - self.year) * 12 + month > self.month + MONTHS {
                return days;
            }
            (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
        }
    }

    /// How long it is to a time of day, `count` business days after today: neither Saturdays nor
    /// Sundays are any, nor are holidays. None where there are no such days.
    pub(crate) fn business_days(
        &self,
        count: u32,
        time: TimeOfDay,
        holidays: &[Date],
    ) -> Option<Span> {
        let since_midnight = self
            .days_until(count, holidays)?
            .nanos()
            .checked_add(u64::from(time.minutes()) * MINUTE)?;
        since_midnight.checked_sub(u64::from(self.second) * 1_000_000_000).map(Span::from_nanos)
    }

    /// Whole days until so many business days are over, today not counted.
    pub(crate) fn days_until(&self, count: u32, holidays: &[Date]) -> Option<Span> {
        let today = self.days();
        let business = |day: &i64| (day + 3).rem_euclid(7) < 5 && !holidays.contains(&Date(*day));
        let day =
            (today + 1..).filter(business).nth(usize::try_from(count).ok()?.checked_sub(1)?)?;
        u64::try_from(day - today).ok().map(|days| Span::from_nanos(days * DAY))
    }
}

impl Starts {
    /// Which of these dates are working days of a run that begins here, and lasts a year at most.
    pub(crate) fn days_off(&self, holidays: &[Date]) -> DaysOff {
        let monday = self.days() - i64::from(self.weekday());
        let mut off = DaysOff::NONE;
        for date in holidays.iter().filter(|date| !date.is_weekend()) {
            if let Ok(day) = u64::try_from(date.0 - monday) {
                off.add(day);
            }
        }
        off
    }
}

/// Some days of a run, by number from the Monday before it: a year and a week of them, which is as
/// long as a run may last.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct DaysOff([u64; 6]);

impl DaysOff {
    /// No days.
    pub const NONE: DaysOff = DaysOff([0; 6]);

    /// Adds a day; one that is too late for any run is left out.
    pub(crate) fn add(&mut self, day: u64) {
        let word = usize::try_from(day / 64).ok().and_then(|at| self.0.get_mut(at));
        if let Some(word) = word {
            *word |= 1 << (day % 64);
        }
    }

    /// Whether a day is among them.
    #[must_use]
    pub fn contains(&self, day: u64) -> bool {
        let word = usize::try_from(day / 64).ok().and_then(|at| self.0.get(at));
        word.is_some_and(|word| word >> (day % 64) & 1 == 1)
    }

    /// Them all, in their order.
    pub(crate) fn days(self) -> impl Iterator<Item = u64> {
        (0_u64..).zip(self.0).flat_map(|(place, mut word)| {
            core::iter::from_fn(move || {
                let bit = u64::from(word.trailing_zeros());
                let found = (word != 0).then_some(place * 64 + bit);
                word &= word.wrapping_sub(1);
                found
            })
        })
    }

    /// How many of them are before a day.
    pub(crate) fn before(&self, day: u64) -> u64 {
        let words = (0_u64..).zip(self.0);
        let counts = words.map(|(place, word)| match day.saturating_sub(place * 64) {
            0 => 0,
            bits @ 1..64 => (word & ((1 << bits) - 1)).count_ones(),
            64.. => word.count_ones(),
        });
        u64::from(counts.sum::<u32>())
    }
}

/// A day of the calendar: `2025-11-27`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(i64);

impl Date {
    /// Reads a day; none where it is not one, or before 1970.
    #[must_use]
    pub fn read(text: &str) -> Option<Date> {
        let mut parts = text.split('-');
        let (year, month, day) =
            (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
        let days = days_since_1970(i64::from(year), i64::from(month), i64::from(day))?;
        (parts.next().is_none() && days >= 0).then_some(Date(days))
    }

    /// Whether it is a Saturday or a Sunday.
    #[must_use]
    pub const fn is_weekend(self) -> bool {
        (self.0 + 3).rem_euclid(7) >= 5
    }
}

/// As it is written.
impl fmt::Display for Starts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Starts { year, month, day, second, ahead } = self;
        write!(f, "{year}-{month:02}-{day:02}T{:02}:{:02}", second / 3_600, second / 60 % 60)?;
        if !second.is_multiple_of(60) {
            write!(f, ":{:02}", second % 60)?;
        }
        let sign = match ahead {
            0 => return f.write_str("Z"),
            1.. => '+',
            _ => '-',
        };
        write!(f, "{sign}{:02}:{:02}", ahead.abs() / 60, ahead.abs() % 60)
    }
}

/// A time of day to the minute: `14:00`.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// Two in the afternoon.
    pub const EARLY_AFTERNOON: TimeOfDay = TimeOfDay(14 * 60);

    /// Reads hours and minutes, `00:00` to `23:59`.
    #[must_use]
    pub fn read(text: &str) -> Option<TimeOfDay> {
        let (hours, minutes) = text.split_once(':')?;
        let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
        let whole = u16::try_from(hours * 60 + minutes).ok()?;
        (hours < 24 && minutes < 60).then_some(TimeOfDay(whole))
    }

    /// Minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// A number of exactly so many digits.
pub(crate) fn digits(text: &str, count: usize) -> Option<u32> {
    let good = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    if good { text.parse().ok() } else { None }
}

/// Days of the Gregorian calendar from 1 January 1970, by counting years from March, so that the
/// leap day is the last of its year; none where there is no such day.
pub(crate) fn days_since_1970(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let (year, months) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days_before_month = (153 * months + 2) / 5;
    let days_before_year =
        365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    // 719,468 days lie between 1 March of the year 0 and 1970.
    Some(days_before_year + days_before_month + day - 1 - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Starts {
        Starts::read(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn a_moment_is_said_as_it_was_written() {
        for text in [
            "2025-11-03T09:00Z",
            "2025-11-03T09:00:30+01:00",
            "2024-02-29T23:59-07:30",
            "1970-01-01T00:00Z",
        ] {
            assert_eq!(at(text).to_string(), text);
        }
        assert_eq!(at("2025-11-03T09:00:00+00:00").to_string(), "2025-11-03T09:00Z");
    }

    #[test]
    fn a_moment_has_its_place_in_the_week_and_in_time() {
        // date -u -d '2025-11-03 09:00' '+%s %a'
        let monday = at("2025-11-03T09:00Z");
        assert_eq!((monday.unix_seconds(), monday.weekday()), (1_762_160_400, 0));
        assert_eq!(monday.since_monday(), Span::from_secs(9 * 3_600));
        let sunday = at("2025-11-02T23:30-01:00");
        assert_eq!((sunday.unix_seconds(), sunday.weekday()), (1_762_129_800, 6));
        assert_eq!(at("1970-01-01T00:00Z").unix_seconds(), 0);
        assert_eq!(at("1970-01-01T00:00+01:00").unix_seconds(), -3_600);
        assert_eq!(at("2000-02-29T12:00:01Z").unix_seconds(), 951_825_601);
    }

    #[test]
    fn every_day_follows_the_one_before() {
        let mut last = at("1999-12-31T00:00Z");
        let mut count = 0;
        for year in 2000..=2004 {
            for month in 1..=12 {
                for day in 1..=31 {
                    let text = format!("{year}-{month:02}-{day:02}T00:00Z");
                    let Some(next) = Starts::read(&text) else { continue };
                    assert_eq!(next.unix_seconds() - last.unix_seconds(), 86_400);
                    assert_eq!(next.weekday(), (last.weekday() + 1) % 7);
                    (last, count) = (next, count + 1);
                }
            }
        }
        assert_eq!(count, 5 * 365 + 2);
    }

    #[test]
    fn so_much_later_is_a_moment_that_the_calendar_has() {
        for (from, hours, to) in [
            ("2025-11-28T09:00Z", 15, "2025-11-29T00:00Z"),
            ("2024-02-28T10:00+01:00", 48, "2024-03-01T10:00+01:00"),
            ("2025-12-31T23:30:30Z", 1, "2026-01-01T00:30:30Z"),
            ("2025-01-01T00:00Z", 365 * 24, "2026-01-01T00:00Z"),
        ] {
            let span = Span::from_secs(hours * 3_600);
            assert_eq!(at(from).after(span).to_string(), to);
            assert_eq!(at(from).until(&at(to)), Some(span));
        }
    }

    #[test]
    fn days_of_a_month_come_each_month_that_has_them() {
        let starts = at("2025-11-01T00:00+01:00");
        let days = |day, lasts: u64| -> Vec<u64> {
            let found = starts.days_of_month(day, Span::from_nanos(lasts * DAY));
            found.into_iter().map(|span| span.nanos() / DAY).collect()
        };
        assert_eq!(
            days(1, 62),
            [30, 61],
            "a month ends when the next begins, the run not with one"
        );
        assert_eq!(days(3, 62), [2, 32]);
        assert_eq!(days(31, 120), [60, 91], "November and February have none");
        assert_eq!(days(3, 2), [0; 0]);
        let noon = at("2025-11-03T12:00Z").days_of_month(3, Span::from_nanos(40 * DAY));
        assert_eq!(noon, [Span::from_nanos(30 * DAY - DAY / 2)]);
    }

    #[test]
    fn business_days_leave_out_weekends_and_holidays() {
        let thanksgiving = [Date::read("2025-11-27").unwrap(), Date::read("2025-11-30").unwrap()];
        let nine = TimeOfDay::read("09:00").unwrap();
        // A Wednesday at ten.
        let starts = at("2025-11-26T10:00Z");
        let hours = |count, holidays: &[Date]| {
            starts.business_days(count, nine, holidays).unwrap().nanos() / 3_600_000_000_000
        };
        assert_eq!([1, 2, 3].map(|count| hours(count, &[])), [23, 47, 5 * 24 - 1]);
        assert_eq!([1, 2].map(|count| hours(count, &thanksgiving)), [47, 5 * 24 - 1]);
        let off: Vec<u64> = starts.days_off(&thanksgiving).days().collect();
        assert_eq!(off, [3], "the Sunday is off anyway");
    }

    #[test]
    fn days_off_are_found_counted_and_named() {
        let mut off = DaysOff::NONE;
        let all = [0, 63, 64, 127, 191, 383];
        all.iter().chain(&[384, u64::MAX]).for_each(|day| off.add(*day));
        assert!(off.days().eq(all));
        for day in 0..400 {
            assert_eq!(off.contains(day), all.contains(&day));
            let before = all.iter().filter(|other| **other < day).count() as u64;
            assert_eq!(off.before(day), before, "day {day}");
        }
    }

    #[test]
    fn a_moment_is_so_long_after_another() {
        let starts = at("2025-11-03T09:00+01:00");
        assert_eq!(starts.until(&at("2025-11-03T08:01Z")), Some(Span::from_secs(60)));
        assert_eq!(starts.until(&starts), Some(Span::ZERO));
        assert_eq!(starts.until(&at("2025-11-03T08:59+01:00")), None);
        assert_eq!(starts.until(&at("9999-11-03T08:59Z")), Some(Span::MAX));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2025-11-03",
            "2025-11-03T09:00",
            "2025-11-03 09:00Z",
            "2025-11-03T9:00Z",
            "2025-11-03T24:00Z",
            "2025-11-03T09:60Z",
            "2025-11-03T09:00:60Z",
            "2025-11-03T09:00:Z",
            "2025-11-03T09:00ZZ",
            "2025-11-03T09:00+1:00",
            "2025-11-03T09:00+0100",
            "2025-11-03T09:00é",
            "2025-02-29T09:00Z",
            "2025-13-01T09:00Z",
            "2025-00-01T09:00Z",
            "2025-11-00T09:00Z",
            "2025-11-03-01T09:00Z",
            "1969-12-31T09:00Z",
            "+025-11-03T09:00Z",
            "2025-11-03T09:00é0Z",
        ] {
            assert_eq!(Starts::read(text), None, "{text}");
        }
        for text in ["", "14", "14:0", "24:00", "14:60", "2pm", "14:00:00"] {
            assert_eq!(TimeOfDay::read(text), None, "{text}");
        }
    }
}
