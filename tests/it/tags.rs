//! Which events touched a thing: the rounds of the index, and what is behind its end.

use crate::story::{create_provider, request};
use adapters::postgres::event_feed::TagFilter;
use commands::provider::{disable::DisableProvider, enable::EnableProvider};
use domain::{Position, feed::Feed as _, ids::ProviderId, scope::Scope, tag::Tag};
use sqlx::Connection;
use tests::harness::{Database, wait::eventually};
use uuid::Uuid;

async fn toggle(database: &Database, id: ProviderId) {
    let writer = database.writer();
    writer.handle(&EnableProvider { id }, &request()).await.unwrap();
    writer.handle(&DisableProvider { id, force: false }, &request()).await.unwrap();
}

async fn indexed(database: &Database) {
    let rest = "SELECT max(position) - (SELECT position FROM log.tags_indexed) FROM log.events";
    let pool = database.pool();
    eventually("all tags are indexed", async || {
        let rest: i64 = sqlx::query_scalar(rest).fetch_one(&pool).await.unwrap();
        (rest == 0).then_some(())
    })
    .await;
}

/// The positions of all pages, one after the other.
async fn pages(database: &Database, scope: &Scope, id: ProviderId, filter: TagFilter) -> Vec<i64> {
    let (feed, mut filter) = (database.feed(), filter);
    let mut positions = Vec::new();
    loop {
        let page = feed.tagged(scope, &Tag::provider(id), &filter, 3).await.unwrap();
        let Some(last) = page.last() else { return positions };
        filter.before = Some(last.position);
        positions.extend(page.iter().map(|event| event.position.0));
    }
}

#[tokio::test]
async fn pages_go_through_rounds_and_what_is_not_indexed_yet() {
    let database = Database::create().await;
    let (paris, lyon) = (ProviderId(Uuid::now_v7()), ProviderId(Uuid::now_v7()));
    database.writer().handle(&create_provider(paris, "Paris"), &request()).await.unwrap();
    database.writer().handle(&create_provider(lyon, "Lyon"), &request()).await.unwrap();
    for _ in 0..3 {
        toggle(&database, paris).await;
        toggle(&database, lyon).await;
        indexed(&database).await;
    }
    let rounds = "SELECT count(*) FROM log.tag_rounds WHERE tag = $1";
    let tag = Tag::provider(paris).to_string();
    let rounds: i64 =
        sqlx::query_scalar(rounds).bind(&tag).fetch_one(&database.pool()).await.unwrap();
    assert!(rounds >= 3, "{rounds}");
    // Who holds the place of the index is indexing, so nobody else does.
    let owner = database.owner_pool();
    let mut held = owner.acquire().await.unwrap();
    let mut held = held.begin().await.unwrap();
    let hold = "SELECT position FROM log.tags_indexed FOR UPDATE";
    let end: i64 = sqlx::query_scalar(hold).fetch_one(&mut *held).await.unwrap();
    toggle(&database, lyon).await;
    toggle(&database, paris).await;

    let all = database.feed().after(Position::START, 100).await.unwrap();
    let of = |wanted: &dyn Fn(&str) -> bool| -> Vec<i64> {
        let touched = all.iter().filter(|event| event.tags.contains(&tag));
        touched.rev().filter(|event| wanted(&event.r#type)).map(|event| event.position.0).collect()
    };
    let everything = of(&|_| true);
    assert!(everything[0] > end && everything.len() == 10, "{everything:?} behind {end}");
    let seen = pages(&database, &Scope::Instance, paris, TagFilter::default()).await;
    assert_eq!(seen, everything);
    let disabled = TagFilter { types: vec!["ProviderDisabled".to_owned()], ..Default::default() };
    let seen = pages(&database, &Scope::Instance, paris, disabled).await;
    assert_eq!(seen, of(&|r#type| r#type == "ProviderDisabled"));
    let nobody = Scope::Organizations(Default::default());
    assert!(pages(&database, &nobody, paris, TagFilter::default()).await.is_empty());
}
