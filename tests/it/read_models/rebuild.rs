//! `berth rebuild`: new tables beside the old, while the service reads and writes.

use super::{
    queries::everything,
    script::{LIMIT, Script},
    table::{Process, dump},
};
use domain::{
    Position,
    ids::NodeId,
    provider::DeploymentMode,
    scope::Scope,
    testing::{created, discovered, labeled, observed, place, renamed},
};
use projections::{
    Model, node_list,
    page::Listing,
    provider_list, provider_profile,
    rebuild::{self, Filled},
    wait,
};
use sqlx::Executor;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tests::harness::{Database, eventually};
use uuid::Uuid;

#[tokio::test]
async fn a_rebuilt_read_model_is_the_live_one_byte_for_byte() {
    let (database, script) = (Database::create().await, everything());
    let tags = [format!("provider:{}", place().provider)];
    let stream = format!("provider:{}", Uuid::from_u128(9));
    script.record_raw(&stream, "ProviderPainted", "{}", &tags);
    let process = Process::start(&database, &script, &Model::ALL).await;
    for model in Model::ALL {
        process.reach(model, script.end()).await;
        let live = dump(&process.pool, model).await;
        let mut told = Vec::new();
        let at = rebuild::run(&process.pool, &script, model, |filled| told.push(filled)).await;
        assert_eq!(at.unwrap(), script.end());
        assert_eq!(told, [Filled { position: script.end(), head: script.end() }]);
        assert_eq!(dump(&process.pool, model).await, live);
        assert_eq!(schemas(&process, model).await, [format!("rm_{model}")]);
    }
}

async fn schemas(process: &Process, model: Model) -> Vec<String> {
    sqlx::query_scalar("SELECT nspname::text FROM pg_namespace WHERE nspname LIKE $1 || '%'")
        .bind(format!("rm_{model}"))
        .fetch_all(&process.pool)
        .await
        .unwrap()
}

