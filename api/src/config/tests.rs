//! Every way in which a setting can be given, and every way in which it can be wrong.

use std::collections::HashMap;
use std::io::Write as _;

use super::{Config, DEFAULTS, Error, telemetry};

fn environment<const N: usize>(pairs: [(&str, &str); N]) -> HashMap<String, String> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn from_environment<const N: usize>(pairs: [(&str, &str); N]) -> Result<Config, Error> {
    Config::from_layers(None, environment(pairs))
}

fn from_file(text: &str) -> Result<Config, Error> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    Config::from_layers(Some(file.path()), HashMap::new())
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn the_defaults_are_valid_and_embedded() {
    let config = from_environment([]).unwrap();
    assert_eq!(config.data_dir.to_str(), Some(".berth"));
    assert_eq!(config.http.address().unwrap().to_string(), "127.0.0.1:8080");
    assert!(config.postgres.url.is_none() && config.nats.url.is_none());
    assert!(config.bootstrap_token.is_none());
    assert_eq!(config.telemetry.format, telemetry::Format::Text);
    assert_eq!(config.outbound.rules().unwrap(), domain::outbound::Rules::default());
}

#[test]
fn every_key_of_the_defaults_is_printed_and_no_other() {
    let keys = |text: &str| -> Vec<String> {
        let table: toml::Table = text.parse().unwrap();
        let mut keys: Vec<String> = table
            .iter()
            .flat_map(|(name, value)| match value.as_table() {
                Some(section) => section.keys().map(|key| format!("{name}.{key}")).collect(),
                None => vec![name.clone()],
            })
            .collect();
        keys.sort();
        keys
    };
    assert_eq!(keys(&from_environment([]).unwrap().shown().unwrap()), keys(DEFAULTS));
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"[http]\nlisten = \"0.0.0.0:1\"\nbody_bytes_max = 2048\n").unwrap();
    let named = environment([
        ("BERTH_CONFIG", file.path().to_str().unwrap()),
        ("BERTH_HTTP__LISTEN", "[::1]:0"),
        ("BERTH_DATA_DIR", "/srv/berth"),
        ("BERTH_TEST_SOMETHING", "x"),
        ("UNRELATED", "x"),
    ]);
    let config = Config::from_layers(None, named).unwrap();
    assert_eq!(config.http.address().unwrap().to_string(), "[::1]:0");
    assert_eq!(config.http.body_bytes_max, 2048);
    assert_eq!(config.http.connections_max, 1024);
    assert_eq!(config.data_dir.to_str(), Some("/srv/berth"));
}

#[test]
fn an_empty_variable_sets_nothing() {
    let config = from_environment([("BERTH_HTTP__LISTEN", ""), ("BERTH_POSTGRES__URL", "")]);
    assert_eq!(config.unwrap().http.listen, "127.0.0.1:8080");
}

#[test]
fn an_unknown_key_is_refused_and_the_nearest_named() {
    assert_eq!(
        refusal(from_environment([("BERTH_HTTP__LISTN", "127.0.0.1:1")])),
        "unknown key `http.listn` in environment variable BERTH_HTTP__LISTN; \
         did you mean `http.listen`?"
    );
    let message = refusal(from_file("[htp]\nlisten = \"127.0.0.1:1\"\n"));
    assert!(message.starts_with("unknown key `htp.listen` in file "), "{message}");
    assert!(message.ends_with("did you mean `http.listen`?"), "{message}");
    let message = refusal(from_environment([("BERTH_SOMETHING_ELSE", "1")]));
    assert!(message.ends_with("BERTH_SOMETHING_ELSE"), "{message}");
}

