//! Endpoints as they are told.

use mock_together::OrganizationId;
use serde_json::{Value, json};

use super::Own;
use crate::drawn;
use crate::mock::{Mock, Served};

/// Ours: whose endpoints are, as their names say it.
pub(super) const OWNER: &str = "user";

impl Own {
    /// In a list.
    pub(super) fn in_list(&self, state: &str) -> Value {
        let Self { id, name, model, created_at, .. } = self;
        json!({
            "object": "endpoint", "id": id, "name": name, "model": model, "type": "dedicated",
            "owner": OWNER, "state": state, "created_at": created_at,
        })
    }

    /// By itself.
    pub(super) fn whole(&self, state: &str) -> Value {
        let Self { id, name, display_name, model, hardware, created_at, .. } = self;
        let (least, most) = self.replicas;
        json!({
            "object": "endpoint", "id": id, "name": name, "display_name": display_name,
            "model": model, "hardware": hardware, "type": "dedicated", "owner": OWNER, "state": state,
            "autoscaling": { "min_replicas": least, "max_replicas": most },
            "created_at": created_at,
        })
    }

    /// One that nobody made, where any there is.
    pub(super) fn plausible(mock: &Mock, whose: OrganizationId, id: &str) -> Self {
        let models = mock.plan.edition.models();
        let model = models.first().map_or_else(String::new, |model| model.name().to_owned());
        let hardware = mock.plan.edition.hardware_ids().into_iter().next().unwrap_or_default();
        Self {
            whose,
            id: id.to_owned(),
            name: format!("{OWNER}/{model}"),
            display_name: model.clone(),
            model,
            hardware,
            replicas: (1, 1),
            idle: None,
            created_at: mock.now_text(),
            runs: None,
        }
    }
}

/// A model on the fleet that everybody shares, as an endpoint.
pub(super) fn shared(mock: &Mock, served: &Served) -> Value {
    let name = &*served.name;
    let number =
        name.bytes().fold(0_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    json!({
        "object": "endpoint", "id": format!("endpoint-{}", drawn::uuid(number)), "name": name,
        "model": name, "type": "serverless", "owner": "together", "state": "STARTED",
        "created_at": drawn::date_time(mock.plan.epoch.saturating_mul(1_000)),
    })
}
