//! What an event means for the lists of tokens and roles.

use super::row::{Grant, Principal, Token};
use crate::{apply::Error, decoded::Decoded, fold::Fold, past::Shown, rows::Rows};
use async_trait::async_trait;
use domain::{
    Event,
    access::{self, grant_role::RoleGranted, issue_token::TokenIssued},
    ids::PrincipalId,
    role::Role,
};
use sqlx::PgConnection;
use uuid::Uuid;

const LOAD_PRINCIPALS: &str = "SELECT id, document::text FROM principal WHERE id = ANY($1)";
const LOAD_TOKENS: &str = "SELECT id, document::text FROM token WHERE id = ANY($1)";
const LOAD_ROLES: &str = "SELECT id, document::text FROM role WHERE id = ANY($1)";

const WRITE_PRINCIPALS: &str = "
INSERT INTO principal (id, document) SELECT * FROM unnest($1::uuid[], $2::json[])
ON CONFLICT (id) DO UPDATE SET document = excluded.document";

const WRITE_TOKENS: &str = "
INSERT INTO token (id, name_key, created_at, principal_id, document)
SELECT id, '', created_at, principal_id, document
FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::json[])
    AS t (id, created_at, principal_id, document)
ON CONFLICT (id) DO UPDATE SET document = excluded.document";

const WRITE_ROLES: &str = "
INSERT INTO role (id, name_key, created_at, principal_id, organization_id, held, document)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::uuid[], $5::uuid[],
    $6::boolean[], $7::json[])
ON CONFLICT (id) DO UPDATE SET
    created_at = excluded.created_at, held = excluded.held, document = excluded.document";

/// The lists, as far as they are held.
#[derive(Default)]
pub(crate) struct AccessList {
    principals: Rows<Principal>,
    tokens: Rows<Token>,
    roles: Rows<Grant>,
}

#[async_trait]
impl Fold for AccessList {
    async fn load(
        &mut self,
        connection: &mut PgConnection,
        events: &[Decoded],
    ) -> Result<(), Error> {
        let (mut principals, mut tokens, mut roles) = (vec![], vec![], vec![]);
        for event in events {
            let Some(subject) = subject(&event.event) else { continue };
            principals.push(event.stream.id);
            match subject {
                Subject::Token(id) => tokens.push(id),
                Subject::Role(id) => roles.push(id),
            }
        }
        self.principals.load(connection, LOAD_PRINCIPALS, principals.into_iter()).await?;
        self.tokens.load(connection, LOAD_TOKENS, tokens.into_iter()).await?;
        self.roles.load(connection, LOAD_ROLES, roles.into_iter()).await
    }

    fn apply(&mut self, recorded: &Decoded) -> Result<(), Error> {
        match &recorded.event {
            Event::Access(event) => self.apply_access(recorded, event),
            Event::Certificate(_)
            | Event::Cluster(_)
            | Event::Image(_)
            | Event::Node(_)
            | Event::NodeObservation(_)
            | Event::Organization(_)
            | Event::Profile(_)
            | Event::Provider(_)
            | Event::Secret(_)
            | Event::SecretObservation(_)
            | Event::Workload(_)
            | Event::WorkloadObservation(_) => Ok(()),
        }
    }

    async fn write(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        self.write_principals(connection).await?;
        self.write_tokens(connection).await?;
        self.write_roles(connection).await
    }

    fn shown(&self, id: Uuid) -> Option<Shown> {
        let version = |of: PrincipalId| Some(self.principals.find(of.0)?.version);
        if let Some(row) = self.tokens.find(id) {
            return Some(Shown::Token(row.clone(), version(row.principal)?));
        }
        let row = self.roles.find(id)?;
        Some(Shown::Role(row.clone(), version(row.principal)?))
    }

    fn held(&self) -> usize {
        self.principals.len() + self.tokens.len() + self.roles.len()
    }
}

/// What an event is about.
enum Subject {
    Token(Uuid),
    Role(Uuid),
}