/// Reads without a pause, each answer no older than the one before. Ends when it is told to.
async fn hammer(database: Database, over: Arc<AtomicBool>) -> u64 {
    let (pool, mut reads, mut seen) = (database.pool(), 0, [Position::START; 3]);
    let (id, mut turn) = (place().provider, 0_u16);
    while !over.load(Ordering::Relaxed) {
        // Another limit is another statement: some are prepared already, some never were.
        turn = turn % 40 + 1;
        let listing = Listing { limit: turn, ..Listing::default() };
        let all = provider_list::query::Filter::default();
        let listed =
            provider_list::query::list(&pool, &Scope::Instance, &all, &listing).await.unwrap();
        let profile = provider_profile::query::get(&pool, id, None).await.unwrap();
        let filter = node_list::query::Filter { provider: Some(id), ..Default::default() };
        let nodes = node_list::query::list(&pool, &filter, &listing).await.unwrap();
        let now = [listed.position, profile.position, nodes.position];
        assert!(now.iter().zip(&seen).all(|(now, seen)| now >= seen), "{now:?} after {seen:?}");
        assert!(!listed.items.is_empty() && profile.row.is_some() && !nodes.items.is_empty());
        // The name says which position it is of: rows and position are of one moment.
        let named = profile.row.unwrap().name.as_str().to_owned();
        let number: i64 = named.trim_start_matches("at ").parse().unwrap();
        assert!(number <= profile.position.0 && profile.position.0 < number + 3, "{named}");
        (reads, seen) = (reads + 3, now);
    }
    reads
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_reader_fails_or_goes_back_during_several_swaps() {
    let (database, script) = (Database::create().await, Script::default());
    let (paris, node) = (place().provider, NodeId(Uuid::from_u128(1)));
    script.provider(paris, created(DeploymentMode::Single));
    script.seen(node, discovered("active"));
    script.provider(paris, renamed("Paris", "at 3"));
    let models = [Model::NodeList, Model::ProviderList, Model::ProviderProfile];
    let process = Process::start(&database, &script, &models).await;
    for model in models {
        process.reach(model, script.end()).await;
    }

    let over = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> =
        (0..4).map(|_| tokio::spawn(hammer(database.clone(), over.clone()))).collect();
    let writes = Arc::new(AtomicU64::new(0));
    let writer = tokio::spawn(write(script.clone(), over.clone(), writes.clone()));
    for _ in 0..4 {
        for model in models {
            let before = script.end();
            let at = rebuild::run(&process.pool, &script, model, |_| {}).await.unwrap();
            assert!(at >= before, "{model} took over at {at}, before {before}");
            process.reach(model, script.end()).await;
        }
    }
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
    writer.await.unwrap();
    assert!(writes.load(Ordering::Relaxed) > 0);
    for model in models {
        process.reach(model, script.end()).await;
        let live = dump(&process.pool, model).await;
        rebuild::run(&process.pool, &script, model, |_| {}).await.unwrap();
        assert_eq!(dump(&process.pool, model).await, live);
    }
}

/// Renames the provider after its position, with two events about the node between.
async fn write(script: Script, over: Arc<AtomicBool>, writes: Arc<AtomicU64>) {
    let mut pace = tokio::time::interval(Duration::from_millis(5));
    let node = NodeId(Uuid::from_u128(1));
    while !over.load(Ordering::Relaxed) {
        pace.tick().await;
        script.seen(node, observed("drain"));
        script.node(node, labeled("zone", "a", None));
        script.provider(place().provider, renamed("Paris", &format!("at {}", script.end().0 + 1)));
        writes.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn a_rebuild_waits_for_a_long_query_and_stops_nobody_for_long() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    let owner = database.owner_pool();
    let mut slow = owner.begin().await.unwrap();
    // It has looked up its first table, and has not come to the others.
    slow.execute("SELECT FROM rm_node_list.checkpoint").await.unwrap();
    let (pool, feed) = (process.pool.clone(), script.clone());
    let rebuild =
        tokio::spawn(
            async move { rebuild::run(&pool, &feed, Model::NodeList, |_| {}).await.unwrap() },
        );
    let next = async || {
        let next = "SELECT to_regclass('rm_node_list_next.node') IS NOT NULL";
        let there: bool = sqlx::query_scalar(next).fetch_one(&owner).await.unwrap();
        there.then_some(())
    };
    eventually("the new tables", next).await;
    // The swap cannot come, and yet readers and the runner go on.
    for _ in 0..20 {
        script.seen(NodeId(Uuid::from_u128(1)), observed("drain"));
        process.reach(Model::NodeList, script.end()).await;
        let filter = node_list::query::Filter::default();
        let listing = Listing::default();
        node_list::query::list(&process.pool, &filter, &listing).await.unwrap();
    }
    assert!(next().await.is_some(), "swapped under a query that had begun");
    slow.rollback().await.unwrap();
    tokio::time::timeout(LIMIT, rebuild).await.unwrap().unwrap();
}

#[tokio::test]
async fn other_tables_than_the_program_knows_are_rebuilt_by_the_runner() {
    let (database, script) = (Database::create().await, everything());
    let first = Process::start(&database, &script, &[Model::ProviderList]).await;
    first.reach(Model::ProviderList, script.end()).await;
    let live = dump(&first.pool, Model::ProviderList).await;
    first.stop();
    // As an older program would have left it.
    first
        .pool
        .execute(
            "UPDATE rm_provider_list.checkpoint SET definition = 0, position = 2;
            DELETE FROM rm_provider_list.association;
            ALTER TABLE rm_provider_list.provider DROP COLUMN kind",
        )
        .await
        .unwrap();
    let second = Process::start(&database, &script, &[Model::ProviderList]).await;
    second.reach(Model::ProviderList, script.end()).await;
    assert_eq!(dump(&second.pool, Model::ProviderList).await, live);
}

#[tokio::test]
async fn a_rebuild_that_died_is_no_obstacle_and_two_at_once_are_refused() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[Model::NodeList]).await;
    process.reach(Model::NodeList, script.end()).await;
    let owner = database.owner_pool();
    process
        .pool
        .execute(
            "CREATE SCHEMA rm_node_list_next; CREATE TABLE rm_node_list_next.node ();
            CREATE SCHEMA rm_node_list_old",
        )
        .await
        .unwrap();
    let mut other = owner.acquire().await.unwrap();
    other.execute("SELECT pg_advisory_lock(1650815597, 101)").await.unwrap();
    let busy = rebuild::run(&process.pool, &script, Model::NodeList, |_| {}).await;
    assert!(matches!(busy, Err(rebuild::Error::Busy(Model::NodeList))));
    other.execute("SELECT pg_advisory_unlock(1650815597, 101)").await.unwrap();
    rebuild::run(&process.pool, &script, Model::NodeList, |_| {}).await.unwrap();
    let behind = wait::wait_for(
        &process.pool,
        &process.progress,
        Model::NodeList,
        Position(script.end().0 + 1),
        Duration::from_millis(50),
    );
    assert!(matches!(behind.await, Err(wait::Error::Behind { at, .. }) if at == script.end()));
}
