//! Who may speak to a control plane of the lab, and how it shows that it is the right one.
//!
//! The server has one name and no address in its certificate, so that nobody reaches it by its
//! address without saying which name is meant: what cannot do that is found out here.

use std::fs;
use std::path::{Path, PathBuf};

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{DnType, ExtendedKeyUsagePurpose, KeyPair};
use serde_json::json;

use crate::harness::certificate::{Authority, Pem};
use crate::lab::Error;

/// Those who may do everything are in this group.
pub(super) const MASTERS: &str = "system:masters";

/// The keys and certificates of one control plane, and the folder it reads them from.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) authority: Authority,
    pub(super) server_name: String,
    directory: PathBuf,
}

impl Credentials {
    /// Makes all that a control plane at `url` needs.
    pub(super) fn make(directory: &Path, name: &str, url: &str) -> Result<Self, Error> {
        let authority = Authority::new(&format!("{name} authority"));
        let server_name = format!("{name}.kubernetes.internal");
        let own = Self { authority, server_name, directory: directory.to_owned() };
        own.write("ca.pem", &own.authority.certificate)?;
        own.wear(&own.server())?;
        let accounts = KeyPair::generate()
            .map_err(|error| Error::Unavailable(format!("no key for the accounts: {error}")))?;
        own.write("accounts.key", &accounts.serialize_pem())?;
        own.write("accounts.pub", &accounts.public_key_pem())?;
        for (person, group) in [
            ("admin", MASTERS),
            ("kwok", MASTERS),
            ("system:kube-controller-manager", "lab"),
            ("system:kube-scheduler", "lab"),
        ] {
            let file = kubeconfig(person);
            own.write(&file, &own.describe(url, &own.client(person, group)))?;
        }
        Ok(own)
    }

    /// A certificate by which the server is known.
    pub(super) fn server(&self) -> Pem {
        self.authority.server(&[&self.server_name])
    }

    /// Gives the server its certificate, which it reads when it starts.
    pub(super) fn wear(&self, own: &Pem) -> Result<(), Error> {
        self.write("server.pem", &own.certificate)?;
        self.write("server.key", &own.key)
    }

    /// The certificate of a person, and of the group it is in.
    pub(super) fn client(&self, person: &str, group: &str) -> Pem {
        self.authority.issue(person, &[], |params| {
            params.distinguished_name.push(DnType::OrganizationName, group);
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        })
    }

    /// The path of one of its files.
    pub(super) fn file(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }

    pub(super) fn write(&self, name: &str, text: &str) -> Result<(), Error> {
        fs::write(self.directory.join(name), text)
            .map_err(|source| Error::Io { what: format!("write {name}"), source })
    }

    /// A kubeconfig that names the server.
    fn describe(&self, url: &str, client: &Pem) -> String {
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "lab",
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "me"}}],
            "clusters": [{"name": "lab", "cluster": {
                "server": url, "tls-server-name": self.server_name,
                "certificate-authority-data": STANDARD.encode(&self.authority.certificate),
            }}],
            "users": [{"name": "me", "user": {
                "client-certificate-data": STANDARD.encode(&client.certificate),
                "client-key-data": STANDARD.encode(&client.key),
            }}],
        })
        .to_string()
    }
}

/// The file of a person's kubeconfig.
pub(super) fn kubeconfig(person: &str) -> String {
    format!("{}.json", person.trim_start_matches("system:"))
}
