//! The relay killed at any moment, and two of them at once.

use super::stage::{Audience, Stage};
use adapters::nats::relay::Settings;
use api::embedded::nats::Name;
use async_nats::jetstream;
use rand::{Rng, SeedableRng, rngs::StdRng};
use std::{process::Stdio, time::Duration};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

/// Kills amid work: something was published, and more was to come.
const KILLS: usize = 100;
const PROCESS_KILLS: usize = 20;
/// Lives that may end before anything was published, or after everything was.
const LIVES_MAX: usize = 400;
/// One life in so many ends before it published anything.
const EARLY_ENDS: usize = 4;
/// Small, so that a life sees many windows.
const WINDOW: u16 = 8;
/// The longest life without, and the longest life after the first acknowledged window.
const EARLY_MAX: Duration = Duration::from_millis(40);
const AMID_MAX: Duration = Duration::from_millis(10);
/// The same for a process, which has to start first.
const PROCESS_EARLY_MAX: Duration = Duration::from_millis(100);
/// Events that are waiting when a life begins, so that none comes to its end.
const WAITING_MIN: i64 = 500;

fn small_windows(stage: &Stage) -> Settings {
    Settings { window: WINDOW, ..stage.settings() }
}

/// Lives of any length, until enough of them ended amid work.
struct Lives {
    stage: Stage,
    random: StdRng,
    stream: jetstream::stream::Stream,
    killed: usize,
    before: u64,
}

impl Lives {
    async fn new(stage: Stage) -> Self {
        let seed = rand::random();
        eprintln!("seed {seed}");
        let stream = stage.stream().await;
        Self { stage, random: StdRng::seed_from_u64(seed), stream, killed: 0, before: 0 }
    }

    fn length(&mut self, max: Duration) -> Duration {
        max.mul_f64(self.random.random_range(0.0..1.0))
    }

    /// Counts a life that has ended, and sees that there is work for the next.
    async fn count(&mut self) {
        let last = self.stream.get_info().await.unwrap().state.last_sequence;
        let left = self.stage.head().await - i64::try_from(last).unwrap();
        self.killed += usize::from(last > self.before && left > 0);
        self.before = last;
        if left < WAITING_MIN {
            self.stage.write(1_000).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_killed_a_hundred_times_doubles_drops_and_reorders_nothing() {
    let stage = Stage::with(1_500).await;
    // Someone must have made the stream before anyone can subscribe.
    stage.relay_with(small_windows(&stage), stage.feed.clone()).await.published(1).await;
    let audience = Audience::of(&stage).await;
    let mut lives = Lives::new(stage).await;
    for life in 0..LIVES_MAX {
        let stage = &lives.stage;
        let mut relay = stage.relay_with(small_windows(stage), stage.feed.clone()).await;
        let length = if life % EARLY_ENDS == 0 {
            lives.length(EARLY_MAX)
        } else {
            relay.published(1).await;
            lives.length(AMID_MAX)
        };
        drop(timeout(length, relay.reports.wait_for(|_| false)).await);
        relay.task.abort();
        drop((&mut relay.task).await);
        lives.count().await;
        if lives.killed == KILLS {
            break;
        }
    }
    assert_eq!(lives.killed, KILLS);
    let stage = lives.stage;
    let head = stage.head().await;
    stage.relay().await.published(head).await;
    stage.assert_published_after(0).await;
    audience.assert_heard_all(head).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_killed_with_what_it_had_in_hand_changes_nothing() {
    let stage = Stage::with(1_500).await;
    stage.relay_with(small_windows(&stage), stage.feed.clone()).await.published(1).await;
    let mut lives = Lives::new(stage).await;
    for life in 0..LIVES_MAX {
        let mut process = Command::new(env!("CARGO_BIN_EXE_publisher"))
            .arg(lives.stage.broker.address())
            .env("STORY_PASSWORD", lives.stage.broker.password(Name::Relay).expose())
            .env("STORY_POSTGRES", lives.stage.database.url())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let length = if life % EARLY_ENDS == 0 {
            lives.length(PROCESS_EARLY_MAX)
        } else {
            let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
            assert_eq!(said.next_line().await.unwrap().as_deref(), Some("publishing"));
            lives.length(AMID_MAX)
        };
        drop(timeout(length, process.wait()).await);
        process.kill().await.unwrap();
        lives.count().await;
        if lives.killed == PROCESS_KILLS {
            break;
        }
    }
    assert_eq!(lives.killed, PROCESS_KILLS);
    let head = lives.stage.head().await;
    lives.stage.relay().await.published(head).await;
    lives.stage.assert_published_after(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_at_once_do_no_harm() {
    let mut stage = Stage::with(500).await;
    stage.relay().await.published(1).await;
    let audience = Audience::of(&stage).await;
    let mut relays = vec![];
    for _ in 0..3 {
        relays.push(stage.relay_with(small_windows(&stage), stage.feed.clone()).await);
    }
    for _ in 0..10 {
        stage.write(100).await;
    }
    for relay in &mut relays {
        relay.published(1_500).await;
    }
    stage.assert_published_after(0).await;
    audience.assert_heard_all(1_500).await;
}
