//! From a command to what is shown, over the real log.

use crate::story::{create_provider, request};
use commands::provider::{disable::DisableProvider, enable::EnableProvider};
use domain::ids::ProviderId;
use projections::{
    Model, progress::Progress, provider_list::row::State, provider_profile, runner, schema, wait,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tests::harness::{Database, wait::SOON};
use uuid::Uuid;

const MODEL: Model = Model::ProviderProfile;

/// What a write may wait for its own reading, here and in another process: far above what it takes,
/// far below the slow polls that would hide a wake-up that never comes.
const WAKE_UP: Duration = Duration::from_millis(250);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_written_can_be_read_at_once_here_and_in_another_process() {
    let database = Database::create().await;
    let (writer, pool, feed) = (database.writer(), database.pool(), database.feed());
    schema::create_missing(&pool).await.unwrap();
    let (here, elsewhere) = (Arc::new(Progress::default()), Progress::default());
    let runs = (pool.clone(), here.clone());
    let runner = tokio::spawn(async move { runner::run(&runs.0, &feed, MODEL, &runs.1).await });

    let id = ProviderId(Uuid::now_v7());
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    let mut took = Vec::new();
    for round in 0..50 {
        let answer = if round % 2 == 0 {
            writer.handle(&EnableProvider { id }, &request()).await.unwrap()
        } else {
            writer.handle(&DisableProvider { id, force: false }, &request()).await.unwrap()
        };
        let written = Instant::now();
        let progress = if round % 4 < 2 { &*here } else { &elsewhere };
        wait::wait_for(&pool, progress, MODEL, answer.position, SOON).await.unwrap();
        took.push(written.elapsed());
        let row = provider_profile::query::get(&pool, id, None).await.unwrap().row.unwrap();
        assert_eq!(row.version, answer.version);
        assert_eq!(row.state == State::Enabled, round % 2 == 0);
    }
    took.sort();
    assert!(took[25] < WAKE_UP, "a reader waits {:?}: nothing wakes it", took[25]);
    runner.abort();
}
