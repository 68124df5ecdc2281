//! One database a test.

use super::{server, wait::ACQUIRE_TIMEOUT};
use adapters::{
    postgres::{EventFeed, EventLog, connect, event_log::Limits, migrate},
    vault::{Keyring, Vault},
};
use commands::Writer;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, Executor, PgPool, postgres::PgConnectOptions,
};
use std::sync::Arc;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Connections of one pool: many tests run at once on one server.
const CONNECTIONS_MAX: u32 = 8;

static TEMPLATE: OnceCell<String> = OnceCell::const_new();

/// A migrated database of its own. It stays until the server ends with the test binary.
#[derive(Clone, Debug)]
pub struct Database {
    options: PgConnectOptions,
}

impl Database {
    /// Clones the template.
    pub async fn create() -> Self {
        let template = TEMPLATE.get_or_init(make_template).await;
        let name = format!("berth_{}", Uuid::new_v4().simple());
        administer(&format!("CREATE DATABASE {name} TEMPLATE {template}")).await;
        // A clone has the tables of its template, but not what was granted on the database.
        administer(&format!("GRANT CREATE ON DATABASE {name} TO berth_service")).await;
        Self { options: server::options().await.database(&name) }
    }

    /// How to reach it. The service changes into its own role by itself.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The same as an address, for other programs.
    #[must_use]
    pub fn url(&self) -> String {
        self.options.to_url_lossy().to_string()
    }

    /// A pool in the role of the service.
    #[must_use]
    pub fn pool(&self) -> PgPool {
        connect(self.options(), CONNECTIONS_MAX, ACQUIRE_TIMEOUT)
    }

    /// A pool in the role of the owner.
    #[must_use]
    pub fn owner_pool(&self) -> PgPool {
        sqlx::postgres::PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .connect_lazy_with(self.options())
    }

    /// The log, with a sequencer of its own: two of them are like two processes.
    #[must_use]
    pub fn log(&self) -> Arc<EventLog> {
        Arc::new(EventLog::start(self.pool(), self.options(), Limits::default()))
    }

    /// Its vault, with the same master key for all who ask.
    pub async fn vault(&self) -> Arc<Vault> {
        vault_of(self.options()).await
    }

    /// A writer over a log of its own.
    #[must_use]
    pub fn writer(&self) -> Writer {
        Writer::new(self.log())
    }

    /// The feed, with a LISTEN of its own.
    #[must_use]
    pub fn feed(&self) -> EventFeed {
        EventFeed::start(self.pool(), self.options())
    }
}

/// The vault of a database, whose master key is in a file of the same name.
pub async fn vault_of(options: PgConnectOptions) -> Arc<Vault> {
    let name = options.get_database().expect("the name of a database").to_owned();
    let folder = server::folder().join("berth-test-vault-keys");
    let keyring = Keyring::load_or_make(&folder.join(name)).expect("a key file");
    let pool = connect(options, 2, ACQUIRE_TIMEOUT);
    Arc::new(Vault::open(pool, keyring).await.expect("a vault"))
}

async fn make_template() -> String {
    let name = format!("berth_template_{}", Uuid::new_v4().simple());
    administer(&format!("CREATE DATABASE {name}")).await;
    let options = server::options().await.database(&name);
    migrate(&options, None).await.expect("migrate the template");
    name
}

async fn administer(statement: &str) {
    let mut connection = server::options().await.connect().await.expect("connect to PostgreSQL");
    connection.execute(AssertSqlSafe(statement.to_owned())).await.expect(statement);
    connection.close().await.expect("close the connection");
}
