//! One server process, kept alive by a thread of its own.
//!
//! Linux sends the parent-death signal when the *thread* that started a child ends. So each child
//! is started by a thread that lives as long as it is wanted, waits for it, and starts it again.
//!
//! **Invariants**
//! - A process id is used only under the lock under which it is also reaped, so a signal never
//!   reaches a stranger who got the same number.
//! - A child is reaped before it is started again: PostgreSQL takes a zombie for a live server.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, ExitStatus};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use tracing::{error, info, warn};

use super::Error;

/// How long a server may take to stop in good order.
pub(super) const STOP_WAIT: Duration = Duration::from_secs(15);

/// How long the kernel may take to end a process that was killed.
const KILL_WAIT: Duration = Duration::from_secs(10);

/// The first pause before a server that ended is started again; it doubles from one to the next.
const PAUSE_FIRST: Duration = Duration::from_millis(100);

/// The longest such pause. There is no last attempt: without its servers Berth can do nothing.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// A server that lived as long as this starts with the first pause again.
const STEADY_AFTER: Duration = Duration::from_secs(30);

/// From so many failures in a row on, someone must have a look.
const FAILURES_UNTIL_ERROR: u32 = 5;

/// Makes the command for the next start.
pub(super) type Prepare = Box<dyn Fn() -> Result<Command, Error> + Send>;

/// A process that is started, watched and stopped.
pub(super) struct Child {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    name: &'static str,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    wanted: Wanted,
    pid: Option<Pid>,
    /// How the process ended that was started last.
    ended: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// No process.
    Down,
    /// A process that is not started again when it ends: its start is being watched.
    Trial,
    /// A process, and another one when it ends.
    Up,
    /// No process, and no thread either.
    Closed,
}

