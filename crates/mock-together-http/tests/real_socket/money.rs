//! Money, as a client on a socket meets it.

use std::time::Duration;

use limits::{Instant, Span};
use mock_together::{Card, Change, Dealing, Funds, Happening, Money, OrganizationId, Tariff};
use mock_together_http::Plan;

use crate::house::*;

const PRO: &str = "black-forest-labs/FLUX.1.1-pro";
const MODELS: &str = "GET /v1/models HTTP/1.1\r\nconnection: close\r\n";

/// Nothing on the first tier, without a card; a minute later one is linked, and pays for a tier
/// and for a few requests.
fn first_purchase(plan: &mut Plan) {
    let organization = OrganizationId(0);
    let funds = Funds::none(organization, plan.tier.clone());
    plan.funds = Some(Funds { spent: Money::from_dollars(5), ..funds });
    let each = Tariff { request: Money::from_dollars(25), ..Tariff::FREE };
    plan.tariffs = vec![(MODEL.to_owned(), each)];
    let at = Instant::START.after(Span::from_secs(60));
    let dealings = [Dealing::Card(Card::Accepted), Dealing::Purchase(Money::from_dollars(45))];
    plan.course = dealings
        .map(|dealing| Happening { at, what: Change::Money { organization, dealing } })
        .into();
}

#[tokio::test]
async fn credit_serves_and_its_tier_shows_in_the_list_of_models_when_it_is_in_force() {
    let house = House::with("build-1", first_purchase).await;
    let listed = async || house.ask(&format!("{MODELS}{KEY}\r\n")).await.body.contains(PRO);
    assert!(!listed().await);
    let response = house.ask(&post(KEY, &question(""))).await;
    assert_eq!((response.status, response.error("type")), (402, "credit_limit".into()));
    tokio::time::advance(Duration::from_mins(20)).await;
    assert!(listed().await);
    assert_eq!(house.ask(&post(KEY, &question(""))).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_answered_costs_nothing_and_every_key_has_its_own_purse() {
    let house = House::with("build-1", |plan| {
        first_purchase(plan);
        let funds = plan.funds.take().unwrap();
        plan.funds = Some(Funds { purchased: Money::from_dollars(20), ..funds });
        plan.course = [].into();
    })
    .await;
    let torn = post(KEY, &format!(r#"{{"model":"{MODEL}","messages":[]}}"#));
    assert_eq!(house.ask(&torn).await.status, 400);
    assert_eq!(house.ask(&post(KEY, &question(""))).await.status, 200, "it overdraws");
    assert_eq!(house.ask(&post(KEY, &question(""))).await.status, 402);
    let other = "authorization: Bearer another-key\r\n";
    assert_eq!(house.ask(&post(other, &question(""))).await.status, 200);
}
