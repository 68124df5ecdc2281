//! Whose tokens are accepted beside those that Berth issues, and what they allow.

use super::{Error, invalid, optional};
use domain::{
    ids::OrganizationId,
    role::{Name, Role},
};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use url::{Host, Url};

/// An identity provider, or none.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// `iss` of its tokens, where its keys are found. Absent: only tokens of Berth are accepted.
    #[serde(with = "optional")]
    pub issuer: Option<String>,
    /// `aud` of tokens that are meant for Berth.
    #[serde(with = "optional")]
    pub audience: Option<String>,
    /// Which claims give which roles, as `CLAIM=VALUE:ROLE[@ORGANIZATION]`, separated by commas.
    #[serde(with = "optional")]
    pub roles: Option<String>,
    /// Certificates to trust beside those of the machine, as PEM.
    #[serde(with = "optional")]
    pub ca_file: Option<String>,
}

/// A claim that gives a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// Its name; `a.b` is the member `b` of `a`.
    pub claim: String,
    /// What it must be, or have among others.
    pub value: String,
    /// What that allows.
    pub role: Role,
}

const ISSUER_RULE: &str = "an address that begins with https://, or with http:// on this machine, \
    without query and fragment";
const ROLES_RULE: &str = "CLAIM=VALUE:ROLE, separated by commas; ROLE is `administrator`, \
    `auditor`, or `organization_administrator@ID` or `member@ID` with the id of an organization";

impl Oidc {
    /// The issuer as an address.
    pub fn issuer_url(&self) -> Result<Option<Url>, Error> {
        let Some(issuer) = &self.issuer else { return Ok(None) };
        let url = Url::parse(issuer).ok().filter(|url| {
            let is_plain = url.query().is_none()
                && url.fragment().is_none()
                && url.username().is_empty()
                && url.password().is_none();
            is_plain && (url.scheme() == "https" || url.scheme() == "http" && is_here(url))
        });
        url.map(Some).ok_or_else(|| invalid("oidc.issuer", ISSUER_RULE))
    }

    /// Which claims give which roles.
    pub fn mappings(&self) -> Result<Vec<Mapping>, Error> {
        let entries = self.roles.iter().flat_map(|roles| roles.split(','));
        let entries = entries.map(str::trim).filter(|entry| !entry.is_empty());
        let read =
            entries.map(|entry| mapping(entry).ok_or_else(|| invalid("oidc.roles", ROLES_RULE)));
        read.collect()
    }

    /// The file with further authorities.
    pub fn ca_path(&self) -> Option<PathBuf> {
        self.ca_file.as_ref().map(PathBuf::from)
    }

    pub(super) fn validate(&self) -> Result<(), Error> {
        let is_set = self.issuer_url()?.is_some();
        self.mappings()?;
        if is_set != self.audience.is_some() {
            return Err(invalid("oidc.audience", "set where `oidc.issuer` is, and only there"));
        }
        if !is_set && (self.roles.is_some() || self.ca_file.is_some()) {
            return Err(invalid("oidc.issuer", "set where another key of the section is"));
        }
        Ok(())
    }
}

/// What never leaves this machine needs no TLS.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// `CLAIM=VALUE:ROLE[@ORGANIZATION]`; a value may have colons, as the role is behind the last.
fn mapping(entry: &str) -> Option<Mapping> {
    let (condition, role) = entry.rsplit_once(':')?;
    let (claim, value) = condition.split_once('=')?;
    let (role, organization) = match role.split_once('@') {
        Some((role, id)) => (role, Some(id.parse::<OrganizationId>().ok()?)),
        None => (role, None),
    };
    let names = [Name::Administrator, Name::Auditor, Name::Member, Name::OrganizationAdministrator];
    let name = names.into_iter().find(|name| name.as_str() == role)?;
    if claim.is_empty() || value.is_empty() {
        return None;
    }
    let role = Role::of(name, organization)?;
    Some(Mapping { claim: claim.to_owned(), value: value.to_owned(), role })
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn oidc(issuer: &str, audience: &str, roles: &str) -> Oidc {
        let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Oidc { issuer: set(issuer), audience: set(audience), roles: set(roles), ca_file: None }
    }

    #[test]
    fn roles_are_read_entry_by_entry() {
        let id = Uuid::from_u128(7);
        let roles = format!("groups=ops:administrator, realm.roles=a:b:auditor,g=dev:member@{id}");
        let told = oidc("", "", &roles).mappings().unwrap();
        let told: Vec<_> =
            told.iter().map(|one| (one.claim.as_str(), one.value.as_str(), one.role)).collect();
        let member = Role::Member(OrganizationId(id));
        assert_eq!(
            told,
            [
                ("groups", "ops", Role::Administrator),
                ("realm.roles", "a:b", Role::Auditor),
                ("g", "dev", member),
            ]
        );
        let id = format!("g=dev:auditor@{id}");
        for wrong in ["ops", "groups=ops", "groups=ops:root", "=a:auditor", "g=:auditor", &id] {
            assert!(oidc("", "", wrong).mappings().is_err(), "{wrong}");
        }
        for wrong in ["g=dev:member", "g=dev:member@acme"] {
            assert!(oidc("", "", wrong).mappings().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_issuer_is_reached_by_tls_or_on_this_machine() {
        for fine in ["https://login.example/dex", "http://127.0.0.1:5556/dex", "http://[::1]:1"] {
            assert!(oidc(fine, "berth", "").validate().is_ok(), "{fine}");
        }
        for wrong in [
            "http://login.example",
            "http://10.0.0.1",
            "ftp://127.0.0.1",
            "https://login.example/?a=b",
            "https://me@login.example",
            "login.example",
        ] {
            assert!(oidc(wrong, "berth", "").validate().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_issuer_and_an_audience_go_together() {
        assert!(oidc("https://login.example", "", "").validate().is_err());
        assert!(oidc("", "berth", "").validate().is_err());
        assert!(oidc("", "", "groups=ops:administrator").validate().is_err());
        assert!(oidc("", "", "").validate().is_ok());
    }
}
