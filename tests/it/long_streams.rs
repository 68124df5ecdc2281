//! Streams so long that what was folded of them is remembered: nothing may be told from the memory
//! that the log does not say.

use crate::story::{request, request_at, request_of};
use commands::{Error, Refusal, Writer, provider::change::ChangeProvider};
use domain::{
    Position, StreamId, Version,
    ids::{CommandId, ProviderId},
    provider::change_details::ChangeDetails,
};
use tests::harness::{Busy, Database};
use uuid::Uuid;

/// More than enough to be remembered.
const EVENTS: usize = 200;

fn change(id: ProviderId, comments: &str) -> ChangeProvider {
    ChangeProvider {
        id,
        details: ChangeDetails { comments: Some(comments.to_owned()), name: None },
        deployment_mode: None,
        visibility: None,
        associate_users: false,
    }
}

/// A provider with a long stream, and its version.
async fn long(database: &Database) -> (ProviderId, i64) {
    let mut busy = Busy::alone(EVENTS);
    busy.chronicle.record(&database.log()).await;
    let until = Position(i64::try_from(busy.chronicle.len()).unwrap());
    let (_, version) = busy.chronicle.fold::<domain::provider::Provider>(busy.provider, until);
    (busy.provider, version.0)
}

/// The comments of each change, before and after, from a version on.
async fn changes(writer: &Writer, id: ProviderId, after: i64) -> Vec<(String, String)> {
    let events = writer.log().load(StreamId::provider(id), Version(after)).await.unwrap();
    let each = events.iter().map(|event| {
        let data = serde_json::to_value(&event.payload).unwrap();
        let text = |name: &str| data["comments"][name].as_str().unwrap().to_owned();
        (text("before"), text("after"))
    });
    each.collect()
}

#[tokio::test]
async fn two_processes_write_a_long_stream_by_turns_and_each_sees_what_the_other_did() {
    let database = Database::create().await;
    let (id, first) = long(&database).await;
    let writers = [database.writer(), database.writer()];
    for turn in 0..60 {
        let comments = format!("turn {turn}");
        let answer = writers[turn % 2].handle(&change(id, &comments), &request()).await.unwrap();
        assert_eq!(answer.version, Version(first + 1 + i64::try_from(turn).unwrap()));
    }
    let told = changes(&writers[0], id, first).await;
    assert_eq!(told.len(), 60);
    for (turn, pair) in told.windows(2).enumerate() {
        assert_eq!(pair[0].1, pair[1].0, "each change starts where the one before ended");
        assert_eq!(pair[1].1, format!("turn {}", turn + 1));
    }
}

#[tokio::test]
async fn two_processes_write_a_long_stream_at_once_and_nothing_is_lost() {
    let database = Database::create().await;
    let (id, first) = long(&database).await;
    let write = async |who: &str| {
        let writer = database.writer();
        for turn in 0..20 {
            let comments = format!("{who} {turn}");
            writer.handle(&change(id, &comments), &request()).await.unwrap();
        }
        writer
    };
    let (writer, _) = tokio::join!(write("one"), write("two"));
    let told = changes(&writer, id, first).await;
    assert_eq!(told.len(), 40);
    for pair in told.windows(2) {
        assert_eq!(pair[0].1, pair[1].0, "each change starts where the one before ended");
    }
}

#[tokio::test]
async fn who_has_seen_a_version_is_told_when_another_process_moved_a_long_stream() {
    let database = Database::create().await;
    let (id, first) = long(&database).await;
    let [one, two] = [database.writer(), database.writer()];
    one.handle(&change(id, "one"), &request_at(first)).await.unwrap();
    two.handle(&change(id, "two"), &request_at(first + 1)).await.unwrap();
    let gone = one.handle(&change(id, "three"), &request_at(first + 1)).await;
    let Err(Error::Refused(Refusal::VersionGone { expected, current, since })) = gone else {
        panic!("{gone:?}")
    };
    assert_eq!((expected, current, since.len()), (Version(first + 1), Version(first + 2), 1));
    one.handle(&change(id, "three"), &request_at(first + 2)).await.unwrap();
}

#[tokio::test]
async fn a_repeat_on_a_long_stream_gets_the_first_answer_from_any_process() {
    let database = Database::create().await;
    let (id, first) = long(&database).await;
    let [one, two] = [database.writer(), database.writer()];
    let repeated = request_of(CommandId(Uuid::now_v7()));
    let answer = one.handle(&change(id, "one"), &repeated).await.unwrap();
    two.handle(&change(id, "two"), &request()).await.unwrap();
    for writer in [&one, &two] {
        assert_eq!(writer.handle(&change(id, "one"), &repeated).await.unwrap(), answer);
    }
    // What is as it should be already is no event, as the log says and not as it once was.
    let same = one.handle(&change(id, "two"), &request()).await.unwrap();
    assert_eq!(same.version, Version(first + 2));
    assert_eq!(changes(&one, id, first).await.len(), 2);
}
