//! The private PostgreSQL.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};
use api::embedded::Error;
use api::embedded::postgres::{OWNER, Server, Settings};
use sqlx::{Connection as _, PgConnection};

use crate::{closed_folder, deep, eventually, kill_process, mode_of, open_folder};

async fn text(connection: &mut PgConnection, statement: &'static str) -> Result<String> {
    Ok(sqlx::query_scalar(statement).fetch_one(connection).await?)
}

async fn remember(server: &Server, note: &str) -> Result<()> {
    let mut owner = PgConnection::connect(&server.owner_url()).await?;
    sqlx::query("CREATE TABLE IF NOT EXISTS note (note text)").execute(&mut owner).await?;
    sqlx::query("INSERT INTO note VALUES ($1)").bind(note).execute(&mut owner).await?;
    Ok(())
}

async fn remembered(server: &Server) -> Result<Vec<String>> {
    let mut owner = PgConnection::connect(&server.owner_url()).await?;
    Ok(sqlx::query_scalar("SELECT note FROM note ORDER BY note").fetch_all(&mut owner).await?)
}

#[tokio::test]
async fn it_is_durable_and_private() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let mut owner = PgConnection::connect(&server.owner_url()).await?;
    for (statement, value) in [
        ("SHOW fsync", "on"),
        ("SHOW full_page_writes", "on"),
        ("SHOW synchronous_commit", "on"),
        ("SHOW data_checksums", "on"),
        ("SHOW listen_addresses", ""),
        ("SHOW server_encoding", "UTF8"),
        ("SHOW timezone", "UTC"),
        ("SELECT datcollate::text FROM pg_database WHERE datname = current_database()", "C"),
        ("SELECT rolsuper::text FROM pg_roles WHERE rolname = 'berth_owner'", "true"),
        ("SELECT rolsuper::text FROM pg_roles WHERE rolname = 'berth_service'", "false"),
        ("SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'berth'", OWNER),
    ] {
        assert_eq!(text(&mut owner, statement).await?, value, "{statement}");
    }
    let mut service = PgConnection::connect(&server.url()).await?;
    assert_eq!(text(&mut service, "SELECT current_user::text").await?, "berth_service");
    assert_eq!(mode_of(server.socket_folder())?, 0o700);
    assert_eq!(mode_of(&folder.path().join("data"))?, 0o700);
    Ok(())
}

#[test]
fn the_user_of_the_server_is_let_in_and_others_are_not() -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(()); // Only root can try it as somebody else.
    }
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    let server_user = fs::metadata(server.socket_folder())?.uid();
    for (user, expected) in [(server_user, true), (0, true), (65_534, false)] {
        let status = Command::new("setpriv")
            .args(["--reuid", &user.to_string(), "--clear-groups", "psql", "-Xqc", "SELECT 1"])
            .args(["-U", OWNER, "-d", "berth", "-h"])
            .arg(server.socket_folder())
            .stdout(Stdio::null())
            .status()?;
        assert_eq!(status.success(), expected, "user {user}");
    }
    Ok(())
}

#[tokio::test]
async fn settings_may_differ() -> Result<()> {
    let folder = open_folder()?;
    let settings = Settings::default().with("max_connections", "37").with("fsync", "off");
    let server = Server::start(folder.path(), &settings)?;
    let mut owner = PgConnection::connect(&server.url_of(OWNER, "postgres")).await?;
    assert_eq!(text(&mut owner, "SHOW max_connections").await?, "37");
    assert_eq!(text(&mut owner, "SHOW fsync").await?, "off");
    Ok(())
}

#[tokio::test]
async fn a_restart_finds_the_data() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    remember(&server, "before").await?;
    let url = server.url();
    drop(server);
    let server = Server::start(folder.path(), &Settings::default())?;
    assert_eq!(remembered(&server).await?, ["before"]);
    assert_eq!(server.url(), url);
    Ok(())
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    remember(&server, "acknowledged").await?;
    let mut connected = PgConnection::connect(&server.url()).await?;
    server.kill()?;
    assert_eq!(server.pid(), None);
    assert!(text(&mut connected, "SELECT 'alive'").await.is_err());
    assert!(PgConnection::connect(&server.url()).await.is_err());
    server.start_again()?;
    assert_eq!(remembered(&server).await?, ["acknowledged"]);
    server.stop();
    assert_eq!(server.pid(), None);
    server.start_again()?;
    assert_eq!(remembered(&server).await?, ["acknowledged"]);
    Ok(())
}

