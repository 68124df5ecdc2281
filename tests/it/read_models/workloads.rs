//! Profiles and workloads, as their read models show them.

use super::{
    script::Script,
    table::{Process, dump, replayed},
};
use domain::{
    Position, Version,
    change::Change,
    ids::{ImageId, OrganizationId, ProfileId, ProviderId, WorkloadId},
    profile::{
        Definition,
        change::{ChangeProfile, Changed},
    },
    testing::{
        cluster, name, place,
        profile::{defined, definition, image_id, profile_id, removed, replicas, tenant},
        workload::{
            self, placed, relocated, request, requested, scaled, started, stopped, updated,
        },
        workload_observation::{applied, degraded, rejected, repaired, running},
    },
    workload::request::Requested,
};
use projections::{
    Model,
    page::Listing,
    profile_list,
    workload_list::{self, row::State},
};
use sqlx::PgPool;
use tests::harness::Database;
use uuid::Uuid;

fn work(number: u128) -> WorkloadId {
    WorkloadId(Uuid::from_u128(0xe0 + number))
}
fn profile(number: u128) -> ProfileId {
    ProfileId(Uuid::from_u128(0xf0 + number))
}

/// The profile `web` is called `api`, with another image and five containers.
fn changed() -> Changed {
    let Definition { organization_id, provider_id, .. } = definition("web");
    Changed {
        command: Some(Change { before: definition("web").command, after: vec![] }),
        constraints: None,
        environment: None,
        image_id: Some(Change { before: image_id(1), after: image_id(2) }),
        name: Some(Change { before: name("web"), after: name("Api") }),
        organization_id,
        provider_id,
        replicas: Some(Change { before: replicas(2), after: replicas(5) }),
        resources: None,
        secrets: None,
    }
}

/// Every event of profiles and workloads: `shop` runs, `blog` stands, `wiki` is gone.
pub(super) fn tell(script: &Script) {
    script.profile(profile_id(), defined("web"));
    script.profile(profile(2), defined("old"));
    for (number, called) in [(1, "shop"), (2, "blog"), (3, "wiki")] {
        script.workload(work(number), requested(called));
        script.workload(work(number), placed());
    }
    script.profile(profile_id(), changed().into());
    script.profile(profile(2), removed());
    script.workload(work(1), scaled(2, 7));
    script.workload(work(1), stopped());
    script.workload(work(1), started());
    script.workload(work(1), updated());
    script.workload(work(2), stopped());
    script.workload(work(3), workload::removed());
    script.became(work(1), rejected(1, 1, 20, "no"));
    script.became(work(1), applied(1, 1, 20));
    script.became(work(1), degraded(1, 1, 20, "no suitable node"));
    script.became(work(1), repaired(1, 1, 1));
    script.became(work(1), running(1, 1, 20));
    script.workload(work(1), relocated());
}

async fn told(models: &[Model]) -> (Process, Script) {
    let (database, script) = (Database::create().await, Script::default());
    tell(&script);
    let process = Process::start(&database, &script, models).await;
    for model in models {
        process.reach(*model, script.end()).await;
    }
    (process, script)
}

#[tokio::test]
async fn a_profile_shows_what_it_says_now_and_how_many_workloads_are_made_from_it() {
    let (process, script) = told(&[Model::ProfileList]).await;
    let get = |organization, id| profile_list::query::get(&process.pool, organization, id);
    let found = get(tenant(), profile_id()).await.unwrap();
    assert_eq!(found.position, script.end());
    let row = found.row.unwrap();
    assert_eq!((row.name.as_str(), row.version, row.stale), ("Api", Version(2), false));
    assert_eq!((row.image_id, row.replicas, row.workload_count), (image_id(2), replicas(5), 2));
    assert_eq!((row.command, row.constraints), (vec![], definition("web").constraints));
    assert!(row.created_at < row.updated_at);

    assert_eq!(get(tenant(), profile(2)).await.unwrap().row, None, "it was removed");
    let other = OrganizationId(Uuid::from_u128(0xd2));
    assert_eq!(get(other, profile_id()).await.unwrap().row, None, "it belongs to another one");
    let ids = [profile_id(), profile(2), profile(9)];
    let versions = profile_list::query::versions(&process.pool, &ids).await.unwrap();
    assert_eq!(versions.position, script.end());
    assert_eq!(versions.row.unwrap(), [(profile_id(), Version(2))].into());
    let none = profile_list::query::versions(&process.pool, &[]).await.unwrap();
    assert_eq!(none.row.unwrap(), [].into());
}

