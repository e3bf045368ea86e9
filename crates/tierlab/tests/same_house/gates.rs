//! Strategies that hold attempts back, or send a second one, in both drives. Gates whose instants
//! are no whole milliseconds, as those of a cubic curve, are not among them.

use limits::{Per, Rate, Requests, Span};
use scenario::Scenario;
use strategies::{
    Elsewhere, FirstSendPart, Parts, Percent, Preset, Share, Stop, Thousandths, Timeouts,
};

use crate::stage;

/// The strategies that are compared here, by name.
fn strategies() -> Vec<(&'static str, Parts)> {
    let [gated, patient] = [Preset::HONOUR_RETRY_AFTER, Preset::OWN_BUCKET].map(|preset| {
        let parts = preset.parts();
        Parts { wait: strategies::Wait { grain: stage::GRAIN, ..parts.wait }, ..parts }
    });
    let rate = |count| Rate::new(Requests(count), Per::Second);
    let shared = FirstSendPart::SharedBucket { share: Share::Whole, delay: stage::GRAIN.times(5) };
    let aimd_cap = FirstSendPart::AimdCap {
        start: 8,
        least: 2,
        most: 40,
        cut: Percent(10),
        slow: Some(Span::from_secs(5)),
    };
    // Every rate that it can come to has a gap of whole milliseconds.
    let aimd_rate = FirstSendPart::AimdRate {
        start: rate(40),
        add: rate(20),
        every: Span::from_secs(600),
        cut: Percent(50),
        least: rate(5),
    };
    let hedge = Elsewhere::Hedge { after: stage::GRAIN.times(330), most: Thousandths(300) };
    let at_deadline = Stop { at_deadline: true, ..Stop::NEVER };
    vec![
        ("cap", Parts { first_send: FirstSendPart::Cap { most: 4 }, ..gated }),
        ("aimd cap", Parts { first_send: aimd_cap, ..gated }),
        ("aimd rate", Parts { first_send: aimd_rate, ..gated }),
        ("shared bucket", Parts { first_send: shared, ..patient }),
        ("shared bucket in time", Parts { first_send: shared, stop: at_deadline, ..patient }),
        ("hedge", Parts { elsewhere: hedge, ..gated }),
        (
            "hedge that hangs up",
            Parts {
                first_send: FirstSendPart::Cap { most: 12 },
                elsewhere: hedge,
                timeouts: Timeouts { silence: Some(stage::SILENCE) },
                ..gated
            },
        ),
    ]
}

/// A scenario with these strategies in the place of its own.
fn with_gates(mut scenario: Scenario) -> Scenario {
    let any = scenario.strategies[0].clone();
    scenario.strategies = strategies()
        .into_iter()
        .map(|(name, parts)| scenario::NamedStrategy {
            name: name.to_owned(),
            parts,
            ..any.clone()
        })
        .collect();
    scenario
}

async fn both_drives_agree(scenario: Scenario, name: &str) {
    let index = scenario.strategies.iter().position(|named| named.name == name).unwrap();
    let plan = stage::plans(&scenario).swap_remove(index);
    let left = crate::in_both_drives(&scenario, &plan).await;
    let leaves = || left.groups.iter().map(|group| &group.leaf);
    let answered: u64 = leaves().map(|leaf| leaf.jobs.answered).sum();
    assert!(answered > 500, "{name}: {answered} answered");
    let refused: u64 = leaves().map(|leaf| leaf.attempts.refused).sum();
    assert!(refused > 50 || name.starts_with("shared"), "{name}: {refused} refused");
    let hedged: u64 = leaves().map(|leaf| leaf.hedges.sent).sum();
    // Without noise an answer takes as long as its length says, so that none of them wins.
    assert_eq!(hedged > 100, name.starts_with("hedge"), "{name}: {hedged} hedged");
}

macro_rules! both_drives_leave_the_same_record {
    ($($name:ident: $strategy:literal),+ $(,)?) => {
        mod both_drives_leave_the_same_record {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let scenario = super::with_gates(super::stage::scenario());
                    super::both_drives_agree(scenario, $strategy).await;
                }
            )+
        }

        mod both_drives_leave_the_same_record_of_users_and_restarts {
            $(
                #[tokio::test(start_paused = true)]
                async fn $name() {
                    let scenario = super::with_gates(super::stage::users());
                    super::both_drives_agree(scenario, $strategy).await;
                }
            )+
        }
    };
}

both_drives_leave_the_same_record! {
    of_a_cap: "cap",
    of_a_cap_that_learns: "aimd cap",
    of_a_rate_that_learns: "aimd rate",
    of_a_bucket_that_clients_share: "shared bucket",
    of_a_shared_bucket_and_a_deadline: "shared bucket in time",
    of_hedges: "hedge",
    of_hedges_that_hang_up: "hedge that hangs up",
}
