//! What lists and profiles show.

use super::{
    script::Script,
    table::{Process, dump, replayed},
};
use domain::{
    Position, Version,
    availability::Availability,
    change::Change,
    cluster_url::ClusterUrl,
    ids::{NodeId, OrganizationId, ProviderId},
    provider::{DeploymentMode, change_cluster_endpoint::ClusterEndpointChanged},
    role::Role,
    scope::Scope,
    testing::{
        associated, availability_changed, change_applied, change_rejected, cluster, cluster_added,
        cluster_removed, commented, created, disabled, discovered, dissociated, drift_repaired,
        enabled, endpoint_changed, key, label_removed, labeled, lost, made_private, mode_changed,
        observed, organization_registered, organization_renamed, place, principal_id, probed_every,
        provider_removed, ranked, renamed, role_granted, role_revoked, token_issued, token_revoked,
    },
};
use projections::{
    Model, node_list, organization_list,
    page::{After, Error, LIMIT_MAX, Listing, Sort},
    provider_list::{self, row::State},
    provider_profile::{self, row::Role as ClusterRole},
};
use std::collections::BTreeSet;
use tests::harness::Database;
use uuid::Uuid;

/// Who reads everything.
const INSTANCE: Scope = Scope::Instance;

fn provider(number: u128) -> ProviderId {
    ProviderId(Uuid::from_u128(number))
}
fn organization(number: u128) -> OrganizationId {
    OrganizationId(Uuid::from_u128(number))
}
fn node(number: u128) -> NodeId {
    NodeId(Uuid::from_u128(number))
}

/// One of everything: every event that there is, at least once.
pub(super) fn everything() -> Script {
    let script = Script::default();
    let (paris, acme) = (place().provider, organization(1));
    script.provider(paris, created(DeploymentMode::ActivePassive));
    for number in [2, 1, 3] {
        script.provider(paris, cluster_added(number));
    }
    script.provider(paris, enabled());
    script.provider(paris, disabled());
    script.provider(paris, enabled());
    script.provider(paris, renamed("Paris", "Lutetia"));
    script.provider(paris, commented("the first", "the oldest"));
    script.provider(paris, made_private());
    script.provider(paris, endpoint_changed(moved()));
    script.provider(paris, cluster_removed(3));
    script.provider(paris, ranked(&[(2, 2, 7)]));
    script.provider(paris, mode_changed(DeploymentMode::ActivePassive, DeploymentMode::Single));
    script.provider(paris, mode_changed(DeploymentMode::Single, DeploymentMode::ActivePassive));
    script.provider(paris, probed_every(2000, 5000));
    script.provider(provider(2), created(DeploymentMode::Single));
    script.provider(provider(2), provider_removed(&[]));
    script.organization(acme, organization_registered("Acme"));
    script.organization(organization(2), organization_registered("Zenith"));
    script.organization(organization(2), organization_renamed("Zenith", "Zenit"));
    script.organization(acme, associated());
    script.organization(organization(2), associated());
    script.organization(organization(2), dissociated());
    for number in 1..=3 {
        script.seen(node(number), discovered("active"));
    }
    script.node(node(1), labeled("zone", "a", None));
    script.node(node(1), labeled("disk", "ssd", None));
    script.node(node(1), availability_changed("pause", None));
    script.seen(node(1), change_rejected(1, "rpc error: node is on fire"));
    script.seen(node(1), change_applied(2));
    script.node(node(1), label_removed("zone", "a"));
    script.seen(node(2), observed("drain"));
    script.seen(node(2), drift_repaired("zone"));
    script.seen(node(2), change_rejected(3, "no such node"));
    script.seen(node(3), lost());
    super::drains::scenes(&script);
    script.access(principal_id(), token_issued(1, None));
    script.access(principal_id(), token_issued(2, Some("2026-03-01T12:00:00.000000Z")));
    script.access(principal_id(), token_revoked(1));
    for role in [Role::Auditor, Role::Member(acme), Role::Member(organization(2))] {
        script.access(principal_id(), role_granted(role));
    }
    script.access(principal_id(), role_revoked(Role::Member(acme)));
    super::certificates::scenes(&script);
    super::connectivity::scenes(&script);
    super::images::scenes(&script);
    super::workloads::tell(&script);
    super::secrets::scenes(&script);
    super::registries::scenes(&script);
    script
}

