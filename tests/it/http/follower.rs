//! Follows a stream of server-sent events.

use super::server::Server;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;
use tests::harness::wait::SOON;
use tokio::time::timeout;

/// Of the log.
pub(super) const PATH: &str = "/v1/events/stream";

/// What a reader of server-sent events gets, as a browser would take it apart.
pub(super) struct Follower {
    pub(super) response: Response,
    pub(super) text: Vec<u8>,
    /// The last id that was seen, with an event or alone.
    pub(super) id: Option<i64>,
}

impl Follower {
    pub(super) async fn at(server: &Server, query: &str, last: Option<i64>) -> Self {
        Self::of(server, &server.token, query, last).await
    }

    pub(super) async fn of(server: &Server, token: &str, query: &str, last: Option<i64>) -> Self {
        let request = server.anybody(Method::GET, &format!("{PATH}{query}"));
        Self::by(request.bearer_auth(token), last).await
    }

    /// An administrator on another stream.
    pub(super) async fn on(server: &Server, path: &str, last: Option<i64>) -> Self {
        Self::by(server.request(Method::GET, path), last).await
    }

    async fn by(mut request: RequestBuilder, last: Option<i64>) -> Self {
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { response, text: vec![], id: None }
    }

    /// The last id that was seen.
    pub(super) fn id(&self) -> i64 {
        self.id.unwrap()
    }

    /// The next event; none where the stream has ended.
    pub(super) async fn next(&mut self) -> Option<Value> {
        timeout(SOON, self.take()).await.expect("an event or the end")
    }

    pub(super) async fn take(&mut self) -> Option<Value> {
        loop {
            while let Some(end) = self.text.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.text.drain(..end + 2).collect();
                let block = String::from_utf8(block).unwrap();
                let block: Vec<&str> = block.lines().collect();
                let field = |name: &str| block.iter().find_map(|line| line.strip_prefix(name));
                if let Some(id) = field("id: ") {
                    self.id = Some(id.parse().unwrap());
                }
                if let Some(data) = field("data: ") {
                    return Some(serde_json::from_str(data).unwrap());
                }
            }
            let chunk = self.response.chunk().await.ok()??;
            self.text.extend(chunk);
        }
    }

    pub(super) async fn position(&mut self) -> i64 {
        let event = self.next().await.expect("an event");
        assert_eq!(event["position"], self.id.unwrap(), "the id is the position");
        event["position"].as_i64().unwrap()
    }
}
