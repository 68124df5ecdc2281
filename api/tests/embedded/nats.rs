//! The private NATS.

use std::fs;
use std::time::Duration;

use adapters::nats::hint::{DURABLE as WORKER_CONSUMER, Hints};
use adapters::nats::stream::{self as events, NAME as STREAM};
use adapters::nats::{connect as client, connect::Connection};
use anyhow::{Context as _, Result};
use api::embedded::Error;
use api::embedded::nats::{Name, Server, Settings};
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::{self, Context, stream};
use async_nats::{Client, ConnectOptions};
use futures::StreamExt as _;

use crate::{closed_folder, eventually, kill_process, mode_of, open_folder};

const SUBJECT: &str = "berth.v1._.node.1.NodeLabeled";

async fn connect(server: &Server, name: Name) -> Result<Client> {
    let options = ConnectOptions::new()
        .user_and_password(name.as_str().to_owned(), server.password(name).expose().to_owned())
        .request_timeout(Some(Duration::from_millis(500)));
    Ok(options.connect(server.address()).await?)
}

fn jetstream(client: Client) -> Context {
    jetstream::context::ContextBuilder::new().timeout(Duration::from_millis(500)).build(client)
}

async fn make_stream(server: &Server) -> Result<Context> {
    let relay = jetstream(connect(server, Name::Relay).await?);
    let config = stream::Config {
        name: STREAM.to_owned(),
        subjects: vec!["berth.v1.*.*.*.*".to_owned()],
        ..stream::Config::default()
    };
    relay.create_stream(config).await?;
    Ok(relay)
}

async fn publish(relay: &Context, text: &'static str) -> Result<u64> {
    Ok(relay.publish(SUBJECT, text.into()).await?.await?.sequence)
}

async fn consumer(context: &Context, name: &str) -> Result<jetstream::consumer::PullConsumer> {
    let stream = context.get_stream_no_info(STREAM).await?;
    let config = pull::Config {
        durable_name: Some(name.to_owned()),
        ack_policy: AckPolicy::Explicit,
        ..pull::Config::default()
    };
    Ok(stream.create_consumer(config).await?)
}

async fn read_one(consumer: &jetstream::consumer::PullConsumer) -> Result<String> {
    let mut batch =
        consumer.batch().max_messages(1).expires(Duration::from_secs(5)).messages().await?;
    let message =
        batch.next().await.context("a message")?.map_err(|error| anyhow::anyhow!(error))?;
    message.double_ack().await.map_err(|error| anyhow::anyhow!(error))?;
    Ok(String::from_utf8(message.payload.to_vec())?)
}

#[tokio::test]
async fn only_the_relay_publishes_and_all_may_read() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let relay = make_stream(&server).await?;
    publish(&relay, "first").await?;

    let subscriber = connect(&server, Name::Subscriber).await?;
    let mut live = subscriber.subscribe("berth.v1.>").await?;
    subscriber.flush().await?;
    for name in [Name::Worker, Name::Subscriber] {
        let other = jetstream(connect(&server, name).await?);
        assert!(publish(&other, "forged").await.is_err(), "{name:?} published");
        assert!(other.delete_stream(STREAM).await.is_err(), "{name:?} deleted the stream");
        let own = consumer(&other, &format!("own-{}", name.as_str())).await?;
        assert_eq!(read_one(&own).await?, "first");
    }
    publish(&relay, "second").await?;
    let heard = live.next().await.context("an event")?;
    assert_eq!(heard.payload, "second");
    let state = relay.get_stream(STREAM).await?.get_info().await?.state;
    assert_eq!(state.messages, 2);
    Ok(())
}

async fn as_berth_connects(server: &Server, name: Name) -> Result<Connection> {
    let login = (name.as_str().to_owned(), server.password(name).expose().to_owned());
    let server = client::Server { url: server.address(), login: Some(login) };
    Ok(client::connect(&server, name.as_str()).await?)
}

#[tokio::test]
async fn relay_and_worker_may_do_what_they_do() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let relay = as_berth_connects(&server, Name::Relay).await?.jetstream;
    let mut limits = events::Limits {
        max_age: Duration::from_secs(3_600),
        max_bytes: 1_048_576,
        discard: events::Discard::Old,
    };
    events::make(&relay, &limits).await?;
    limits.max_bytes *= 2;
    assert!(events::find(&relay, &limits).await?.is_some());

    let mut hints = Hints::new(as_berth_connects(&server, Name::Worker).await?);
    let waiting = tokio::spawn(async move { hints.next().await });
    let subject = format!("berth.v1._.node.{}.NodeLabeled", uuid::Uuid::now_v7());
    let hint = eventually("a hint", async || {
        relay.publish(subject.clone(), "{}".into()).await.ok()?.await.ok()?;
        waiting.is_finished().then_some(())
    });
    hint.await?;
    assert!(subject.contains(&waiting.await?.stream.to_string().replace(':', ".")));
    Ok(())
}

