//! What runs by itself around certificates: warnings before their end, by a clock of the story's
//! own, and the end of keys that nothing needs any more.

use crate::story::request;
use commands::{
    Writer,
    certificate::{
        import::ImportCertificate, remove::RemoveCertificate, replace::ReplaceCertificate,
    },
    cluster::request_test::RequestConnectivityTest,
    ports::{
        Clock, Vault as _,
        vault::{Error, Secret},
    },
    processes::{certificate_expiry::look, connectivity_expiry, shred},
    provider::{
        access::{Access, Token, UsedCertificate},
        add_cluster::AddCluster,
        change_cluster_endpoint::ChangeClusterEndpoint,
        create::CreateProvider,
        login::Login,
        remove::RemoveProvider,
        remove_registry_credential::RemoveRegistryCredential,
        set_registry_credential::SetRegistryCredential,
    },
    secret::{create::CreateSecret, remove::RemoveSecret, rotate::RotateSecret},
};
use domain::{
    Event, StreamId, Timestamp, Version,
    certificate::material::Public,
    cluster_url::ClusterUrl,
    ids::{CertificateId, ClusterId, ProviderId, RecordId, SecretId},
    provider::{
        DeploymentMode, Kind, Visibility, change_cluster_endpoint as endpoint, create::Create,
    },
    secret::SecretName,
    testing::{certificates::material, name, registry::registry},
};
use std::{collections::BTreeMap, sync::Mutex};
use tests::harness::Database;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// A clock that the story sets.
struct Hand(Mutex<Timestamp>);

impl Clock for Hand {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

impl Hand {
    /// So many days before the end of a certificate.
    fn before(days: i64) -> Self {
        let end = material(1).not_after.moment();
        Self(Mutex::new(Timestamp::new(end - Duration::days(days))))
    }
}

fn public(number: u16) -> Public {
    let it = material(number);
    Public {
        ca: it.ca,
        certificate: it.certificate,
        fingerprint: it.fingerprint,
        issuer: it.issuer,
        not_after: it.not_after,
        not_before: it.not_before,
        serial_number: it.serial_number,
        subject: it.subject,
        subject_alternative_names: it.subject_alternative_names,
    }
}

fn record() -> RecordId {
    RecordId(Uuid::now_v7())
}

fn secret() -> Secret {
    Secret::from(format!("{:032x}", rand::random::<u128>()))
}

fn imported(called: &str) -> ImportCertificate {
    let id = CertificateId(Uuid::now_v7());
    let (record, key, public) = (record(), secret(), public(1));
    ImportCertificate { id, name: name(called), record, key, public }
}

async fn events(writer: &Writer, stream: StreamId) -> Vec<Event> {
    let events = writer.log().load(stream, Version::NONE).await.unwrap();
    events.into_iter().map(|event| event.payload).collect()
}

/// The warnings of a certificate, in days.
async fn warnings(writer: &Writer, id: CertificateId) -> Vec<u16> {
    let events = events(writer, StreamId::certificate(id)).await;
    let days = events.iter().filter_map(|event| match event {
        Event::Certificate(domain::certificate::Event::Expiring(event)) => Some(event.days_left),
        _ => None,
    });
    days.collect()
}

#[tokio::test]
async fn each_warning_is_recorded_once_however_many_look() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let (here, there) =
        (database.writer().keeping(vault.clone()), database.writer().keeping(vault));
    let import = imported("paris");
    here.handle(&import, &request()).await.unwrap();
    assert_eq!(look(&here, &Hand::before(31)).await.unwrap(), 0);
    for (days, expected) in [
        (30, vec![30]),
        (29, vec![30]),
        (14, vec![30, 14]),
        (7, vec![30, 14, 7]),
        (2, vec![30, 14, 7]),
        (1, vec![30, 14, 7, 1]),
        (-3, vec![30, 14, 7, 1]),
    ] {
        let clock = Hand::before(days);
        // Two processes at once, and each of them again.
        let (one, other) = tokio::join!(look(&here, &clock), look(&there, &clock));
        one.unwrap();
        other.unwrap();
        look(&here, &clock).await.unwrap();
        assert_eq!(warnings(&here, import.id).await, expected, "{days} days before");
    }
    let (id, public) = (import.id, public(2));
    let replace = ReplaceCertificate { id, record: record(), key: secret(), public };
    here.handle(&replace, &request()).await.unwrap();
    assert_eq!(look(&here, &Hand::before(1)).await.unwrap(), 0, "the new one ends later");
    here.handle(&RemoveCertificate { id }, &request()).await.unwrap();
    assert_eq!(look(&here, &Hand::before(-9000)).await.unwrap(), 0);
}

