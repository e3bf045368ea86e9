//! Who may know whom, and what must never be in whose tree: the plan of the house as data.
//!
//! ```text
//! level 0   limits        wire        chance      money
//! level 1   rulebook      strategies  run-record
//! level 2   mock-together   calibration
//! level 3   scenario
//! level 4   simulator     load-generator   mock-together-http   report
//! level 5   tuning
//! level 6   tierlab
//! aside     benches → whatever it measures      xtask → nobody
//! ```
//!
//! Arrows point from the one who knows to the one who is known; each level knows only lower
//! ones. A new edge is a change of plan: it is argued for here, beside its neighbours.

/// One crate and its rules.
pub(crate) struct Room {
    pub(crate) name: &'static str,
    pub(crate) level: u8,
    /// The crates of the house among its dependencies: exactly, or for the top at most.
    pub(crate) knows: &'static [&'static str],
    /// Packages that must be absent from its whole tree, in groups.
    pub(crate) never: &'static [&'static [&'static str]],
    /// Packages that must be absent from its own list of dependencies.
    pub(crate) never_itself: &'static [&'static str],
    /// Why those are forbidden.
    pub(crate) because: &'static str,
}

/// Runtimes: whatever has one can wait.
const RUNTIMES: &[&str] = &["tokio", "async-std", "smol", "futures-executor", "axum"];
/// HTTP libraries of either side.
const HTTP: &[&str] = &[
    "actix-web",
    "attohttpc",
    "curl",
    "h2",
    "http",
    "httparse",
    "hyper",
    "isahc",
    "minreq",
    "poem",
    "reqwest",
    "rocket",
    "tiny_http",
    "tonic",
    "ureq",
    "warp",
];
/// Drawing, and reading a command line.
const FACES: &[&str] = &["plotters", "clap"];
/// Reading and writing files.
const PARSERS: &[&str] = &["serde", "serde_core", "toml"];
/// Drawing.
const DRAWING: &[&str] = &["plotters"];

/// Crates with no dependency at all and no `std`.
pub(crate) const ALONE: &[&str] = &["limits", "wire"];

/// Crates whose `clippy.toml` bans clocks, sleeping, unordered collections and platform
/// arithmetic. The files must be complete and identical, since a member's replaces the root's.
pub(crate) const PURE: &[&str] = &[
    "limits",
    "wire",
    "chance",
    "money",
    "rulebook",
    "strategies",
    "run-record",
    "mock-together",
    "calibration",
    "scenario",
    "simulator",
    "tuning",
    "report",
];

/// The level of the crate that may know everyone.
pub(crate) const TOP: u8 = 6;

/// Every room, lowest first.
pub(crate) const HOUSE: &[Room] = &[
    Room { because: "purity is then the compiler's business", ..room("limits", 0, &[]) },
    Room { because: "purity is then the compiler's business", ..room("wire", 0, &[]) },
    Room {
        never: &[RUNTIMES, HTTP, FACES, PARSERS],
        because: "a draw is arithmetic",
        ..room("chance", 0, &[])
    },
    Room {
        never: &[RUNTIMES, HTTP, FACES],
        because: "an amount is arithmetic, and records hold it",
        ..room("money", 0, &[])
    },
    Room {
        never: &[RUNTIMES, HTTP, DRAWING],
        because: "data does not wait",
        ..room("rulebook", 1, &["limits", "wire", "money"])
    },
    Room {
        never: &[RUNTIMES, HTTP, FACES, PARSERS],
        because: "what ships in a user's service brings nothing along",
        ..room("strategies", 1, &["limits", "wire", "chance"])
    },
    Room {
        never: &[RUNTIMES, HTTP, DRAWING],
        because: "data does not wait",
        ..room("run-record", 1, &["limits", "wire", "money"])
    },
    Room {
        never: &[RUNTIMES, HTTP, FACES],
        never_itself: PARSERS,
        because: "a machine that can wait or parse is a shell",
        ..room("mock-together", 2, &["rulebook", "limits", "wire", "chance", "money"])
    },
    Room {
        never: &[RUNTIMES, HTTP, FACES, &["mock-together"]],
        never_itself: PARSERS,
        because: "what predicts real responses is the edition's limiter, not our service",
        ..room("calibration", 2, &["rulebook", "limits", "wire", "chance"])
    },
    Room {
        never: &[RUNTIMES, HTTP, DRAWING, &["mock-together"]],
        because: "data does not wait, and the load generator must not meet the service here",
        ..room(
            "scenario",
            3,
            &["strategies", "rulebook", "run-record", "limits", "wire", "chance", "money"],
        )
    },
    Room {
        never: &[RUNTIMES, HTTP, DRAWING],
        because: "it must be able to outrun time",
        ..room(
            "simulator",
            4,
            &[
                "scenario",
                "mock-together",
                "strategies",
                "rulebook",
                "run-record",
                "limits",
                "wire",
                "chance",
                "money",
            ],
        )
    },
    Room {
        never: &[&["axum", "mock-together", "mock-together-http", "simulator"]],
        because: "it must meet the server as a stranger, over HTTP",
        ..room(
            "load-generator",
            4,
            // The rulebook for the classes of work: each has an address and a form of its own.
            &[
                "scenario",
                "strategies",
                "rulebook",
                "run-record",
                "limits",
                "wire",
                "chance",
                "money",
            ],
        )
    },
    Room {
        never: &[&["scenario", "strategies", "simulator", "load-generator"]],
        because: "a server does not know who will call",
        ..room("mock-together-http", 4, &["mock-together", "rulebook", "limits", "wire", "chance"])
    },
    Room {
        never: &[&["tokio", "scenario", "simulator", "mock-together", "strategies"]],
        because: "a picture may depend only on what happened",
        ..room("report", 4, &["run-record", "money"])
    },
    Room {
        never: &[RUNTIMES, HTTP, DRAWING],
        because: "it rehearses, and does nothing else",
        ..room(
            "tuning",
            5,
            &["simulator", "scenario", "strategies", "run-record", "limits", "chance"],
        )
    },
    room(
        "tierlab",
        TOP,
        &[
            "scenario",
            "simulator",
            "tuning",
            "mock-together",
            "mock-together-http",
            "calibration",
            "load-generator",
            "strategies",
            "rulebook",
            "run-record",
            "report",
            "limits",
            "wire",
            "chance",
            "money",
        ],
    ),
];

const fn room(name: &'static str, level: u8, knows: &'static [&'static str]) -> Room {
    Room { name, level, knows, never: &[], never_itself: &[], because: "" }
}

/// The room of that name.
pub(crate) fn find(name: &str) -> Option<&'static Room> {
    HOUSE.iter().find(|room| room.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_knows_only_lower_ones() {
        for room in HOUSE {
            for known in room.knows {
                let known = find(known).unwrap();
                assert!(known.level < room.level, "{} knows {}", room.name, known.name);
            }
        }
    }

    #[test]
    fn nobody_knows_what_must_never_be_in_their_tree() {
        for room in HOUSE {
            let mut tree: Vec<&str> = room.knows.to_vec();
            while let Some(known) = tree.pop() {
                let forbidden = room.never.iter().any(|group| group.contains(&known));
                assert!(!forbidden, "{} would have {known} in its tree", room.name);
                tree.extend(find(known).unwrap().knows);
            }
        }
    }

    #[test]
    fn every_pure_or_lonely_crate_has_a_room() {
        for name in PURE.iter().chain(ALONE) {
            assert!(find(name).is_some(), "{name}");
        }
    }
}
