//! A wire between Berth and PostgreSQL that can be cut at the worst moment: after the server has
//! committed, before its answer arrives. Or that falls silent: nothing passes, and nobody is told.

use sqlx::postgres::PgConnectOptions;
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    task::JoinHandle,
};
use uuid::Uuid;

/// A socket that passes everything on, until it is told to cut.
pub struct Proxy {
    folder: PathBuf,
    options: PgConnectOptions,
    cut: Arc<Cut>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Cut {
    /// Answers to swallow; the connection ends with each.
    armed: AtomicU32,
    done: AtomicU32,
    /// How often the wire fell silent: connections from before pass nothing any more.
    silences: AtomicU32,
}

impl Proxy {
    /// A proxy before the server of `options`.
    pub async fn start(options: &PgConnectOptions) -> Self {
        let folder = std::env::temp_dir().join(format!("berth-proxy-{}", Uuid::new_v4().simple()));
        std::fs::create_dir(&folder).expect("make a folder");
        let name = format!(".s.PGSQL.{}", options.get_port());
        let server = options.get_socket().expect("a server on a socket").join(&name);
        let listener = UnixListener::bind(folder.join(name)).expect("listen");
        let cut = Arc::new(Cut::default());
        let task = tokio::spawn(accept(listener, server, Arc::clone(&cut)));
        Self { options: options.clone().socket(&folder), folder, cut, task }
    }

    /// How to reach the server through the proxy.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// Swallows the next answer and cuts its connection.
    pub fn cut_next_answer(&self) {
        self.cut.armed.fetch_add(1, Ordering::SeqCst);
    }

    /// Lets the connections that there are pass nothing any more, without closing them, as a
    /// network does that forgot them. New ones are as good as ever.
    pub fn fall_silent(&self) {
        self.cut.silences.fetch_add(1, Ordering::SeqCst);
    }

    /// How many answers were swallowed.
    #[must_use]
    pub fn answers_cut(&self) -> u32 {
        self.cut.done.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn accept(listener: UnixListener, server: PathBuf, cut: Arc<Cut>) {
    while let Ok((client, _)) = listener.accept().await {
        let server = UnixStream::connect(&server).await.expect("reach the server");
        tokio::spawn(pass(client, server, Arc::clone(&cut)));
    }
}

/// Ends when either side does, or when an answer is swallowed.
async fn pass(mut client: UnixStream, mut server: UnixStream, cut: Arc<Cut>) {
    let (mut asked, mut answered) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    let begun = cut.silences.load(Ordering::SeqCst);
    let is_silent = || cut.silences.load(Ordering::SeqCst) != begun;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if is_silent() => {}
                Ok(length) => if server.write_all(&asked[..length]).await.is_err() { return },
            },
            read = server.read(&mut answered) => match read {
                Ok(0) | Err(_) => return,
                Ok(_) if is_silent() => {}
                // An answer is only sent once the transaction is committed.
                Ok(length) => {
                    let take = |armed: u32| armed.checked_sub(1);
                    let armed = cut.armed.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take);
                    if armed.is_ok() {
                        cut.done.fetch_add(1, Ordering::SeqCst);
                        return;
                    }
                    if client.write_all(&answered[..length]).await.is_err() { return }
                },
            },
        }
    }
}
