//! An identity provider: bearer tokens that it has signed, checked against its published keys.
//!
//! **Invariants**
//! - The provider is the one that the operator names: nothing of a token leads anywhere else.
//! - Which algorithm a key is for is said by the key, never by the token; a shared secret and
//!   `none` are no algorithms here.
//! - Keys are fetched when they are old, or for a token that names an unknown one, and in both
//!   cases not more often than once in a pause: who sends nonsense makes Berth ask nobody.
//! - A provider that does not answer leaves the keys that are known in use, for a bounded time.

pub mod claims;
mod fetch;
mod key;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use claims::{Claims, Expected};
use fetch::Fetcher;
use key::{KeySet, PublicKey};
use serde::Deserialize;
use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};
use tokio::sync::{Mutex, RwLock};
use url::Url;

/// Where the keys are said to be.
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// What an operator says of an identity provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `iss` of its tokens, and where it is asked for its keys.
    pub issuer: Url,
    /// `iss` exactly as it is written.
    pub issuer_text: String,
    /// `aud` of tokens that are meant for Berth.
    pub audience: String,
    /// Certificates to trust beside those of the machine, as PEM.
    pub authorities: Option<Vec<u8>>,
    /// The shortest time between two fetches of the keys.
    pub fetch_pause: Duration,
    /// How old keys are when they are fetched anew.
    pub keys_age_max: Duration,
    /// How long keys stay in use while the provider does not answer.
    pub keys_stale_max: Duration,
}

/// Why a token was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is not a token that the provider signed for Berth and that is valid now.
    #[error("the token is not valid: {0}")]
    Invalid(&'static str),
    /// The provider did not say which keys it signs with.
    #[error("the identity provider did not give its keys")]
    Unavailable(#[source] fetch::Error),
    /// The provider did not answer a moment ago, and is not asked again yet.
    #[error("the identity provider is not asked again yet")]
    Paused,
}

/// An identity provider, with its keys as they were last seen.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    fetcher: Fetcher,
    keys: RwLock<Arc<Known>>,
    /// When it was last asked; held while it is, so that one asks for all.
    asked: Mutex<Option<Instant>>,
}

#[derive(Debug, Default)]
struct Known {
    keys: Vec<PublicKey>,
    since: Option<Instant>,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood; none are.
    crit: Option<serde_json::Value>,
}

impl Provider {
    /// A provider that is asked when its first token comes.
    ///
    /// # Errors
    /// When the certificates to trust cannot be read.
    pub fn new(settings: Settings) -> Result<Self, fetch::Error> {
        let fetcher = Fetcher::new(settings.authorities.as_deref())?;
        Ok(Self { settings, fetcher, keys: RwLock::default(), asked: Mutex::default() })
    }

    /// What a token says, if the provider signed it for Berth and it is valid now.
    ///
    /// # Errors
    /// A token that is not valid, or a provider that does not say its keys.
    pub async fn verify(&self, token: &str) -> Result<Claims, Error> {
        let mut parts = token.split('.');
        let (Some(header), Some(body), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Error::Invalid("it has not three parts"));
        };
        let signed = &token[..header.len() + 1 + body.len()];
        let header: Header = read(header)?;
        if header.crit.is_some() {
            return Err(Error::Invalid("it demands an extension"));
        }
        let signature = decode(signature)?;
        self.check(&header, signed.as_bytes(), &signature).await?;
        let expected =
            Expected { issuer: &self.settings.issuer_text, audience: &self.settings.audience };
        claims::check(read(body)?, &expected, SystemTime::now())
    }

    /// Finds the key and checks the signature, with keys that are fetched anew where none fits.
    async fn check(&self, header: &Header, signed: &[u8], signature: &[u8]) -> Result<(), Error> {
        let known = self.current().await?;
        if let Some(key) = find(&known.keys, header) {
            return verified(key, signed, signature);
        }
        let known = self.fetch(known.since).await?;
        match find(&known.keys, header) {
            Some(key) => verified(key, signed, signature),
            None => Err(Error::Invalid("no key of the provider fits")),
        }
    }

    /// The keys, fetched anew when they are old.
    async fn current(&self) -> Result<Arc<Known>, Error> {
        let known = Arc::clone(&*self.keys.read().await);
        let age = known.since.map(|since| since.elapsed());
        if age.is_some_and(|age| age < self.settings.keys_age_max) {
            return Ok(known);
        }
        match self.fetch(known.since).await {
            Err(error @ (Error::Unavailable(_) | Error::Paused)) => {
                let usable = age.is_some_and(|age| age < self.settings.keys_stale_max);
                if usable { Ok(known) } else { Err(error) }
            }
            fetched => fetched,
        }
    }

    /// Fetches the keys, unless somebody else did since `seen`, or the pause is not over: then what
    /// is known has to do.
    async fn fetch(&self, seen: Option<Instant>) -> Result<Arc<Known>, Error> {
        let mut asked = self.asked.lock().await;
        let known = Arc::clone(&*self.keys.read().await);
        if known.since != seen {
            return Ok(known);
        }
        if asked.is_some_and(|asked| asked.elapsed() < self.settings.fetch_pause) {
            return if known.since.is_some() { Ok(known) } else { Err(Error::Paused) };
        }
        *asked = Some(Instant::now());
        let keys = self.ask().await.map_err(Error::Unavailable)?;
        let known = Arc::new(Known { keys, since: Some(Instant::now()) });
        *self.keys.write().await = Arc::clone(&known);
        tracing::info!("the identity provider signs with {} keys", known.keys.len());
        Ok(known)
    }

    async fn ask(&self) -> Result<Vec<PublicKey>, fetch::Error> {
        let issuer = self.settings.issuer.as_str().trim_end_matches('/');
        let discovery = Url::parse(&format!("{issuer}{DISCOVERY}")).map_err(fetch::Error::Url)?;
        let found: Discovered = self.fetcher.json(&discovery).await?;
        if found.issuer != self.settings.issuer_text {
            return Err(fetch::Error::Other("it says that it is another issuer"));
        }
        let place = Url::parse(&found.jwks_uri).map_err(fetch::Error::Url)?;
        // Keys that came over plain HTTP vouch for nobody, unless they never left this machine.
        let issuer = &self.settings.issuer;
        let is_here = issuer.scheme() == "http" && place.host() == issuer.host();
        if place.scheme() != "https" && !is_here {
            return Err(fetch::Error::Other("its keys are not served by HTTPS"));
        }
        let set: KeySet = self.fetcher.json(&place).await?;
        Ok(set.public_keys())
    }
}

fn find<'a>(keys: &'a [PublicKey], header: &Header) -> Option<&'a PublicKey> {
    let mut fitting = keys.iter().filter(|key| key.fits(&header.alg));
    match &header.kid {
        Some(kid) => fitting.find(|key| key.id.as_ref() == Some(kid)),
        // Without a name there must be no choice.
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}

fn verified(key: &PublicKey, signed: &[u8], signature: &[u8]) -> Result<(), Error> {
    if key.verify(signed, signature) {
        Ok(())
    } else {
        Err(Error::Invalid("its signature is wrong"))
    }
}

fn decode(part: &str) -> Result<Vec<u8>, Error> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| Error::Invalid("a part is not base64url"))
}

fn read<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, Error> {
    serde_json::from_slice(&decode(part)?).map_err(|_| Error::Invalid("a part is not its JSON"))
}
