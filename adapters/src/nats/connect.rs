//! A connection that never gives up: the broker may come later than Berth, and go at any time.

use async_nats::{Client, ConnectOptions, Event, ServerAddr, jetstream};
use std::{fmt, time::Duration};
use tokio::sync::watch;
use tracing::{debug, info, warn};

/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// How long the broker may take to answer a request or to acknowledge a message.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest pause between two attempts to connect.
const RECONNECT_PAUSE_MAX: Duration = Duration::from_secs(2);
/// The shortest pause between two attempts to connect.
const RECONNECT_PAUSE_MIN: Duration = Duration::from_millis(50);
/// A silent broker is noticed after two of these.
const PING_INTERVAL: Duration = Duration::from_secs(5);
/// Unacknowledged messages of one connection. More than any window of the relay: a task that
/// queues more than this before it awaits would wait for itself.
pub const ACKNOWLEDGEMENTS_PENDING_MAX: usize = 4_096;

/// Where the broker is, and who asks.
#[derive(Clone)]
pub struct Server {
    /// Addresses, separated by commas.
    pub url: String,
    /// User and password, where the broker asks for them.
    pub login: Option<(String, String)>,
}

/// Without the password, and without the address, which may hold one.
impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = self.login.as_ref().map(|(user, _)| user);
        f.debug_struct("Server").field("user", &user).finish_non_exhaustive()
    }
}

/// A connection that comes back by itself.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The client, connected or not.
    pub client: Client,
    /// `JetStream` over that client.
    pub jetstream: jetstream::Context,
    /// Counts how often the connection was made: whoever comes back may not be who went.
    pub connects: watch::Receiver<u64>,
}

/// Why there will never be a connection.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no list of addresses. It is not repeated here, since it may hold a password.
    #[error("the address of NATS cannot be read; one looks like nats://127.0.0.1:4222")]
    Address,
    /// The client could not be made.
    #[error("could not set up the NATS client")]
    Client(#[source] async_nats::ConnectError),
}

/// Connects, or goes on trying. `name` is what the broker's monitoring shows.
///
/// # Errors
/// An address that cannot be read. A broker that is not there is no error.
pub async fn connect(server: &Server, name: &str) -> Result<Connection, Error> {
    let addresses = server.url.split(',').map(|address| address.trim().parse::<ServerAddr>());
    let addresses: Vec<_> = addresses.collect::<Result<_, _>>().map_err(|_| Error::Address)?;
    let (connected, connects) = watch::channel(0);
    let mut options = ConnectOptions::new()
        .name(name)
        .retry_on_initial_connect()
        .connection_timeout(CONNECT_TIMEOUT)
        .request_timeout(Some(REQUEST_TIMEOUT))
        .ping_interval(PING_INTERVAL)
        .reconnect_delay_callback(pause)
        .event_callback(move |event| {
            note(&event, &connected);
            async {}
        });
    if let Some((user, password)) = &server.login {
        options = options.user_and_password(user.clone(), password.clone());
    }
    let client = options.connect(addresses).await.map_err(Error::Client)?;
    let jetstream = jetstream::context::ContextBuilder::new()
        .timeout(REQUEST_TIMEOUT)
        .ack_timeout(REQUEST_TIMEOUT)
        .max_ack_inflight(ACKNOWLEDGEMENTS_PENDING_MAX)
        .build(client.clone());
    Ok(Connection { client, jetstream, connects })
}

fn pause(attempt: usize) -> Duration {
    let doublings = u32::try_from(attempt.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    RECONNECT_PAUSE_MIN.saturating_mul(1 << doublings).min(RECONNECT_PAUSE_MAX)
}

/// Only the end and the beginning of a connection are news; each failed attempt between is not.
fn note(event: &Event, connected: &watch::Sender<u64>) {
    match event {
        Event::Connected => {
            connected.send_modify(|count| *count += 1);
            info!("connected to NATS");
        }
        Event::Disconnected => warn!("lost the connection to NATS; trying to get it back"),
        Event::ServerError(error) => warn!("NATS refused: {error}"),
        Event::ClientError(error) => debug!("NATS client: {error}"),
        Event::SlowConsumer(_) | Event::LameDuckMode | Event::Draining | Event::Closed => {
            debug!("NATS client: {event}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_between_attempts_grows_and_is_bounded() {
        assert_eq!(pause(0), RECONNECT_PAUSE_MIN);
        assert_eq!(pause(3), RECONNECT_PAUSE_MIN * 4);
        assert_eq!(pause(usize::MAX), RECONNECT_PAUSE_MAX);
    }

    #[test]
    fn a_password_is_not_printed() {
        let login = Some(("relay".to_owned(), "canary-1".to_owned()));
        let server = Server { url: "nats://a:canary-2@b".to_owned(), login };
        assert!(!format!("{server:?}").contains("canary"));
    }
}
