//! A poisoned event parks its stream: in order, in sight, and nothing else.

use super::{
    queries::everything,
    script::Script,
    table::{Process, dump, replayed},
};
use domain::{
    ids::{NodeId, OrganizationId, ProviderId},
    provider::DeploymentMode,
    scope::Scope,
    testing::{
        associated, created, discovered, labeled, lost, observed, organization_registered, place,
        renamed,
    },
};
use projections::{
    Model, node_list, page::Listing, provider_list, provider_profile, rebuild, status, stuck_events,
};
use sqlx::Executor;
use tests::harness::Database;
use uuid::Uuid;

/// Two events in one: of another shape, and of another time.
const UNREADABLE: &str = r#"{"from":"the future"}"#;

fn nodes_with_a_poisoned_one() -> Script {
    let script = Script::default();
    let node = |number| NodeId(Uuid::from_u128(number));
    for number in 1..=3 {
        script.seen(node(number), discovered("active"));
    }
    let stream = format!("node_observation:{}", Uuid::from_u128(2));
    let tags = [format!("node:{}", Uuid::from_u128(2))];
    script.record_raw(&stream, "NodeObserved", UNREADABLE, &tags);
    script.seen(node(1), observed("drain"));
    script.seen(node(2), observed("drain"));
    script.node(node(2), labeled("zone", "a", None));
    script.seen(node(3), observed("pause"));
    script.seen(node(2), lost());
    script
}

