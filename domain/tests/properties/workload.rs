//! Every history of a workload, and every choice of a cluster.

use crate::{
    examples::{cluster_id, name, provider_id},
    law,
    profile::{image_id, organization_id, replicas, secret_id},
};
use domain::{
    Version,
    change::Change,
    ids::{ProfileId, WorkloadId},
    placement::{self, Candidate, Nodes, Offer, Reason},
    provider::DeploymentMode,
    workload::{
        Command, Epoch, Event, Workload,
        place::{Place, Placed},
        relocate::{Relocate, Relocated},
        remove::Removed,
        request::Requested,
        scale::Scaled,
        start::Started,
        stop::Stopped,
        update::{Update, Updated},
    },
};
use proptest::{
    collection::{btree_map, btree_set, vec},
    option,
    prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest},
};
use uuid::Uuid;

fn profile_id() -> impl Strategy<Value = ProfileId> {
    (0..2_u128).prop_map(|n| ProfileId(Uuid::from_u128(0xf0 + n)))
}

fn version() -> impl Strategy<Value = Version> {
    (1..4_i64).prop_map(Version)
}

fn mode() -> impl Strategy<Value = DeploymentMode> {
    prop_oneof![
        Just(DeploymentMode::Single),
        Just(DeploymentMode::ActivePassive),
        Just(DeploymentMode::ActiveActive)
    ]
}

fn nodes() -> impl Strategy<Value = Nodes> {
    prop_oneof![Just(Nodes::Unknown), Just(Nodes::Match), Just(Nodes::NoneMatch)]
}

fn offers() -> impl Strategy<Value = Vec<Offer>> {
    let rest = (nodes(), 1..5_u16, 1..=1000_u16);
    btree_map(cluster_id(), rest, 0..4).prop_map(|offers| {
        let offer = |(cluster, (nodes, rank, weight))| Offer { cluster, nodes, rank, weight };
        offers.into_iter().map(offer).collect()
    })
}

fn requested() -> impl Strategy<Value = Requested> {
    let used = (image_id(), btree_set(secret_id(), 0..3));
    let place = (organization_id(), provider_id(), profile_id(), version());
    (name(), place, used, replicas()).prop_map(
        |(name, (organization_id, provider_id, profile_id, profile_version), used, replicas)| {
            let (image_id, secret_ids) = used;
            Requested {
                image_id,
                name,
                organization_id,
                profile_id,
                profile_version,
                provider_id,
                replicas,
                secret_ids,
            }
        },
    )
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let place = (mode(), offers(), any::<u64>())
        .prop_map(|(mode, offers, random)| Command::Place(Place { mode, offers, random }));
    let relocate =
        (cluster_id(), mode(), offers(), any::<u64>()).prop_map(|(from, mode, offers, random)| {
            Command::Relocate(Relocate { from, mode, offers, random })
        });
    let update = (image_id(), nodes(), version(), btree_set(secret_id(), 0..3)).prop_map(
        |(image, nodes, profile_version, secrets)| {
            Command::Update(Update { image, nodes, profile_version, secrets })
        },
    );
    let any = prop_oneof![
        1 => requested().prop_map(Command::Request),
        4 => place,
        4 => relocate,
        4 => replicas().prop_map(Command::Scale),
        4 => Just(Command::Stop),
        4 => Just(Command::Start),
        4 => update,
        1 => Just(Command::Remove),
    ];
    (requested(), vec(any, 0..30)).prop_map(|(first, mut rest)| {
        rest.insert(0, Command::Request(first));
        rest
    })
}

