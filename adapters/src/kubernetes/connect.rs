//! One client for one address of an API server.
//!
//! It speaks over the connector that all clusters have, so that the rules for addresses hold, and
//! without kube's own layers, of which one would repeat for minutes what was refused.

use crate::connector::{ANSWER_BYTES_MAX, Connector, base, below, http};
use commands::ports::{cluster::Error, vault::Secret};
use domain::cluster_url::ClusterUrl;
use futures::{FutureExt, future::BoxFuture};
use http::{
    HeaderValue, Request, Response, Uri,
    header::{AUTHORIZATION, USER_AGENT},
};
use http_body_util::Limited;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use kube::client::{Body, Client};
use std::task::{Context, Poll};
use tower_service::Service;
use zeroize::Zeroizing;

/// Who asks, in the audit log of the cluster.
const WHO: HeaderValue = HeaderValue::from_static("berth");

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A client for one address.
pub(super) fn client(
    url: &ClusterUrl,
    connector: Connector,
    token: Option<&Secret>,
) -> Result<Client, Error> {
    let authorization = token.map(bearer).transpose()?;
    let (base, client) = (base(url)?, http(connector));
    Ok(Client::new(Transport { client, base, authorization }, "default"))
}

fn bearer(token: &Secret) -> Result<HeaderValue, Error> {
    let mut text = Zeroizing::new(b"Bearer ".to_vec());
    text.extend_from_slice(token.expose());
    let value = HeaderValue::from_bytes(&text).map_err(|_| Error::CredentialsRejected {
        tried: "prepare the token",
        words: "it has characters that no token can have".to_owned(),
    });
    // Then nothing that shows headers shows it.
    value.map(|mut value| {
        value.set_sensitive(true);
        value
    })
}

#[derive(Clone)]
struct Transport {
    client: legacy::Client<Connector, Body>,
    base: Uri,
    authorization: Option<HeaderValue>,
}

impl Service<Request<Body>> for Transport {
    type Response = Response<Limited<Incoming>>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let Self { client, base, authorization } = self.clone();
        async move {
            let (mut head, body) = request.into_parts();
            head.uri = below(&base, &head.uri)?;
            head.headers.insert(USER_AGENT, WHO);
            authorization.map(|value| head.headers.insert(AUTHORIZATION, value));
            let response = client.request(Request::from_parts(head, body)).await?;
            // A watch that has said so much ends, and begins anew.
            Ok(response.map(|body| Limited::new(body, ANSWER_BYTES_MAX)))
        }
        .boxed()
    }
}
