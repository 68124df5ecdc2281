//! Who a token of the identity provider belongs to, and which roles its claims give.

use super::Caller;
use crate::{
    config::oidc::Mapping,
    problem::{Chain, Code, Problem},
};
use adapters::{
    oidc::{Error, Provider, claims::Claims},
    postgres::access::{Access, principals::Vouched},
};
use domain::role::Roles;
use std::time::Duration;

/// The identity provider that is trusted, and what its claims are worth here.
#[derive(Debug)]
pub struct Identity {
    provider: Provider,
    issuer: String,
    mappings: Vec<Mapping>,
}

impl Identity {
    /// Trusts a provider.
    #[must_use]
    pub fn new(provider: Provider, issuer: String, mappings: Vec<Mapping>) -> Self {
        Self { provider, issuer, mappings }
    }

    /// The bearer of a token with the roles that its claims give, and how long that holds; nobody,
    /// if the token is not valid.
    pub(super) async fn caller(
        &self,
        access: &Access,
        token: &str,
    ) -> Result<Option<(Caller, Duration)>, Problem> {
        let claims = match self.provider.verify(token).await {
            Ok(claims) => claims,
            Err(error @ Error::Invalid(_)) => {
                tracing::debug!("a bearer was refused: {error}");
                return Ok(None);
            }
            Err(error) => {
                tracing::warn!(error = %Chain(&error), "could not check a bearer");
                let code = Code::IdentityProviderUnavailable;
                return Err(Problem::new(code, code.title()));
            }
        };
        let vouched = Vouched {
            issuer: self.issuer.clone(),
            subject: claims.subject.clone(),
            name: claims.name.clone(),
            email: claims.email.clone(),
        };
        let id = access.vouched(&vouched).await.map_err(|error| Problem::query(&error))?;
        let roles = self.roles(&claims);
        Ok(Some((Caller { id, name: claims.name, roles }, claims.expires_in)))
    }

    fn roles(&self, claims: &Claims) -> Roles {
        let given = self.mappings.iter().filter(|one| claims.has(&one.claim, &one.value));
        given.map(|mapping| mapping.role).collect()
    }
}
