//! Every history of a provider.

use crate::{
    examples::{cluster_id, name, text, url},
    law,
};
use domain::{
    change::Change,
    cluster_url::ClusterUrl,
    ids::{ProviderId, RecordId},
    image::Registry,
    kept::{Fingerprint, Kept},
    provider::{
        Cluster, Command, DeploymentMode, Event, Kind, Provider, Registered, Visibility,
        add_cluster::ClusterAdded,
        change_cluster_endpoint::{ChangeClusterEndpoint, ClusterEndpointChanged},
        change_deployment_mode::DeploymentModeChanged,
        change_details::{ChangeDetails, DetailsChanged},
        change_failover_policy::{ChangeFailoverPolicy, FailoverPolicyChanged},
        change_visibility::{ChangeVisibility, VisibilityChanged},
        create::{Create, Created},
        disable::{Disable, Disabled},
        enable::Enabled,
        failover_policy::{Failback, Failover},
        rank_clusters::{ClusterRanked, RankCluster, Ranked},
        remove::Removed,
        remove_cluster::{ClusterRemoved, RemoveCluster},
        remove_registry_credential::RegistryCredentialRemoved,
        set_registry_credential::{RegistryCredentialSet, SetRegistryCredential},
    },
};
use proptest::{
    collection::vec,
    option,
    prelude::{
        Just, Strategy, TestCaseError, any, prop_assert, prop_assert_eq, prop_oneof, proptest,
    },
};
use std::collections::{BTreeMap, BTreeSet};

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
            ca: None,
            certificate_id: None,
            token: None,
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
            let change = ChangeClusterEndpoint {
                url,
                urls,
                server_name,
                ..ChangeClusterEndpoint::of(cluster)
            };
            Command::ChangeClusterEndpoint(change)
        },
    )
}

fn change_details() -> impl Strategy<Value = Command> {
    (option::of(name()), option::of(text()))
        .prop_map(|(name, comments)| Command::ChangeDetails(ChangeDetails { name, comments }))
}

fn rank_clusters() -> impl Strategy<Value = Command> {
    let one = (cluster_id(), option::of(1..5_u16), option::of(1..3_u16))
        .prop_map(|(cluster, rank, weight)| RankCluster { cluster, rank, weight });
    vec(one, 0..4).prop_map(Command::RankClusters)
}

fn failback() -> impl Strategy<Value = Failback> {
    prop_oneof![Just(Failback::Manual), Just(Failback::Automatic)]
}

fn failover() -> impl Strategy<Value = Failover> {
    prop_oneof![Just(Failover::Automatic), Just(Failover::Approved)]
}

fn some_number() -> impl Strategy<Value = u32> {
    prop_oneof![Just(1000), Just(1500), Just(2000)]
}

fn change_policy() -> impl Strategy<Value = Command> {
    let numbers = vec(option::of(some_number()), 6);
    (option::of(failback()), option::of(failover()), numbers).prop_map(
        |(failback, failover, numbers)| {
            Command::ChangeFailoverPolicy(ChangeFailoverPolicy {
                failback,
                failback_after_seconds: numbers[0],
                failover,
                failovers_per_hour_max: numbers[1],
                probe_interval_ms: numbers[2],
                probe_timeout_ms: numbers[3],
                probes_missed_max: numbers[4],
                relocations_concurrent_max: numbers[5],
            })
        },
    )
}

fn set_credential() -> impl Strategy<Value = Command> {
    (registry(), credential()).prop_map(|(registry, credential)| {
        Command::SetRegistryCredential(SetRegistryCredential { registry, credential })
    })
}

/// Two registries, which meet often.
fn registry() -> impl Strategy<Value = Registry> {
    prop_oneof![Just("a.example"), Just("b.example:5000")]
        .prop_map(|text| Registry::parse(text).unwrap())
}

fn credential() -> impl Strategy<Value = Kept> {
    (1..3_u8).prop_map(|number| Kept {
        fingerprint: Fingerprint::of([number; 32]),
        record_id: RecordId(uuid::Uuid::from_u128(number.into())),
        version: 1,
    })
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        1 => create(),
        2 => Just(Command::Enable),
        1 => Just(Command::Disable(Disable::default())),
        2 => change_details(),
        1 => visibility().prop_map(|visibility| {
            let outsiders = BTreeMap::new();
            Command::ChangeVisibility(ChangeVisibility { visibility, outsiders })
        }),
        4 => cluster().prop_map(Command::AddCluster),
        3 => change_endpoint(),
        2 => cluster_id().prop_map(|cluster| {
            Command::RemoveCluster(RemoveCluster { cluster, users: vec![] })
        }),
        3 => rank_clusters(),
        2 => cluster_id().prop_map(Command::MakePrimary),
        2 => deployment_mode().prop_map(Command::ChangeDeploymentMode),
        2 => change_policy(),
        2 => set_credential(),
        1 => registry().prop_map(Command::RemoveRegistryCredential),
        1 => Just(Command::Remove(vec![])),
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
            ClusterEndpointChanged {
                ca: None,
                certificate_id: None,
                token: None,
                cluster_id,
                server_name,
                url,
                urls,
            }
            .into()
        },
    )
}

fn policy_changed() -> impl Strategy<Value = Event> {
    let numbers = vec(option::of(change(some_number)), 6);
    (option::of(change(failback)), option::of(change(failover)), numbers).prop_map(
        |(failback, failover, numbers)| {
            let mut numbers = numbers.into_iter();
            let mut next = || numbers.next().flatten();
            FailoverPolicyChanged {
                failback,
                failback_after_seconds: next(),
                failover,
                failovers_per_hour_max: next(),
                probe_interval_ms: next(),
                probe_timeout_ms: next(),
                probes_missed_max: next(),
                relocations_concurrent_max: next(),
            }
            .into()
        },
    )
}

fn clusters_ranked() -> impl Strategy<Value = Event> {
    let number = || option::of(change(|| 1..5_u16));
    let one = (cluster_id(), number(), number()).prop_map(|(cluster_id, rank, weight)| Ranked {
        cluster_id,
        rank,
        weight,
    });
    vec(one, 0..3).prop_map(|clusters| ClusterRanked { clusters }.into())
}

/// Events in any order, also in one that no program would ever record.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let details = (option::of(change(text)), option::of(change(name)));
    let any = prop_oneof![
        created(),
        Just(Enabled {}.into()),
        any::<bool>().prop_map(|forced| Disabled { forced }.into()),
        details.prop_map(|(comments, name)| DetailsChanged { comments, name }.into()),
        change(visibility).prop_map(|visibility| VisibilityChanged { visibility }.into()),
        cluster().prop_map(|cluster| ClusterAdded { cluster }.into()),
        endpoint_changed(),
        cluster_id().prop_map(|cluster_id| ClusterRemoved { cluster_id }.into()),
        clusters_ranked(),
        change(deployment_mode)
            .prop_map(|deployment_mode| DeploymentModeChanged { deployment_mode }.into()),
        policy_changed(),
        (credential(), registry(), option::of(credential())).prop_map(
            |(credential, registry, replaced)| {
                RegistryCredentialSet { credential, registry, replaced }.into()
            }
        ),
        (credential(), registry()).prop_map(|(credential, registry)| {
            RegistryCredentialRemoved { credential, registry }.into()
        }),
        vec(cluster_id(), 0..3).prop_map(|cluster_ids| Removed { cluster_ids }.into()),
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
    let policy = &provider.failover_policy;
    prop_assert!(policy.probe_timeout_ms <= policy.probe_interval_ms);
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
