//! What the list of secrets shows: everything but values.

use super::{queries::everything, script::Script, table::Process};
use domain::{
    Version,
    ids::{ProviderId, SecretId},
    testing::{
        cluster, place, secret,
        secret_observation::{applied, did_not_come_up, object, refused, restored, workload_id},
    },
};
use projections::{
    Model,
    page::Listing,
    secret_list::query::{self, Filter},
};
use tests::harness::Database;
use uuid::Uuid;

const MODEL: Model = Model::SecretList;

fn id(number: u128) -> SecretId {
    SecretId(Uuid::from_u128(0xd000 + number))
}

/// Every event of a secret.
pub(super) fn scenes(script: &Script) {
    script.secret(id(1), secret::created("db", 1));
    script.secret_became(id(1), applied(1, 1));
    script.secret_became(id(1), refused(2, 1, "no room"));
    script.secret(id(1), secret::rotated(1, 3));
    script.secret_became(id(1), did_not_come_up(1, 3));
    script.secret_became(id(1), restored(1, 1, vec![object(1, "b")]));
    script.secret_became(id(1), applied(2, 3));
    script.secret(id(2), secret::created("tls.key", 1));
    script.secret(id(4), secret::adopted("theirs", 1));
    script.secret(id(3), secret::created("old", 1));
    script.secret(id(3), secret::removed("old"));
}

#[tokio::test]
async fn secrets_are_shown_with_version_and_fingerprint() {
    let (database, script) = (Database::create().await, everything());
    let process = Process::start(&database, &script, &[MODEL]).await;
    process.reach(MODEL, script.end()).await;
    let (pool, paris) = (&process.pool, place().provider);
    let row = query::get(pool, paris, id(1)).await.unwrap().row.unwrap();
    assert_eq!((row.version, row.value), (Version(2), secret::value(3)));
    assert!(row.created_at < row.rotated_at && row.rotated_at < row.updated_at);
    let [paris_1, paris_2] = [1, 2].map(|number| row.clusters[&cluster(number).id].clone());
    let held = paris_1.held.unwrap();
    assert_eq!((held.version, held.objects), (1, vec![object(1, "b")]), "it has gone back");
    assert_eq!(paris_1.restored_at, Some(held.at));
    let rejected = paris_1.rejected.unwrap();
    assert_eq!((rejected.version, rejected.workload_id), (3, Some(workload_id())));
    assert_eq!((paris_2.held.unwrap().version, paris_2.rejected), (3, None), "there is room now");
    assert_eq!(query::get(pool, paris, id(3)).await.unwrap().row, None, "removed");
    let adopted = query::adopted_from(pool, cluster(1).id).await.unwrap();
    assert_eq!(adopted, [("a".to_owned(), id(4))].into());
    let row = query::get(pool, paris, id(4)).await.unwrap().row.unwrap();
    assert_eq!(row.adopted_from.unwrap().object, object(1, "a"));
    let elsewhere = ProviderId(Uuid::from_u128(99));
    assert_eq!(query::get(pool, elsewhere, id(1)).await.unwrap().row, None);
    let names = async |filter: Filter| {
        let page = query::list(pool, &filter, &Listing::default()).await.unwrap();
        page.items.iter().map(|row| row.name.to_string()).collect::<Vec<_>>()
    };
    let of_paris = || Filter { provider: Some(paris), ..Filter::default() };
    assert_eq!(names(of_paris()).await, ["db", "theirs", "tls.key"]);
    assert_eq!(names(Filter { name: Some("KEY".into()), ..of_paris() }).await, ["tls.key"]);
    let nowhere = Filter { provider: Some(elsewhere), ..Filter::default() };
    assert!(names(nowhere).await.is_empty());
}