/// The second cluster has another address and another server name.
fn moved() -> ClusterEndpointChanged {
    let (before, url) = (cluster(2), ClusterUrl::parse("http://10.9.2.9:2375").unwrap());
    ClusterEndpointChanged {
        ca: None,
        certificate_id: None,
        token: None,
        cluster_id: before.id,
        server_name: Some(Change { before: None, after: Some("swarm.test".to_owned()) }),
        url: Some(Change { before: before.url.clone(), after: url }),
        urls: Some(Change { before: vec![], after: vec![before.url] }),
    }
}

#[test]
fn the_story_has_every_event() {
    let told = everything().types();
    let all: BTreeSet<_> = domain::Event::types().into_iter().map(str::to_owned).collect();
    assert_eq!(told, all, "a new event needs a scene, and a look at what it does to the rows");
}

#[tokio::test]
async fn a_replay_writes_the_rows_that_the_first_run_wrote() {
    let script = everything();
    let (database, growing) = (Database::create().await, script.until(0));
    let process = Process::start(&database, &growing, &Model::ALL).await;
    // One event at a time, as they come in an idle service.
    for position in 1..=script.end().0 {
        growing.grow(&script);
        for model in Model::ALL {
            process.reach(model, Position(position)).await;
        }
    }
    for model in Model::ALL {
        let first = dump(&process.pool, model).await;
        assert_eq!(first, replayed(&script, model).await, "{model}");
        assert_eq!(first["stuck_event"], Vec::<String>::new());
    }
}

#[tokio::test]
async fn a_profile_shows_the_provider_with_clusters_and_organizations() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[Model::ProviderProfile]).await;
    process.reach(Model::ProviderProfile, script.end()).await;
    let pool = &process.pool;
    let id = place().provider;

    let found = provider_profile::query::get(pool, id, None).await.unwrap();
    assert_eq!(found.position, script.end());
    let row = found.row.unwrap();
    assert_eq!((row.name.as_str(), row.state, row.version.0), ("Lutetia", State::Enabled, 21));
    assert_eq!((row.comments.as_str(), row.stale), ("the oldest", false));
    let clusters: Vec<_> = row.clusters.iter().map(|c| (c.name.as_str(), c.role)).collect();
    assert_eq!(clusters, [("swarm-1", ClusterRole::Primary), ("swarm-2", ClusterRole::Standby)]);
    let (second, before) = (&row.clusters[1], cluster(2));
    assert_eq!(second.url.as_str(), "http://10.9.2.9:2375");
    assert_eq!(
        (&second.urls, second.server_name.as_deref()),
        (&vec![before.url], Some("swarm.test"))
    );
    let organizations: Vec<_> = row.organizations.iter().map(|o| o.name.as_str()).collect();
    assert_eq!((organizations.as_slice(), row.organization_count), (["Acme"].as_slice(), 1));
    assert!(row.created_at < row.updated_at);

    let seen_by = |number| provider_profile::query::get(pool, id, Some(organization(number)));
    assert!(seen_by(1).await.unwrap().row.is_some());
    assert!(seen_by(2).await.unwrap().row.is_none(), "private, and no longer associated");
    let nobody = provider_profile::query::get(pool, provider(99), None).await.unwrap();
    assert_eq!((nobody.position, nobody.row), (script.end(), None));
}

