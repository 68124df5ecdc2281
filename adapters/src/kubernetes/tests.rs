//! What goes over the wire, told by a server that only listens.

use super::*;
use crate::api_version::Minimums;
use domain::{
    cluster_url::ClusterUrl,
    provider::{self, Kind},
    testing::cluster,
};
use std::sync::Arc;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::mpsc,
};

/// An address below which everything is answered in one way, and the heads of what was asked.
async fn answering(answer: &'static str) -> (String, mpsc::UnboundedReceiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/gate", listener.local_addr().unwrap());
    let (heads, asked) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut connection, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let bytes = connection.read(&mut head).await.unwrap();
            heads.send(String::from_utf8_lossy(&head[..bytes]).to_lowercase()).unwrap();
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

fn connected(url: &str, token: &str) -> Kubernetes {
    let url = ClusterUrl::parse(url).unwrap();
    let cluster = provider::Cluster { url, ..cluster(1) };
    let endpoint = Endpoint { kind: Kind::Kubernetes, cluster, certificate: None };
    let token = Some(token.to_owned().into());
    let credentials = Credentials { authorities: None, identity: None, token };
    let call_timeout = Duration::from_secs(30);
    let settings = Settings { call_timeout, rules: Arc::default(), minimums: Minimums::default() };
    Kubernetes::new(&endpoint, &credentials, &settings).unwrap()
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_takes_no_token_along() {
    let (elsewhere, mut never) = answering("").await;
    let answer = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n"
    );
    let (url, mut asked) = answering(answer.leak()).await;
    let token = format!("{:032x}", rand::random::<u128>());
    let failed = connected(&url, &token).nodes().await;
    assert!(matches!(failed, Err(Error::ApiUnsupported(_))), "{failed:?}");
    let head = asked.recv().await.unwrap();
    assert!(head.starts_with("get /gate/api/v1/nodes?"), "{head}");
    assert!(head.contains(&format!("authorization: bearer {token}\r\n")), "{head}");
    assert!(never.try_recv().is_err());
}

#[tokio::test]
async fn what_is_no_api_server_is_not_taken_for_one() {
    let missing = "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone";
    let (url, _asked) = answering(missing).await;
    let failed = connected(&url, "").nodes().await;
    assert!(matches!(failed, Err(Error::Refused { .. })), "{failed:?}");
    let page = "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>";
    let (url, _asked) = answering(page).await;
    let failed = connected(&url, "").nodes().await;
    assert!(matches!(failed, Err(Error::ApiUnsupported(_))), "{failed:?}");
}
