//! The vault on a real PostgreSQL: what is kept, what is taken back, what is shredded, and who may
//! open it with which key.

use crate::story::{create_provider, request, request_of};
use adapters::vault::{Keyring, OpenError, Vault};
use commands::{
    Unit, Writer,
    handle::{Stop, Verb},
    ports::{
        Vault as _,
        vault::{Error, Keep, Kind, Secret},
    },
    provider::create::CreateProvider,
};
use domain::{
    StreamId,
    ids::{CommandId, ProviderId, RecordId},
    kept::Kept,
};
use sqlx::{PgPool, Row};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tests::harness::Database;
use uuid::Uuid;

const KIND: Kind = Kind::SecretValue;

fn new_record() -> RecordId {
    RecordId(Uuid::now_v7())
}

fn canary() -> Secret {
    Secret::from(format!("{:032x}", rand::random::<u128>()))
}

fn command() -> CommandId {
    CommandId(Uuid::now_v7())
}

async fn put(vault: &Vault, record: RecordId, value: &Secret) -> Result<Kept, Error> {
    let kept = vault.put(command(), &[Keep { record, kind: KIND, value }]).await?;
    Ok(kept.into_iter().next().unwrap())
}

async fn count(pool: &PgPool, table: &'static str) -> i64 {
    let query = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM vault.{table}"));
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

/// Every byte of every row of the vault.
async fn stored(pool: &PgPool) -> Vec<Vec<u8>> {
    let query = "SELECT wrapped_key AS bytes FROM vault.records WHERE wrapped_key IS NOT NULL \
                 UNION ALL SELECT ciphertext FROM vault.versions";
    let rows = sqlx::query(query).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get("bytes")).collect()
}

#[tokio::test]
async fn a_value_is_read_by_every_process_and_by_nobody_else() {
    let database = Database::create().await;
    let (one, other) = (database.vault().await, database.vault().await);
    let (record, value) = (new_record(), canary());
    let kept = put(&one, record, &value).await.unwrap();
    assert_eq!((kept.record_id, kept.version), (record, 1));
    assert_eq!(other.get(record, 1).await.unwrap(), value);
    let visible = |bytes: &[u8]| bytes.windows(8).any(|part| value.expose().starts_with(part));
    assert!(!stored(&database.pool()).await.iter().any(|bytes| visible(bytes)));
    assert!(matches!(other.get(record, 2).await, Err(Error::Gone { version: 2, .. })));
    assert!(matches!(other.get(new_record(), 1).await, Err(Error::Gone { .. })));
}

#[tokio::test]
async fn each_value_is_a_version_and_equal_ones_have_one_fingerprint() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let (record, first, second) = (new_record(), canary(), canary());
    let one = put(&vault, record, &first).await.unwrap();
    let two = put(&vault, record, &second).await.unwrap();
    let three = put(&vault, record, &first).await.unwrap();
    assert_eq!((one.version, two.version, three.version), (1, 2, 3));
    assert_eq!(one.fingerprint, three.fingerprint);
    assert_ne!(one.fingerprint, two.fingerprint);
    assert_eq!(vault.get(record, 1).await.unwrap(), first);
    assert_eq!(vault.get(record, 2).await.unwrap(), second);
    let elsewhere = put(&vault, new_record(), &first).await.unwrap();
    assert_ne!(one.fingerprint, elsewhere.fingerprint, "another record, another key");
}

#[tokio::test]
async fn a_record_keeps_its_kind() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let (record, value) = (new_record(), canary());
    put(&vault, record, &value).await.unwrap();
    let other = [Keep { record, kind: Kind::ClusterToken, value: &value }];
    let refused = vault.put(command(), &other).await.unwrap_err();
    assert!(matches!(refused, Error::OtherKind { kind: Kind::ClusterToken, .. }), "{refused:?}");
}

#[tokio::test]
async fn a_command_keeps_all_its_values_or_none() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let (record, value) = (new_record(), canary());
    put(&vault, record, &value).await.unwrap();
    let fresh = new_record();
    let values = [
        Keep { record: fresh, kind: KIND, value: &value },
        Keep { record, kind: Kind::ClusterToken, value: &value },
    ];
    assert!(vault.put(command(), &values).await.is_err());
    assert!(matches!(vault.get(fresh, 1).await, Err(Error::Gone { .. })));
    let values: Vec<Secret> = (0..5).map(|_| canary()).collect();
    let keep = |value| Keep { record: RecordId(Uuid::new_v4()), kind: KIND, value };
    let keeps: Vec<Keep<'_>> = values.iter().map(keep).collect();
    let kept = vault.put(command(), &keeps).await.unwrap();
    for ((kept, keep), value) in kept.iter().zip(&keeps).zip(&values) {
        assert_eq!(kept.record_id, keep.record, "answered in the order of the question");
        assert_eq!(vault.get(kept.record_id, kept.version).await.unwrap(), *value);
    }
}

