//! What goes wrong when events are applied, and which of it is the event's fault.

/// Why events could not be applied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// PostgreSQL refused the rows, or did not answer.
    #[error("write the rows")]
    Database(#[from] sqlx::Error),
    /// A row that this program cannot read, or not write.
    #[error("read or write the document of a row")]
    Document(#[from] serde_json::Error),
    /// The event changes a row that no event before it made.
    #[error("the row that the event changes does not exist")]
    NoRow,
}

impl Error {
    /// Whether the same event would fail again. Everything else is tried again, and again.
    pub(crate) fn is_poison(&self) -> bool {
        match self {
            Self::NoRow | Self::Document(_) => true,
            Self::Database(sqlx::Error::Database(error)) => {
                // A value out of range, a broken constraint, a row too large.
                let class = error.code().map(|code| code.chars().take(2).collect::<String>());
                matches!(class.as_deref(), Some("22" | "23" | "54"))
            }
            Self::Database(
                sqlx::Error::Decode(_) | sqlx::Error::Encode(_) | sqlx::Error::ColumnDecode { .. },
            ) => true,
            Self::Database(_) => false,
        }
    }
}
