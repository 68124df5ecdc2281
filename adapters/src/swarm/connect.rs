//! One HTTP client for one manager's address.
//!
//! bollard speaks over a transport of ours, because its own takes no fixed server name and trusts
//! the system's roots.

use crate::connector::{ANSWER_BYTES_MAX, Connector, base, below, http};
use bollard::{BollardRequest, Docker};
use commands::ports::cluster::Error;
use domain::cluster_url::ClusterUrl;
use futures::FutureExt;
use http::header::CONTENT_LENGTH;
use std::{io, time::Duration};

/// A client for one manager.
pub(super) fn docker(
    url: &ClusterUrl,
    connector: Connector,
    timeout: Duration,
) -> Result<Docker, Error> {
    let (base, client) = (base(url)?, http(connector));
    let send = move |request: BollardRequest| {
        let (client, base) = (client.clone(), base.clone());
        async move {
            let (mut head, body) = request.into_parts();
            head.uri = below(&base, &head.uri)?;
            let response = client.request(BollardRequest::from_parts(head, body)).await?;
            let length = response.headers().get(CONTENT_LENGTH);
            let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
            if length.is_some_and(|length| length > ANSWER_BYTES_MAX) {
                return Err(io::Error::other("the answer is longer than any real one").into());
            }
            Ok(response)
        }
        .boxed()
    };
    // bollard counts whole seconds and stops at the head of an answer; the exact limit of a call,
    // body included, is set around it.
    let seconds = timeout.as_secs().saturating_add(1);
    Docker::connect_with_custom_transport(
        send,
        Some("http://cluster.invalid"),
        seconds,
        bollard::API_DEFAULT_VERSION,
    )
    .map_err(|error| Error::ApiUnsupported(format!("`{url}`: {error}")))
}