/// A Kubernetes provider with a certificate and a token on its one cluster.
struct Scene {
    database: Database,
    writer: Writer,
    certificate: ImportCertificate,
    token: Token,
    provider: ProviderId,
    cluster: ClusterId,
}

impl Scene {
    async fn new() -> Self {
        let database = Database::create().await;
        let writer = database.writer().keeping(database.vault().await);
        let (provider, certificate) = (ProviderId(Uuid::now_v7()), imported("paris"));
        let create = Create {
            name: name("Paris"),
            kind: Kind::Kubernetes,
            visibility: Visibility::Public,
            deployment_mode: DeploymentMode::Single,
            comments: String::new(),
            clusters: vec![],
        };
        let create = CreateProvider { id: provider, create, access: BTreeMap::new() };
        writer.handle(&create, &request()).await.unwrap();
        let (token, cluster) =
            (Token { record: record(), value: secret() }, ClusterId(Uuid::now_v7()));
        let access = Access {
            certificate: Some(UsedCertificate::New(Box::new(certificate.clone()))),
            token: Some(token.clone()),
        };
        let add = AddCluster {
            provider,
            id: cluster,
            name: name("one"),
            url: ClusterUrl::parse("https://k8s.internal:6443").unwrap(),
            urls: vec![],
            server_name: None,
            rank: None,
            weight: 100,
            ca: None,
            access,
        };
        writer.handle(&add, &request()).await.unwrap();
        let it = Self { database, writer, certificate, token, provider, cluster };
        it.shred().await;
        assert!(it.has(it.token.record).await && it.has(it.certificate.record).await);
        it
    }

    /// Asks for a test of a cluster that is not registered. Answers what is kept for it.
    async fn candidate(&self) -> [RecordId; 2] {
        let id = ClusterId(Uuid::now_v7());
        let (certificate, token) =
            (imported("for the test"), Token { record: record(), value: secret() });
        let records = [certificate.record, token.record];
        let url = ClusterUrl::parse("https://k8s.internal:6443").unwrap();
        let cluster = domain::provider::Cluster { id, url, ..domain::testing::cluster(1) };
        let certificate = Some(UsedCertificate::New(Box::new(certificate)));
        let access = Access { certificate, token: Some(token) };
        let test = RequestConnectivityTest { id, kind: Kind::Kubernetes, cluster, access };
        self.writer.handle(&test, &request()).await.unwrap();
        records
    }

    /// Does what the log asks for, up to its end; twice, as two processes would.
    async fn shred(&self) {
        let (vault, feed) = (self.database.vault().await, self.database.feed());
        let step = || shred::step(&feed, self.writer.log(), &*vault, &*vault);
        while step().await.unwrap().is_none() {}
    }

    async fn has(&self, record: RecordId) -> bool {
        match self.database.vault().await.get(record, 1).await {
            Ok(_) => true,
            Err(Error::Gone { .. }) => false,
            Err(error) => panic!("{error}"),
        }
    }

    async fn change(&self, token: Option<Option<Token>>) {
        let change = endpoint::ChangeClusterEndpoint::of(self.cluster);
        let certificate = Some(None);
        let (provider, rank, weight) = (self.provider, None, None);
        let verb = ChangeClusterEndpoint { provider, change, certificate, token, rank, weight };
        self.writer.handle(&verb, &request()).await.unwrap();
        self.shred().await;
    }
}

#[tokio::test]
async fn a_key_is_shredded_when_another_takes_its_place_and_when_it_is_removed() {
    let scene = Scene::new().await;
    let (id, new) = (scene.certificate.id, record());
    let replace = ReplaceCertificate { id, record: new, key: secret(), public: public(2) };
    scene.writer.handle(&replace, &request()).await.unwrap();
    assert!(scene.has(scene.certificate.record).await, "the effect comes after the event");
    scene.shred().await;
    assert!(!scene.has(scene.certificate.record).await);
    assert!(scene.has(new).await && scene.has(scene.token.record).await);
    scene.change(None).await;
    scene.writer.handle(&RemoveCertificate { id }, &request()).await.unwrap();
    scene.shred().await;
    assert!(!scene.has(new).await && scene.has(scene.token.record).await);
}

