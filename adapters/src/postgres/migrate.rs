//! Brings a database to the form that this program expects. Forward only.

use super::connect::{connect_once, is_passing};
use sqlx::{Connection, postgres::PgConnectOptions};

/// Why a database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection as the owner.
    #[error("could not connect to PostgreSQL as the owner of the log")]
    Connect(#[source] sqlx::Error),
    /// A migration failed; nothing of it was kept.
    #[error("could not migrate the database")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The owner may not let the service act in its role.
    #[error("could not let `{role}` act as `berth_service`; grant it as a superuser")]
    Grant {
        /// The role of the service's own connection.
        role: String,
        /// What PostgreSQL said.
        source: sqlx::Error,
    },
}

impl Error {
    /// Whether waiting may help: PostgreSQL may only be starting.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Connect(error) if is_passing(error))
    }
}

/// Runs what is missing, as the owner, and lets `service` (a login role) act as `berth_service`.
///
/// # Errors
/// See `Error`. Migrations run under an advisory lock: two at once do no harm.
pub async fn migrate(owner: &PgConnectOptions, service: Option<&str>) -> Result<(), Error> {
    let mut connection = connect_once(owner).await.map_err(Error::Connect)?;
    sqlx::migrate!("../migrations").run(&mut connection).await?;
    let role = service.unwrap_or(owner.get_username()).to_owned();
    let quoted = role.replace('"', "\"\"");
    let grant = format!(
        r#"DO $$ BEGIN
            -- From PostgreSQL 16 on a member may be one without the right to SET ROLE: whoever
            -- made the role is.
            IF NOT pg_has_role('{}', 'berth_service', CASE
                WHEN current_setting('server_version_num')::int < 160000 THEN 'MEMBER'
                ELSE 'SET' END)
            THEN
                GRANT berth_service TO "{quoted}";
            END IF;
        END $$"#,
        role.replace('\'', "''"),
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(grant))
        .execute(&mut connection)
        .await
        .map_err(|source| Error::Grant { role, source })?;
    connection.close().await.map_err(Error::Connect)
}
