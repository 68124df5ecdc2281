//! Which connection an endpoint gets.

use super::*;
use crate::api_version::Minimums;
use commands::ports::vault::{self, Keep, Secret};
use domain::{
    cluster_url::ClusterUrl,
    ids::{CertificateId, CommandId, RecordId},
    kept::Kept as KeptValue,
    provider::Cluster as Registered,
    testing::{certificates::material, cluster},
};
use rcgen::{CertificateParams, CertifiedIssuer, KeyPair};
use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use uuid::Uuid;

/// Gives one value, whatever is asked for.
struct OneValue {
    value: Secret,
    reads: AtomicUsize,
}

#[async_trait]
impl Vault for OneValue {
    async fn put(&self, _: CommandId, _: &[Keep<'_>]) -> Result<Vec<KeptValue>, vault::Error> {
        Err(vault::Error::NotKept)
    }
    async fn take_back(&self, _: &[KeptValue]) -> Result<(), vault::Error> {
        Ok(())
    }
    async fn get(&self, record: RecordId, version: u32) -> Result<Secret, vault::Error> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        if self.value.expose().is_empty() {
            return Err(vault::Error::Gone { record, version });
        }
        Ok(self.value.clone())
    }
    async fn shred(&self, _: &[RecordId]) -> Result<(), vault::Error> {
        Ok(())
    }
}

fn clusters(value: &str) -> (Clusters, Arc<OneValue>) {
    let value = Secret::from(value.to_owned());
    let vault = Arc::new(OneValue { value, reads: AtomicUsize::new(0) });
    let settings = Settings {
        call_timeout: Duration::from_secs(1),
        rules: Arc::default(),
        minimums: Minimums::default(),
    };
    (Clusters::new(settings, vault.clone()), vault)
}

fn plain() -> Endpoint {
    Endpoint { kind: Kind::Swarm, cluster: cluster(1), certificate: None }
}

/// An endpoint with a certificate, and its key.
fn secured() -> (Endpoint, String) {
    let key = KeyPair::generate().unwrap();
    let pem = key.serialize_pem();
    let params = CertificateParams::new(vec!["berth".to_owned()]).unwrap();
    let own = CertifiedIssuer::self_signed(params, key).unwrap();
    let mut material = material(1);
    (material.certificate, material.ca) = (own.pem(), Some(own.pem()));
    let cluster = Registered {
        url: ClusterUrl::parse("https://10.9.1.2:2376").unwrap(),
        certificate_id: Some(CertificateId(Uuid::nil())),
        server_name: Some("swarm.internal".to_owned()),
        ..cluster(1)
    };
    (Endpoint { kind: Kind::Swarm, cluster, certificate: Some(Arc::new(material)) }, pem)
}

#[tokio::test]
async fn equal_endpoints_get_the_same_connection() {
    let (clusters, _) = clusters("");
    let mut moved = plain();
    moved.cluster.url = ClusterUrl::parse("http://10.9.1.2:2375").unwrap();
    let connection = clusters.connect(&plain()).await.unwrap();
    assert!(Arc::ptr_eq(&connection, &clusters.connect(&plain()).await.unwrap()));
    assert!(!Arc::ptr_eq(&connection, &clusters.connect(&moved).await.unwrap()));
}

#[tokio::test]
async fn another_version_of_a_key_gets_another_connection() {
    let (endpoint, key) = secured();
    let (clusters, vault) = clusters(&key);
    let old = clusters.connect(&endpoint).await.unwrap();
    assert!(Arc::ptr_eq(&old, &clusters.connect(&endpoint).await.unwrap()));
    assert_eq!(vault.reads.load(Ordering::Relaxed), 1);
    let mut material = endpoint.certificate.as_deref().unwrap().clone();
    material.key.version += 1;
    let replaced = Endpoint { certificate: Some(Arc::new(material)), ..endpoint };
    assert!(!Arc::ptr_eq(&old, &clusters.connect(&replaced).await.unwrap()));
    assert_eq!(vault.reads.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn what_the_vault_does_not_give_is_no_outage_and_is_asked_for_again() {
    let (endpoint, _) = secured();
    let (clusters, vault) = clusters("");
    for reads in 1..=2 {
        let refused = clusters.connect(&endpoint).await.map(drop);
        assert!(matches!(refused, Err(Error::NoCredentials(_))), "{refused:?}");
        assert_eq!(vault.reads.load(Ordering::Relaxed), reads);
    }
    let nameless = Endpoint { certificate: None, ..endpoint };
    let refused = clusters.connect(&nameless).await.map(drop);
    assert!(matches!(refused, Err(Error::NoCredentials(_))), "{refused:?}");
}

#[tokio::test]
async fn a_key_of_another_certificate_is_of_no_use_and_is_not_shown() {
    let (endpoint, _) = secured();
    let other = KeyPair::generate().unwrap().serialize_pem();
    let (clusters, _) = clusters(&other);
    let refused = clusters.connect(&endpoint).await.map(drop).unwrap_err();
    assert!(matches!(refused, Error::CredentialsRejected { .. }), "{refused:?}");
    let body = other.lines().nth(1).unwrap();
    assert!(!format!("{refused} {refused:?}").contains(body));
}

#[tokio::test]
async fn each_kind_has_a_connection_of_its_own() {
    let clusters = clusters("").0;
    let swarm = clusters.connect(&plain()).await.unwrap();
    let kubernetes = Endpoint { kind: Kind::Kubernetes, ..plain() };
    assert!(!Arc::ptr_eq(&swarm, &clusters.connect(&kubernetes).await.unwrap()));
}