fn subject(event: &Event) -> Option<Subject> {
    match event {
        Event::Access(access::Event::TokenIssued(event)) => Some(Subject::Token(event.token_id.0)),
        Event::Access(access::Event::TokenRevoked(event)) => Some(Subject::Token(event.token_id.0)),
        Event::Access(access::Event::RoleGranted(event)) => Some(Subject::Role(event.role_id.0)),
        Event::Access(access::Event::RoleRevoked(event)) => Some(Subject::Role(event.role_id.0)),
        Event::Certificate(_)
        | Event::Cluster(_)
        | Event::Image(_)
        | Event::Node(_)
        | Event::NodeObservation(_)
        | Event::Organization(_)
        | Event::Profile(_)
        | Event::Provider(_)
        | Event::Secret(_)
        | Event::SecretObservation(_)
        | Event::Workload(_)
        | Event::WorkloadObservation(_) => None,
    }
}

impl AccessList {
    fn apply_access(&mut self, recorded: &Decoded, event: &access::Event) -> Result<(), Error> {
        use access::Event as E;
        match event {
            E::TokenIssued(event) => self.tokens.put(event.token_id.0, token(recorded, event)),
            E::TokenRevoked(event) => {
                let row = self.tokens.change(event.token_id.0)?;
                row.revoked_at.get_or_insert(recorded.recorded_at);
            }
            E::RoleGranted(event) => {
                let row = grant(recorded, event).ok_or(Error::NoRow)?;
                self.roles.put(event.role_id.0, row);
            }
            E::RoleRevoked(event) => {
                let row = self.roles.change(event.role_id.0)?;
                row.revoked_at = Some(recorded.recorded_at);
            }
        }
        let id = recorded.stream.id;
        let principal = Principal { id: PrincipalId(id), version: recorded.version };
        self.principals.put(id, principal);
        Ok(())
    }

    async fn write_principals(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        let rows = self.principals.changed();
        if !rows.is_empty() {
            sqlx::query(WRITE_PRINCIPALS)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(documents(rows.iter().map(|(_, row)| *row))?)
                .execute(connection)
                .await?;
        }
        self.principals.written();
        Ok(())
    }

    async fn write_tokens(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        let rows = self.tokens.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            sqlx::query(WRITE_TOKENS)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(each().map(|row| row.principal.0).collect::<Vec<_>>())
                .bind(documents(each())?)
                .execute(connection)
                .await?;
        }
        self.tokens.written();
        Ok(())
    }

    async fn write_roles(&mut self, connection: &mut PgConnection) -> Result<(), Error> {
        let rows = self.roles.changed();
        if !rows.is_empty() {
            let each = || rows.iter().map(|(_, row)| *row);
            let place = |row: &Grant| row.role.organization().map(|place| place.0);
            sqlx::query(WRITE_ROLES)
                .bind(rows.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                .bind(each().map(|row| row.role.name().as_str()).collect::<Vec<_>>())
                .bind(each().map(|row| row.created_at.moment()).collect::<Vec<_>>())
                .bind(each().map(|row| row.principal.0).collect::<Vec<_>>())
                .bind(each().map(place).collect::<Vec<_>>())
                .bind(each().map(|row| row.revoked_at.is_none()).collect::<Vec<_>>())
                .bind(documents(each())?)
                .execute(connection)
                .await?;
        }
        self.roles.written();
        Ok(())
    }
}

fn documents<'a, R: serde::Serialize + 'a>(
    rows: impl Iterator<Item = &'a R>,
) -> Result<Vec<String>, Error> {
    Ok(rows.map(serde_json::to_string).collect::<Result<_, _>>()?)
}

fn token(recorded: &Decoded, event: &TokenIssued) -> Token {
    Token {
        id: event.token_id,
        principal: PrincipalId(recorded.stream.id),
        created_at: recorded.recorded_at,
        expires_at: event.expires_at,
        revoked_at: None,
        stale: false,
    }
}

fn grant(recorded: &Decoded, event: &RoleGranted) -> Option<Grant> {
    Some(Grant {
        id: event.role_id,
        principal: PrincipalId(recorded.stream.id),
        role: Role::of(event.role, event.organization_id)?,
        created_at: recorded.recorded_at,
        revoked_at: None,
        stale: false,
    })
}
