//! What may stand before a cluster: a front that passes TLS through by the name it is asked for,
//! and one that makes the clock wrong.

use crate::world::Secured;
use adapters::{connector::named, tls};
use std::{net::SocketAddr, path::PathBuf, sync::Arc};
use time::{
    Duration, OffsetDateTime, PrimitiveDateTime,
    format_description::{BorrowedFormatItem, well_known::Rfc3339},
    macros::format_description,
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream, UnixStream},
    task::JoinHandle,
};

/// The longest first message, in bytes.
const HELLO_MAX: usize = 16 * 1024;
/// The longest body of a request, in bytes.
const BODY_MAX: usize = 64 * 1024;
/// How HTTP writes a time.
const HTTP_TIME: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);

/// Passes TLS through to whoever asks for one name, and hangs up on everybody else.
pub(crate) struct ByName(SocketAddr, JoinHandle<()>);

impl ByName {
    pub(crate) async fn before(name: &str, url: &str) -> Self {
        let name = name.to_owned();
        let engine = url.trim_start_matches("https://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (engine, name) = (engine.clone(), name.clone());
                tokio::spawn(async move {
                    let hello = hello(&mut near).await?;
                    if server_name(&hello) == Some(name) {
                        let mut far = TcpStream::connect(&engine).await.ok()?;
                        far.write_all(&hello).await.ok()?;
                        drop(copy_bidirectional(&mut near, &mut far).await);
                    }
                    Some(())
                });
            }
        });
        Self(address, task)
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.0)
    }
}

/// The first record of a handshake, whole.
async fn hello(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut record = vec![0; 5];
    stream.read_exact(&mut record).await.ok()?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(5 + length.min(HELLO_MAX), 0);
    stream.read_exact(&mut record[5..]).await.ok()?;
    Some(record)
}

/// The name in the extension `server_name` of a `ClientHello`.
fn server_name(record: &[u8]) -> Option<String> {
    let number =
        |at: usize| Some(usize::from(u16::from_be_bytes([*record.get(at)?, *record.get(at + 1)?])));
    // Record, handshake, version and random; then session, ciphers and compressions.
    let mut at = 5 + 4 + 2 + 32;
    at += 1 + usize::from(*record.get(at)?);
    at += 2 + number(at)?;
    at += 1 + usize::from(*record.get(at)?);
    let end = at + 2 + number(at)?;
    at += 2;
    while at + 4 <= end {
        let (kind, length) = (number(at)?, number(at + 2)?);
        if kind == 0 {
            // A list with one name of the kind `host_name`.
            let name = record.get(at + 4 + 5..at + 4 + length)?;
            return String::from_utf8(name.to_vec()).ok();
        }
        at += 4 + length;
    }
    None
}

/// How a front reaches the cluster that it stands before.
#[derive(Clone)]
pub(crate) enum Behind {
    /// By a socket that admits everybody.
    Socket(PathBuf),
    /// At an address, as one who may do everything.
    Address(String, Arc<Secured>),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

impl Behind {
    async fn open(&self) -> Option<Box<dyn Stream>> {
        match self {
            Self::Socket(socket) => Some(Box::new(UnixStream::connect(socket).await.ok()?)),
            Self::Address(url, secured) => {
                let own = secured
                    .own
                    .as_ref()
                    .map(|own| (own.certificate.as_bytes(), own.key.as_bytes()));
                let config =
                    tls::config(tls::only(secured.authority.as_bytes()).ok()?, own).ok()?;
                let name = named(&secured.server_name).ok()?;
                let stream = TcpStream::connect(url.trim_start_matches("https://")).await.ok()?;
                let stream = tls::connect(config, name, stream).await.ok()?;
                Some(Box::new(stream))
            }
        }
    }
}

/// Speaks plain HTTP with everybody, and lies about the time of the cluster behind it.
pub(crate) struct Shifted(SocketAddr, JoinHandle<()>);

impl Shifted {
    pub(crate) async fn before(behind: Behind, by: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let behind = behind.clone();
                tokio::spawn(async move {
                    let request = request(&mut near).await?;
                    let mut far = behind.open().await?;
                    far.write_all(&request).await.ok()?;
                    let mut answer = vec![];
                    far.read_to_end(&mut answer).await.ok()?;
                    let answer = shifted(&String::from_utf8_lossy(&answer), by);
                    near.write_all(answer.as_bytes()).await.ok()
                });
            }
        });
        Self(address, task)
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.0)
    }
}

/// A request, that asks for one answer a connection: then its end is the end of the answer.
async fn request(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0).min(BODY_MAX)];
    stream.read_exact(&mut body).await.ok()?;
    let head = head.replacen("\r\n", "\r\nConnection: close\r\n", 1);
    Some([head.into_bytes(), body].concat())
}

/// The same answer at another hour; no longer and no shorter.
fn shifted(answer: &str, by: Duration) -> String {
    let answer = between(answer, "\r\nDate: ", "\r\n", |time| {
        let moved = PrimitiveDateTime::parse(time, HTTP_TIME).unwrap() + by;
        moved.format(HTTP_TIME).unwrap()
    });
    between(&answer, "\"SystemTime\":\"", "\"", |time| {
        let moved = OffsetDateTime::parse(time, &Rfc3339).unwrap() + by;
        // The second's fraction stays as it was written.
        let moved = moved.replace_nanosecond(0).unwrap().format(&Rfc3339).unwrap();
        let fraction = time.find('.').map_or("Z", |dot| &time[dot..]);
        format!("{}{fraction}", moved.trim_end_matches('Z'))
    })
}

/// A text in which what stands first between two others is another.
fn between(text: &str, from: &str, to: &str, change: impl Fn(&str) -> String) -> String {
    let Some((before, rest)) = text.split_once(from) else { return text.to_owned() };
    let Some((old, after)) = rest.split_once(to) else { return text.to_owned() };
    format!("{before}{from}{}{to}{after}", change(old))
}

impl Drop for ByName {
    fn drop(&mut self) {
        self.1.abort();
    }
}

impl Drop for Shifted {
    fn drop(&mut self) {
        self.1.abort();
    }
}
