//! A repeat that meets its own first attempt: it must get that one's answer, not a refusal.

use crate::story::{create_provider, request, request_at};
use adapters::postgres::EventLog;
use async_trait::async_trait;
use commands::{
    Writer,
    ports::event_log::{self, Answered, Append, Error, Outcome},
    provider::enable::EnableProvider,
};
use domain::{
    Event, StreamId, Version,
    claim::UniqueName,
    ids::{CommandId, ProviderId},
    recorded::Recorded,
    stream::Kind,
    tag::Tag,
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tests::harness::Database;
use tokio::sync::oneshot;
use uuid::Uuid;

/// A log whose first lookup of a command is overtaken: it finds nothing, and before it says so
/// somebody may record the command.
struct Overtaken {
    log: Arc<EventLog>,
    looked_up: Mutex<Option<(oneshot::Sender<()>, oneshot::Receiver<()>)>>,
}

#[async_trait]
impl event_log::EventLog for Overtaken {
    async fn load(&self, id: StreamId, after: Version) -> Result<Vec<Recorded<Event>>, Error> {
        self.log.load(id, after).await
    }

    async fn load_each(
        &self,
        streams: &[(StreamId, Version)],
    ) -> Result<BTreeMap<StreamId, Vec<Recorded<Event>>>, Error> {
        self.log.load_each(streams).await
    }

    async fn referrers(&self, to: StreamId, limit: u16) -> Result<Vec<StreamId>, Error> {
        self.log.referrers(to, limit).await
    }

    async fn append(&self, append: Append) -> Result<Outcome, Error> {
        self.log.append(append).await
    }

    async fn answered(&self, command: CommandId) -> Result<Option<Answered>, Error> {
        let answered = self.log.answered(command).await?;
        let first = self.looked_up.lock().unwrap().take();
        if let Some((looked_up, recorded)) = first {
            looked_up.send(()).unwrap();
            recorded.await.unwrap();
        }
        Ok(answered)
    }

    async fn holders(&self, names: &[UniqueName]) -> Result<Vec<Option<StreamId>>, Error> {
        self.log.holders(names).await
    }

    async fn streams(
        &self,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error> {
        self.log.streams(kind, after, limit).await
    }

    async fn tagged_streams(
        &self,
        tag: &Tag,
        kind: Kind,
        after: Option<StreamId>,
        limit: u16,
    ) -> Result<Vec<StreamId>, Error> {
        self.log.tagged_streams(tag, kind, after, limit).await
    }
}

/// A writer as in another process, which has looked in vain when the first message comes, and goes
/// on after the second.
fn overtaken(database: &Database) -> (Writer, oneshot::Receiver<()>, oneshot::Sender<()>) {
    let (looked_up, wait) = oneshot::channel();
    let (go_on, recorded) = oneshot::channel();
    let looked_up = Mutex::new(Some((looked_up, recorded)));
    (Writer::new(Arc::new(Overtaken { log: database.log(), looked_up })), wait, go_on)
}

#[tokio::test]
async fn a_repeat_that_is_overtaken_by_its_first_attempt_gets_its_answer() {
    let database = Database::create().await;
    let (late, looked_up, go_on) = overtaken(&database);
    let (create, asked) = (create_provider(ProviderId(Uuid::now_v7()), "Paris"), request());
    let (repeat, again) = (create.clone(), asked.clone());
    let repeat = tokio::spawn(async move { late.handle(&repeat, &again).await });
    looked_up.await.unwrap();
    let first = database.writer().handle(&create, &asked).await.unwrap();
    go_on.send(()).unwrap();
    assert_eq!(repeat.await.unwrap().unwrap(), first);
}

#[tokio::test]
async fn so_does_one_that_names_a_version() {
    let database = Database::create().await;
    let (id, writer) = (ProviderId(Uuid::now_v7()), database.writer());
    let created = writer.handle(&create_provider(id, "Paris"), &request()).await.unwrap();
    let (late, looked_up, go_on) = overtaken(&database);
    let asked = request_at(created.version.0);
    let again = asked.clone();
    let repeat = tokio::spawn(async move { late.handle(&EnableProvider { id }, &again).await });
    looked_up.await.unwrap();
    let first = writer.handle(&EnableProvider { id }, &asked).await.unwrap();
    go_on.send(()).unwrap();
    assert_eq!(repeat.await.unwrap().unwrap(), first);
}
