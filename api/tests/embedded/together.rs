//! Both servers, as `berth serve` runs them.

use std::collections::HashMap;
use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result};
use api::config::Config;
use api::embedded::nats::Name;
use api::embedded::{Embedded, Error};
use sqlx::{Connection as _, PgConnection};

use crate::{closed_folder, eventually, is_alive, kill_process, open_folder};

/// Tells a process of this very test program to be the parent of the servers.
const PARENT: &str = "PARENT_OF_SERVERS_IN";

fn config(folder: &Path) -> Result<Config> {
    let folder = folder.to_str().context("a plain path")?.to_owned();
    Ok(Config::from_layers(None, HashMap::from([("BERTH_DATA_DIR".to_owned(), folder)]))?)
}

fn pids(embedded: &Embedded) -> Result<[u32; 2]> {
    let postgres = embedded.postgres().and_then(api::embedded::postgres::Server::pid);
    let nats = embedded.nats().and_then(api::embedded::nats::Server::pid);
    Ok([postgres.context("PostgreSQL runs")?, nats.context("NATS runs")?])
}

async fn answer(embedded: &Embedded) -> Result<()> {
    let url = embedded.postgres_url().context("a private PostgreSQL")?;
    PgConnection::connect(&url).await?.ping().await?;
    let address = embedded.nats_address().context("a private NATS")?;
    let (user, password) = embedded.nats_login(Name::Subscriber).context("a user")?;
    let options = async_nats::ConnectOptions::new()
        .user_and_password(user.to_owned(), password.expose().to_owned());
    options.connect(address).await?.flush().await?;
    Ok(())
}

/// Not a test of its own: what runs in the process that is killed.
#[test]
fn parent() -> Result<()> {
    let Some(folder) = env::var_os(PARENT) else { return Ok(()) };
    let embedded = Embedded::start(&config(folder.as_ref())?)?;
    let [postgres, nats] = pids(&embedded)?;
    eprintln!("servers {postgres} {nats}");
    std::io::stdin().read_to_end(&mut Vec::new())?;
    embedded.stop();
    Ok(())
}

/// Starts [`parent`] in a process of its own; returns it with the servers' process ids.
fn start_parent(folder: &Path) -> Result<(Child, Vec<u32>)> {
    let mut parent = parent_command(Command::new(env::current_exe()?), folder).spawn()?;
    let errors = BufReader::new(parent.stderr.take().context("a pipe")?);
    for line in errors.lines() {
        if let Some(pids) = line?.strip_prefix("servers ") {
            let pids = pids.split(' ').map(str::parse).collect::<Result<_, _>>()?;
            return Ok((parent, pids));
        }
    }
    anyhow::bail!("the parent ended: {}", parent.wait()?)
}

fn parent_command(mut command: Command, folder: &Path) -> Command {
    command
        .args(["together::parent", "--exact", "--nocapture"])
        .env(PARENT, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

#[tokio::test]
async fn a_killed_parent_leaves_nothing_behind_and_nothing_in_the_way() -> Result<()> {
    for folder in [open_folder()?, closed_folder()?] {
        let data = folder.path().join("data");
        for _ in 0..2 {
            let (mut parent, servers) = start_parent(&data)?;
            assert!(servers.iter().all(|pid| is_alive(*pid)));
            kill_process(parent.id())?;
            parent.wait()?;
            // At once, while the old servers may still be stopping.
            let embedded = Embedded::start(&config(&data)?)?;
            assert!(servers.iter().all(|pid| !is_alive(*pid)));
            answer(&embedded).await?;
            embedded.stop();
        }
        let (mut parent, servers) = start_parent(&data)?;
        kill_process(parent.id())?;
        parent.wait()?;
        let gone = async || servers.iter().all(|pid| !is_alive(*pid)).then_some(());
        eventually("the servers end by themselves", gone).await?;
        Embedded::start(&config(&data)?)?.stop();
    }
    Ok(())
}

/// What a first start makes, in about this order. It is killed as soon as each of them is there.
const STEPS: [&str; 7] = [
    "lock",
    "nats/settings/nats.conf",
    "nats/store/jetstream",
    "postgres/data.new",
    "postgres/data",
    "postgres/data/postmaster.pid",
    "postgres/socket/.s.PGSQL.5432",
];

#[tokio::test]
async fn a_start_that_is_killed_after_any_step_is_in_nobodys_way() -> Result<()> {
    let folder = open_folder()?;
    for (number, step) in STEPS.into_iter().enumerate() {
        let data = folder.path().join(number.to_string());
        let mut parent = parent_command(Command::new(env::current_exe()?), &data).spawn()?;
        eventually(step, async || is_made(&data, step).then_some(())).await?;
        parent.kill()?;
        parent.wait()?;
        let embedded = Embedded::start(&config(&data)?).context(step)?;
        answer(&embedded).await.context(step)?;
        embedded.stop();
    }
    Ok(())
}

/// Whether a step was reached. The name of a new cluster ends in something random.
fn is_made(data: &Path, step: &str) -> bool {
    let path = data.join(step);
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return false };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name()).any(|found| {
        found == name || (step.ends_with(".new") && found.to_string_lossy().starts_with("data.new"))
    })
}