#[tokio::test]
async fn a_server_that_dies_is_started_again_at_the_same_address() -> Result<()> {
    let folder = open_folder()?;
    let server = Server::start(folder.path(), &Settings::default())?;
    remember(&server, "kept").await?;
    for _ in 0..2 {
        let before = server.pid().context("it runs")?;
        kill_process(before)?;
        eventually("another process", async || server.pid().filter(|pid| *pid != before)).await?;
        let notes = eventually("an answer", async || remembered(&server).await.ok()).await?;
        assert_eq!(notes, ["kept"]);
    }
    Ok(())
}

#[test]
fn a_second_server_in_the_same_folder_is_refused() -> Result<()> {
    let folder = open_folder()?;
    let _server = Server::start(folder.path(), &Settings::default())?;
    let refused = Server::start(folder.path(), &Settings::default()).err().context("refused")?;
    assert!(matches!(refused, Error::InUse { holder, .. } if holder == std::process::id()));
    Ok(())
}

#[tokio::test]
async fn it_runs_below_a_folder_that_only_root_can_enter() -> Result<()> {
    let folder = closed_folder()?;
    let inner = folder.path().join("inner");
    let server = Server::start(&inner, &Settings::default())?;
    remember(&server, "within").await?;
    server.kill()?;
    server.start_again()?;
    drop(server);
    let server = Server::start(&inner, &Settings::default())?;
    assert_eq!(remembered(&server).await?, ["within"]);
    assert_eq!(mode_of(folder.path())?, 0o700);
    Ok(())
}

#[tokio::test]
async fn a_deep_folder_has_its_socket_at_a_short_path() -> Result<()> {
    let folder = open_folder()?;
    let deep = deep(folder.path());
    let server = Server::start(&deep, &Settings::default())?;
    remember(&server, "deep").await?;
    assert!(server.socket_folder().as_os_str().len() < 80);
    assert_eq!(fs::read_link(deep.join("socket"))?, server.socket_folder());
    assert_eq!(mode_of(server.socket_folder())?, 0o700);
    let sockets = server.socket_folder().to_path_buf();
    drop(server);
    assert!(!sockets.exists());
    Ok(())
}

#[tokio::test]
async fn a_path_may_hold_anything() -> Result<()> {
    let folder = open_folder()?;
    let strange = folder.path().join("a, \"b\" %41 é");
    let server = Server::start(&strange, &Settings::default());
    // PostgreSQL has no way to write a quote in a list of folders.
    assert!(server.is_err() || remember(&server?, "strange").await.is_ok());
    let spaced = folder.path().join("a, b %41 é 'c'");
    remember(&Server::start(&spaced, &Settings::default())?, "spaced").await
}

#[tokio::test]
async fn a_cluster_that_was_not_finished_is_made_again() -> Result<()> {
    let folder = open_folder()?;
    fs::create_dir_all(folder.path().join("data.new.1/base"))?;
    fs::write(folder.path().join("data.new.1/PG_VERSION"), "15\n")?;
    let server = Server::start(folder.path(), &Settings::default())?;
    remember(&server, "whole").await?;
    assert!(!folder.path().join("data.new.1").exists());
    Ok(())
}

#[test]
fn a_folder_that_cannot_be_made_is_named() -> Result<()> {
    let refused = Server::start("/proc/berth".as_ref(), &Settings::default()).err();
    let refused = refused.context("refused")?;
    assert_eq!(refused.to_string(), "could not make folder /proc/berth");
    Ok(())
}

#[test]
fn data_of_a_version_that_is_not_installed_is_left_alone() -> Result<()> {
    let folder = open_folder()?;
    fs::create_dir(folder.path().join("data"))?;
    fs::write(folder.path().join("data/PG_VERSION"), "9\n")?;
    let refused = Server::start(folder.path(), &Settings::default()).err().context("refused")?;
    assert!(refused.to_string().contains("apt-get install postgresql-9"), "{refused}");
    Ok(())
}

#[test]
fn a_server_that_does_not_start_shows_the_end_of_its_log() -> Result<()> {
    let folder = open_folder()?;
    let settings = Settings::default().with("no_such_setting", "1");
    let refused = Server::start(folder.path(), &settings).err().context("refused")?;
    assert!(refused.to_string().contains("no_such_setting"), "{refused}");
    Ok(())
}
