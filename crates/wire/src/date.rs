//! The one date format of HTTP worth having: IMF-fixdate, "Sun, 06 Nov 1994 08:49:37 GMT"
//! (RFC 9110, section 5.6.7).
//!
//! The two obsolete forms of that section are not read: no rate limiter has been seen to write
//! them. Years beyond 9999 are written with more digits, and read, so that every number of seconds
//! has a text of its own.

use core::fmt;

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

const DAY: u64 = 86_400;
/// Days of 400 years, after which the calendar repeats.
const ERA: u64 = 146_097;
/// From 1 March of the year 0 to 1 January 1970.
const TO_1970: u64 = 719_468;

/// Seconds since 1970 began, displayed as a date.
#[derive(Copy, Clone, Debug)]
pub struct Fixdate(pub u64);

impl fmt::Display for Fixdate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (days, second) = (self.0 / DAY, self.0 % DAY);
        let (year, month, day) = civil(days);
        // 1 January 1970 was a Thursday, so the names begin there.
        let name = DAYS.iter().cycle().nth((days % 7) as usize).unwrap_or(&"");
        let month = (1..).zip(MONTHS).find(|(number, _)| *number == month).map_or("", |it| it.1);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{name}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

/// Seconds since 1970 began; `None` for what is no date, or is before 1970.
///
/// The name of the day must be one, but need not be the right one.
pub(crate) fn read(text: &str) -> Option<u64> {
    let (name, rest) = text.split_once(", ")?;
    if !DAYS.contains(&name) {
        return None;
    }
    let mut parts = rest.split(' ');
    let mut part = || parts.next();
    let day = number(part()?, 2)?;
    let name = part()?;
    let month = 1 + MONTHS.iter().position(|month| *month == name)? as u64;
    let year = part()?;
    let year = if year.len() > 4 && year.starts_with('0') {
        None
    } else {
        number(year, year.len().max(4))
    }?;
    let mut clock = part()?.split(':');
    let mut hand = |below: u64| number(clock.next()?, 2).filter(|it| *it < below);
    let (hour, minute) = (hand(24)?, hand(60)?);
    // A leap second is the first of the next minute.
    let second = hand(61)?;
    let ended = clock.next().is_none() && part()? == "GMT" && part().is_none();
    if !ended || year < 1970 || day == 0 || day > days_in(year, month) {
        return None;
    }
    since_1970(year, month, day)?.checked_mul(DAY)?.checked_add(hour * 3600 + minute * 60 + second)
}

fn number(text: &str, length: usize) -> Option<u64> {
    let digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// How many days a month of the Gregorian calendar has; months are counted from one.
///
/// ```
/// assert_eq!((wire::days_in(2024, 2), wire::days_in(2026, 2), wire::days_in(2026, 4)), (29, 28, 30));
/// ```
#[must_use]
pub const fn days_in(year: u64, month: u64) -> u64 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Year, month and day, from days since 1970 began.
///
/// The year is taken to begin in March, so that a leap day is its last, and the lengths of the
/// months follow a straight line: 153 days every five months.
///
/// ```
/// assert_eq!(wire::civil(20_565), (2026, 4, 22));
/// ```
#[must_use]
pub const fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + TO_1970;
    let (era, of_era) = (days / ERA, days % ERA);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year + (month <= 2) as u64, month, day)
}

/// Days since 1970 began; `None` past the end of time.
fn since_1970(year: u64, month: u64, day: u64) -> Option<u64> {
    let year = year - u64::from(month <= 2);
    let (era, of_era) = (year / 400, year % 400);
    let from_march = (month + 9) % 12;
    let of_year = (153 * from_march + 2) / 5 + day - 1;
    era.checked_mul(ERA)?
        .checked_add(of_era * 365 + of_era / 4 - of_era / 100 + of_year)?
        .checked_sub(TO_1970)
}
