//! One active runner, whatever happens to it.

use super::{
    queries::everything,
    script::Script,
    table::{Process, active, cut, dump, replayed},
};
use domain::{
    Position,
    ids::NodeId,
    testing::{discovered, labeled, observed},
};
use projections::{Model, alarm::Alarm, runner, status};
use sqlx::Executor;
use tests::harness::{Database, eventually};
use uuid::Uuid;

const MODEL: Model = Model::NodeList;

/// Nodes that change again and again.
fn busy(script: &Script, rounds: u128) {
    for round in 0..rounds {
        let node = NodeId(Uuid::from_u128(round % 100));
        match round / 100 {
            0 => script.seen(node, discovered("active")),
            hundred if hundred % 2 == 0 => script.seen(node, observed("active")),
            hundred => script.node(node, labeled("zone", &format!("z{hundred}"), None)),
        }
    }
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_of_a_batch_loses_and_doubles_nothing() {
    let (database, script) = (Database::create().await, Script::default());
    let (process, owner) =
        (Process::start(&database, &script, &[MODEL]).await, database.owner_pool());
    busy(&script, 300);
    process.reach(MODEL, script.end()).await;
    for _ in 0..5 {
        // The batch has begun and cannot end: the table is locked.
        let mut holder = owner.begin().await.unwrap();
        holder.execute("LOCK TABLE rm_node_list.node IN EXCLUSIVE MODE").await.unwrap();
        busy(&script, 300);
        let runner = eventually("a runner that waits", || waiting(&owner)).await;
        cut(&owner, runner).await;
        holder.rollback().await.unwrap();
        process.reach(MODEL, script.end()).await;
    }
    assert_eq!(dump(&process.pool, MODEL).await, replayed(&script, MODEL).await);
}

/// The runner's connection, if it waits for a table while it has changed others.
async fn waiting(owner: &sqlx::PgPool) -> Option<i32> {
    let runner = active(owner, MODEL).await?;
    let waits: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM pg_stat_activity
            WHERE pid = $1 AND wait_event_type = 'Lock' AND wait_event = 'relation')",
    )
    .bind(runner)
    .fetch_one(owner)
    .await
    .unwrap();
    waits.then_some(runner)
}

#[tokio::test]
async fn cuts_at_any_moment_lose_and_double_nothing() {
    let (database, script) = (Database::create().await, Script::default());
    let (process, owner) =
        (Process::start(&database, &script, &[MODEL]).await, database.owner_pool());
    for _ in 0..20 {
        busy(&script, 2000);
        let runner = eventually("an active runner", || active(&owner, MODEL)).await;
        cut(&owner, runner).await;
    }
    process.reach(MODEL, script.end()).await;
    assert_eq!(dump(&process.pool, MODEL).await, replayed(&script, MODEL).await);
}

#[tokio::test]
async fn of_two_processes_one_is_active_and_the_other_takes_over() {
    let (database, script) = (Database::create().await, everything());
    let first = Process::start(&database, &script, &[MODEL]).await;
    first.reach(MODEL, script.end()).await;
    let second = Process::start(&database, &script, &[MODEL]).await;
    // Who waits in the other process sees it as soon.
    second.reach(MODEL, script.end()).await;
    assert!(first.progress.here(MODEL).active && !second.progress.here(MODEL).active);
    let of = async |process: &Process| {
        let all = status::status(&process.pool, &process.progress, script.end()).await.unwrap();
        let one = all.into_iter().find(|status| status.model == MODEL).unwrap();
        (one.active, one.lag, one.stuck)
    };
    assert_eq!(of(&first).await, (status::Active::Here, 0, 0));
    assert_eq!(of(&second).await, (status::Active::Elsewhere, 0, 0));

    first.stop();
    eventually("a takeover", async || second.progress.here(MODEL).active.then_some(())).await;
    busy(&script, 300);
    second.reach(MODEL, script.end()).await;
    assert_eq!(of(&first).await, (status::Active::Elsewhere, 0, 0));
    assert_eq!(dump(&second.pool, MODEL).await, replayed(&script, MODEL).await);
}

#[tokio::test]
async fn two_processes_that_lose_their_connections_by_turns_stay_in_order() {
    let (database, script) = (Database::create().await, Script::default());
    let owner = database.owner_pool();
    let first = Process::start(&database, &script, &[MODEL]).await;
    let second = Process::start(&database, &script, &[MODEL]).await;
    for _ in 0..6 {
        busy(&script, 500);
        let runner = eventually("an active runner", || active(&owner, MODEL)).await;
        cut(&owner, runner).await;
        second.reach(MODEL, script.end()).await;
        first.reach(MODEL, script.end()).await;
    }
    assert_eq!(dump(&first.pool, MODEL).await, replayed(&script, MODEL).await);
}

#[tokio::test]
async fn a_hole_in_the_log_stops_the_runner() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[MODEL]).await;
    process.reach(MODEL, script.end()).await;
    process.stop();
    let end = script.end().0;
    let gap = script.until(end);
    busy(&gap, 3);
    gap.lose(end + 2);
    let again = Process::start(&database, &gap, &[MODEL]).await;
    let alarm = eventually("an alarm", async || again.progress.here(MODEL).alarm).await;
    assert_eq!(alarm, Alarm::Hole { after: Position(end + 1), found: Position(end + 3) });
    let status = status::status(&again.pool, &again.progress, gap.end()).await.unwrap();
    assert!(status.iter().any(|one| one.here.alarm.is_some() && one.lag > 0));
    eventually("the lock to be free", async || {
        active(&again.pool, MODEL).await.is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_log_that_ends_before_the_checkpoint_stops_the_runner() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[MODEL]).await;
    process.reach(MODEL, script.end()).await;
    process.stop();
    let short = script.until(3);
    let alarm = runner::run(&process.pool, &short, MODEL, &process.progress).await;
    assert_eq!(alarm, Alarm::LogTooShort { head: Position(3), checkpoint: script.end() });
}
