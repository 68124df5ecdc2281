//! One cluster by all its registered addresses. Any of them will do: when one does not answer, the
//! next is asked, and the one that answered is asked first from then on.
//!
//! A call ends in time, body included, and a bounded number goes on at once: a cluster that hangs
//! holds nothing but its own share.

use commands::ports::cluster::Error;
use std::{
    future::Future,
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{sync::Semaphore, time::timeout};

/// How many calls go on at once on one cluster.
const CALLS_MAX: usize = 8;
/// How often one address is asked while its connections close before anything is asked on them.
const ATTEMPTS_MAX: usize = 4;

/// What an error of a driver means.
pub trait Meaning {
    /// Whether somebody answered who may answer; then the next address would say the same.
    fn is_answer(&self) -> bool;
    /// Whether nobody said anything: no connection, or no answer on it.
    fn is_silence(&self) -> bool;
    /// Whether the connection was closed before anything was asked on it. Why, is mostly lost: who
    /// refuses our certificate may say so after the handshake, and faster than we ask.
    fn is_unasked(&self) -> bool;
    /// The same in the words of the port.
    fn of(self, tried: &'static str) -> Error;
}

/// Clients for all addresses of one cluster.
#[derive(Debug)]
pub struct Addresses<C> {
    clients: Vec<C>,
    /// The one that answered last.
    current: AtomicUsize,
    calls: Semaphore,
    call_timeout: Duration,
}

/// Why a call has no result, before it is known what that means for it.
#[derive(Debug)]
pub enum Failure<E> {
    /// The driver says why.
    Driver(E),
    /// Time is over, or there is nobody to ask.
    Late(&'static str),
}

impl<E: Meaning> Failure<E> {
    fn is_answer(&self) -> bool {
        match self {
            Self::Driver(error) => error.is_answer(),
            Self::Late(_) => false,
        }
    }

    fn is_silence(&self) -> bool {
        match self {
            Self::Driver(error) => error.is_silence(),
            Self::Late(_) => true,
        }
    }

    /// The same in the words of the port.
    pub fn of(self, tried: &'static str) -> Error {
        match self {
            Self::Driver(error) => error.of(tried),
            Self::Late(why) => Error::Unreachable { tried, source: why.into() },
        }
    }
}

impl<C: Clone> Addresses<C> {
    /// One client for each address; a call to one address may take so long.
    #[must_use]
    pub fn new(clients: Vec<C>, call_timeout: Duration) -> Self {
        let calls = Semaphore::new(CALLS_MAX);
        Self { clients, current: AtomicUsize::new(0), calls, call_timeout }
    }

    /// The client that answered last.
    pub fn current(&self) -> Option<C> {
        self.clients.get(self.current.load(Ordering::Relaxed)).cloned()
    }

    /// Asks one after the other until one answers, whatever it answers.
    ///
    /// # Errors
    /// Of the answer; else of the one that said most.
    pub async fn call<T, E, F>(&self, ask: impl Fn(C) -> F) -> Result<T, Failure<E>>
    where
        E: Meaning,
        F: Future<Output = Result<T, E>>,
    {
        // Never closed, so it always gives its permit.
        let _permit = self.calls.acquire().await;
        let first = self.current.load(Ordering::Relaxed);
        let mut failure = Failure::Late("no address is registered");
        for turn in 0..self.clients.len() {
            let index = (first + turn) % self.clients.len();
            let asked = timeout(self.call_timeout, attempt(|| ask(self.clients[index].clone())));
            let next = match asked.await {
                Ok(Ok(answer)) => {
                    self.current.store(index, Ordering::Relaxed);
                    return Ok(answer);
                }
                Ok(Err(error)) => Failure::Driver(error),
                Err(_) => Failure::Late("it took too long"),
            };
            if next.is_answer() {
                self.current.store(index, Ordering::Relaxed);
                return Err(next);
            }
            // One that refuses us says more than another that is silent.
            if failure.is_silence() {
                failure = next;
            }
        }
        Err(failure)
    }
}

/// Asks one address, again where it was not asked at all.
async fn attempt<T, E, F>(ask: impl Fn() -> F) -> Result<T, E>
where
    E: Meaning,
    F: Future<Output = Result<T, E>>,
{
    for _ in 1..ATTEMPTS_MAX {
        match ask().await {
            Err(error) if error.is_unasked() => {}
            asked => return asked,
        }
    }
    ask().await
}
