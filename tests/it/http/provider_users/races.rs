//! Two commands at once, many times: whoever is second meets the other. Half of the times the one
//! is sent first, half of the times the other.

use super::{
    refused,
    stage::{Stage, profile, workload},
};
use domain::{organization, provider};
use futures::future::join;
use serde_json::json;

/// How often both commands of a race are sent at once.
const RACES: usize = 16;

/// Either the workload runs and the provider stays enabled, or the other way round.
#[tokio::test]
async fn a_provider_is_disabled_or_gets_a_workload_but_never_both() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        let nothing = json!({});
        let (disabled, begun) = if number % 2 == 0 {
            join(stage.post("disable", &nothing), stage.begin(workload())).await
        } else {
            let (begun, disabled) =
                join(stage.begin(workload()), stage.post("disable", &nothing)).await;
            (disabled, begun)
        };
        match (disabled.status, &begun) {
            (409, Ok(_)) => refused(&disabled, 409, "workloads-run"),
            (202, Err(refusal)) => assert_eq!(*refusal, provider::Error::Disabled.into()),
            both => panic!("{both:?}: {disabled:?}"),
        }
    }
}

#[tokio::test]
async fn a_provider_turns_private_or_gets_a_foreign_user_but_never_both() {
    let mut stage = Stage::new().await;
    for number in 0..RACES {
        stage.next().await;
        let (private, begun) = if number % 2 == 0 {
            join(stage.set_visibility("private"), stage.begin(profile())).await
        } else {
            let (begun, private) =
                join(stage.begin(profile()), stage.set_visibility("private")).await;
            (private, begun)
        };
        match (private.status, &begun) {
            (409, Ok(_)) => refused(&private, 409, "shut-out"),
            (202, Err(refusal)) => assert_eq!(*refusal, organization::Error::NotAssociated.into()),
            both => panic!("{both:?}: {private:?}"),
        }
    }
}

/// With `associate_users` whoever is second is told, too: nobody uses a private provider without
/// being associated with it.
#[tokio::test]
async fn whoever_uses_a_provider_that_turns_private_is_associated() {
    let mut stage = Stage::new().await;
    for _ in 0..RACES {
        stage.next().await;
        let body = json!({"visibility": "private", "associate_users": true});
        let path = stage.path();
        let (private, begun) = join(stage.server.patch(&path, &body), stage.begin(profile())).await;
        assert_eq!(private.status, 202, "{private:?}");
        let at_least = stage.server.head().await;
        let shown = stage.server.get(&format!("{}?at_least={at_least}", stage.path())).await.json();
        assert_eq!(shown["visibility"], "private");
        assert_eq!(shown["organization_count"], i64::from(begun.is_ok()), "{begun:?}");
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
        let (ended, begun) = if number % 2 == 0 {
            join(stage.server.delete(&path), stage.begin(profile())).await
        } else {
            let (begun, ended) = join(stage.begin(profile()), stage.server.delete(&path)).await;
            (ended, begun)
        };
        match (ended.status, &begun) {
            (409, Ok(_)) => refused(&ended, 409, "still-used"),
            (202, Err(refusal)) => assert_eq!(*refusal, organization::Error::NotAssociated.into()),
            both => panic!("{both:?}: {ended:?}"),
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
        stage.begin(profile()).await.unwrap();
        let path = stage.association();
        let (ended, private) = if number % 2 == 0 {
            join(stage.server.delete(&path), stage.set_visibility("private")).await
        } else {
            let (private, ended) =
                join(stage.set_visibility("private"), stage.server.delete(&path)).await;
            (ended, private)
        };
        match (ended.status, private.status) {
            (202, 409) => refused(&private, 409, "shut-out"),
            (409, 202) => refused(&ended, 409, "still-used"),
            both => panic!("{both:?}: {ended:?} {private:?}"),
        }
    }
}
