//! Names beside points of a plane, so that no two overlap and none leaves its room.
//!
//! A page cannot ask the reader's font, so the widths come in as generous guesses. Each name stands
//! at the right or at the left of its point, moved up or down in lines where another is in the way;
//! a short line leads from the point to a name that had to move.

/// How high a line of names is.
pub(crate) const LINE: f64 = 15.0;
/// From the middle of a point to the edge of its mark.
const MARK: f64 = 8.0;
/// Between a point and its name.
const GAP: f64 = 10.0;

/// An area, by its corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Room {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

impl Room {
    fn around((x, y): (f64, f64), reach: f64) -> Room {
        Room { left: x - reach, top: y - reach, right: x + reach, bottom: y + reach }
    }

    const fn overlaps(&self, other: &Room) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    const fn holds(&self, other: &Room) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }
}

/// A point that wants a name of so many pixels beside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Point {
    pub(crate) at: (f64, f64),
    pub(crate) width: f64,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) room: Room,
    /// Whether it had to move away from its point.
    pub(crate) moved: bool,
}

impl Place {
    /// The corner of the name that is nearest to a point, at half its height: where the line from
    /// the point ends.
    pub(crate) fn end_towards(&self, (x, _): (f64, f64)) -> (f64, f64) {
        let y = f64::midpoint(self.room.top, self.room.bottom);
        (x.clamp(self.room.left - 2.0, self.room.right + 2.0), y)
    }
}

/// A place for each name, in the order of the points; on none of the other marks where that can be.
/// Where there is room for twice as many lines as there are points, and for the widest name, no two
/// names overlap and none leaves the room.
pub(crate) fn place(points: &[Point], others: &[(f64, f64)], room: &Room) -> Vec<Place> {
    // Those that stand highest choose first, so that lines do not cross more than they must.
    let mut order: Vec<usize> = (0..points.len()).collect();
    let height = |index: &usize| points.get(*index).map_or(0.0, |point| point.at.1);
    order.sort_by(|a, b| height(a).total_cmp(&height(b)));
    let all = points.iter().map(|point| point.at).chain(others.iter().copied());
    let marks: Vec<Room> = all.map(|at| Room::around(at, MARK)).collect();
    let mut taken: Vec<Room> = Vec::with_capacity(points.len());
    let mut places: Vec<Option<Place>> = vec![None; points.len()];
    for index in order {
        let Some(point) = points.get(index) else { continue };
        let free = |place: &Place| {
            room.holds(&place.room) && !taken.iter().any(|one| one.overlaps(&place.room))
        };
        let clear = |place: &Place| {
            let others = marks.iter().enumerate().filter(|(other, _)| *other != index);
            others.into_iter().all(|(_, mark)| !mark.overlaps(&place.room))
        };
        let found = near(point, room)
            .find(|place| free(place) && clear(place))
            .or_else(|| near(point, room).find(free))
            .or_else(|| anywhere(point, room).find(free))
            .unwrap_or_else(|| beside(point, 0.0, Side::Right, room));
        taken.push(found.room);
        if let Some(place) = places.get_mut(index) {
            *place = Some(found);
        }
    }
    places.into_iter().flatten().collect()
}

#[derive(Clone, Copy)]
enum Side {
    Right,
    Left,
}

/// Places beside a point: on its own line first, then further and further away.
fn near<'p>(point: &'p Point, room: &'p Room) -> impl Iterator<Item = Place> + 'p {
    const LINES: u32 = 8;
    (0..=LINES).flat_map(move |lines| {
        let away = f64::from(lines) * LINE;
        let sides = [Side::Right, Side::Left];
        sides.into_iter().flat_map(move |side| {
            let ways = if lines == 0 { vec![0.0] } else { vec![-away, away] };
            ways.into_iter().map(move |by| beside(point, by, side, room))
        })
    })
}