#[tokio::test]
async fn what_was_moved_or_altered_in_the_database_is_not_read() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let (one, other) = (new_record(), new_record());
    put(&vault, one, &canary()).await.unwrap();
    put(&vault, other, &canary()).await.unwrap();
    put(&vault, other, &canary()).await.unwrap();
    let altered = async |sql: &'static str| {
        sqlx::query(sql).bind(one.0).bind(other.0).execute(&database.owner_pool()).await.unwrap();
        matches!(vault.get(other, 1).await, Err(Error::Altered { .. }))
    };
    // An older version in the place of a newer one, and back.
    assert!(
        altered(
            "UPDATE vault.versions SET ciphertext = (SELECT ciphertext FROM vault.versions \
             WHERE record_id = $2 AND version = 2) WHERE record_id = $2 AND version = 1 \
             AND record_id <> $1"
        )
        .await
    );
    // Another record's data key.
    assert!(
        altered(
            "UPDATE vault.records SET wrapped_key = (SELECT wrapped_key FROM vault.records \
             WHERE id = $1) WHERE id = $2"
        )
        .await
    );
}

#[tokio::test]
async fn what_is_shredded_is_gone_for_everybody_in_every_version() {
    let database = Database::create().await;
    let (vault, other) = (database.vault().await, database.vault().await);
    let (record, beside) = (new_record(), new_record());
    for record in [record, record, beside] {
        put(&vault, record, &canary()).await.unwrap();
    }
    vault.shred(&[record, new_record()]).await.unwrap();
    for version in [1, 2] {
        assert!(matches!(other.get(record, version).await, Err(Error::Gone { .. })));
    }
    assert!(other.get(beside, 1).await.is_ok());
    assert_eq!(stored(&database.pool()).await.len(), 2, "a key and a value, of the other record");
    // It stays so: nothing is kept under its id again.
    assert!(matches!(put(&other, record, &canary()).await, Err(Error::Gone { .. })));
    vault.shred(&[record]).await.unwrap();
}

#[tokio::test]
async fn an_instance_key_is_made_once() {
    let database = Database::create().await;
    let vaults = futures::future::join_all((0..8).map(|_| database.vault())).await;
    let key = |vault: Arc<Vault>| async move {
        vault.instance_key(RecordId::DIGEST_KEY, Kind::DigestKey).await.unwrap()
    };
    let keys = futures::future::join_all(vaults.into_iter().map(key)).await;
    assert!(keys.iter().all(|key| *key == keys[0]));
    assert_ne!(keys[0], [0; 32]);
}

/// `CreateProvider`, which brings a secret along.
struct WithSecret {
    create: CreateProvider,
    record: RecordId,
    value: Secret,
    kept: Mutex<Option<Kept>>,
}

impl WithSecret {
    fn new(called: &str) -> Self {
        let create = create_provider(ProviderId(Uuid::now_v7()), called);
        Self { create, record: new_record(), value: canary(), kept: Mutex::default() }
    }
}

impl Verb for WithSecret {
    fn subject(&self) -> StreamId {
        self.create.subject()
    }
    fn result(&self) -> String {
        self.create.result()
    }
    fn keeps(&self) -> Vec<Keep<'_>> {
        vec![Keep { record: self.record, kind: KIND, value: &self.value }]
    }
    async fn run(&self, unit: &mut Unit<'_>) -> Result<(), Stop> {
        *self.kept.lock().unwrap() = Some(unit.kept(self.record)?);
        self.create.run(unit).await
    }
}

#[tokio::test]
async fn what_a_command_brings_is_kept_once_it_is_recorded_and_not_if_it_is_refused() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let writer = database.writer().keeping(vault.clone());
    let accepted = WithSecret::new("Paris");
    let request = request();
    writer.handle(&accepted, &request).await.unwrap();
    let kept = accepted.kept.lock().unwrap().clone().unwrap();
    assert_eq!(vault.get(kept.record_id, kept.version).await.unwrap(), accepted.value);

    let refused = WithSecret::new("PARIS");
    writer.handle(&refused, &crate::story::request()).await.unwrap_err();
    assert!(matches!(vault.get(refused.record, 1).await, Err(Error::Gone { .. })));
    // A repeat is answered before anything is kept a second time.
    writer.handle(&accepted, &request).await.unwrap();
    let pool = database.pool();
    assert_eq!((count(&pool, "records").await, count(&pool, "versions").await), (1, 1));
}

