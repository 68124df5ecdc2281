//! A cluster as clients describe it, when a provider is created and when one is added.

use crate::body::{Check, Rule, given, place};
use domain::{
    cluster_url::{self, ClusterUrl},
    name::Name,
    provider::Cluster,
};
use serde::{Deserialize, de::IgnoredAny};
use std::fmt;

/// A cluster to be registered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClusterRequest)]
pub(crate) struct Body {
    /// Unique within the provider, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where its API answers. This version drives Docker Swarm over plain `http://` only.
    #[schema(example = "http://10.0.0.1:2375", max_length = 300)]
    url: String,
    /// Other managers of the same Swarm.
    #[serde(default)]
    #[schema(max_items = 9)]
    urls: Vec<String>,
    /// The name that TLS asks for and verifies, where it is not the host of the URL.
    server_name: Option<String>,
    /// Its place in the order of fallbacks; 1 is the primary. Absent: behind all others.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    rank: Option<u32>,
    /// Its share of the draws of an active/active provider. Absent: 100.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, minimum = 1, maximum = 1000)]
    weight: Option<u32>,
    #[schema(ignore)]
    certificate: Option<IgnoredAny>,
    #[schema(ignore)]
    certificate_id: Option<IgnoredAny>,
    #[schema(ignore)]
    token: Option<IgnoredAny>,
}

/// A cluster whose fields were checked, without an id.
pub(crate) struct Checked {
    pub(crate) name: Name,
    pub(crate) url: ClusterUrl,
    pub(crate) urls: Vec<ClusterUrl>,
    pub(crate) server_name: Option<String>,
    pub(crate) rank: Option<u16>,
    pub(crate) weight: u16,
}

impl Body {
    /// Checks every field; `at` is the place of the cluster in the body.
    pub(crate) fn checked(self, check: &mut Check, at: &str) -> Option<Checked> {
        let name = check.name(&place(at, "name"), &self.name);
        let url = check.url(&place(at, "url"), &self.url);
        let urls = urls(check, at, &self.urls);
        let server_name = server_name(check, at, self.server_name);
        let rank = self.rank.map_or(Some(None), |rank| {
            check.within(&place(at, "rank"), rank, Cluster::RANK_MAX).map(Some)
        });
        let weight = self.weight.unwrap_or(u32::from(Cluster::WEIGHT_DEFAULT));
        let weight = check.within(&place(at, "weight"), weight, Cluster::WEIGHT_MAX);
        let secrets = [
            ("certificate", self.certificate.is_some()),
            ("certificate_id", self.certificate_id.is_some()),
            ("token", self.token.is_some()),
        ];
        refuse_secrets(check, at, secrets);
        Some(Checked {
            name: name?,
            url: url?,
            urls: urls?,
            server_name: server_name?,
            rank: rank?,
            weight: weight?,
        })
    }
}

/// Refuses what has to be kept secret, for as long as there is no vault to keep it in.
pub(super) fn refuse_secrets<const N: usize>(
    check: &mut Check,
    at: &str,
    secrets: [(&str, bool); N],
) {
    for (name, is_given) in secrets {
        if is_given {
            let detail = "cannot be kept yet: this version has no vault for secrets, and drives \
                          Docker Swarm over plain HTTP only";
            check.refuse(&place(at, name), "not_yet", detail);
        }
    }
}

/// Checks the addresses of further managers.
pub(super) fn urls(check: &mut Check, at: &str, urls: &[String]) -> Option<Vec<ClusterUrl>> {
    let at = place(at, "urls");
    if urls.len() > Cluster::URLS_MAX {
        check.refuse(&at, "too_many", format!("must have at most {} entries", Cluster::URLS_MAX));
        return None;
    }
    let mut checked = Vec::with_capacity(urls.len());
    for (index, url) in urls.iter().enumerate() {
        let at = place(&at, index);
        if let Some(url) = check.url(&at, url) {
            if checked.contains(&url) {
                check.refuse(&at, "unique", "is in the list already");
            }
            checked.push(url);
        }
    }
    (checked.len() == urls.len()).then_some(checked)
}

/// Checks a server name, where there is one.
pub(super) fn server_name(
    check: &mut Check,
    at: &str,
    name: Option<String>,
) -> Option<Option<String>> {
    let Some(name) = name else { return Some(None) };
    let valid = cluster_url::check_server_name(&name).map_err(ServerName);
    check.take(&place(at, "server_name"), valid)?;
    Some(Some(name))
}

/// The rule of a server name, which is that of a host without brackets.
struct ServerName(cluster_url::Error);

impl fmt::Display for ServerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("must be a DNS name or an IP address")
    }
}

impl Rule for ServerName {
    fn word(&self) -> &'static str {
        self.0.word()
    }
}
