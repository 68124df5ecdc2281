//! What each user of the private NATS may do.
//!
//! JetStream is spoken to by messages too, so what a user may do to the stream is a list of
//! subjects. A subscriber may make consumers of its own, and read where it left off, but it can
//! neither publish an event, nor change or delete the stream, nor touch the worker's consumer.
//!
//! Absent on purpose: a private inbox for each user. All three may read every event, so an inbox
//! holds nothing that its reader may not see. A broker that tells organizations apart needs them.

use std::fmt::Write as _;

use adapters::nats::hint::DURABLE as WORKER_CONSUMER;
use adapters::nats::stream::NAME as STREAM;

use super::passwords::{Name, Passwords};

/// Subjects that a user may publish to and subscribe to; a denied one is taken out of the allowed.
struct Permissions {
    publish: Vec<String>,
    publish_denied: Vec<String>,
    subscribe: Vec<String>,
}

/// The part of the server's configuration that names its users.
pub(super) fn users(passwords: &Passwords) -> String {
    let mut text = String::from("authorization {\n  users: [\n");
    for name in Name::ALL {
        let Permissions { publish, publish_denied, subscribe } = of(name);
        // Writing to a text cannot fail.
        let _written = writeln!(
            text,
            "    {{ user: {}, password: \"{}\", permissions: {{\n      \
             publish: {{ allow: {}, deny: {} }}\n      subscribe: {{ allow: {} }}\n    }} }}",
            name.as_str(),
            passwords.of(name).expose(),
            list(&publish),
            list(&publish_denied),
            list(&subscribe),
        );
    }
    text.push_str("  ]\n}\n");
    text
}

fn of(name: Name) -> Permissions {
    match name {
        Name::Relay => Permissions {
            publish: texts(&["berth.>", "$JS.API.>", "$JS.ACK.>"]),
            publish_denied: Vec::new(),
            subscribe: texts(&["berth.>", "_INBOX.>", "$JS.EVENT.ADVISORY.>"]),
        },
        Name::Worker => Permissions {
            publish: consume(),
            publish_denied: Vec::new(),
            subscribe: texts(&["berth.v1.>", "_INBOX.>"]),
        },
        Name::Subscriber => Permissions {
            publish: consume(),
            publish_denied: vec![
                // The old form, with the name in the body: it could name the worker's consumer.
                format!("$JS.API.CONSUMER.CREATE.{STREAM}"),
                format!("$JS.API.CONSUMER.*.{STREAM}.{WORKER_CONSUMER}"),
                format!("$JS.API.CONSUMER.*.{STREAM}.{WORKER_CONSUMER}.>"),
                format!("$JS.API.CONSUMER.*.*.{STREAM}.{WORKER_CONSUMER}"),
                format!("$JS.API.CONSUMER.*.*.{STREAM}.{WORKER_CONSUMER}.>"),
                format!("$JS.ACK.{STREAM}.{WORKER_CONSUMER}.>"),
                format!("$JS.ACK.*.*.{STREAM}.{WORKER_CONSUMER}.>"),
            ],
            subscribe: texts(&["berth.v1.>", "_INBOX.>"]),
        },
    }
}

/// Reads the stream through consumers, and tells how far it got.
fn consume() -> Vec<String> {
    let mut subjects = texts(&["$JS.API.INFO", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.LIST"]);
    for call in ["STREAM.INFO", "STREAM.MSG.GET", "CONSUMER.CREATE", "CONSUMER.NAMES"] {
        subjects.push(format!("$JS.API.{call}.{STREAM}"));
    }
    subjects.push(format!("$JS.API.CONSUMER.LIST.{STREAM}"));
    for call in ["CREATE", "DURABLE.CREATE", "INFO", "DELETE", "MSG.NEXT"] {
        subjects.push(format!("$JS.API.CONSUMER.{call}.{STREAM}.>"));
    }
    subjects.push(format!("$JS.API.DIRECT.GET.{STREAM}"));
    subjects.push(format!("$JS.API.DIRECT.GET.{STREAM}.>"));
    // One form for servers of an account, the other for servers that know domains.
    subjects.push(format!("$JS.ACK.{STREAM}.>"));
    subjects.push(format!("$JS.ACK.*.*.{STREAM}.>"));
    subjects.push(format!("$JS.FC.{STREAM}.>"));
    subjects
}

fn texts(subjects: &[&str]) -> Vec<String> {
    subjects.iter().map(|subject| (*subject).to_owned()).collect()
}

fn list(subjects: &[String]) -> String {
    let quoted: Vec<String> = subjects.iter().map(|subject| format!("\"{subject}\"")).collect();
    format!("[{}]", quoted.join(", "))
}