#[tokio::test]
async fn a_writer_without_a_vault_takes_no_secret() {
    let database = Database::create().await;
    let writer: Writer = database.writer();
    let refused = writer.handle(&WithSecret::new("Paris"), &request()).await.unwrap_err();
    assert!(matches!(refused, commands::Error::Vault(Error::NotKept)), "{refused:?}");
    assert_eq!(count(&database.pool(), "versions").await, 0);
}

#[tokio::test]
async fn what_a_crash_left_behind_is_swept_and_what_was_recorded_stays() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let writer = database.writer().keeping(vault.clone());
    let recorded = WithSecret::new("Paris");
    writer.handle(&recorded, &request_of(command())).await.unwrap();
    let left = new_record();
    put(&vault, left, &canary()).await.unwrap();
    put(&vault, recorded.record, &canary()).await.unwrap();
    assert_eq!(vault.sweep().await.unwrap(), 0, "its command may still be under way");
    assert_eq!(vault.sweep_older_than(Duration::ZERO).await.unwrap(), 2);
    assert_eq!(vault.sweep_older_than(Duration::ZERO).await.unwrap(), 0);
    assert!(matches!(vault.get(left, 1).await, Err(Error::Gone { .. })));
    assert!(matches!(vault.get(recorded.record, 2).await, Err(Error::Gone { .. })));
    assert_eq!(vault.get(recorded.record, 1).await.unwrap(), recorded.value);
    assert_eq!(count(&database.pool(), "records").await, 1);
}

#[tokio::test]
async fn another_master_key_takes_over_while_values_are_kept() {
    let database = Database::create().await;
    let (vault, other) = (database.vault().await, database.vault().await);
    let mut values = vec![];
    for _ in 0..1200 {
        let (record, value) = (new_record(), canary());
        put(&vault, record, &value).await.unwrap();
        values.push((record, value));
    }
    let old = master_keys(&database.pool()).await;
    let busy = tokio::spawn({
        let other = other.clone();
        async move {
            let mut values = vec![];
            for _ in 0..200 {
                let (record, value) = (new_record(), canary());
                put(&other, record, &value).await.unwrap();
                values.push((record, value));
            }
            values
        }
    });
    vault.add_master_key().unwrap();
    let done = vault.rotate().await.unwrap();
    values.extend(busy.await.unwrap());
    assert_eq!(done.unused, old);
    assert!(done.rewrapped >= 1200, "{done:?}");
    // Whoever began before it was current is wrapped anew too, so the old key opens nothing.
    let again = vault.rotate().await.unwrap();
    assert_eq!((again.rewrapped, again.current), (0, done.current.clone()));
    assert_eq!(master_keys(&database.pool()).await, [done.current]);
    for (record, value) in values {
        assert_eq!(other.get(record, 1).await.unwrap(), value);
    }
}

/// The master keys that wrap something.
async fn master_keys(pool: &PgPool) -> Vec<String> {
    let query = "SELECT DISTINCT master_key_id FROM vault.records WHERE master_key_id IS NOT NULL";
    sqlx::query_scalar(query).fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn a_key_file_that_does_not_open_the_vault_is_refused_at_start() {
    let database = Database::create().await;
    put(&*database.vault().await, new_record(), &canary()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let open = async |name: &str, text: &str| {
        let file = folder.path().join(name);
        std::fs::write(&file, text).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&file, mode).unwrap();
        Vault::open(database.pool(), Keyring::load(&file).unwrap()).await
    };
    let stranger = adapters::vault::keyring::new_line().unwrap();
    let refused = open("stranger", &stranger).await.unwrap_err();
    assert!(matches!(refused, OpenError::Missing { .. }), "{refused:?}");
    let name = master_keys(&database.pool()).await.remove(0);
    let impostor = format!("{name} {}", stranger.split_once(' ').unwrap().1);
    let refused = open("impostor", &impostor).await.unwrap_err();
    assert!(matches!(refused, OpenError::Wrong { .. }), "{refused:?}");
}

#[tokio::test]
async fn the_service_may_not_bring_a_shredded_record_back_by_mistake() {
    let database = Database::create().await;
    let vault = database.vault().await;
    let record = new_record();
    put(&vault, record, &canary()).await.unwrap();
    let half = "UPDATE vault.records SET shredded_at = now() WHERE id = $1";
    let refused = sqlx::query(half).bind(record.0).execute(&database.pool()).await;
    assert!(refused.is_err(), "a record is shredded whole or not at all");
}
