//! Every history of a provider.

use crate::{
    examples::{cluster_id, name, text, url},
    law,
};
use domain::{
    change::Change,
    cluster_url::ClusterUrl,
    ids::ProviderId,
    provider::{
        Cluster, Command, DeploymentMode, Event, Kind, Provider, Registered, Visibility,
        add_cluster::ClusterAdded,
        change_cluster_endpoint::{ChangeClusterEndpoint, ClusterEndpointChanged},
        change_details::{ChangeDetails, DetailsChanged},
        change_visibility::VisibilityChanged,
        create::{Create, Created},
        disable::Disabled,
        enable::Enabled,
        remove_cluster::ClusterRemoved,
    },
};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, TestCaseError, prop_assert, prop_assert_eq, prop_oneof, proptest},
};
use std::collections::BTreeSet;

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![Just(Kind::Swarm), Just(Kind::Kubernetes)]
}

fn visibility() -> impl Strategy<Value = Visibility> {
    prop_oneof![Just(Visibility::Public), Just(Visibility::Private)]
}

fn deployment_mode() -> impl Strategy<Value = DeploymentMode> {
    prop_oneof![
        Just(DeploymentMode::Single),
        Just(DeploymentMode::ActivePassive),
        Just(DeploymentMode::ActiveActive)
    ]
}

fn server_name() -> impl Strategy<Value = Option<String>> {
    option::of(Just("swarm.internal".to_owned()))
}

fn cluster() -> impl Strategy<Value = Cluster> {
    (cluster_id(), name(), 1..5_u16, server_name(), url(), vec(url(), 0..2), 1..3_u16).prop_map(
        |(id, name, rank, server_name, url, urls, weight)| Cluster {
            id,
            name,
            rank,
            server_name,
            url,
            urls,
            weight,
        },
    )
}

fn create() -> impl Strategy<Value = Command> {
    (name(), kind(), visibility(), deployment_mode(), text(), vec(cluster(), 0..3)).prop_map(
        |(name, kind, visibility, deployment_mode, comments, clusters)| {
            Command::Create(Create { name, kind, visibility, deployment_mode, comments, clusters })
        },
    )
}

fn change_endpoint() -> impl Strategy<Value = Command> {
    let further = option::of(vec(url(), 0..2));
    (cluster_id(), option::of(url()), further, option::of(server_name())).prop_map(
        |(cluster, url, urls, server_name)| {
            let change = ChangeClusterEndpoint { cluster, url, urls, server_name };
            Command::ChangeClusterEndpoint(change)
        },
    )
}

fn change_details() -> impl Strategy<Value = Command> {
    (option::of(name()), option::of(text()))
        .prop_map(|(name, comments)| Command::ChangeDetails(ChangeDetails { name, comments }))
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        1 => create(),
        2 => Just(Command::Enable),
        1 => Just(Command::Disable),
        2 => change_details(),
        1 => visibility().prop_map(Command::ChangeVisibility),
        4 => cluster().prop_map(Command::AddCluster),
        3 => change_endpoint(),
        2 => cluster_id().prop_map(Command::RemoveCluster),
    ];
    (create(), vec(any, 0..40)).prop_map(|(first, mut rest)| {
        rest.insert(0, first);
        rest
    })
}

fn change<T: Clone + std::fmt::Debug, S: Strategy<Value = T>>(
    of: impl Fn() -> S,
) -> impl Strategy<Value = Change<T>> {
    (of(), of()).prop_map(|(before, after)| Change { before, after })
}

fn created() -> impl Strategy<Value = Event> {
    (text(), deployment_mode(), kind(), name(), visibility()).prop_map(
        |(comments, deployment_mode, kind, name, visibility)| {
            Created { comments, deployment_mode, kind, name, visibility }.into()
        },
    )
}

fn endpoint_changed() -> impl Strategy<Value = Event> {
    let server_name = option::of(change(server_name));
    let urls = option::of(change(|| vec(url(), 0..2)));
    (cluster_id(), server_name, option::of(change(url)), urls).prop_map(
        |(cluster_id, server_name, url, urls)| {
            ClusterEndpointChanged { cluster_id, server_name, url, urls }.into()
        },
    )
}

/// Events in any order, also in one that no program would ever record.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let details = (option::of(change(text)), option::of(change(name)));
    let any = prop_oneof![
        created(),
        Just(Enabled {}.into()),
        Just(Disabled {}.into()),
        details.prop_map(|(comments, name)| DetailsChanged { comments, name }.into()),
        change(visibility).prop_map(|visibility| VisibilityChanged { visibility }.into()),
        cluster().prop_map(|cluster| ClusterAdded { cluster }.into()),
        endpoint_changed(),
        cluster_id().prop_map(|cluster_id| ClusterRemoved { cluster_id }.into()),
    ];
    vec(any, 0..40)
}

fn check_invariants(provider: &Registered) -> Result<(), TestCaseError> {
    let clusters = || provider.clusters.values();
    prop_assert!(!provider.enabled || !provider.clusters.is_empty());
    let single = provider.deployment_mode == DeploymentMode::Single;
    prop_assert!(!single || provider.clusters.len() <= 1);
    let names: BTreeSet<_> = clusters().map(|cluster| cluster.name.key()).collect();
    prop_assert_eq!(names.len(), provider.clusters.len());
    let ranks: BTreeSet<_> = clusters().map(|cluster| cluster.rank).collect();
    prop_assert_eq!(ranks.len(), provider.clusters.len());
    for (id, cluster) in &provider.clusters {
        prop_assert_eq!(*id, cluster.id);
        for other in clusters().filter(|other| other.id != *id) {
            let shared = |url: &ClusterUrl| *url == other.url || other.urls.contains(url);
            prop_assert!(![&cluster.url].into_iter().chain(&cluster.urls).any(shared));
        }
    }
    prop_assert!(clusters().all(|cluster| cluster.rank != provider.next_rank()));
    Ok(())
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Provider>(commands, |_| false)?;
    }

    #[test]
    fn invariants_hold_after_every_event(commands in commands()) {
        let mut provider = Provider::default();
        for event in law::history::<Provider>(commands) {
            provider = domain::Aggregate::evolve(provider, &event);
            if let Provider::Present(registered) = &provider {
                check_invariants(registered)?;
            }
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands()) {
        let history = law::history::<Provider>(commands);
        law::a_history_reads_back::<Provider>(&history)?;
        law::tags_are_a_sorted_set::<Provider>(ProviderId(uuid::Uuid::nil()), &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let provider = law::fold::<Provider>(&events);
        law::a_history_reads_back::<Provider>(&events)?;
        for command in commands {
            let _ = domain::Aggregate::decide(&provider, command);
        }
    }
}