#[test]
fn a_parent_that_stops_takes_its_servers_along() -> Result<()> {
    let folder = open_folder()?;
    let (mut parent, servers) = start_parent(folder.path())?;
    drop(parent.stdin.take());
    assert!(parent.wait()?.success());
    assert!(servers.iter().all(|pid| !is_alive(*pid)));
    Ok(())
}

#[tokio::test]
async fn a_second_process_is_refused_and_disturbs_nothing() -> Result<()> {
    let folder = open_folder()?;
    let (mut parent, servers) = start_parent(folder.path())?;
    let refused = Embedded::start(&config(folder.path())?).err().context("refused")?;
    assert!(matches!(refused, Error::InUse { holder, .. } if holder == parent.id()), "{refused}");
    assert!(refused.to_string().contains("another data_dir"), "{refused}");
    assert!(servers.iter().all(|pid| is_alive(*pid)));
    drop(parent.stdin.take());
    assert!(parent.wait()?.success());
    Ok(())
}

#[test]
fn root_without_the_right_to_mount_is_told_what_to_do() -> Result<()> {
    if !nix::unistd::geteuid().is_root() {
        return Ok(()); // The servers run as whoever runs Berth, who can walk there.
    }
    let folder = closed_folder()?;
    let mut limited = Command::new("setpriv");
    limited.args(["--bounding-set", "-sys_admin"]).arg(env::current_exe()?);
    let output = parent_command(limited, folder.path()).output()?;
    let errors = String::from_utf8(output.stderr)?;
    assert!(!output.status.success());
    assert!(errors.contains("set a data_dir that every user can walk to"), "{errors}");
    Ok(())
}

#[tokio::test]
async fn no_secret_is_in_the_arguments_or_the_environment_of_a_child() -> Result<()> {
    let folder = open_folder()?;
    let embedded = Embedded::start(&config(folder.path())?)?;
    answer(&embedded).await?;
    let passwords = fs::read_to_string(folder.path().join("nats/passwords"))?;
    let passwords: Vec<&str> =
        passwords.lines().filter_map(|line| line.split(' ').nth(1)).collect();
    assert_eq!(passwords.len(), 3);
    for pid in pids(&embedded)? {
        for file in ["cmdline", "environ"] {
            let text = fs::read(format!("/proc/{pid}/{file}"))?;
            let text = String::from_utf8_lossy(&text);
            assert!(!passwords.iter().any(|password| text.contains(password)), "{pid} {file}");
            assert!(!text.contains("BERTH_"), "{pid} {file}");
        }
    }
    Ok(())
}

#[test]
fn nothing_is_started_where_the_configuration_names_both_servers() -> Result<()> {
    let folder = open_folder()?;
    let data = folder.path().join("untouched");
    let environment = HashMap::from(
        [
            ("BERTH_DATA_DIR", data.to_str().context("a plain path")?),
            ("BERTH_POSTGRES__URL", "postgres://berth@db.internal/berth"),
            ("BERTH_NATS__URL", "nats://broker.internal:4222"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    let embedded = Embedded::start(&Config::from_layers(None, environment)?)?;
    assert!(embedded.postgres_url().is_none() && embedded.nats_url(Name::Relay).is_none());
    assert!(!data.exists());
    Ok(())
}
