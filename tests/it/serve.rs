//! `berth serve` as a process: found again, stopped, killed, and beside servers that were there
//! before it.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};
use tests::harness::{Berth, Database, eventually};
use uuid::Uuid;

/// Between two looks at what a starting service has begun.
const PAUSE: Duration = Duration::from_millis(10);

fn folder() -> PathBuf {
    std::env::temp_dir().join(format!("berth-serve-{}", Uuid::new_v4().simple()))
}

fn paris() -> Value {
    json!({
        "name": "Paris", "kind": "swarm", "visibility": "public", "deployment_mode": "single",
        "clusters": [{ "name": "paris-1", "url": "http://127.0.0.1:9" }],
    })
}

/// All processes that descend from this one.
pub(crate) fn descendants(of: u32) -> BTreeSet<i32> {
    let mut found = BTreeSet::new();
    let mut open = vec![i32::try_from(of).unwrap()];
    while let Some(parent) = open.pop() {
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else { continue };
            let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else { continue };
            // pid (name) state parent …; the name may hold anything, so the last bracket counts.
            let rest = stat.rsplit(')').next().unwrap_or_default();
            let is_child = rest.split_whitespace().nth(1) == Some(parent.to_string().as_str());
            if is_child && found.insert(pid) {
                open.push(pid);
            }
        }
    }
    found
}

async fn are_gone(children: &BTreeSet<i32>) {
    eventually("all children are gone", async || {
        children.iter().all(|pid| kill(Pid::from_raw(*pid), None).is_err()).then_some(())
    })
    .await;
}

