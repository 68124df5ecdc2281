//! One document by HTTP or HTTPS, within a bound of time and size. Redirects are not followed, and
//! proxy variables are ignored: what the operator named is what is asked.

use crate::tls;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{Request, StatusCode, client::conn::http1, header};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use serde::de::DeserializeOwned;
use std::time::Duration;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use url::Url;

/// How long one document may take.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The longest document, in bytes.
const BYTES_MAX: usize = 1024 * 1024;

/// Why a document was not had.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An address that is none.
    #[error("an address is no URL")]
    Url(#[source] url::ParseError),
    /// No connection.
    #[error("connect to the identity provider")]
    Connect(#[source] std::io::Error),
    /// No HTTP.
    #[error("speak HTTP with the identity provider")]
    Http(#[source] hyper::Error),
    /// A body that does not end, or not within the bound.
    #[error("read its answer")]
    Body(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Another status than 200.
    #[error("it answered {0}")]
    Status(StatusCode),
    /// Not the JSON that was expected.
    #[error("its answer is not what it should be")]
    Json(#[source] serde_json::Error),
    /// It took too long.
    #[error("it did not answer within {TIMEOUT:?}")]
    Late,
    /// Certificates that cannot be read, or no TLS.
    #[error("prepare for TLS")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Anything else.
    #[error("{0}")]
    Other(&'static str),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Fetches documents.
pub(super) struct Fetcher {
    tls: TlsConnector,
}

impl std::fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Fetcher")
    }
}

impl Fetcher {
    /// Trusts the authorities of this machine, and those that are given.
    pub(super) fn new(authorities: Option<&[u8]>) -> Result<Self, Error> {
        let mut roots = tls::everybodys();
        if let Some(pem) = authorities {
            tls::add(&mut roots, pem).map_err(|error| Error::Tls(error.into()))?;
        }
        let config = tls::config(roots, None).map_err(|error| Error::Tls(error.into()))?;
        Ok(Self { tls: TlsConnector::from(config) })
    }

    /// A document as JSON.
    pub(super) async fn json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, Error> {
        let bytes = timeout(TIMEOUT, self.get(url)).await.map_err(|_| Error::Late)??;
        serde_json::from_slice(&bytes).map_err(Error::Json)
    }

    async fn get(&self, url: &Url) -> Result<Vec<u8>, Error> {
        let stream = self.connect(url).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(Error::Http)?;
        let connection = tokio::spawn(connection);
        let authority = match url.port() {
            Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
            None => url.host_str().unwrap_or_default().to_owned(),
        };
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let request = Request::get(path)
            .header(header::HOST, authority)
            .header(header::ACCEPT, "application/json")
            .header(header::CONNECTION, "close")
            .body(Empty::<bytes::Bytes>::new())
            .map_err(|_| Error::Other("its address cannot be asked for"))?;
        let answer = sender.send_request(request).await.map_err(Error::Http)?;
        let status = answer.status();
        if status != StatusCode::OK {
            return Err(Error::Status(status));
        }
        let body = Limited::new(answer.into_body(), BYTES_MAX);
        let bytes = body.collect().await.map_err(Error::Body)?.to_bytes().to_vec();
        connection.abort();
        Ok(bytes)
    }

    async fn connect(&self, url: &Url) -> Result<Box<dyn Stream>, Error> {
        let host = url.host_str().ok_or(Error::Other("its address has no host"))?;
        let port = url.port_or_known_default().ok_or(Error::Other("its address has no port"))?;
        let bare = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let stream = TcpStream::connect((bare.as_str(), port)).await.map_err(Error::Connect)?;
        match url.scheme() {
            "http" => Ok(Box::new(stream)),
            "https" => {
                let name = ServerName::try_from(bare).map_err(|error| Error::Tls(error.into()))?;
                let secured = self.tls.connect(name, stream).await.map_err(Error::Connect)?;
                Ok(Box::new(secured))
            }
            _ => Err(Error::Other("its address is neither HTTP nor HTTPS")),
        }
    }
}
