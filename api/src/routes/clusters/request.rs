//! A cluster as clients describe it, when a provider is created and when one is added.

use crate::{
    body::{Check, Rule, given, place},
    certificate, kubeconfig,
};
use commands::{
    certificate::import::ImportCertificate,
    provider::access::{Access, Token, UsedCertificate},
};
use domain::{
    Timestamp,
    cluster_url::{self, ClusterUrl},
    ids::{CertificateId, CommandId, RecordId},
    name::Name,
    outbound::Rules,
    provider::Cluster,
};
use serde::Deserialize;
use std::fmt;
use uuid::Uuid;

/// The longest token, in characters.
const TOKEN_CHARACTERS_MAX: usize = 16 * 1024;
/// The most characters of a cluster's name that name its certificate, too.
const CERTIFICATE_NAME_CHARACTERS_MAX: usize = 80;

/// A cluster to be registered.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClusterRequest)]
pub(crate) struct Body {
    /// Unique within the provider, regardless of case and Unicode form.
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    /// Where its API answers. Left out where a kubeconfig says it.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false, example = "https://10.0.0.1:2376", max_length = 300)]
    url: Option<String>,
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
    /// The authorities by which its API is verified, as PEM; for a cluster without a certificate
    /// that says so.
    #[schema(format = "pem-certificates", max_length = 65536)]
    ca: Option<String>,
    /// A certificate that was imported.
    #[schema(format = Uuid)]
    certificate_id: Option<String>,
    /// A certificate given here; it becomes one like any other, and is found under
    /// `/v1/certificates`.
    certificate: Option<certificate::Body>,
    /// A bearer token for Kubernetes. It is kept in the vault and never shown.
    #[schema(format = Password, min_length = 1, max_length = 16384)]
    token: Option<String>,
    /// The file with which `kubectl` reaches the cluster, as YAML or JSON, in the place of address,
    /// server name, authorities, certificate and token. Never shown.
    #[schema(max_length = 262144)]
    kubeconfig: Option<String>,
}

/// A cluster whose fields were checked, without an id.
pub(crate) struct Checked {
    pub(crate) name: Name,
    pub(crate) url: ClusterUrl,
    pub(crate) urls: Vec<ClusterUrl>,
    pub(crate) server_name: Option<String>,
    pub(crate) rank: Option<u16>,
    pub(crate) weight: u16,
    pub(crate) ca: Option<String>,
    pub(crate) access: Access,
}

/// What a body is checked by, beside the rules that never change.
#[derive(Clone, Copy)]
pub(crate) struct By<'a> {
    pub(crate) now: Timestamp,
    pub(crate) outbound: &'a Rules,
    /// Names the records of the vault that the request brings along.
    pub(crate) command: CommandId,
}

impl Body {
    /// Checks every field; `at` is the place of the cluster in the body.
    pub(crate) fn checked(mut self, check: &mut Check, at: &str, by: By<'_>) -> Option<Checked> {
        let name = check.name(&place(at, "name"), &self.name);
        let imported = match self.kubeconfig.take() {
            Some(text) => Some(self.import(check, at, &text, by)?),
            None => None,
        };
        let rank = self.rank.map_or(Some(None), |rank| {
            check.within(&place(at, "rank"), rank, Cluster::RANK_MAX).map(Some)
        });
        let weight = self.weight.unwrap_or(u32::from(Cluster::WEIGHT_DEFAULT));
        let weight = check.within(&place(at, "weight"), weight, Cluster::WEIGHT_MAX);
        let told = imported.is_some();
        let (url, server_name, ca, new, token) = match imported {
            Some(it) => (Some(it.url), it.server_name, it.ca, it.certificate, it.token),
            None => {
                let new = match self.certificate.take() {
                    Some(body) => body.checked(check, &place(at, "certificate"), by.now).map(Some),
                    None => Some(None),
                };
                let ca = match &self.ca {
                    Some(text) => certificate::authorities(check, at, text, by.now).map(Some),
                    None => Some(None),
                };
                (self.url.take(), self.server_name.take(), ca?, new?, self.token.take())
            }
        };
        let url_at = place(at, if told { "kubeconfig" } else { "url" });
        let Some(url) = url else {
            check.refuse(&url_at, "missing", "must be given");
            return None;
        };
        let url = check.url(&url_at, &url, by.outbound);
        let urls = urls(check, at, &self.urls, by.outbound);
        let server_name = server_name_of(check, at, server_name);
        let token = token_of(check, at, token.map(Some), by.command)?.flatten();
        let certificate = certificate_of(check, at, self.certificate_id, new, &self.name, by)?;
        Some(Checked {
            name: name?,
            url: url?,
            urls: urls?,
            server_name: server_name?,
            rank: rank?,
            weight: weight?,
            ca,
            access: Access { certificate, token },
        })
    }