impl Child {
    /// Begins the thread. Nothing is started before [`Child::try_start`].
    pub(super) fn new(name: &'static str, prepare: Prepare) -> Result<Self, Error> {
        let state = State { wanted: Wanted::Down, pid: None, ended: None };
        let shared = Arc::new(Shared { name, state: Mutex::new(state), changed: Condvar::new() });
        let own = Arc::clone(&shared);
        let thread = thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || own.supervise(&prepare))
            .map_err(|source| Error::Start { program: name, source })?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Starts the process and waits until `ready` answers for its id. One that ends before is not
    /// started again.
    pub(super) fn try_start<T>(
        &self,
        patience: Duration,
        poll: Duration,
        ready: impl Fn(u32) -> Option<T>,
    ) -> Result<T, Failure> {
        let begun = Instant::now();
        let mut state = self.shared.lock();
        state.wanted = Wanted::Trial;
        state.ended = None;
        self.shared.changed.notify_all();
        loop {
            if let Some(how) = state.ended.take() {
                return Err(Failure::Ended(how));
            }
            let pid = state.pid;
            drop(state);
            if let Some(answer) = pid.and_then(|pid| ready(pid.as_raw().unsigned_abs())) {
                return Ok(answer);
            }
            if begun.elapsed() > patience {
                self.stop(Signal::SIGINT, STOP_WAIT);
                return Err(Failure::NotReady(patience));
            }
            let waiting = self.shared.lock();
            state = self
                .shared
                .changed
                .wait_timeout_while(waiting, poll, |state| state.ended.is_none())
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// From here on the process is started again when it ends.
    pub(super) fn keep(&self) {
        let mut state = self.shared.lock();
        if state.wanted == Wanted::Trial {
            // It may have ended since it was ready; then the thread finds it wanted again.
            state.wanted = Wanted::Up;
        }
        self.shared.changed.notify_all();
    }

    /// The id of the process while there is one.
    pub(super) fn pid(&self) -> Option<u32> {
        self.shared.lock().pid.map(|pid| pid.as_raw().unsigned_abs())
    }

    /// Sends `signal`, waits, and kills what is still there. It is not started again.
    pub(super) fn stop(&self, signal: Signal, patience: Duration) {
        self.shared.end(Wanted::Down, signal, patience);
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.shared.end(Wanted::Closed, Signal::SIGINT, STOP_WAIT);
        if let Some(thread) = self.thread.take() {
            // A panic of that thread was reported when it happened.
            let _panicked = thread.join();
        }
    }
}

/// Why a process did not become ready.
pub(super) enum Failure {
    /// It ended before.
    Ended(String),
    /// It took too long, and was stopped.
    NotReady(Duration),
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn supervise(&self, prepare: &Prepare) {
        let mut failures = 0_u32;
        loop {
            let state = self.lock();
            let idle = |state: &mut State| {
                // A trial whose process has ended is over, until it is asked for again.
                state.wanted == Wanted::Down
                    || (state.wanted == Wanted::Trial && state.ended.is_some())
            };
            let state =
                self.changed.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
            if state.wanted == Wanted::Closed {
                return;
            }
            drop(state);

            let begun = Instant::now();
            let how = self.run_once(prepare, failures);
            let state = self.lock();
            if state.wanted != Wanted::Up {
                failures = 0;
                continue;
            }
            failures = if begun.elapsed() > STEADY_AFTER { 1 } else { failures.saturating_add(1) };
            let pause = PAUSE_FIRST.saturating_mul(1 << (failures - 1).min(8)).min(PAUSE_MAX);
            let name = self.name;
            if failures < FAILURES_UNTIL_ERROR {
                warn!("{name} {how}; it is started again in {} ms", pause.as_millis());
            } else {
                error!("{name} {how}, {failures} times in a row; the next try is in {pause:?}");
            }
            let _waited =
                self.changed.wait_timeout_while(state, pause, |state| state.wanted == Wanted::Up);
        }
    }

    /// Starts the process and returns how it ended.
    fn run_once(&self, prepare: &Prepare, failures: u32) -> String {
        let command = prepare();
        let mut state = self.lock();
        if !matches!(state.wanted, Wanted::Trial | Wanted::Up) {
            return "was not wanted any more".to_owned();
        }
        let spawned = match command {
            Ok(mut command) => command.spawn().map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return self.ended(&mut state, format!("could not be started: {error}")),
        };
        let pid = Pid::from_raw(child.id().cast_signed());
        state.pid = Some(pid);
        self.changed.notify_all();
        drop(state);
        if failures > 0 {
            info!("{} runs again as process {pid}", self.name);
        }
        // Waits without reaping, and so without the lock.
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
        while waitid(Id::Pid(pid), flags) == Err(Errno::EINTR) {}
        let mut state = self.lock();
        let status = child.wait();
        state.pid = None;
        let how = match status {
            Ok(status) => format!("(process {pid}) {}", in_words(status)),
            Err(error) => format!("(process {pid}) was lost: {error}"),
        };
        self.ended(&mut state, how)
    }

    /// Told in the same breath as the process goes, or a next start could take it for its own end.
    fn ended(&self, state: &mut State, how: String) -> String {
        state.ended = Some(how.clone());
        self.changed.notify_all();
        how
    }

    fn end(&self, wanted: Wanted, signal: Signal, patience: Duration) {
        let mut state = self.lock();
        state.wanted = wanted;
        self.changed.notify_all();
        for (signal, patience) in [(signal, patience), (Signal::SIGKILL, KILL_WAIT)] {
            let Some(pid) = state.pid else { return };
            // Not reaped yet, since that takes the same lock; so the id is still this child's.
            let _ended = kill(pid, signal);
            let alive = |state: &mut State| state.pid.is_some();
            state = self
                .changed
                .wait_timeout_while(state, patience, alive)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        if state.pid.is_some() {
            error!("{} does not end, even killed", self.name);
        }
    }
}

fn in_words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("ended with status {code}"),
        (None, Some(signal)) => format!("was ended by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}
