//! What the profile of a provider shows of the registries that it pulls from.

use super::{queries::everything, script::Script, table::Process};
use domain::{
    provider::{DeploymentMode, Provider},
    testing::{created, fold, place, registry},
};
use projections::{Model, provider_profile::query};
use tests::harness::Database;

/// Set, set for another one, replaced, removed.
pub(super) fn scenes(script: &Script) {
    let paris = place().provider;
    script.provider(paris, registry::set("registry.example:5000", 1, None));
    script.provider(paris, registry::set("docker.io", 2, None));
    script.provider(paris, registry::set("old.example", 3, None));
    script.provider(paris, registry::set("registry.example:5000", 4, Some(1)));
    script.provider(paris, registry::removed("old.example", 3));
}

#[tokio::test]
async fn a_profile_shows_the_registries_by_name_and_where_each_credential_is() {
    let (database, script) = (Database::create().await, everything());
    let model = Model::ProviderProfile;
    let process = Process::start(&database, &script, &[model]).await;
    process.reach(model, script.end()).await;
    let row = query::get(&process.pool, place().provider, None).await.unwrap().row.unwrap();
    let shown: Vec<_> =
        row.registries.iter().map(|one| (one.registry.as_str(), one.kept.clone())).collect();
    let expected = [
        ("docker.io", registry::credential(2)),
        ("registry.example:5000", registry::credential(4)),
    ];
    assert_eq!(shown, expected);
    let [hub, own] = &row.registries[..] else { unreachable!() };
    assert!(hub.version < own.version && hub.set_at < own.set_at && own.set_at < row.updated_at);
    // What is shown is what the vault must keep.
    let history = [
        created(DeploymentMode::Single),
        registry::set("registry.example:5000", 4, Some(1)),
        registry::set("docker.io", 2, None),
    ];
    let kept = row.registries.iter().map(|one| one.kept.record_id).collect();
    assert_eq!(fold::<Provider>(history).kept(), kept);
}
