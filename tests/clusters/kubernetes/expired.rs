//! A watch that begins at a version which the cluster has forgotten: it says `410 Gone`.

use super::Lab;
use crate::{
    both::contract::connect,
    lab::CALL_TIMEOUT,
    real::{Change, Real, node},
    world::{Address, World},
};
use commands::ports::cluster::Error;
use domain::provider::Kind;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tests::harness::eventually;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
    task::{JoinHandle, block_in_place},
    time::timeout,
};

/// Longer than any story, so that only the watch can be the cause.
const NEVER: Duration = Duration::from_secs(3600);
const VERSION: &str = "resourceVersion=";

/// A gate that passes everything on, but lets some watches begin long ago.
struct Gate {
    url: String,
    counts: Arc<Counts>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Counts {
    /// So many of the next watches are made old.
    to_age: AtomicUsize,
    /// So many answers said that a version is gone.
    gone: AtomicUsize,
}

impl Gate {
    async fn before(api: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&api).await.unwrap();
                tokio::spawn(pass(near, far, Arc::clone(&shared)));
            }
        });
        Self { url, counts, task }
    }

    fn age(&self, watches: usize) {
        self.counts.to_age.store(watches, Ordering::SeqCst);
    }

    fn gone(&self) -> usize {
        self.counts.gone.load(Ordering::SeqCst)
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Ends when either side does.
async fn pass(near: TcpStream, far: TcpStream, counts: Arc<Counts>) {
    let ((mut from_near, mut to_near), (mut from_far, mut to_far)) =
        (near.into_split(), far.into_split());
    let asked = async {
        let mut bytes = vec![0; 65_536];
        while let Ok(read @ 1..) = from_near.read(&mut bytes).await {
            let asked = aged(&bytes[..read], &counts);
            if to_far.write_all(&asked).await.is_err() {
                return;
            }
        }
    };
    let answered = async {
        let mut bytes = vec![0; 65_536];
        while let Ok(read @ 1..) = from_far.read(&mut bytes).await {
            let is_gone = String::from_utf8_lossy(&bytes[..read]).contains(r#""code":410"#);
            counts.gone.fetch_add(usize::from(is_gone), Ordering::SeqCst);
            if to_near.write_all(&bytes[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! { () = asked => {}, () = answered => {} }
}

/// What was asked, from the first version of all where it is a watch that is to be made old.
fn aged(asked: &[u8], counts: &Counts) -> Vec<u8> {
    let text = String::from_utf8_lossy(asked);
    let Some((before, after)) = text.split_once(VERSION).filter(|_| text.contains("watch=true"))
    else {
        return asked.to_vec();
    };
    let take = |left: usize| left.checked_sub(1);
    if counts.to_age.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_err() {
        return asked.to_vec();
    }
    let after = after.trim_start_matches(|sign: char| sign.is_ascii_digit());
    format!("{before}{VERSION}1{after}").into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_from_a_version_that_is_gone_says_so() {
    let Some(lab) = Lab::enter().await else { return };
    let gate = Gate::before(block_in_place(|| lab.open()).unwrap()).await;
    let cluster = connect(Address { url: gate.url.clone(), ..lab.address() });
    gate.age(1);
    let ended = timeout(Duration::from_secs(20), cluster.follow(&Notify::new())).await;
    let ended = ended.expect("it ends");
    let Err(Error::Refused { words, .. }) = ended else { panic!("{ended:?}") };
    assert!(words.contains("too old resource version"), "{words}");
    assert_eq!(gate.gone(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_begins_anew_from_the_list_and_misses_nothing() {
    let Some(lab) = Lab::enter().await else { return };
    let gate = Gate::before(block_in_place(|| lab.open()).unwrap()).await;
    let (kind, url) = (Kind::Kubernetes, gate.url.clone());
    let world = World::new(&Address { kind, url, urls: vec![], secured: None, token: None }).await;
    let node = node(&world, &lab, 1);
    gate.age(2);
    let worker = world.work(world.connections(CALL_TIMEOUT), NEVER);
    eventually("two watches were too old", || async { (gate.gone() == 2).then_some(()) }).await;
    for rack in ["7", "8"] {
        lab.change(1, Change::Label("rack", rack));
        eventually("the change shows", || async {
            let seen = world.seen(node).await?;
            (seen.facts.labels.get("rack").map(String::as_str) == Some(rack)).then_some(())
        })
        .await;
    }
    assert_eq!(gate.gone(), 2, "the third one holds");
    worker.stop().await;
}