#[tokio::test]
async fn a_subscriber_cannot_touch_the_workers_consumer() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let relay = make_stream(&server).await?;
    let worker = jetstream(connect(&server, Name::Worker).await?);
    let own = consumer(&worker, WORKER_CONSUMER).await?;
    publish(&relay, "hint").await?;

    let subscriber = connect(&server, Name::Subscriber).await?;
    let body = format!(
        r#"{{"stream_name":"{STREAM}","config":{{"name":"{WORKER_CONSUMER}",
        "durable_name":"{WORKER_CONSUMER}","ack_policy":"none","deliver_policy":"new"}}}}"#
    );
    for call in [
        format!("$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{WORKER_CONSUMER}"),
        format!("$JS.API.CONSUMER.DELETE.{STREAM}.{WORKER_CONSUMER}"),
        format!("$JS.API.CONSUMER.DURABLE.CREATE.{STREAM}.{WORKER_CONSUMER}"),
        format!("$JS.API.CONSUMER.CREATE.{STREAM}.{WORKER_CONSUMER}"),
        format!("$JS.API.CONSUMER.CREATE.{STREAM}.{WORKER_CONSUMER}.berth.v1.>"),
        format!("$JS.API.CONSUMER.CREATE.{STREAM}"),
    ] {
        assert!(subscriber.request(call.clone(), body.clone().into()).await.is_err(), "{call}");
    }
    assert_eq!(read_one(&own).await?, "hint");
    Ok(())
}

#[tokio::test]
async fn nobody_is_let_in_without_a_password() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let port = server.port();
    for url in [format!("nats://127.0.0.1:{port}"), format!("nats://relay:guess@127.0.0.1:{port}")]
    {
        assert!(async_nats::connect(url).await.is_err());
    }
    for name in ["passwords", "settings/nats.conf", "subscriber.url"] {
        assert_eq!(mode_of(&folder.path().join(name))?, 0o600, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_restart_keeps_store_port_and_passwords() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let url = server.url(Name::Subscriber).expose().to_owned();
    assert_eq!(fs::read_to_string(folder.path().join("subscriber.url"))?.trim(), url);
    publish(&make_stream(&server).await?, "kept").await?;
    drop(server);
    let server = Server::start(folder.path(), &Settings::default())?;
    assert_eq!(server.url(Name::Subscriber).expose(), url);
    let worker = jetstream(connect(&server, Name::Worker).await?);
    assert_eq!(read_one(&consumer(&worker, "reader").await?).await?, "kept");
    Ok(())
}

#[test]
fn a_port_that_is_taken_is_given_up() -> Result<()> {
    let folder = open_folder()?;
    let port = Server::start(folder.path(), &Settings::default())?.port();
    let taken = std::net::TcpListener::bind(("127.0.0.1", port))?;
    let server = Server::start(folder.path(), &Settings::default())?;
    assert_ne!(server.port(), taken.local_addr()?.port());
    assert_ne!(server.port(), 0);
    Ok(())
}

#[tokio::test]
async fn a_server_that_dies_is_started_again_at_the_same_address() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let relay = make_stream(&server).await?;
    publish(&relay, "one").await?;
    let (before, port) = (server.pid().context("it runs")?, server.port());
    kill_process(before)?;
    eventually("another process", async || server.pid().filter(|pid| *pid != before)).await?;
    assert_eq!(server.port(), port);
    let next = eventually("an answer", async || publish(&relay, "two").await.ok()).await?;
    assert!(next >= 2);
    Ok(())
}

#[tokio::test]
async fn a_kill_keeps_the_store_and_a_wipe_empties_it() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let relay = make_stream(&server).await?;
    publish(&relay, "one").await?;
    server.kill()?;
    assert_eq!(server.pid(), None);
    server.start_again()?;
    let relay = jetstream(connect(&server, Name::Relay).await?);
    assert_eq!(relay.get_stream(STREAM).await?.get_info().await?.state.messages, 1);
    server.wipe()?;
    server.start_again()?;
    let relay = jetstream(connect(&server, Name::Relay).await?);
    assert!(relay.get_stream(STREAM).await.is_err());
    Ok(())
}

#[tokio::test]
async fn it_runs_below_a_folder_that_only_root_can_enter() -> Result<()> {
    let folder = closed_folder()?;
    let server = Server::start(&folder.path().join("inner"), &Settings::default())?;
    publish(&make_stream(&server).await?, "within").await?;
    server.kill()?;
    server.start_again()?;
    Ok(())
}

#[test]
fn a_second_server_in_the_same_folder_is_refused() -> Result<()> {
    let folder = open_folder()?;
    let _server = Server::start(folder.path(), &Settings::default())?;
    let refused = Server::start(folder.path(), &Settings::default()).err();
    assert!(matches!(refused, Some(Error::InUse { .. })));
    Ok(())
}