#[tokio::test]
async fn profiles_are_found_by_name_provider_and_image() {
    let (process, script) = told(&[Model::ProfileList]).await;
    script.profile(profile(3), defined("cron"));
    process.reach(Model::ProfileList, script.end()).await;
    use profile_list::query::Filter;
    let names = async |organization, filter: Filter| -> Vec<String> {
        let listing = Listing::default();
        let page = profile_list::query::list(&process.pool, organization, &filter, &listing).await;
        page.unwrap().items.iter().map(|row| row.name.to_string()).collect()
    };
    let all = Filter::default;
    assert_eq!(names(tenant(), all()).await, ["Api", "cron"]);
    assert_eq!(names(OrganizationId(Uuid::nil()), all()).await, Vec::<String>::new());
    let by = |text: &str| Filter { name: Some(text.to_owned()), ..all() };
    assert_eq!(names(tenant(), by("AP")).await, ["Api"]);
    let image = |id| Filter { image: Some(id), ..all() };
    assert_eq!(names(tenant(), image(image_id(1))).await, ["cron"]);
    assert_eq!(names(tenant(), image(ImageId(Uuid::nil()))).await, Vec::<String>::new());
    let on = |id| Filter { provider: Some(id), ..all() };
    assert_eq!(names(tenant(), on(place().provider)).await, ["Api", "cron"]);
    assert_eq!(names(tenant(), on(ProviderId(Uuid::nil()))).await, Vec::<String>::new());
}

async fn get(pool: &PgPool, number: u128) -> Option<workload_list::row::Row> {
    workload_list::query::get(pool, tenant(), work(number)).await.unwrap().row
}

#[tokio::test]
async fn a_workload_shows_what_is_wanted_of_it_and_where_it_was_placed() {
    let (process, script) = told(&[Model::WorkloadList]).await;
    let shop = get(&process.pool, 1).await.unwrap();
    assert_eq!(
        (shop.name.as_str(), shop.state, shop.replicas),
        ("shop", State::Placed, replicas(7))
    );
    assert_eq!((shop.profile_version, shop.image_id), (Version(2), image_id(2)));
    let placement = shop.placement.unwrap();
    assert_eq!((placement.cluster_id, placement.epoch.get()), (cluster(2).id, 2));
    assert_eq!((placement.candidates.len(), placement.draw), (1, None));
    let blog = get(&process.pool, 2).await.unwrap();
    assert_eq!((blog.state, blog.profile_version), (State::Stopped, Version(1)));
    assert!(get(&process.pool, 3).await.is_none(), "it was removed");
    let other = OrganizationId(Uuid::nil());
    let hidden = workload_list::query::get(&process.pool, other, work(1)).await.unwrap();
    assert_eq!((hidden.position, hidden.row), (script.end(), None));

    // A stop before the placement is no reason to believe that it runs, nor that it has a place.
    script.workload(work(4), Requested { name: name("late"), ..request("late") }.into());
    process.reach(Model::WorkloadList, script.end()).await;
    assert_eq!(get(&process.pool, 4).await.unwrap().state, State::Requested);
    for (event, state) in
        [(stopped(), State::Stopped), (placed(), State::Stopped), (started(), State::Placed)]
    {
        script.workload(work(4), event);
        process.reach(Model::WorkloadList, script.end()).await;
        assert_eq!(get(&process.pool, 4).await.unwrap().state, state);
    }
}

