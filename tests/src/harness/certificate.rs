//! Certificates for stories, made at run time.

use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair,
};
use serde_json::{Value, json};
use std::fmt;
use time::{Duration, OffsetDateTime};

/// A key with its certificate, as PEM texts.
#[derive(Clone, Debug)]
pub struct Pem {
    /// The private key.
    pub key: String,
    /// The certificate.
    pub certificate: String,
}

/// An authority that vouches for servers and clients.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    /// Its own certificate, as PEM.
    pub certificate: String,
}

impl Authority {
    /// One that nobody trusts yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::signed(name, |params, key| params.self_signed(key))
    }

    /// One that this one vouches for.
    #[must_use]
    pub fn beneath(&self, name: &str) -> Self {
        Self::signed(name, |params, key| params.signed_by(key, &self.issuer))
    }

    fn signed(
        name: &str,
        sign: impl FnOnce(&CertificateParams, &KeyPair) -> Result<Certificate, rcgen::Error>,
    ) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![]).expect("no further names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = sign(&params, &key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A server with these names, of which some may be addresses.
    #[must_use]
    pub fn server(&self, names: &[&str]) -> Pem {
        self.issue("server", names, |params| {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        })
    }

    /// A client of this name.
    #[must_use]
    pub fn client(&self, name: &str) -> Pem {
        self.issue(name, &[], |params| {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        })
    }

    /// Anybody, changed at will.
    #[must_use]
    pub fn issue(
        &self,
        subject: &str,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> Pem {
        let key = KeyPair::generate().expect("a key");
        let certificate = self.certify(&key, subject, names, change);
        Pem { key: key.serialize_pem(), certificate }
    }

    /// The certificate of somebody who has a key.
    #[must_use]
    pub fn certify(
        &self,
        key: &KeyPair,
        subject: &str,
        names: &[&str],
        change: impl FnOnce(&mut CertificateParams),
    ) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        params.distinguished_name.push(DnType::CommonName, subject);
        change(&mut params);
        params.signed_by(key, &self.issuer).expect("a certificate").pem()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Pem {
    /// One that names `subject`, and ends after so many days.
    #[must_use]
    pub fn new(subject: &str, days: i64) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(vec![]).expect("no further names");
        params.distinguished_name.push(DnType::CommonName, subject);
        let now = OffsetDateTime::now_utc();
        params.not_before = now - Duration::days(100);
        params.not_after = now + Duration::days(days);
        let certificate = params.self_signed(&key).expect("a certificate").pem();
        Self { key: key.serialize_pem(), certificate }
    }

    /// As a request gives it.
    #[must_use]
    pub fn body(&self) -> Value {
        json!({ "key": self.key, "certificate": self.certificate, "ca": self.certificate })
    }

    /// A kubeconfig with this certificate, its own authority.
    #[must_use]
    pub fn kubeconfig(&self, url: &str, token: &str) -> String {
        let (certificate, key) = (STANDARD.encode(&self.certificate), STANDARD.encode(&self.key));
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "main",
            "contexts": [{"name": "main", "context": {"cluster": "one", "user": "me"}}],
            "clusters": [{"name": "one", "cluster": {
                "server": url, "certificate-authority-data": certificate,
            }}],
            "users": [{"name": "me", "user": {
                "client-certificate-data": certificate, "client-key-data": key, "token": token,
            }}],
        })
        .to_string()
    }
}
