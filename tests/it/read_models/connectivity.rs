//! What lists and profiles show of which clusters are real, and of tests of their connections.

use super::{queries::everything, script::Script, table::Process};
use domain::{
    connectivity::{Outcome, Step},
    ids::{ClusterId, ProviderId},
    provider::DeploymentMode,
    testing::{cluster, cluster_added, connectivity as example, created, place, provider_removed},
};
use projections::{
    Model,
    provider_list::{self, row::TestResult},
    provider_profile,
};
use tests::harness::Database;
use uuid::Uuid;

/// Every event of a test: of a registered cluster, and of one that is not.
pub(super) fn scenes(script: &Script) {
    let one = cluster(1).id;
    script.cluster(one, example::requested());
    let failed = example::finding(Step::Tls, Outcome::Failed);
    script.cluster(one, example::step_taken(&failed));
    script.cluster(one, example::tested(&[failed]));
    script.cluster(one, example::identified("a"));
    script.cluster(one, example::identity_changed("a", "b"));
    script.cluster(one, example::rejected("c", 2));
    let candidate = ClusterId(Uuid::from_u128(0xca));
    script.cluster(candidate, example::requested_of(example::candidate()));
    script.cluster(candidate, example::expired());
    script.cluster(ClusterId(Uuid::from_u128(0xcb)), example::released("e"));
}

#[tokio::test]
async fn a_provider_shows_what_the_last_tests_of_its_clusters_came_to() {
    let (database, script) = (Database::create().await, everything());
    let models = [Model::ProviderList, Model::ProviderProfile];
    let process = Process::start(&database, &script, &models).await;
    let shown = async || {
        for model in models {
            process.reach(model, script.end()).await;
        }
        let id = place().provider;
        let profile = provider_profile::query::get(&process.pool, id, None).await.unwrap();
        let profile = profile.row.unwrap();
        let listed = provider_list::query::list(
            &process.pool,
            &domain::scope::Scope::Instance,
            &provider_list::query::Filter::default(),
            &projections::page::Listing::default(),
        )
        .await
        .unwrap();
        let listed = listed.items.into_iter().find(|row| row.id == id).unwrap();
        assert_eq!(listed.last_test(), profile.last_test(), "the list says what the profile says");
        let of = |number: u16| {
            let named = |it: &&provider_profile::row::Cluster| it.id == cluster(number).id;
            let cluster = profile.clusters.iter().find(named).unwrap();
            cluster.last_test.clone().map(|test| test.result)
        };
        (profile.last_test().map(|test| test.result), of(1), of(2))
    };
    assert_eq!(shown().await, (Some(TestResult::Failed), Some(TestResult::Failed), None));

    let passed = example::finding(Step::Tls, Outcome::Passed);
    script.cluster(cluster(2).id, example::requested());
    script.cluster(cluster(2).id, example::tested(std::slice::from_ref(&passed)));
    let (both, first, second) = shown().await;
    assert_eq!((both, first), (Some(TestResult::Failed), Some(TestResult::Failed)));
    assert_eq!(second, Some(TestResult::Passed), "each cluster has its own");

    script.cluster(cluster(1).id, example::requested());
    script.cluster(cluster(1).id, example::tested(&[passed]));
    assert_eq!(shown().await.0, Some(TestResult::Passed), "all that were tested have passed");
}

#[tokio::test]
async fn a_test_that_ends_after_its_provider_is_gone_says_nothing() {
    let (database, script) = (Database::create().await, Script::default());
    let provider: ProviderId = place().provider;
    script.provider(provider, created(DeploymentMode::Single));
    script.provider(provider, cluster_added(1));
    script.provider(provider, provider_removed(&[1]));
    script.cluster(cluster(1).id, example::tested(&[]));
    let models = [Model::ProviderList, Model::ProviderProfile];
    let process = Process::start(&database, &script, &models).await;
    for model in models {
        process.reach(model, script.end()).await;
    }
    let found = provider_profile::query::get(&process.pool, provider, None).await.unwrap();
    assert_eq!(found.row, None);
}

#[tokio::test]
async fn a_cluster_shows_which_real_one_it_has_and_whose_duplicate_it_is() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[Model::ProviderProfile]).await;
    let shown = async || {
        process.reach(Model::ProviderProfile, script.end()).await;
        let found = provider_profile::query::get(&process.pool, place().provider, None).await;
        let clusters = found.unwrap().row.unwrap().clusters;
        let one = clusters.into_iter().find(|it| it.id == cluster(1).id).unwrap();
        (one.native_id, one.duplicate_of)
    };
    let is = |id: &str, other: Option<u16>| {
        (Some(id.to_owned()), other.map(|number| cluster(number).id))
    };
    assert_eq!(shown().await, is("b", Some(2)), "it keeps what it had");
    script.cluster(cluster(1).id, example::identified("b"));
    assert_eq!(shown().await, is("b", None));
    script.cluster(cluster(1).id, example::rejected("d", 2));
    script.cluster(cluster(1).id, example::identity_changed("b", "d"));
    assert_eq!(shown().await, is("d", None));
}
