//! How far the log has been read for what was given up. See `commands::processes::shred`.

use super::Vault;
use commands::processes::shred::Place;
use domain::Position;

impl Place for Vault {
    type Error = sqlx::Error;

    async fn read(&self) -> Result<Position, sqlx::Error> {
        let position = sqlx::query_scalar("SELECT position FROM vault.shredder");
        Ok(Position(position.fetch_one(&self.pool).await?))
    }

    async fn note(&self, position: Position) -> Result<(), sqlx::Error> {
        // Another process may be further already.
        sqlx::query("UPDATE vault.shredder SET position = $1 WHERE position < $1")
            .bind(position.0)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
