//! What a failure of TLS says, with real handshakes.

use super::*;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair,
};
use rustls_pki_types::{PrivatePkcs8KeyDer, ServerName};
use time::{Duration, OffsetDateTime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    join,
};
use tokio_rustls::{
    TlsAcceptor, TlsConnector,
    rustls::{ServerConfig, server::WebPkiClientVerifier},
};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Chain and key of somebody, in PEM.
fn issued(by: &Authority, change: impl FnOnce(&mut CertificateParams)) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["swarm.internal".to_owned()]).unwrap();
    params.extended_key_usages =
        vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
    change(&mut params);
    (params.signed_by(&key, by).unwrap().pem(), key.serialize_pem())
}

fn server(by: &Authority, (chain, key): &(String, String)) -> TlsAcceptor {
    let roots = only(by.pem().as_bytes()).unwrap();
    let provider = Arc::clone(&PROVIDER);
    let clients =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
    let key = PrivatePkcs8KeyDer::from_pem_slice(key.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::clone(&PROVIDER))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(clients)
        .with_single_cert(super::chain(chain.as_bytes(), "it").unwrap(), key.into())
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}

/// What one exchange comes to: a refusal of the client is heard only after the handshake.
async fn exchange(acceptor: TlsAcceptor, client: Config, name: &str) -> Result<(), io::Error> {
    let (near, far) = duplex(64 * 1024);
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let asking = async {
        let mut stream = TlsConnector::from(client).connect(name, near).await?;
        stream.write_all(b"?").await?;
        stream.read_exact(&mut [0]).await.map(drop)
    };
    let answering = async {
        if let Ok(mut stream) = acceptor.accept(far).await {
            stream.read_exact(&mut [0]).await?;
            stream.write_all(b"!").await?;
            stream.shutdown().await?;
        }
        io::Result::Ok(())
    };
    let (asked, _) = join!(asking, answering);
    asked
}

fn trusting(authority: &Authority, own: Option<&(String, String)>) -> Config {
    let identity = own.map(|(chain, key)| (chain.as_bytes(), key.as_bytes()));
    config(only(authority.pem().as_bytes()).unwrap(), identity).unwrap()
}

#[tokio::test]
async fn a_failure_says_which_side_is_wrong() {
    let (ours, others) = (authority(), authority());
    let good = issued(&ours, |_| {});
    let expired = issued(&ours, |params| {
        params.not_after = OffsetDateTime::now_utc() - Duration::days(1);
    });
    let asked = async |server_is: &(String, String), client: Config, name: &str| {
        let failed = exchange(server(&ours, server_is), client, name).await;
        failed.map_err(|error| fault(&error).unwrap())
    };
    let name = "swarm.internal";
    asked(&good, trusting(&ours, Some(&good)), name).await.unwrap();

    let theirs = |failed: Result<(), Fault>| matches!(failed, Err(Fault::Theirs(_)));
    assert!(theirs(asked(&good, trusting(&others, Some(&good)), name).await));
    assert!(theirs(asked(&good, trusting(&ours, Some(&good)), "other.internal").await));
    assert!(theirs(asked(&expired, trusting(&ours, Some(&good)), name).await));

    let ours_is = |failed: Result<(), Fault>| matches!(failed, Err(Fault::Ours(_)));
    let stranger = issued(&others, |_| {});
    assert!(ours_is(asked(&good, trusting(&ours, None), name).await));
    assert!(ours_is(asked(&good, trusting(&ours, Some(&stranger)), name).await));
    assert!(ours_is(asked(&good, trusting(&ours, Some(&expired)), name).await));
}

#[tokio::test]
async fn what_speaks_no_tls_is_neither_sides_certificate() {
    let (near, mut far) = duplex(1024);
    let client = trusting(&authority(), None);
    let name = ServerName::try_from("swarm.internal").unwrap();
    far.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    let failed = TlsConnector::from(client).connect(name, near).await.unwrap_err();
    assert!(matches!(fault(&failed), Some(Fault::Other(_))), "{failed:?}");
    let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
    assert_eq!(fault(&refused), None);
}

#[test]
fn what_is_no_certificate_is_refused_by_name() {
    assert!(only(b"hello").unwrap_err().to_string().contains("the authority"));
    let (chain, key) = issued(&authority(), |_| {});
    let with = |chain: &str, key: &str| {
        config(RootCertStore::empty(), Some((chain.as_bytes(), key.as_bytes()))).map(drop)
    };
    with(&chain, &key).unwrap();
    assert!(matches!(with("", &key), Err(Error::Pem("the certificate"))));
    assert!(matches!(with(&chain, ""), Err(Error::Pem("the key"))));
    let (_, other) = issued(&authority(), |_| {});
    assert!(matches!(with(&chain, &other), Err(Error::Unfit(..))));
}
