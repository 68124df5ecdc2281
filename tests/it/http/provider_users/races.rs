//! Two commands at once, many times: whoever is second meets the other. Half of the times the one
//! is sent first, half of the times the other.

use super::{refused, stage::Stage};
use crate::http::server::Reply;
use futures::future::join;
use serde_json::json;

/// How often both commands of a race are sent at once.
const RACES: usize = 16;

/// Sends both at once; the other one first in every second race.
async fn race(
    number: usize,
    one: impl Future<Output = Reply>,
    other: impl Future<Output = Reply>,
) -> (Reply, Reply) {
    if number.is_multiple_of(2) {
        return join(one, other).await;
    }
    let (other, one) = join(other, one).await;
    (one, other)
}

/// Either the workload runs and the provider stays enabled, or the other way round.
#[tokio::test]
async fn a_provider_is_disabled_or_gets_a_workload_but_never_both() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        let (profile, nothing) = (stage.profile().await, json!({}));
        match race(number, stage.disable(&nothing), stage.request(&profile)).await {
            (disabled, begun) if begun.status == 201 => refused(&disabled, 409, "workloads-run"),
            (disabled, begun) => {
                assert_eq!(disabled.status, 202, "{disabled:?}");
                refused(&begun, 409, "provider-disabled");
            }
        }
    }
}

/// Who uses it stays the same, and begins to run: that is guarded, too.
#[tokio::test]
async fn a_provider_is_disabled_or_a_stopped_workload_starts_but_never_both() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        let workload = stage.workload().await;
        stage.stop(&workload).await;
        let (start, nothing) = (stage.own(&format!("workloads/{workload}/start")), json!({}));
        match race(number, stage.disable(&nothing), stage.server.post(&start, &nothing)).await {
            (disabled, begun) if begun.status == 202 => refused(&disabled, 409, "workloads-run"),
            (disabled, begun) => {
                assert_eq!(disabled.status, 202, "{disabled:?}");
                refused(&begun, 409, "provider-disabled");
            }
        }
    }
}

#[tokio::test]
async fn a_provider_turns_private_or_gets_a_foreign_user_but_never_both() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        match race(number, stage.set_visibility("private"), stage.define()).await {
            (private, begun) if begun.status == 201 => refused(&private, 409, "shut-out"),
            (private, begun) => {
                assert_eq!(private.status, 202, "{private:?}");
                refused(&begun, 404, "provider-not-found");
            }
        }
    }
}

/// With `associate_users` whoever is second is told, too: nobody uses a private provider without
/// being associated with it.
#[tokio::test]
async fn whoever_uses_a_provider_that_turns_private_is_associated() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        let body = json!({"visibility": "private", "associate_users": true});
        let path = stage.path();
        let (private, begun) = race(number, stage.server.patch(&path, &body), stage.define()).await;
        assert_eq!(private.status, 202, "{private:?}");
        let at_least = private.position().max(stage.server.head().await);
        let shown = stage.server.get(&format!("{path}?at_least={at_least}")).await.json();
        assert_eq!(shown["visibility"], "private");
        let is_user = begun.status == 201;
        assert_eq!(shown["organization_count"], i64::from(is_user), "{begun:?}");
    }
}

#[tokio::test]
async fn an_association_ends_or_is_used_but_never_both() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        stage.associate().await;
        assert_eq!(stage.set_visibility("private").await.status, 202);
        let path = stage.association();
        match race(number, stage.server.delete(&path), stage.define()).await {
            (ended, begun) if begun.status == 201 => refused(&ended, 409, "still-used"),
            (ended, begun) => {
                assert_eq!(ended.status, 202, "{ended:?}");
                refused(&begun, 404, "provider-not-found");
            }
        }
    }
}

/// The association ends while the provider turns private: one of the two meets the other, so that
/// no organization uses a private provider without being associated.
#[tokio::test]
async fn an_association_ends_or_its_provider_turns_private_but_not_both_unnoticed() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        stage.associate().await;
        stage.profile().await;
        let path = stage.association();
        let both = race(number, stage.server.delete(&path), stage.set_visibility("private"));
        match both.await {
            (ended, private) if ended.status == 202 => refused(&private, 409, "shut-out"),
            (ended, private) => {
                refused(&ended, 409, "still-used");
                assert_eq!(private.status, 202, "{private:?}");
            }
        }
    }
}

#[tokio::test]
async fn a_provider_is_removed_or_gets_a_user_but_never_both() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        let path = stage.path();
        let images = format!("{path}/images");
        stage.remove(&format!("{images}/{}", stage.image)).await;
        let body = json!({"reference": "nginx", "visibility": "public"});
        let declare = stage.server.post(&images, &body);
        match race(number, stage.server.delete(&path), declare).await {
            (removed, begun) if begun.status == 201 => refused(&removed, 409, "still-used"),
            (removed, begun) => {
                assert_eq!(removed.status, 202, "{removed:?}");
                refused(&begun, 410, "removed");
            }
        }
    }
}
