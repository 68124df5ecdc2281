//! What a person sees when Berth is up: where it is, how to get in, what to try first.

use super::{print, servers::Servers, token::Bootstrap};
use std::net::SocketAddr;

pub(super) fn welcome(
    address: SocketAddr,
    bootstrap: &Bootstrap,
    servers: &Servers,
) -> anyhow::Result<()> {
    let token = bootstrap.file.as_ref().map_or_else(
        || "the one in the configuration (bootstrap_token)".to_owned(),
        |file| file.display().to_string(),
    );
    let shown = bootstrap.file.as_ref().map_or_else(
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