/// Events in any order, also in one that no program would ever record.
fn events() -> impl Strategy<Value = Vec<Event>> {
    let of = || (organization_id(), profile_id(), provider_id());
    let placed = (cluster_id(), of()).prop_map(
        |(cluster_id, (organization_id, profile_id, provider_id))| {
            Placed {
                candidates: vec![Candidate { cluster_id, rank: 1, weight: 100 }],
                cluster_id,
                draw: None,
                epoch: Epoch::FIRST,
                organization_id,
                passed_over: vec![],
                profile_id,
                provider_id,
                reason: Reason::FirstRanked,
            }
            .into()
        },
    );
    let relocated = (cluster_id(), cluster_id(), of()).prop_map(
        |(from_cluster_id, cluster_id, (organization_id, profile_id, provider_id))| {
            Relocated {
                candidates: vec![],
                cluster_id,
                draw: None,
                epoch: Epoch::FIRST.next(),
                from_cluster_id,
                organization_id,
                passed_over: vec![],
                profile_id,
                provider_id,
                reason: Reason::FirstRanked,
            }
            .into()
        },
    );
    let scaled = (of(), replicas(), replicas()).prop_map(
        |((organization_id, profile_id, provider_id), before, after)| {
            Scaled { organization_id, profile_id, provider_id, replicas: Change { before, after } }
                .into()
        },
    );
    let updated = (of(), version(), option::of((image_id(), image_id()))).prop_map(
        |((organization_id, profile_id, provider_id), after, image)| {
            Updated {
                image_id: image.map(|(before, after)| Change { before, after }),
                organization_id,
                profile_id,
                profile_version: Change { before: Version(1), after },
                provider_id,
                secret_ids: None,
            }
            .into()
        },
    );
    let stopped = of().prop_map(|(organization_id, profile_id, provider_id)| {
        Stopped { organization_id, profile_id, provider_id }.into()
    });
    let started = of().prop_map(|(organization_id, profile_id, provider_id)| {
        Started { organization_id, profile_id, provider_id }.into()
    });
    let removed = of().prop_map(|(organization_id, profile_id, provider_id)| {
        Removed { organization_id, profile_id, provider_id }.into()
    });
    let requested = requested().prop_map(Event::from);
    let any = prop_oneof![requested, placed, relocated, scaled, stopped, started, updated, removed];
    vec(any, 0..20)
}

fn epoch(workload: &Workload) -> Option<Epoch> {
    let Workload::Present(workload) = workload else { return None };
    workload.placement.map(|placement| placement.epoch)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Workload>(commands, |_| false)?;
    }

    #[test]
    fn every_placement_raises_the_epoch_and_nothing_lowers_it(commands in commands()) {
        let mut workload = Workload::default();
        for event in law::history::<Workload>(commands) {
            let before = epoch(&workload);
            workload = domain::Aggregate::evolve(workload, &event);
            match event {
                Event::Placed(_) | Event::Relocated(_) => {
                    let raised = before.map_or(Epoch::FIRST, Epoch::next);
                    prop_assert_eq!(epoch(&workload), Some(raised));
                }
                Event::Removed(_) => {}
                _ => prop_assert_eq!(epoch(&workload), before),
            }
        }
    }

    #[test]
    fn no_cluster_that_it_was_on_is_ever_forgotten(commands in commands()) {
        let (mut workload, mut seen) = (Workload::default(), std::collections::BTreeSet::new());
        for event in law::history::<Workload>(commands) {
            workload = domain::Aggregate::evolve(workload, &event);
            match &event {
                Event::Placed(placed) => seen.extend([placed.cluster_id]),
                Event::Relocated(relocated) => {
                    prop_assert!(seen.contains(&relocated.from_cluster_id));
                    seen.extend([relocated.cluster_id]);
                }
                _ => {}
            }
            match &workload {
                Workload::Present(now) => prop_assert_eq!(&now.clusters(), &seen),
                Workload::Removed(gone) => prop_assert_eq!(&gone.clusters, &seen),
                Workload::Absent => {}
            }
        }
    }

    #[test]
    fn a_choice_is_one_of_its_candidates_and_names_the_rest(
        mode in mode(), offers in offers(), random in any::<u64>(),
    ) {
        let open = offers.iter().filter(|offer| offer.nodes != Nodes::NoneMatch).count();
        let all = offers.len();
        let Some(choice) = placement::choose(mode, offers, random) else {
            prop_assert_eq!(open, 0);
            return Ok(());
        };
        prop_assert_eq!((choice.candidates.len(), choice.passed_over.len()), (open, all - open));
        prop_assert!(choice.candidates.iter().any(|one| one.cluster_id == choice.cluster));
        prop_assert!(choice.candidates.is_sorted_by_key(|one| one.rank));
        prop_assert_eq!(choice.draw.is_some(), mode == DeploymentMode::ActiveActive);
        if let Some(draw) = choice.draw {
            prop_assert!(draw.number < draw.of);
            let again = placement::holder(&choice.candidates, draw.number);
            prop_assert_eq!(again, Some(choice.cluster));
        }
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Workload>(commands);
        law::a_history_reads_back::<Workload>(&history)?;
        law::a_history_reads_back::<Workload>(&events)?;
        law::tags_are_a_sorted_set::<Workload>(WorkloadId(Uuid::nil()), &history)?;
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let workload = law::fold::<Workload>(&events);
        for command in commands {
            let _ = domain::Aggregate::decide(&workload, command);
        }
    }
}
