//! A process that appends: tasks change the comments of shared providers, and every answer is a
//! line on standard output, so that a story can compare what was answered with what is recorded.
//!
//! `appender <url> <seed> <tasks> <commands a task> <provider id>…`
//!
//! Lines: `stored <command> <position>`, `lost <command>` (somebody else had changed the version
//! seen), `gone <command>` (no answer before the deadline). A command without an answer is sent
//! again, as a client with an idempotency key would.
#![expect(clippy::expect_used, reason = "a tool of the tests stops where it fails")]
#![expect(clippy::print_stdout, reason = "the lines are its answer")]

use adapters::postgres::{EventLog, connect, event_log::Limits};
use commands::{Error, Refusal, Request, Writer, provider::change::ChangeProvider};
use domain::{
    StreamId, Version,
    ids::{CommandId, CorrelationId, PrincipalId, ProviderId},
    metadata::Metadata,
    provider::change_details::ChangeDetails,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::postgres::PgConnectOptions;
use std::{str::FromStr, sync::Arc, time::Duration};
use tests::harness::wait::ACQUIRE_TIMEOUT;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How long a command is sent again.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The pause before a command is sent again.
const PAUSE: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let options = PgConnectOptions::from_str(&arguments[0]).expect("a URL");
    let number = |index: usize| arguments[index].parse::<u64>().expect("a number");
    let (seed, tasks, commands) = (number(1), number(2), number(3));
    let providers: Vec<ProviderId> =
        arguments[4..].iter().map(|id| id.parse().expect("an id")).collect();
    let pool = connect(options.clone(), 16, ACQUIRE_TIMEOUT);
    let writer = Writer::new(Arc::new(EventLog::start(pool, options, Limits::default())));
    let tasks: Vec<_> = (0..tasks)
        .map(|task| {
            let (writer, providers) = (writer.clone(), providers.clone());
            tokio::spawn(async move {
                let mut random = StdRng::seed_from_u64(seed * 1000 + task);
                for _ in 0..commands {
                    let provider = providers[random.random_range(0..providers.len())];
                    // Every other task insists on the version it saw.
                    change(&writer, provider, task % 2 == 0).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("a task");
    }
}

async fn change(writer: &Writer, id: ProviderId, insist: bool) {
    let command_id = CommandId(Uuid::new_v4());
    let verb = ChangeProvider {
        id,
        details: ChangeDetails { name: None, comments: Some(command_id.to_string()) },
        deployment_mode: None,
        visibility: None,
        associate_users: false,
    };
    let deadline = Instant::now() + ANSWER_TIMEOUT;
    let expected = if insist { Some(version(writer, id, deadline).await) } else { None };
    let request = Request {
        metadata: Metadata {
            actor: PrincipalId(Uuid::from_u128(7)),
            causation_id: None,
            command_id,
            correlation_id: CorrelationId(command_id.0),
        },
        digest: [1; 32],
        expected,
        repeatable: true,
    };
    while Instant::now() < deadline {
        match writer.handle(&verb, &request).await {
            Ok(answer) => return println!("stored {command_id} {}", answer.position),
            Err(Error::Refused(Refusal::VersionGone { .. })) => {
                return println!("lost {command_id}");
            }
            Err(Error::Refused(refusal)) => panic!("{refusal}"),
            Err(Error::Contended | Error::Log(_) | Error::Vault(_)) => sleep(PAUSE).await,
        }
    }
    println!("gone {command_id}");
}

async fn version(writer: &Writer, id: ProviderId, deadline: Instant) -> Version {
    loop {
        match writer.log().load(StreamId::provider(id), Version::NONE).await {
            Ok(events) => return events.last().map_or(Version::NONE, |event| event.version),
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        sleep(PAUSE).await;
    }
}