#[tokio::test]
async fn a_workload_shows_how_it_is_where_it_was_placed_last() {
    let (database, script) = (Database::create().await, Script::default());
    script.profile(profile_id(), defined("web"));
    script.workload(work(1), requested("shop"));
    script.workload(work(1), placed());
    let process = Process::start(&database, &script, &[Model::WorkloadList]).await;
    let shows = async |state: State, reason: Option<&str>, running: Option<u32>| {
        process.reach(Model::WorkloadList, script.end()).await;
        let row = get(&process.pool, 1).await.unwrap();
        assert_eq!(row.state, state);
        let condition = row.condition.clone();
        let seen = condition.as_ref().map(|seen| (seen.reason.as_deref(), seen.running));
        assert_eq!(seen.unwrap_or_default(), (reason, running));
        row
    };
    assert_eq!(shows(State::Placed, None, None).await.applied_position, None);
    script.became(work(1), rejected(1, 1, 3, "no"));
    shows(State::Rejected, Some("no"), None).await;
    script.became(work(1), applied(1, 1, 3));
    let row = shows(State::Placed, None, None).await;
    assert_eq!(row.applied_position, Some(Position(3)));
    assert_eq!(row.version, Version(2), "what a cluster does is no version of the intent");
    script.became(work(1), running(1, 1, 3));
    shows(State::Running, None, Some(2)).await;
    script.became(work(1), degraded(1, 1, 3, "no suitable node"));
    assert_eq!(shows(State::Degraded, Some("no suitable node"), Some(1)).await.repaired_at, None);
    script.became(work(1), repaired(1, 1, 1));
    assert!(shows(State::Degraded, Some("no suitable node"), Some(1)).await.repaired_at.is_some());

    // What was seen of it before it stopped, or where it was before, says nothing of it now.
    script.workload(work(1), stopped());
    shows(State::Stopped, None, None).await;
    script.workload(work(1), started());
    shows(State::Placed, None, None).await;
    script.became(work(1), running(1, 1, 9));
    script.workload(work(1), relocated());
    assert_eq!(shows(State::Placed, None, None).await.applied_position, None);
    script.became(work(1), applied(1, 2, 11));
    assert_eq!(shows(State::Placed, None, None).await.applied_position, None);
    script.became(work(1), running(2, 2, 11));
    shows(State::Running, None, Some(2)).await;
    let dumped = dump(&process.pool, Model::WorkloadList).await;
    assert_eq!(dumped, replayed(&script, Model::WorkloadList).await);
}

#[tokio::test]
async fn workloads_are_found_by_name_provider_cluster_profile_and_state() {
    let (process, _) = told(&[Model::WorkloadList]).await;
    use workload_list::query::Filter;
    let names = async |filter: Filter| -> Vec<String> {
        let listing = Listing::default();
        let page = workload_list::query::list(&process.pool, tenant(), &filter, &listing).await;
        page.unwrap().items.iter().map(|row| row.name.to_string()).collect()
    };
    let all = || Filter {
        name: Some("o".to_owned()),
        provider: Some(place().provider),
        cluster: Some(cluster(1).id),
        profile: Some(profile_id()),
        state: None,
    };
    assert_eq!(names(all()).await, ["blog"]);
    assert_eq!(names(Filter { cluster: None, ..all() }).await, ["blog", "shop"]);
    assert_eq!(names(Filter { cluster: Some(cluster(2).id), ..all() }).await, ["shop"]);
    assert_eq!(names(Filter { cluster: Some(cluster(3).id), ..all() }).await, [""; 0]);
    assert_eq!(names(Filter { state: Some(State::Stopped), ..all() }).await, ["blog"]);
    assert_eq!(names(Filter { state: Some(State::Requested), ..all() }).await, [""; 0]);
    let called = Some("SH".to_owned());
    assert_eq!(names(Filter { name: called, cluster: None, ..all() }).await, ["shop"]);
    assert_eq!(names(Filter { profile: Some(profile(2)), ..all() }).await, [""; 0]);
    let nowhere = Some(ProviderId(Uuid::nil()));
    assert_eq!(names(Filter { provider: nowhere, ..all() }).await, [""; 0]);
}

#[tokio::test]
async fn what_was_removed_stays_removed_whatever_batch_it_came_in() {
    let models = [Model::ProfileList, Model::WorkloadList];
    let (process, script) = told(&models).await;
    for number in 5..9 {
        script.workload(work(number), requested(&format!("w{number}")));
        script.workload(work(number), workload::removed());
    }
    for model in models {
        process.reach(model, script.end()).await;
        assert_eq!(dump(&process.pool, model).await, replayed(&script, model).await, "{model}");
        assert_eq!(dump(&process.pool, model).await["stuck_event"], Vec::<String>::new());
    }
    for number in 5..9 {
        assert!(get(&process.pool, number).await.is_none());
    }
}

#[test]
fn a_change_in_the_story_is_one_that_the_domain_would_record() {
    use domain::{
        Aggregate,
        profile::{Command, Event, Profile},
    };
    let wanted = ChangeProfile {
        command: Some(vec![]),
        image: Some(image_id(2)),
        name: Some(name("Api")),
        replicas: Some(replicas(5)),
        ..ChangeProfile::default()
    };
    let web = Profile::default().evolve(&defined("web"));
    let decided = web.decide(Command::Change(Box::new(wanted))).unwrap();
    assert_eq!(decided, [Event::from(changed())]);
}