#[tokio::test]
async fn what_a_test_was_given_is_shredded_after_a_quarter_of_an_hour() {
    let scene = Scene::new().await;
    let kept = scene.candidate().await;
    let now = OffsetDateTime::now_utc();
    let in_minutes = |minutes| Hand(Mutex::new(Timestamp::new(now + Duration::minutes(minutes))));
    let over = async |minutes| {
        connectivity_expiry::look(&scene.writer, &in_minutes(minutes)).await.unwrap()
    };
    assert_eq!(over(14).await, 0);
    scene.shred().await;
    for record in kept {
        assert!(scene.has(record).await, "the test may still go on");
    }
    assert_eq!((over(16).await, over(16).await), (1, 0), "it is over once");
    scene.shred().await;
    for record in kept {
        assert!(!scene.has(record).await);
    }
    assert!(scene.has(scene.token.record).await && scene.has(scene.certificate.record).await);
}

#[tokio::test]
async fn a_token_is_shredded_when_it_is_replaced_or_taken_away() {
    let scene = Scene::new().await;
    let new = Token { record: record(), value: secret() };
    scene.change(Some(Some(new.clone()))).await;
    assert!(!scene.has(scene.token.record).await && scene.has(new.record).await);
    scene.change(Some(None)).await;
    assert!(!scene.has(new.record).await && scene.has(scene.certificate.record).await);
}

#[tokio::test]
async fn a_token_is_shredded_with_its_provider_and_a_certificate_outlives_it() {
    let scene = Scene::new().await;
    let remove = RemoveProvider { id: scene.provider };
    scene.writer.handle(&remove, &request()).await.unwrap();
    scene.shred().await;
    assert!(!scene.has(scene.token.record).await && scene.has(scene.certificate.record).await);
    // Nothing uses it any more, so it can go.
    let remove = RemoveCertificate { id: scene.certificate.id };
    scene.writer.handle(&remove, &request()).await.unwrap();
}

#[tokio::test]
async fn the_values_of_a_secret_are_shredded_when_it_is_removed() {
    let scene = Scene::new().await;
    let (id, provider) = (SecretId(Uuid::now_v7()), scene.provider);
    let name = SecretName::parse("password").unwrap();
    let create = CreateSecret { id, provider, name, value: secret() };
    scene.writer.handle(&create, &request()).await.unwrap();
    let rotate = RotateSecret { provider, secret: id, value: secret() };
    scene.writer.handle(&rotate, &request()).await.unwrap();
    scene.shred().await;
    assert!(scene.has(RecordId(id.0)).await);
    scene.writer.handle(&RemoveSecret { provider, secret: id }, &request()).await.unwrap();
    assert!(scene.has(RecordId(id.0)).await, "the effect comes after the event");
    scene.shred().await;
    assert!(!scene.has(RecordId(id.0)).await && scene.has(scene.token.record).await);
}

#[tokio::test]
async fn a_credential_is_shredded_when_it_is_replaced_or_removed_and_with_its_provider() {
    let scene = Scene::new().await;
    let provider = scene.provider;
    let set = async |of: &str| {
        let (registry, record) = (registry(of), record());
        let login = Login::new("robot", &secret()).unwrap();
        let verb = SetRegistryCredential { provider, registry, record, login };
        scene.writer.handle(&verb, &request()).await.unwrap();
        record
    };
    let (first, other) = (set("a.example").await, set("b.example").await);
    let second = set("a.example").await;
    assert!(scene.has(first).await, "the effect comes after the event");
    scene.shred().await;
    assert!(!scene.has(first).await && scene.has(second).await && scene.has(other).await);
    let remove = RemoveRegistryCredential { provider, registry: registry("a.example") };
    scene.writer.handle(&remove, &request()).await.unwrap();
    scene.shred().await;
    assert!(!scene.has(second).await && scene.has(other).await);
    assert!(scene.has(scene.token.record).await, "what others need stays");
    scene.writer.handle(&RemoveProvider { id: provider }, &request()).await.unwrap();
    scene.shred().await;
    assert!(!scene.has(other).await);
}