    /// Reads a kubeconfig, which says all that these fields would say.
    fn import(
        &self,
        check: &mut Check,
        at: &str,
        text: &str,
        by: By<'_>,
    ) -> Option<kubeconfig::Kubeconfig> {
        let others = [
            ("url", self.url.is_some()),
            ("urls", !self.urls.is_empty()),
            ("server_name", self.server_name.is_some()),
            ("ca", self.ca.is_some()),
            ("certificate", self.certificate.is_some()),
            ("certificate_id", self.certificate_id.is_some()),
            ("token", self.token.is_some()),
        ];
        for (name, _) in others.iter().filter(|(_, is_given)| *is_given) {
            check.refuse(&place(at, name), "one_of", "must not be given beside `kubeconfig`");
        }
        let read = kubeconfig::read(check, &place(at, "kubeconfig"), text, by.now);
        if others.iter().any(|(_, is_given)| *is_given) { None } else { read }
    }
}

/// The certificate that a cluster will use: an imported one or a new one, or none. The inner `None`
/// is none; the outer one means that something was refused.
pub(super) fn certificate_of(
    check: &mut Check,
    at: &str,
    known: Option<String>,
    new: Option<certificate::Checked>,
    cluster: &str,
    by: By<'_>,
) -> Option<Option<UsedCertificate>> {
    match (known, new) {
        (Some(_), Some(_)) => {
            let detail = "must not be given beside `certificate_id`";
            check.refuse(&place(at, "certificate"), "one_of", detail);
            None
        }
        (Some(text), None) => {
            let id = check.uuid::<CertificateId>(&place(at, "certificate_id"), &text)?;
            Some(Some(UsedCertificate::Known(id)))
        }
        (None, Some(new)) => {
            let id = CertificateId(Uuid::now_v7());
            let name = certificate_name(cluster, id)?;
            let record = RecordId::of(by.command, &format!("certificate_key{at}"));
            let (key, public) = (new.key, new.public);
            let import = ImportCertificate { id, name, record, key, public };
            Some(Some(UsedCertificate::New(Box::new(import))))
        }
        (None, None) => Some(None),
    }
}

/// A name that no other certificate has: that of its first cluster, and the end of its own id.
fn certificate_name(cluster: &str, id: CertificateId) -> Option<Name> {
    let cluster: String = cluster.chars().take(CERTIFICATE_NAME_CHARACTERS_MAX).collect();
    let id = id.0.simple().to_string();
    Name::parse(&format!("{} {}", cluster.trim_end(), &id[20..])).ok()
}

/// A bearer token. `None` means that it was refused.
pub(super) fn token_of(
    check: &mut Check,
    at: &str,
    token: Option<Option<String>>,
    command: CommandId,
) -> Option<Option<Option<Token>>> {
    let Some(Some(text)) = token else { return Some(token.map(|_| None)) };
    let at_token = place(at, "token");
    if text.is_empty() {
        check.refuse(&at_token, "empty", "must not be empty");
        return None;
    }
    if text.len() > TOKEN_CHARACTERS_MAX {
        let detail = format!("must have at most {TOKEN_CHARACTERS_MAX} characters");
        check.refuse(&at_token, "too_long", detail);
        return None;
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        check.refuse(&at_token, "characters", "must be of visible ASCII characters");
        return None;
    }
    let record = RecordId::of(command, &format!("token{at}"));
    Some(Some(Some(Token { record, value: text.into() })))
}

/// Checks the addresses of further managers.
pub(super) fn urls(
    check: &mut Check,
    at: &str,
    urls: &[String],
    outbound: &Rules,
) -> Option<Vec<ClusterUrl>> {
    let at = place(at, "urls");
    if urls.len() > Cluster::URLS_MAX {
        check.refuse(&at, "too_many", format!("must have at most {} entries", Cluster::URLS_MAX));
        return None;
    }
    let mut checked = Vec::with_capacity(urls.len());
    for (index, url) in urls.iter().enumerate() {
        let at = place(&at, index);
        if let Some(url) = check.url(&at, url, outbound) {
            if checked.contains(&url) {
                check.refuse(&at, "unique", "is in the list already");
            }
            checked.push(url);
        }
    }
    (checked.len() == urls.len()).then_some(checked)
}

/// Checks a server name, where there is one.
pub(super) fn server_name_of(
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