async fn shows_paris(berth: &Berth) {
    eventually("the provider is in the list", async || {
        let list = berth.get("/v1/providers").await;
        (list["items"].as_array()?.len() == 1 && list["items"][0]["name"] == "Paris").then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_start_finds_the_data_after_a_stop_and_after_a_kill() {
    let folder = folder();
    let berth = Berth::start(&folder, &[]).await;
    let token = folder.join("admin-token");
    let mode = fs::metadata(&token).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    let token = fs::read_to_string(&token).unwrap();
    berth.command(Method::POST, "/v1/providers", Some(&paris())).await;
    shows_paris(&berth).await;
    let rebuilt = berth.run(&["rebuild", "provider_list"]).await;
    assert!(rebuilt.contains("provider_list rebuilt up to position 2"), "{rebuilt}");
    shows_paris(&berth).await;
    let children = descendants(berth.pid().unwrap());
    assert!(children.len() >= 2, "PostgreSQL and NATS run as its children");
    assert!(berth.stop().await.success());
    are_gone(&children).await;

    let berth = Berth::start(&folder, &[]).await;
    assert_eq!(fs::read_to_string(folder.join("admin-token")).unwrap(), token, "it stays");
    shows_paris(&berth).await;
    let children = descendants(berth.pid().unwrap());
    berth.kill().await;
    // Nothing that a killed Berth leaves may block the next one, so it does not wait for them.
    let berth = Berth::start(&folder, &[]).await;
    shows_paris(&berth).await;
    are_gone(&children).await;
    assert!(berth.stop().await.success());
    fs::remove_dir_all(&folder).unwrap();
}

/// Everything that it says until it is up.
async fn said(berth: &Berth) -> String {
    eventually("it said all that it has to say", async || {
        Some(berth.said()).filter(|said| said.contains("Ctrl-C stops everything."))
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_start_shows_its_token_once_and_a_configured_one_is_never_shown() {
    let folder = folder();
    // Everything that can be logged is.
    let trace = ("BERTH_TELEMETRY__FILTER", "trace");
    let berth = Berth::start(&folder, &[trace]).await;
    let first = said(&berth).await;
    let (token, file) = (berth.token().to_owned(), folder.join("admin-token"));
    assert_eq!(first.matches(&token).count(), 1, "{first}");
    assert!(first.contains(&format!("kept in {}:\n  {token}\n", file.display())), "{first}");
    assert_eq!(berth.status_as(&token, "/v1/me").await, 200);
    assert!(berth.stop().await.success());

    let berth = Berth::start(&folder, &[trace]).await;
    let second = said(&berth).await;
    assert!(!second.contains(&token) && second.contains(&file.display().to_string()), "{second}");
    assert_eq!(berth.status_as(&token, "/v1/me").await, 200);
    assert!(berth.stop().await.success());

    let configured = format!("configured-{}", Uuid::new_v4());
    let settings = [trace, ("BERTH_BOOTSTRAP_TOKEN", configured.as_str())];
    let elsewhere = folder.join("elsewhere");
    let berth = Berth::start(&elsewhere, &settings).await;
    let configured_said = said(&berth).await;
    assert!(!configured_said.contains(&configured), "{configured_said}");
    assert!(!elsewhere.join("admin-token").exists(), "it made one of its own");
    assert_eq!(berth.status_as(&configured, "/v1/me").await, 200);
    assert!(berth.stop().await.success());

    for (folder, token) in [(&folder, &token), (&elsewhere, &configured)] {
        let log = fs::read_to_string(folder.join("berth.log")).unwrap();
        assert!(log.len() > 10_000 && !log.contains(token), "it is in the log");
    }
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_is_ended_halfway_leaves_nothing_behind_and_the_next_one_works() {
    let folder = folder();
    // Each meets what the one before left: a half-made database, then one that is starting.
    for after in [50, 200, 1000, 200] {
        let (mut starting, mut children) = (Berth::starting(&folder, &[]), BTreeSet::new());
        let until = Instant::now() + Duration::from_millis(after);
        while Instant::now() < until {
            children.extend(starting.id().map(descendants).unwrap_or_default());
            tokio::time::sleep(PAUSE).await;
        }
        children.extend(starting.id().map(descendants).unwrap_or_default());
        let pid = Pid::from_raw(i32::try_from(starting.id().unwrap()).unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        let ended = tokio::time::timeout(Duration::from_mins(1), starting.wait()).await;
        ended.expect("it ends by itself").unwrap();
        are_gone(&children).await;
    }
    let berth = Berth::start(&folder, &[]).await;
    berth.command(Method::POST, "/v1/providers", Some(&paris())).await;
    shows_paris(&berth).await;
    assert!(berth.stop().await.success());
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_are_there_already_are_used() {
    let folder = folder();
    let nats = api::embedded::nats::Settings::default();
    let place = folder.join("its-own-nats");
    let start = move || api::embedded::nats::Server::start(&place, &nats).unwrap();
    let nats = tokio::task::spawn_blocking(start).await.unwrap();
    let database = Database::create().await;
    let password = nats.password(api::embedded::nats::Name::Relay).expose().to_owned();
    let settings = [
        ("BERTH_POSTGRES__URL", database.url()),
        ("BERTH_NATS__URL", nats.address()),
        ("BERTH_NATS__RELAY_USER", "relay".to_owned()),
        ("BERTH_NATS__RELAY_PASSWORD", password),
    ];
    let settings: Vec<_> = settings.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let berth = Berth::start(&folder, &settings).await;
    assert_eq!(descendants(berth.pid().unwrap()), BTreeSet::new());
    berth.command(Method::POST, "/v1/providers", Some(&paris())).await;
    shows_paris(&berth).await;
    eventually("it is ready, the relay too", async || {
        let (status, _) = berth.ask(Method::GET, "/readyz", None).await;
        (status == StatusCode::OK).then_some(())
    })
    .await;
    assert!(berth.stop().await.success());
    drop(nats);
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_over_one_database_leaves_the_first_ones_token_alone() {
    let database = Database::create().await;
    let url = database.url();
    let settings = [("BERTH_POSTGRES__URL", url.as_str())];
    let (here, there) = (folder(), folder());
    let first = Berth::start(&here, &settings).await;
    // The vault is one as well, and so is its key.
    let key = here.join("vault-key");
    let shared = [settings[0], ("BERTH_VAULT__KEY_FILE", key.to_str().unwrap())];
    let second = Berth::start(&there, &shared).await;
    // The first has not been asked yet, so it remembers no token.
    first.get("/v1/me").await;
    second.get("/v1/me").await;
    // Each has a private NATS, and none of them is in the way of a rebuild.
    let said = first.run_with(&["rebuild", "node_list"], &settings).await;
    assert!(said.contains("node_list rebuilt"), "{said}");
    first.stop().await;
    second.stop().await;
    drop((fs::remove_dir_all(here), fs::remove_dir_all(there)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_master_key_of_the_vault_is_rotated_beside_the_service() {
    let folder = folder();
    let berth = Berth::start(&folder, &[]).await;
    let key_file = || fs::read_to_string(folder.join("vault-key")).unwrap();
    let first = key_file();
    let mode = fs::metadata(folder.join("vault-key")).unwrap().permissions();
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode) & 0o777, 0o600);
    let made = berth.repeatable("first", "/v1/providers", &paris()).await;
    let events = berth.get("/v1/events").await;

    let said = berth.run(&["vault", "rotate"]).await;
    let old = first.split(' ').next().unwrap();
    assert!(said.contains("1 were wrapped anew"), "the key of request digests: {said}");
    assert!(said.contains(&format!("{old} wraps nothing any more")), "{said}");
    assert!(key_file().starts_with(&first) && key_file().lines().count() == 2);
    assert_eq!(berth.get("/v1/events").await, events, "the log is as it was");
    assert!(berth.stop().await.success());

    // Nothing needs the old key any more, and a repeated request is still recognized.
    let newest = key_file().lines().last().unwrap().to_owned();
    fs::write(folder.join("vault-key"), newest).unwrap();
    let berth = Berth::start(&folder, &[]).await;
    assert_eq!(berth.repeatable("first", "/v1/providers", &paris()).await, made);
    assert!(berth.stop().await.success());

    // Without its key, Berth says so at once and makes no other one.
    fs::remove_file(folder.join("vault-key")).unwrap();
    let refused = Berth::refused(&folder, &[]).await;
    assert!(refused.contains("was made with a key file that is not here"), "{refused}");
    assert!(!folder.join("vault-key").exists());
    fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_in_every_process_within_a_second() {
    let database = Database::create().await;
    let url = database.url();
    let settings = [("BERTH_POSTGRES__URL", url.as_str())];
    let (here, there) = (folder(), folder());
    let first = Berth::start(&here, &settings).await;
    let key = here.join("vault-key");
    let shared = [settings[0], ("BERTH_VAULT__KEY_FILE", key.to_str().unwrap())];
    let second = Berth::start(&there, &shared).await;
    let body = json!({ "principal": { "name": "Robin" } });
    let issued = first.command(Method::POST, "/v1/tokens", Some(&body)).await;
    let (id, token) = (issued["id"].as_str().unwrap(), issued["token"].as_str().unwrap());
    // Both have just seen it valid, so both remember it.
    for berth in [&first, &second] {
        assert_eq!(berth.status_as(token, "/v1/me").await, 200);
    }
    first.command(Method::DELETE, &format!("/v1/tokens/{id}"), None).await;
    let revoked = Instant::now();
    assert_eq!(first.status_as(token, "/v1/me").await, 401, "at once where it was revoked");
    eventually("the other process refuses it", async || {
        (second.status_as(token, "/v1/me").await == 401).then_some(())
    })
    .await;
    assert!(revoked.elapsed() < Duration::from_secs(1), "{:?}", revoked.elapsed());
    for (berth, folder) in [(first, here), (second, there)] {
        berth.stop().await;
        fs::remove_dir_all(&folder).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_makes_no_key_for_a_vault_that_is_not_there() {
    let (folder, database) = (folder(), Database::create().await);
    let url = database.url();
    // Nobody answers there: the vault is looked for first.
    let settings =
        [("BERTH_POSTGRES__URL", url.as_str()), ("BERTH_NATS__URL", "nats://127.0.0.1:9")];
    let early = Berth::refused_as("work", &folder, &settings).await;
    assert!(early.contains("the database has no vault yet"), "{early}");
    assert!(early.contains("berth serve") && early.contains("vault.key_file"), "{early}");
    assert!(!folder.join("vault-key").exists(), "it made a key");
    let keys = "SELECT count(*) FROM vault.master_keys";
    let keys = async || sqlx::query_scalar::<_, i64>(keys).fetch_one(&database.pool()).await;
    assert_eq!(keys().await.unwrap(), 0);

    let berth = Berth::start(&folder, &settings[..1]).await;
    assert_eq!(keys().await.unwrap(), 1);
    let elsewhere = folder.join("elsewhere");
    let other = Berth::refused_as("work", &elsewhere, &settings).await;
    assert!(other.contains("made with a key file that is not here"), "{other}");
    assert!(!elsewhere.join("vault-key").exists(), "it made a key of its own");
    assert!(berth.stop().await.success());
    fs::remove_dir_all(&folder).unwrap();
}
