//! The binary `berth`: reads what is asked, and hands it to its role.

use anyhow::{Context, bail};
use api::{app, config::Config, telemetry};
use std::{path::PathBuf, process::ExitCode};

const USAGE: &str = "\
usage: berth ROLE [--config FILE]

  serve                 API, read models, relay and worker in one process; with neither
                        postgres.url nor nats.url set it runs both itself, under data_dir
  work                  a worker alone, beside processes that serve
  migrate               bring the database to the form that this program expects
  rebuild READ_MODEL    fill new tables beside the old and swap, while the service runs
  vault rotate          encrypt every data key of the vault with its newest master key
  vault new-key         print a new master key, a line for the file that vault.key_file names
  check-config          print the configuration that holds, with secrets hidden
";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("berth: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let file = take_config(&mut words)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words.is_empty() || matches!(words[..], ["help" | "--help" | "-h"]) {
        eprint!("{USAGE}");
        return Ok(());
    }
    if words == ["vault", "new-key"] {
        return app::new_vault_key();
    }
    let config = Config::load(file.as_deref())?;
    if words == ["check-config"] {
        return app::print(&config.shown()?);
    }
    telemetry::start(&config.telemetry)?;
    match words[..] {
        ["serve"] => app::serve(&config),
        ["work"] => app::work(&config),
        ["migrate"] => app::migrate(&config),
        ["rebuild", model] => app::rebuild(&config, model),
        ["vault", "rotate"] => app::rotate_vault(&config),
        _ => bail!("`{}` is no role of berth\n\n{USAGE}", words.join(" ")),
    }
}

fn take_config(words: &mut Vec<String>) -> anyhow::Result<Option<PathBuf>> {
    let Some(at) = words.iter().position(|word| word == "--config") else { return Ok(None) };
    let file = words.get(at + 1).context("--config needs a file")?.into();
    words.drain(at..=at + 1);
    Ok(Some(file))
}
