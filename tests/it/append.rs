//! The log alone: each guarantee of an append, once.

use crate::story::{create_provider, request, request_at, request_of};
use adapters::postgres::event_log::read::decode;
use commands::{
    Error, Refusal,
    ports::event_log::{Append, EventLog as _, NewEvent, Outcome},
    provider::{disable::DisableProvider, enable::EnableProvider},
};
use domain::{
    Event, Position, StreamId, Version,
    feed::Feed as _,
    ids::{CommandId, EventId, ProviderId},
    provider,
    tag::Tag,
};
use sha2::{Digest, Sha256};
use sqlx::Executor;
use tests::harness::Database;
use uuid::Uuid;

fn provider() -> ProviderId {
    ProviderId(Uuid::now_v7())
}

#[tokio::test]
async fn positions_are_dense_and_a_refusal_leaves_no_hole() {
    let database = Database::create().await;
    let writer = database.writer();
    let id = provider();
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    let refused = writer.handle(&create_provider(provider(), "pARIS"), &request()).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::NameTaken { by, .. }))
        if by == StreamId::provider(id)));
    let answer = writer.handle(&EnableProvider { id }, &request()).await.unwrap();
    assert_eq!((answer.version, answer.position), (Version(3), Position(3)));
    let events = database.feed().after(Position::START, 100).await.unwrap();
    let types: Vec<_> = events.iter().map(|e| (e.position.0, e.r#type.as_str())).collect();
    assert_eq!(types, [(1, "ProviderCreated"), (2, "ClusterAdded"), (3, "ProviderEnabled")]);
}

#[tokio::test]
async fn every_leaf_hash_can_be_recomputed() {
    let database = Database::create().await;
    let writer = database.writer();
    let id = provider();
    writer
        .handle(&create_provider(id, "Zürich \"quoted\" \\ \u{1f40b}"), &request())
        .await
        .unwrap();
    for event in database.feed().after(Position::START, 100).await.unwrap() {
        let whole = serde_json::json!({
            "data": serde_json::from_str::<serde_json::Value>(&event.data).unwrap(),
            "id": event.id, "position": event.position, "stream": event.stream,
            "metadata": serde_json::from_str::<serde_json::Value>(&event.metadata).unwrap(),
            "recorded_at": event.recorded_at, "schema_version": event.schema_version,
            "tags": serde_json::from_str::<serde_json::Value>(&event.tags).unwrap(),
            "type": event.r#type, "version": event.version,
        });
        let mut bytes = vec![0];
        bytes.extend(serde_json_canonicalizer::to_vec(&whole).unwrap());
        assert_eq!(Sha256::digest(&bytes).as_slice(), event.leaf_hash);
        decode(&event).unwrap();
    }
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_also_without_events() {
    let database = Database::create().await;
    let (id, once) = (provider(), request());
    let first = database.writer().handle(&create_provider(id, "Paris"), &once).await.unwrap();
    // Another process, later; the name is taken by now, by itself.
    let again = database.writer().handle(&create_provider(id, "Paris"), &once).await.unwrap();
    assert_eq!(first, again);
    let nothing = request();
    let writer = database.writer();
    let idle = writer.handle(&DisableProvider { id, force: false }, &nothing).await.unwrap();
    assert_eq!(idle.position, Position(2));
    writer.handle(&EnableProvider { id }, &request()).await.unwrap();
    // A late retry must not disable what was enabled since.
    assert_eq!(writer.handle(&DisableProvider { id, force: false }, &nothing).await.unwrap(), idle);
    let mut other = nothing.clone();
    other.digest = [2; 32];
    let refused = writer.handle(&DisableProvider { id, force: false }, &other).await;
    assert!(matches!(refused, Err(Error::Refused(Refusal::KeyReused))));
}

#[tokio::test]
async fn who_has_seen_a_version_is_told_what_happened_since() {
    let database = Database::create().await;
    let writer = database.writer();
    let id = provider();
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    writer.handle(&EnableProvider { id }, &request_at(2)).await.unwrap();
    let refused = writer.handle(&DisableProvider { id, force: false }, &request_at(2)).await;
    let Err(Error::Refused(Refusal::VersionGone { current, since, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(current, Version(3));
    assert_eq!(since[0].r#type, "ProviderEnabled");
}

/// An append made by hand, to reach what no verb does yet.
fn by_hand(id: ProviderId, version: i64) -> Append {
    let command = CommandId(Uuid::now_v7());
    let stream = StreamId::provider(id);
    let payload: Event = provider::Event::from(provider::enable::Enabled {}).into();
    let version = Version(version);
    Append {
        metadata: request_of(command).metadata,
        request: [1; 32],
        result: "{}".to_owned(),
        subject: stream,
        expected: vec![(stream, version)],
        referrers: vec![],
        events: vec![NewEvent {
            id: EventId::of(command, 0),
            stream,
            version: version.next(),
            payload,
            tags: vec![Tag::provider(id)],
        }],
        free: vec![],
        take: vec![],
        unrefer: vec![],
        refer: vec![],
        end: vec![],
    }
}

#[tokio::test]
async fn what_is_referred_to_cannot_end_and_what_ended_cannot_be_referred_to() {
    let database = Database::create().await;
    let log = database.log();
    let (used, user) = (provider(), provider());
    let (used_stream, user_stream) = (StreamId::provider(used), StreamId::provider(user));
    log.append(by_hand(used, 0)).await.unwrap();
    let refer =
        |version| Append { refer: vec![(user_stream, used_stream)], ..by_hand(user, version) };
    assert!(matches!(log.append(refer(0)).await.unwrap(), Outcome::Stored(_)));
    let end = || Append { end: vec![used_stream], ..by_hand(used, 1) };
    let refused = log.append(end()).await.unwrap();
    assert_eq!(refused, Outcome::Referred { stream: used_stream, by: vec![user_stream] });
    let unrefer = Append { unrefer: vec![(user_stream, used_stream)], ..by_hand(user, 1) };
    assert!(matches!(log.append(unrefer).await.unwrap(), Outcome::Stored(_)));
    assert!(matches!(log.append(end()).await.unwrap(), Outcome::Stored(_)));
    assert_eq!(log.append(refer(2)).await.unwrap(), Outcome::Ended { stream: used_stream });
    let write = log.append(by_hand(used, 2)).await.unwrap();
    assert_eq!(write, Outcome::Ended { stream: used_stream });
}

#[tokio::test]
async fn a_stream_that_was_only_read_is_guarded() {
    let database = Database::create().await;
    let log = database.log();
    let (read, written) = (provider(), provider());
    log.append(by_hand(read, 0)).await.unwrap();
    let mut append = by_hand(written, 0);
    append.expected.push((StreamId::provider(read), Version(0)));
    let stream = StreamId::provider(read);
    let lost = Outcome::LostRace { stream, current: Version(1) };
    assert_eq!(log.append(append).await.unwrap(), lost);
}

/// The other half of a guard: one who refers to a stream does not move it.
/// Each process knows what it has written itself, and must not take that for all there is.
#[tokio::test]
async fn what_another_process_wrote_between_is_seen() {
    let database = Database::create().await;
    let (one, other) = (database.log(), database.log());
    let (read, written) = (provider(), provider());
    let guarded = |version, seen| {
        let mut append = by_hand(written, version);
        append.expected.push((StreamId::provider(read), Version(seen)));
        append
    };
    for version in 0..3 {
        let outcome = one.append(guarded(version, 0)).await.unwrap();
        assert!(matches!(outcome, Outcome::Stored(_)), "{version}: {outcome:?}");
    }
    // What was only read moves on elsewhere; then also where this process knows the head again.
    for seen in 0..2 {
        let moved = other.append(by_hand(read, seen)).await.unwrap();
        assert!(matches!(moved, Outcome::Stored(_)), "{moved:?}");
        if seen == 1 {
            let aside = one.append(by_hand(provider(), 0)).await.unwrap();
            assert!(matches!(aside, Outcome::Stored(_)), "{aside:?}");
        }
        let stale = one.append(guarded(3 + seen, seen)).await.unwrap();
        assert!(matches!(stale, Outcome::LostRace { current, .. } if current == Version(seen + 1)));
        let fresh = one.append(guarded(3 + seen, seen + 1)).await.unwrap();
        assert!(matches!(fresh, Outcome::Stored(_)), "{fresh:?}");
    }
    // The stream itself moves on, and ends there.
    let ended = Append { end: vec![StreamId::provider(written)], ..by_hand(written, 5) };
    assert!(matches!(other.append(ended).await.unwrap(), Outcome::Stored(_)));
    let late = one.append(guarded(5, 2)).await.unwrap();
    assert!(matches!(late, Outcome::LostRace { current: Version(6), .. }), "{late:?}");
    let after_its_end = one.append(guarded(6, 2)).await.unwrap();
    assert!(matches!(after_its_end, Outcome::Ended { .. }), "{after_its_end:?}");
    let positions: Vec<i64> = sqlx::query_scalar("SELECT position FROM log.events ORDER BY 1")
        .fetch_all(&database.owner_pool())
        .await
        .unwrap();
    assert_eq!(positions, (1..=9).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_refers_to_a_stream_is_guarded() {
    let database = Database::create().await;
    let log = database.log();
    let (user, used) = (provider(), provider());
    let (user_stream, used_stream) = (StreamId::provider(user), StreamId::provider(used));
    let used_by = |by: &[StreamId]| Append {
        referrers: vec![(used_stream, by.to_vec())],
        ..by_hand(provider(), 0)
    };
    let stored = |outcome: Outcome| matches!(outcome, Outcome::Stored(_));
    let lost = Outcome::LostRace { stream: used_stream, current: Version(0) };
    assert!(stored(log.append(used_by(&[])).await.unwrap()));
    assert_eq!(log.append(used_by(&[user_stream])).await.unwrap(), lost);

    log.append(by_hand(used, 0)).await.unwrap();
    let refer = Append { refer: vec![(user_stream, used_stream)], ..by_hand(user, 0) };
    assert!(stored(log.append(refer).await.unwrap()));
    assert_eq!(log.referrers(used_stream, 10).await.unwrap(), [user_stream]);
    assert_eq!(log.append(used_by(&[])).await.unwrap(), lost);
    assert!(stored(log.append(used_by(&[user_stream])).await.unwrap()));

    let unrefer = Append { unrefer: vec![(user_stream, used_stream)], ..by_hand(user, 1) };
    assert!(stored(log.append(unrefer).await.unwrap()));
    assert_eq!(log.append(used_by(&[user_stream])).await.unwrap(), lost);
    assert_eq!(log.referrers(used_stream, 10).await.unwrap(), []);
}

#[tokio::test]
async fn several_streams_are_loaded_in_one_look() {
    let database = Database::create().await;
    let log = database.log();
    let ids: Vec<StreamId> = (0..3).map(|_| StreamId::provider(provider())).collect();
    for stream in &ids[..2] {
        log.append(by_hand(ProviderId(stream.id), 0)).await.unwrap();
    }
    log.append(by_hand(ProviderId(ids[1].id), 1)).await.unwrap();
    let whole: Vec<_> = ids.iter().map(|id| (*id, Version::NONE)).collect();
    let loaded = log.load_each(&whole).await.unwrap();
    assert_eq!(loaded.len(), 2, "a stream without events is not among them");
    for (stream, count) in [(ids[0], 1), (ids[1], 2)] {
        assert_eq!(loaded[&stream], log.load(stream, Version::NONE).await.unwrap());
        assert_eq!(loaded[&stream].len(), count);
    }
    assert!(log.load_each(&[]).await.unwrap().is_empty());
    let rest = log.load_each(&[(ids[0], Version(1)), (ids[1], Version(1))]).await.unwrap();
    let rest: Vec<_> = rest.into_iter().map(|(stream, events)| (stream, events.len())).collect();
    assert_eq!(rest, [(ids[1], 1)], "only what comes after");
}

#[tokio::test]
async fn nobody_changes_the_past() {
    let database = Database::create().await;
    database.writer().handle(&create_provider(provider(), "Paris"), &request()).await.unwrap();
    let attempts = [
        "UPDATE log.events SET type = 'x'",
        "DELETE FROM log.events",
        "TRUNCATE log.events",
        "DELETE FROM log.tag_rounds",
        "UPDATE log.quiet_commands SET result_position = 0",
    ];
    for attempt in attempts {
        // The owner is stopped by a trigger, the service by its role.
        for pool in [database.owner_pool(), database.pool()] {
            let error = pool.execute(attempt).await.unwrap_err();
            let code = error.as_database_error().unwrap().code().unwrap().into_owned();
            assert_eq!(code, "42501", "{attempt}");
        }
    }
    let insert = "INSERT INTO log.streams (stream) VALUES ('provider:x')";
    let error = database.pool().execute(insert).await.unwrap_err();
    assert_eq!(error.as_database_error().unwrap().code().unwrap(), "42501");
}

#[tokio::test]
async fn recorded_at_never_goes_back() {
    let database = Database::create().await;
    let writer = database.writer();
    let id = provider();
    writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    // As if the clock had been an hour ahead when the first events were recorded.
    let owner = database.owner_pool();
    owner
        .execute(
            "ALTER TABLE log.events DISABLE TRIGGER append_only; \
             UPDATE log.events SET recorded_at = recorded_at + interval '1 hour'; \
             ALTER TABLE log.events ENABLE TRIGGER append_only",
        )
        .await
        .unwrap();
    // The head is looked up by the first of them, and known to the second.
    writer.handle(&EnableProvider { id }, &request()).await.unwrap();
    writer.handle(&DisableProvider { id, force: false }, &request()).await.unwrap();
    let events = database.feed().after(Position::START, 10).await.unwrap();
    let times: Vec<_> = events[1..].iter().map(|event| event.recorded_at).collect();
    assert_eq!(times, [times[0]; 3]);
}
