//! `RequestConnectivityTest`

use crate::{
    answer::{self, Recorded},
    body::{Check, place},
    idempotency::Asked,
    problem::Problem,
    routes::{
        clusters::request::{self, By, Checked},
        providers::create::fit,
    },
    state::State,
    words::Kind,
};
use actix_web::{HttpResponse, web::Data};
use commands::cluster::request_test::RequestConnectivityTest;
use domain::{ids::ClusterId, provider::Cluster};
use serde::Deserialize;
use uuid::Uuid;

/// A cluster to be tested before it is registered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ConnectivityTestRequest)]
pub(crate) struct Body {
    /// Which engine it is said to run.
    kind: Kind,
    /// How it is reached, as it would be registered. A certificate or token given here is kept for
    /// the test alone, for 15 minutes.
    cluster: request::Body,
}

impl Body {
    fn checked(self, by: By<'_>) -> Result<RequestConnectivityTest, Problem> {
        let mut check = Check::default();
        let cluster = self.cluster.checked(&mut check, "/cluster", by);
        let Some(checked): Option<Checked> = cluster else { return check.done(None) };
        let id = ClusterId(Uuid::now_v7());
        let cluster = Cluster {
            id,
            name: checked.name,
            rank: checked.rank.unwrap_or(1),
            server_name: checked.server_name,
            url: checked.url,
            urls: checked.urls,
            weight: checked.weight,
            ca: checked.ca,
            certificate_id: None,
            token: None,
        };
        let (kind, access) = (self.kind.into(), checked.access);
        if let Err(unfit) = fit(&cluster, &access, kind) {
            check.refuse(&place("/cluster", unfit.field()), "unfit", unfit);
        }
        check.done(Some(RequestConnectivityTest { id, kind, cluster, access }))
    }
}

/// Test a cluster before it is registered. The test goes on by itself; follow it at its address.
#[utoipa::path(
    post, path = "/v1/connectivity-tests", operation_id = "request_connectivity_test",
    tag = "connectivity",
    request_body = Body,
    responses((status = 201, body = Recorded, description = "Recorded")),
)]
pub(crate) async fn handle(
    state: Data<State>,
    asked: Asked<Body>,
) -> Result<HttpResponse, Problem> {
    let verb = asked.body.checked(state.by(&asked.request))?;
    let recorded = state.command(verb, asked.request).await?;
    answer::created(&recorded, |id| format!("/v1/connectivity-tests/{id}"))
}
