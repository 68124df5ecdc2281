//! A wire between Berth and an engine, which knows the connections that are open on it.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Passes everything on, both ways.
pub(crate) struct Wire {
    address: SocketAddr,
    open: Arc<Mutex<BTreeSet<u64>>>,
    task: JoinHandle<()>,
}

impl Wire {
    /// A wire to an engine of the lab.
    pub(crate) async fn to(url: &str) -> Self {
        let engine = url.trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(Mutex::new(BTreeSet::new()));
        let all = Arc::clone(&open);
        let task = tokio::spawn(async move {
            for number in 0.. {
                let Ok((mut near, _)) = listener.accept().await else { return };
                let (engine, all) = (engine.clone(), Arc::clone(&all));
                all.lock().unwrap().insert(number);
                tokio::spawn(async move {
                    if let Ok(mut far) = TcpStream::connect(&engine).await {
                        drop(copy_bidirectional(&mut near, &mut far).await);
                    }
                    all.lock().unwrap().remove(&number);
                });
            }
        });
        Self { address, open, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The connections that are open now, each by a number of its own.
    pub(crate) fn open(&self) -> BTreeSet<u64> {
        self.open.lock().unwrap().clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
    }
}