#[tokio::test]
async fn a_node_shows_what_is_wanted_and_whether_it_is_there_yet() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    let get = |number| node_list::query::get(&process.pool, place().provider, node(number));

    let one = get(1).await.unwrap().row.unwrap();
    assert_eq!((one.version, one.applied_version), (Version(4), Version(2)));
    let (zone, disk) = (&one.owned_labels[&key("zone")], &one.owned_labels[&key("disk")]);
    assert_eq!((zone.value.as_ref(), zone.applied), (None, false));
    assert_eq!((disk.value.as_ref().unwrap().as_str(), disk.applied), ("ssd", true));
    let wanted = one.wanted_availability.unwrap();
    assert_eq!((wanted.availability, wanted.applied), (Availability::Pause, false));
    assert_eq!((one.availability, one.rejected), (Availability::Active, None));

    let two = get(2).await.unwrap().row.unwrap();
    assert_eq!((two.availability, two.version), (Availability::Drain, Version::NONE));
    assert_eq!(two.rejected.unwrap().reason, "no such node");
    assert!(two.repaired_at.unwrap() > two.observed_at);
    assert!(get(3).await.unwrap().row.unwrap().lost);
    let elsewhere = node_list::query::get(&process.pool, provider(99), node(1)).await.unwrap();
    assert_eq!(elsewhere.row, None, "not of this provider");

    script.seen(node(1), change_applied(4));
    script.provider(place().provider, cluster_removed(1));
    script.seen(node(2), observed("active"));
    process.reach(Model::NodeList, Position(script.end().0 - 2)).await;
    process.reach(Model::NodeList, script.end()).await;
    assert_eq!(get(1).await.unwrap().row, None, "its cluster is gone");
    assert_eq!(get(2).await.unwrap().row, None, "a late observation brings nothing back");
}

#[tokio::test]
async fn nodes_are_found_by_cluster_label_state_and_availability() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    let count = async |filter: node_list::query::Filter| {
        let listing = Listing::default();
        node_list::query::list(&process.pool, &filter, &listing).await.unwrap().items.len()
    };
    let all = || node_list::query::Filter {
        provider: Some(place().provider),
        cluster: Some(place().cluster),
        name: Some("SWARM".to_owned()),
        labels: [("rack".to_owned(), "1".to_owned())].into(),
        label_keys: vec!["rack".to_owned()],
        state: Some(domain::node_observation::facts::State::Ready),
        availability: None,
    };
    assert_eq!(count(all()).await, 7);
    let drained = Some(Availability::Drain);
    assert_eq!(count(node_list::query::Filter { availability: drained, ..all() }).await, 1);
    let other = [("rack".to_owned(), "2".to_owned())].into();
    assert_eq!(count(node_list::query::Filter { labels: other, ..all() }).await, 0);
    let key = vec!["zone".to_owned()];
    assert_eq!(count(node_list::query::Filter { label_keys: key, ..all() }).await, 0);
    let down = Some(domain::node_observation::facts::State::Down);
    assert_eq!(count(node_list::query::Filter { state: down, ..all() }).await, 0);
    assert_eq!(count(node_list::query::Filter { name: Some("x".into()), ..all() }).await, 0);
    let elsewhere = Some(domain::testing::cluster(9).id);
    assert_eq!(count(node_list::query::Filter { cluster: elsewhere, ..all() }).await, 0);
}

/// Providers called `p-000` to `p-249`, every third private, every fifth enabled.
fn many() -> Script {
    let script = Script::default();
    for number in 0..250_u128 {
        let id = provider(0x1000 + number);
        script.provider(id, created(DeploymentMode::Single));
        script.provider(id, renamed("Paris", &format!("P-{:03}", 249 - number)));
        if number % 3 == 0 {
            script.provider(id, made_private());
        }
        if number % 5 == 0 {
            script.provider(id, enabled());
        }
    }
    script
}

#[tokio::test]
async fn every_page_goes_on_where_the_one_before_ended() {
    let (database, script) = (Database::create().await, many());
    let process = Process::start(&database, &script, &[Model::ProviderList]).await;
    process.reach(Model::ProviderList, script.end()).await;
    let filter = provider_list::query::Filter::default();
    let mut orders = Vec::new();
    for sort in Sort::NAMED {
        let mut names = Vec::new();
        let mut listing = Listing { sort, after: None, limit: 41 };
        for _ in 0..7 {
            let pool = &process.pool;
            let page =
                provider_list::query::list(pool, &INSTANCE, &filter, &listing).await.unwrap();
            assert_eq!(page.position, script.end());
            names.extend(page.items.iter().map(|row| row.name.as_str().to_owned()));
            listing.after = page.next;
        }
        assert_eq!((names.len(), &listing.after), (250, &None));
        orders.push(names);
    }
    let sorted: Vec<_> = (0..250).map(|number| format!("P-{number:03}")).collect();
    let reversed: Vec<_> = sorted.iter().rev().cloned().collect();
    assert_eq!(orders, [sorted.clone(), reversed.clone(), reversed, sorted]);

    let greedy = Listing { limit: u16::MAX, ..Listing::default() };
    let pool = &process.pool;
    let page = provider_list::query::list(pool, &INSTANCE, &filter, &greedy).await.unwrap();
    assert_eq!(page.items.len(), usize::from(LIMIT_MAX));
    let after = After { sort: Sort::Name, key: "p-001".to_owned(), id: Uuid::nil() };
    let other = Listing { sort: Sort::CreatedAt, after: Some(after), limit: 1 };
    let refused = provider_list::query::list(pool, &INSTANCE, &filter, &other).await;
    assert!(matches!(refused, Err(Error::Cursor)));
}

