//! What a person sees when Berth is up: where it is, how to get in, what to try first.

use super::{
    print,
    servers::Servers,
    token::{Bootstrap, Source},
};
use std::net::SocketAddr;

/// Shows the first administrator token to whoever started Berth for the first time. Not through the
/// log, which others may read and which is kept.
pub(super) fn first_token(bootstrap: &Bootstrap) -> anyhow::Result<()> {
    let Source::Made(file) = &bootstrap.source else { return Ok(()) };
    let (token, file) = (&bootstrap.token, file.display());
    print(&format!(
        "\nThe first administrator token, shown this once and kept in {file}:\n  {token}\n"
    ))
}

pub(super) fn welcome(
    address: SocketAddr,
    bootstrap: &Bootstrap,
    servers: &Servers,
) -> anyhow::Result<()> {
    let token = bootstrap.file().map_or_else(
        || "the one in the configuration (bootstrap_token)".to_owned(),
        |file| file.display().to_string(),
    );
    let shown = bootstrap.file().map_or_else(
        || "$BERTH_BOOTSTRAP_TOKEN".to_owned(),
        |file| format!("$(cat {})", file.display()),
    );
    let mut lines = vec![
        String::new(),
        "Berth is up.".to_owned(),
        format!("  API        http://{address}/v1/providers"),
        format!("  contract   http://{address}/openapi.json"),
        format!("  health     http://{address}/readyz"),
        format!("  token      {token}"),
    ];
    if let Some(file) = &servers.subscribers {
        lines.push(format!("  subscribe  nats URL in {}", file.display()));
    }
    lines.push(format!(
        "\nTry: curl -H \"Authorization: Bearer {shown}\" http://{address}/v1/providers"
    ));
    lines.push("Ctrl-C stops everything.\n".to_owned());
    print(&lines.join("\n"))
}
