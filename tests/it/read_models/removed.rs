//! What is left of a provider that was removed: nothing that is shown, also not by what comes late.

use super::{
    script::Script,
    table::{Process, dump, replayed},
};
use domain::{
    ids::{NodeId, ProviderId},
    provider::DeploymentMode,
    scope::Scope,
    testing::{
        associated, change_applied, cluster_added, created, discovered, dissociated, labeled,
        observed, organization_registered, place, provider_removed, renamed,
    },
};
use projections::{
    Model, node_list,
    page::Listing,
    provider_list::{self, query::Filter},
    provider_profile,
};
use tests::harness::Database;
use uuid::Uuid;

/// A provider with one node, which is removed, and another with its old name.
fn story(late: bool) -> Script {
    let (script, paris, node) = (Script::default(), place().provider, NodeId(Uuid::from_u128(1)));
    script.provider(paris, created(DeploymentMode::Single));
    script.provider(paris, cluster_added(1));
    let acme = domain::ids::OrganizationId(Uuid::from_u128(1));
    script.organization(acme, organization_registered("Acme"));
    script.organization(acme, associated());
    script.organization(acme, dissociated());
    script.seen(node, discovered("active"));
    script.node(node, labeled("zone", "a", None));
    script.provider(paris, provider_removed(&[1]));
    if late {
        script.seen(node, change_applied(1));
        script.seen(node, observed("drain"));
    }
    let next = ProviderId(Uuid::from_u128(2));
    script.provider(next, created(DeploymentMode::Single));
    script.provider(next, renamed("Paris", "Lutetia"));
    script
}

#[tokio::test]
async fn a_removed_provider_and_its_nodes_show_nowhere() {
    let (database, script) = (Database::create().await, story(false));
    let models = [Model::ProviderList, Model::ProviderProfile, Model::NodeList];
    let process = Process::start(&database, &script, &models).await;
    let (pool, paris) = (&process.pool, place().provider);
    for model in models {
        process.reach(model, script.end()).await;
    }
    let listing = Listing::default();
    let list = provider_list::query::list(pool, &Scope::Instance, &Filter::default(), &listing)
        .await
        .unwrap();
    let names: Vec<_> = list.items.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["Lutetia"]);
    assert_eq!(provider_list::query::get(pool, paris, &Scope::Instance).await.unwrap().row, None);
    assert_eq!(provider_profile::query::get(pool, paris, None).await.unwrap().row, None);
    let nodes = node_list::query::Filter { provider: Some(paris), ..Default::default() };
    let nodes = node_list::query::list(pool, &nodes, &listing).await.unwrap();
    assert_eq!(nodes.items, []);
}

#[tokio::test]
async fn what_is_observed_late_brings_nothing_back_and_parks_nothing() {
    let script = story(true);
    for model in [Model::ProviderList, Model::ProviderProfile, Model::NodeList] {
        let tables = replayed(&script, model).await;
        assert_eq!(tables["stuck_event"], Vec::<String>::new(), "{model}");
    }
    // One event at a time comes to the same as all at once.
    let (database, growing) = (Database::create().await, script.until(0));
    let process = Process::start(&database, &growing, &[Model::NodeList]).await;
    for position in 1..=script.end().0 {
        growing.grow(&script);
        process.reach(Model::NodeList, domain::Position(position)).await;
    }
    assert_eq!(
        dump(&process.pool, Model::NodeList).await,
        replayed(&script, Model::NodeList).await
    );
}