#[tokio::test]
async fn an_organization_sees_public_providers_and_its_own() {
    let (database, script) = (Database::create().await, many());
    let (acme, private) = (organization(1), place().provider);
    script.provider(private, created(DeploymentMode::Single));
    script.provider(private, made_private());
    script.organization(acme, organization_registered("Acme"));
    script.organization(acme, associated());
    let models = [Model::ProviderList, Model::OrganizationList];
    let process = Process::start(&database, &script, &models).await;
    for model in models {
        process.reach(model, script.end()).await;
    }
    use provider_list::query::Filter;
    let pool = &process.pool;
    let seen = async |scope: &Scope, filter: Filter| {
        let (mut all, mut listing) = (0, Listing::default());
        for _ in 0..2 {
            let page = provider_list::query::list(pool, scope, &filter, &listing).await.unwrap();
            all += page.items.len();
            let Some(after) = page.next else { break };
            listing.after = Some(after);
        }
        all
    };
    let count = async |filter| seen(&INSTANCE, filter).await;
    let (none, private_only) = (Filter::default, Some(domain::provider::Visibility::Private));
    assert_eq!(count(none()).await, 251);
    let of = |numbers: &[u128]| {
        Scope::Organizations(numbers.iter().map(|number| organization(*number)).collect())
    };
    assert_eq!(seen(&of(&[1]), none()).await, 250 - 84 + 1);
    assert_eq!(seen(&of(&[1, 2]), none()).await, 250 - 84 + 1);
    assert_eq!(seen(&of(&[2]), none()).await, 250 - 84);
    assert_eq!(seen(&of(&[]), none()).await, 0, "public means open to organizations");
    let associable = Filter { associable_to: Some(organization(2)), ..none() };
    assert_eq!(seen(&of(&[2]), associable).await, 0, "what is not seen is not offered");
    assert_eq!(count(Filter { associated_with: Some(acme), ..none() }).await, 1);
    assert_eq!(count(Filter { associable_to: Some(acme), ..none() }).await, 84);
    assert_eq!(count(Filter { visibility: private_only, ..none() }).await, 85);
    assert_eq!(count(Filter { state: Some(State::Enabled), ..none() }).await, 50);
    let kind = Some(domain::provider::Kind::Kubernetes);
    assert_eq!(count(Filter { kind, ..none() }).await, 0);
    assert_eq!(count(Filter { name: Some("p-00".into()), ..none() }).await, 10);
    let get = async |scope: &Scope| {
        provider_list::query::get(pool, private, scope).await.unwrap().row.is_some()
    };
    assert_eq!(
        (get(&INSTANCE).await, get(&of(&[1])).await, get(&of(&[2])).await),
        (true, true, false)
    );

    let filter = organization_list::query::Filter { name: Some("ACM".into()) };
    let listing = Listing::default();
    let list = async |scope: &Scope| {
        organization_list::query::list(pool, scope, &filter, &listing).await.unwrap().items
    };
    let (page, others) = (list(&of(&[1])).await, list(&of(&[2])).await);
    assert_eq!((list(&INSTANCE).await, others.len()), (page.clone(), 0));
    let [row] = page.as_slice() else { panic!("one organization: {page:?}") };
    assert_eq!((row.provider_count, row.version), (1, Version(2)));
    let same = organization_list::query::get(&process.pool, acme).await.unwrap();
    assert_eq!(same.row.as_ref(), Some(row));
}