#[test]
fn a_refusal_names_the_key_and_the_rule() {
    for (variable, value, message) in [
        ("BERTH_HTTP__LISTEN", "localhost", "`http.listen` must be an IP address and a port"),
        (
            "BERTH_HTTP__BODY_BYTES_MAX",
            "1",
            "`http.body_bytes_max` must be 1024 to 67108864, not 1",
        ),
        ("BERTH_HTTP__CONNECTIONS_MAX", "0", "`http.connections_max` must be 1 to 100000"),
        ("BERTH_HTTP__REQUEST_TIMEOUT_MS", "1", "`http.request_timeout_ms` must be 100 to"),
        ("BERTH_POSTGRES__URL", "mysql://x", "`postgres.url` must be an address that begins"),
        ("BERTH_POSTGRES__OWNER_URL", "postgres://o@h/d", "`postgres.url` must be set where"),
        ("BERTH_POSTGRES__POOL_MAX", "1", "`postgres.pool_max` must be 2 to 1000"),
        ("BERTH_NATS__URL", "http://h", "`nats.url` must be addresses that begin with nats://"),
        ("BERTH_NATS__RELAY_USER", "relay", "`nats.relay_password` must be set where"),
        ("BERTH_NATS__STREAM_MAX_BYTES", "7", "`nats.stream_max_bytes` must be"),
        ("BERTH_LOG__QUEUE_MAX", "8", "`log.batch_max` must be no more than `log.queue_max`"),
        ("BERTH_LOG__BATCH_MAX", "9999", "`log.batch_max` must be 1 to 1024"),
        ("BERTH_OUTBOUND__REFUSED", "10.0.0.0/33", "`outbound.refused` must be networks"),
        ("BERTH_OUTBOUND__ALLOWED", "anywhere", "`outbound.allowed` must be networks"),
        ("BERTH_WORKER__SWEEP_INTERVAL_MS", "0", "`worker.sweep_interval_ms` must be"),
        ("BERTH_WORKER__SWARM_API_VERSION_MIN", "1", "`worker.swarm_api_version_min` must be"),
        ("BERTH_WORKER__KUBERNETES_VERSION_MIN", "1", "`worker.kubernetes_version_min` must be"),
        ("BERTH_TELEMETRY__FILTER", "api=loud", "`telemetry.filter` must be LEVEL"),
        ("BERTH_BOOTSTRAP_TOKEN", "short", "`bootstrap_token` must be 16 to 256 visible"),
    ] {
        let refused = refusal(from_environment([(variable, value)]));
        assert!(refused.starts_with(message), "{variable}={value}: {refused}");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_refused_with_its_key() {
    for (variable, value, key) in [
        ("BERTH_HTTP__BODY_BYTES_MAX", "many", "http.body_bytes_max"),
        ("BERTH_HTTP__BODY_BYTES_MAX", "-1", "http.body_bytes_max"),
        ("BERTH_HTTP__BODY_BYTES_MAX", "99999999999999999999999", "http.body_bytes_max"),
        ("BERTH_TELEMETRY__FORMAT", "xml", "telemetry.format"),
        ("BERTH_NATS__STREAM_DISCARD", "all", "nats.stream_discard"),
        ("BERTH_HTTP", "x", "http"),
        ("BERTH_HTTP__LISTEN__PORT", "1", "http.listen.port"),
    ] {
        let refused = refusal(from_environment([(variable, value)]));
        assert!(refused.contains(key), "{variable}={value}: {refused}");
    }
    let refused = refusal(from_file("[log]\nqueue_max = \"x\"\n"));
    assert!(refused.contains("log.queue_max"), "{refused}");
}

#[test]
fn a_token_of_digits_stays_as_it_was_written() {
    let config = from_environment([("BERTH_BOOTSTRAP_TOKEN", "0001112223334445556e7")]).unwrap();
    assert_eq!(config.bootstrap_token.unwrap().expose(), "0001112223334445556e7");
}

#[test]
fn a_file_that_is_missing_or_broken_is_refused_without_showing_it() {
    let missing = Config::from_layers(Some("/nonexistent/berth.toml".as_ref()), HashMap::new());
    assert_eq!(refusal(missing), "could not read configuration file /nonexistent/berth.toml");
    let canary = uuid::Uuid::now_v7().to_string();
    let refused = from_file(&format!("\nbootstrap_token = \"{canary}\nx = 1\n")).unwrap_err();
    let text = format!("{refused} {refused:?}");
    assert!(text.contains("line 2"), "{text}");
    assert!(!text.contains(&canary), "{text}");
}

#[test]
fn no_secret_is_shown() {
    let canary = uuid::Uuid::now_v7().simple().to_string();
    let config = from_environment([
        ("BERTH_BOOTSTRAP_TOKEN", canary.as_str()),
        ("BERTH_POSTGRES__URL", &format!("postgres://berth:{canary}@db.internal:5432/berth")),
        ("BERTH_POSTGRES__OWNER_URL", &format!("postgres:///berth?host=/run&password={canary}")),
        ("BERTH_NATS__URL", &format!("nats://{canary}@one:4222,nats://u:{canary}@two:4222")),
        ("BERTH_NATS__RELAY_USER", "relay"),
        ("BERTH_NATS__RELAY_PASSWORD", &canary),
    ])
    .unwrap();
    let shown = config.shown().unwrap();
    assert!(!shown.contains(&canary), "{shown}");
    assert!(!format!("{config:?}").contains(&canary));
    assert!(shown.contains("postgres://berth:hidden@db.internal:5432/berth"), "{shown}");
    assert!(shown.contains("bootstrap_token = \"[hidden]\""), "{shown}");
    assert_eq!(config.nats.relay_login().unwrap().1.expose(), canary);
    assert_eq!(config.nats.worker_login().unwrap().0, "relay");
}

#[test]
fn an_address_that_cannot_be_understood_is_hidden_whole() {
    for address in ["postgres://u:ca/nary@host/db", "postgres://u:12/canary@host/db"] {
        let config = from_environment([("BERTH_POSTGRES__URL", address)]).unwrap();
        assert_eq!(config.postgres.url.unwrap().to_string(), "[hidden]");
    }
}
