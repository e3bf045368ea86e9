//! The balance over time in a few points, however many there were.
//!
//! Time is cut into stretches of one length; each keeps the balance that it began, ended, and
//! stood highest and lowest with. When the run outgrows them, two and two become one.

use limits::{Instant, Span};
use money::Money;

/// Stretches, at most; each has up to four points.
const STRETCHES: usize = 128;
/// How long a stretch is at first.
const SHORTEST: Span = Span::from_secs(1);

type Point = (Instant, Money);

/// A balance over time.
#[derive(Clone, Debug)]
pub(crate) struct Curve {
    length: Span,
    stretches: Vec<Stretch>,
}

#[derive(Copy, Clone, Debug)]
struct Stretch {
    number: u64,
    first: Point,
    least: Point,
    most: Point,
    last: Point,
}

impl Curve {
    pub(crate) fn new(opening: Money) -> Self {
        let mut curve = Self { length: SHORTEST, stretches: Vec::with_capacity(STRETCHES + 1) };
        curve.add(Instant::START, opening);
        curve
    }

    /// The balance is this from now on. Nothing earlier is told any more.
    pub(crate) fn add(&mut self, now: Instant, balance: Money) {
        let number = now.nanos() / self.length.nanos();
        let point = (now, balance);
        match self.stretches.last_mut().filter(|last| last.number >= number) {
            Some(last) => last.add(point),
            None => self.stretches.push(Stretch::of(number, point)),
        }
        while self.stretches.len() > STRETCHES {
            self.halve();
        }
    }

    /// The points in their order. Those of one instant are what the balance was on the way.
    pub(crate) fn points(&self) -> Vec<Point> {
        let mut points: Vec<Point> = Vec::with_capacity(4 * self.stretches.len());
        for Stretch { first, least, most, last, .. } in &self.stretches {
            let (one, other) = if least.0 <= most.0 { (least, most) } else { (most, least) };
            for point in [first, one, other, last] {
                if points.last() != Some(point) {
                    points.push(*point);
                }
            }
        }
        points
    }

    fn halve(&mut self) {
        self.length = self.length.times(2);
        let mut halved: Vec<Stretch> = Vec::with_capacity(STRETCHES + 1);
        for stretch in self.stretches.drain(..) {
            let number = stretch.number / 2;
            match halved.last_mut().filter(|last| last.number == number) {
                Some(last) => last.join(stretch),
                None => halved.push(Stretch { number, ..stretch }),
            }
        }
        self.stretches = halved;
    }
}

impl Stretch {
    const fn of(number: u64, point: Point) -> Self {
        Self { number, first: point, least: point, most: point, last: point }
    }

    fn add(&mut self, point: Point) {
        self.join(Self::of(self.number, point));
    }

    fn join(&mut self, later: Self) {
        if later.least.1 < self.least.1 {
            self.least = later.least;
        }
        if later.most.1 > self.most.1 {
            self.most = later.most;
        }
        self.last = later.last;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(n: u64) -> Instant {
        Instant::START.after(Span::from_secs(n))
    }

    #[test]
    fn few_points_stay_as_they_are() {
        let mut curve = Curve::new(Money::ZERO);
        for n in 1..100 {
            curve.add(second(n), Money::from_cents(i64::try_from(n).unwrap()));
        }
        let expected = (0..100).map(|n| (second(n), Money::from_cents(i64::try_from(n).unwrap())));
        assert_eq!(curve.points(), expected.collect::<Vec<_>>());
    }

    #[test]
    fn of_many_points_the_extremes_and_the_ends_are_kept() {
        let mut curve = Curve::new(Money::from_dollars(7));
        for n in 1..1_000_000 {
            let cents = match n {
                123_456 => 1_000_000,
                654_321 => -1_000_000,
                _ => i64::try_from(n % 700).unwrap(),
            };
            curve.add(second(n), Money::from_cents(cents));
        }
        let points = curve.points();
        assert!((256..=512).contains(&points.len()), "{}", points.len());
        assert!(points.is_sorted_by_key(|point| point.0));
        assert_eq!(points.first(), Some(&(second(0), Money::from_dollars(7))));
        assert!(points.contains(&(second(123_456), Money::from_dollars(10_000))));
        assert!(points.contains(&(second(654_321), Money::from_dollars(-10_000))));
        assert_eq!(points.last(), Some(&(second(999_999), Money::from_cents(999_999 % 700))));
    }
}