#[tokio::test]
async fn other_streams_flow_on_and_the_row_says_that_it_is_stale() {
    let (database, script) = (Database::create().await, nodes_with_a_poisoned_one());
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    let filter = node_list::query::Filter::default();
    let page = node_list::query::list(&process.pool, &filter, &Listing::default()).await.unwrap();
    let rows: Vec<_> = page
        .items
        .iter()
        .map(|row| (row.id.0.as_u128(), row.availability.as_str(), row.lost, row.stale))
        .collect();
    assert_eq!(
        rows,
        [(1, "drain", false, false), (2, "active", false, true), (3, "pause", false, false)]
    );
    // The intent is another stream: it is not behind.
    assert_eq!(page.items[1].owned_labels.len(), 1);

    let stuck = stuck_events::list(&process.pool, Model::NodeList, 10).await.unwrap();
    let stuck: Vec<_> =
        stuck.iter().map(|one| (one.position.0, one.r#type.as_str(), &one.error)).collect();
    let [(4, "NodeObserved", error), (6, "NodeObserved", behind), (9, "NodeLost", _)] =
        stuck.as_slice()
    else {
        panic!("three events wait: {stuck:?}")
    };
    assert!(error.contains("unknown field") && behind.contains("earlier event"), "{stuck:?}");
    let all = status::status(&process.pool, &process.progress, script.end()).await.unwrap();
    let stuck = all.iter().filter(|one| one.stuck > 0).map(|one| (one.model, one.stuck));
    assert_eq!(stuck.collect::<Vec<_>>(), [(Model::NodeList, 3)]);
}

#[tokio::test]
async fn what_becomes_of_a_poisoned_event_does_not_depend_on_its_batch() {
    let script = nodes_with_a_poisoned_one();
    let (database, growing) = (Database::create().await, script.until(0));
    let process = Process::start(&database, &growing, &[Model::NodeList]).await;
    for _ in 0..script.end().0 {
        growing.grow(&script);
        process.reach(Model::NodeList, growing.end()).await;
    }
    let one_by_one = dump(&process.pool, Model::NodeList).await;
    assert_eq!(one_by_one["stuck_event"].len(), 3);
    assert_eq!(one_by_one, replayed(&script, Model::NodeList).await);
}

#[tokio::test]
async fn an_event_that_cannot_be_applied_is_found_among_a_thousand() {
    let (database, script) = (Database::create().await, Script::default());
    for number in 1..=500 {
        script.seen(NodeId(Uuid::from_u128(number)), discovered("active"));
        if number == 333 {
            // Nobody ever saw this one.
            script.node(NodeId(Uuid::from_u128(0xdead)), labeled("zone", "a", None));
        }
        script.seen(NodeId(Uuid::from_u128(number)), observed("drain"));
    }
    // A text that PostgreSQL cannot keep, overwritten at once by one that it can.
    let id = Uuid::from_u128(7);
    let data = serde_json::to_string(&discovered("active")).unwrap();
    let data = data.replace("swarm-1", r"\u0000");
    script.record_raw(&format!("node_observation:{id}"), "NodeObserved", &data, &[]);
    script.seen(NodeId(id), observed("active"));
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    let stuck = stuck_events::list(&process.pool, Model::NodeList, 10).await.unwrap();
    let positions: Vec<_> = stuck.iter().map(|one| one.position.0).collect();
    assert_eq!(positions, [666, 1002, 1003]);
    assert_eq!(dump(&process.pool, Model::NodeList).await["node"].len(), 500);
}

#[tokio::test]
async fn a_stream_of_an_unknown_kind_is_kept_and_a_foreign_one_is_not() {
    let (database, script) = (Database::create().await, everything());
    let stream = format!("session:{}", Uuid::from_u128(1));
    script.record_raw(&stream, "SessionOpened", "{}", &[]);
    // Nodes mean nothing to the list of providers, so it need not understand them.
    let stream = format!("node:{}", Uuid::from_u128(1));
    script.record_raw(&stream, "NodePainted", UNREADABLE, &[]);
    let process = Process::start(&database, &script, &[Model::ProviderList]).await;
    process.reach(Model::ProviderList, script.end()).await;
    let stuck = stuck_events::list(&process.pool, Model::ProviderList, 10).await.unwrap();
    assert_eq!(stuck.iter().map(|one| one.r#type.as_str()).collect::<Vec<_>>(), ["SessionOpened"]);
}

#[tokio::test]
async fn a_parked_association_makes_its_provider_stale() {
    let (database, script) = (Database::create().await, Script::default());
    let (paris, lyon) = (place().provider, ProviderId(Uuid::from_u128(2)));
    script.provider(paris, created(DeploymentMode::Single));
    script.provider(lyon, created(DeploymentMode::Single));
    script.provider(lyon, renamed("Paris", "Lyon"));
    let acme = OrganizationId(Uuid::from_u128(1));
    script.organization(acme, organization_registered("Acme"));
    let tags = [format!("organization:{acme}"), format!("provider:{paris}")];
    script.record_raw(&format!("organization:{acme}"), "OrgAssociated", UNREADABLE, &tags);
    script.organization(acme, associated());
    let process =
        Process::start(&database, &script, &[Model::ProviderProfile, Model::ProviderList]).await;
    process.reach(Model::ProviderProfile, script.end()).await;
    process.reach(Model::ProviderList, script.end()).await;
    let stale = async |id| {
        let profile = provider_profile::query::get(&process.pool, id, None).await.unwrap();
        let listed = provider_list::query::get(&process.pool, id, &Scope::Instance).await.unwrap();
        (profile.row.unwrap().stale, listed.row.unwrap().stale)
    };
    assert_eq!(stale(paris).await, (true, true));
    assert_eq!(stale(lyon).await, (false, false));
}

#[tokio::test]
async fn a_rebuild_with_mended_code_cures_what_was_parked() {
    let (database, script) = (Database::create().await, nodes_with_a_poisoned_one());
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    // What the code of tomorrow makes of the same event.
    let mended = script.with_data(4, &serde_json::to_string(&observed("pause")).unwrap());
    rebuild::run(&process.pool, &mended, Model::NodeList, |_| {}).await.unwrap();
    assert_eq!(stuck_events::list(&process.pool, Model::NodeList, 10).await.unwrap(), []);
    let node = NodeId(Uuid::from_u128(2));
    let found = node_list::query::get(&process.pool, place().provider, node).await.unwrap();
    let row = found.row.unwrap();
    assert_eq!((row.availability.as_str(), row.lost, row.stale), ("drain", true, false));
}

/// Lets PostgreSQL refuse a node that is down, in whatever tables of nodes will be made.
const REFUSE_DOWN: &str = "
CREATE FUNCTION refuse_down() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE made regclass;
BEGIN
    FOR made IN SELECT objid::regclass FROM pg_event_trigger_ddl_commands()
        WHERE object_identity LIKE 'rm\\_node\\_list%.node'
    LOOP
        EXECUTE format('ALTER TABLE %s ADD CHECK (state <> ''down'')', made);
    END LOOP;
END $$;
CREATE EVENT TRIGGER refuse_down ON ddl_command_end WHEN TAG IN ('CREATE TABLE')
    EXECUTE FUNCTION refuse_down()";

#[tokio::test]
async fn rows_that_postgresql_refuses_are_found_and_parked_in_a_rebuild_too() {
    let (database, script) = (Database::create().await, Script::default());
    database.owner_pool().execute(REFUSE_DOWN).await.unwrap();
    let down = serde_json::to_string(&observed("active")).unwrap().replace("ready", "down");
    for number in 1..=1500 {
        script.seen(NodeId(Uuid::from_u128(number)), discovered("active"));
        if number == 77 || number == 1400 {
            let stream = format!("node_observation:{}", Uuid::from_u128(number));
            script.record_raw(&stream, "NodeObserved", &down, &[]);
        }
    }
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    let stuck = stuck_events::list(&process.pool, Model::NodeList, 10).await.unwrap();
    let found: Vec<_> = stuck.iter().map(|one| one.position.0).collect();
    assert_eq!(found, [78, 1402]);
    assert!(stuck[0].error.contains("check constraint"), "{stuck:?}");
    let live = dump(&process.pool, Model::NodeList).await;
    assert_eq!(live["node"].len(), 1500);
    rebuild::run(&process.pool, &script, Model::NodeList, |_| {}).await.unwrap();
    assert_eq!(dump(&process.pool, Model::NodeList).await, live);
}
