//! The way to a connection: the address, its host's addresses, and TCP.

use super::{Found, words};
use crate::{connector::Settings, credentials::Credentials, outbound, tls};
use commands::ports::cluster::Error;
use domain::cluster_url::ClusterUrl;
use hyper_util::client::legacy::connect::dns::Name;
use std::{
    io::{self, ErrorKind},
    net::{IpAddr, SocketAddr},
    sync::Arc,
};
use tokio::{net::TcpStream, time::timeout};
use tower_service::Service;

/// Addresses of a host that are tried; more than these are not.
const ADDRESSES_MAX: usize = 8;

/// Whether the address may be reached, and with what.
pub(super) fn url(
    settings: &Settings,
    url: &ClusterUrl,
    credentials: &Result<Credentials, Error>,
) -> Found {
    if let Err(refused) = outbound::check(&settings.rules, url) {
        return refused_by_rules(&refused);
    }
    if let Err(error) = credentials {
        return super::failed(error);
    }
    Found::passed(format!("{url} may be reached"))
}

/// The admitted addresses of the host.
pub(super) async fn resolve(
    settings: &Settings,
    url: &ClusterUrl,
    addresses: &mut Vec<SocketAddr>,
) -> Found {
    let port = url.port();
    if let Ok(address) = url.host().parse::<IpAddr>() {
        addresses.push(SocketAddr::new(address, port));
        return Found::skipped(format!("{address} is an address"));
    }
    let Ok(name) = url.host().parse::<Name>() else {
        return Found::failed(
            format!("`{}` cannot be asked for", url.host()),
            "Use a DNS name or an address in the URL.",
        );
    };
    let mut resolver = outbound::Resolver::new(Arc::clone(&settings.rules));
    match resolver.call(name).await {
        Ok(found) => {
            addresses.extend(found.map(|address| SocketAddr::new(address.ip(), port)));
            let shown: Vec<String> =
                addresses.iter().map(|address| address.ip().to_string()).collect();
            if shown.is_empty() {
                return unknown(url, "it has no address");
            }
            Found::passed(format!("{} is {}", url.host(), shown.join(", ")))
        }
        Err(error) => match tls::find::<outbound::Refused>(&error) {
            Some(refused) => refused_by_rules(refused),
            None => unknown(url, &words(&error)),
        },
    }
}

fn unknown(url: &ClusterUrl, words: &str) -> Found {
    Found::failed(
        format!("the host `{}` is not found: {words}", url.host()),
        "See whether the host in the URL is written as it should be, and whether the machine that \
         Berth runs on can resolve it; an address works without DNS.",
    )
}

fn refused_by_rules(refused: &outbound::Refused) -> Found {
    Found::failed(
        refused.to_string(),
        "Use an address outside the refused networks, or let the operator of Berth admit it with \
         `outbound.allowed`.",
    )
}

/// A connection to the first address that accepts one.
pub(super) async fn connect(
    settings: &Settings,
    url: &ClusterUrl,
    addresses: &[SocketAddr],
    stream: &mut Option<TcpStream>,
) -> Found {
    let mut last = (None, io::Error::from(ErrorKind::AddrNotAvailable));
    for address in addresses.iter().take(ADDRESSES_MAX) {
        let connected = timeout(settings.connect_timeout(), TcpStream::connect(address)).await;
        match connected.unwrap_or_else(|_| Err(ErrorKind::TimedOut.into())) {
            Ok(connected) => {
                *stream = Some(connected);
                return Found::passed(format!("{address} accepts connections"));
            }
            Err(error) => last = (Some(address), error),
        }
    }
    let at = last.0.map_or_else(|| url.to_string(), ToString::to_string);
    let remedy = match last.1.kind() {
        ErrorKind::ConnectionRefused => {
            "Nobody listens on this port: see whether the engine runs, whether it serves its API \
             over TCP, and whether the port in the URL is the right one (2376 for Docker with TLS, \
             6443 for Kubernetes)."
        }
        ErrorKind::TimedOut => {
            "Nobody answers there: see whether the machine is up, whether the address is the right \
             one, and whether a firewall lets Berth through."
        }
        _ => "See whether there is a way from the machine that Berth runs on to this address.",
    };
    Found::failed(format!("no connection to {at}: {}", last.1), remedy)
}