/// Every line of the room, as near to the point's own place as it lets.
fn anywhere<'p>(point: &'p Point, room: &'p Room) -> impl Iterator<Item = Place> + 'p {
    let last = (room.right - point.width).max(room.left);
    let left = (point.at.0 + GAP).clamp(room.left, last);
    let mut top = room.top;
    core::iter::from_fn(move || {
        let at = Room { left, top, right: left + point.width, bottom: top + LINE };
        top += 1.0;
        (at.bottom <= room.bottom).then_some(Place { room: at, moved: true })
    })
}

/// A place on a line beside a point. At the edge of the room, its own line is pushed into it.
fn beside(point: &Point, by: f64, side: Side, within: &Room) -> Place {
    let (x, y) = point.at;
    let left = match side {
        Side::Right => x + GAP,
        Side::Left => x - GAP - point.width,
    };
    let line = y - LINE / 2.0;
    let own = line.max(within.top).min(within.bottom - LINE);
    let top = if (own - line).abs() <= LINE / 2.0 { own + by } else { line + by };
    let room = Room { left, top, right: left + point.width, bottom: top + LINE };
    Place { room, moved: by.abs() > 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { left: 30.0, top: 20.0, right: 430.0, bottom: 340.0 };

    /// Numbers that look as if by chance, the same in every run.
    fn chance(seed: u64) -> impl FnMut(f64, f64) -> f64 {
        let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        move |from, to| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            from + (to - from) * ((state >> 40) as f64 / (1_u64 << 24) as f64)
        }
    }

    fn is_whole(points: &[Point]) {
        let places = place(points, &[], &ROOM);
        assert_eq!(places.len(), points.len());
        for (index, one) in places.iter().enumerate() {
            assert!(ROOM.holds(&one.room), "{one:?} of {points:?}");
            assert!((one.room.right - one.room.left - points[index].width).abs() < 1e-9);
            for other in &places[index + 1..] {
                assert!(!one.room.overlaps(&other.room), "{one:?} on {other:?} of {points:?}");
            }
        }
    }

    #[test]
    fn no_two_names_overlap_and_none_leaves_its_room_wherever_the_points_are() {
        for seed in 0..2_000 {
            let mut chance = chance(seed);
            let count = seed % 11;
            // Half of the time they crowd into a corner, where it is hardest.
            let (wide, high) = if seed % 2 == 0 { (400.0, 320.0) } else { (25.0, 20.0) };
            let (x, y) = (chance(30.0, 430.0 - wide), chance(20.0, 340.0 - high));
            let points: Vec<Point> = (0..count)
                .map(|_| Point {
                    at: (chance(x, x + wide), chance(y, y + high)),
                    width: chance(20.0, 200.0),
                })
                .collect();
            is_whole(&points);
        }
    }

    #[test]
    fn ten_points_on_one_spot_have_ten_names() {
        for at in [(30.0, 20.0), (430.0, 20.0), (430.0, 340.0), (30.0, 340.0), (230.0, 180.0)] {
            is_whole(&[Point { at, width: 120.0 }; 10]);
        }
    }

    #[test]
    fn a_point_alone_has_its_name_at_its_right_and_no_line() {
        let one = place(&[Point { at: (100.0, 100.0), width: 50.0 }], &[], &ROOM)[0];
        assert_eq!((one.room.left, one.moved), (110.0, false));
        let end = place(&[Point { at: (420.0, 100.0), width: 50.0 }], &[], &ROOM)[0];
        assert_eq!((end.room.right, end.moved), (410.0, false));
    }

    #[test]
    fn a_name_stands_on_no_other_mark_where_it_can_move() {
        let points =
            [Point { at: (100.0, 100.0), width: 50.0 }, Point { at: (130.0, 100.0), width: 50.0 }];
        let places = place(&points, &[], &ROOM);
        assert!(!places[0].room.overlaps(&Room::around(points[1].at, MARK)));
        assert!(!places[1].room.overlaps(&Room::around(points[0].at, MARK)));
    }
}
