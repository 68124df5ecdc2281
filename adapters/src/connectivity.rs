//! Tests how a cluster is reached, step by step, at each of its addresses.
//!
//! The steps to the connection are the same for every engine and are here; what its API says is
//! asked by an `Interview`, one for each kind of engine.
//!
//! **Invariants**
//! - A step is taken with the same resolver, rules, TLS and client as the work is done with. So
//!   what passes here works there.
//! - A step that fails says what was seen and what to do about it, in words that name no secret.
//! - Each step ends in time, and what stands on one that failed is not tried.

mod handshake;
mod reach;

use crate::{connector::Settings, credentials::Credentials, kubernetes, swarm};
use async_trait::async_trait;
use commands::ports::cluster::{Endpoint, Error, Owners};
use domain::{
    cluster_url::ClusterUrl,
    connectivity::{Finding, Outcome, Report, Step},
    provider::{Cluster, Kind},
};
use std::{error::Error as StdError, future::Future, time::Duration};
use time::OffsetDateTime;
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

/// How far the clocks may be apart before it is worth a word, and before it fails.
const SKEW_WARNED: time::Duration = time::Duration::seconds(2);
const SKEW_FAILED: time::Duration = time::Duration::seconds(30);

/// What a step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    outcome: Outcome,
    detail: String,
    remedy: Option<String>,
}

impl Found {
    /// As it should be.
    pub(crate) fn passed(detail: impl Into<String>) -> Self {
        Self { outcome: Outcome::Passed, detail: detail.into(), remedy: None }
    }

    /// It works, and should be mended.
    pub(crate) fn warned(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { outcome: Outcome::Warned, detail: detail.into(), remedy }
    }

    /// It does not work.
    pub(crate) fn failed(detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let remedy = Some(remedy.into());
        Self { outcome: Outcome::Failed, detail: detail.into(), remedy }
    }

    /// There is nothing to try.
    pub(crate) fn skipped(detail: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, detail: detail.into(), remedy: None }
    }
}

/// Asks the API at one address what it is. Each question is asked only when those before it were
/// answered well.
#[async_trait]
pub(crate) trait Interview: Send + Sync {
    /// Asks something that only those are answered who are accepted.
    async fn accepted(&self) -> Result<Found, Error>;
    /// Which version of the API it speaks.
    async fn api(&self) -> Result<Found, Error>;
    /// Whether it may decide, and we may ask it to.
    async fn role(&self) -> Result<Found, Error>;
    /// The cluster's own id, which stays the same for ever.
    async fn identity(&self) -> Result<String, Error>;
    /// Whether there are nodes that can work.
    async fn nodes(&self) -> Result<Found, Error>;
    /// What its clock says; none where it does not tell.
    async fn time(&self) -> Result<Option<OffsetDateTime>, Error>;
}

/// Tests every address of a cluster. Each finding is told as soon as it is known.
pub(crate) async fn test(
    settings: &Settings,
    endpoint: &Endpoint,
    credentials: Result<Credentials, Error>,
    owners: &dyn Owners,
    told: mpsc::Sender<Finding>,
) -> Report {
    let mut report = Report::default();
    for url in endpoint.cluster.addresses() {
        let known = report.native_id.as_deref();
        let (told, findings) = (&told, vec![]);
        let walk = Walk { settings, url, owners, known, told, findings, failed: None };
        let (findings, native_id) = walk.whole(&only(endpoint, url), &credentials).await;
        report.findings.extend(findings);
        report.native_id = report.native_id.or(native_id);
    }
    report
}

/// The same cluster, reached by one of its addresses.
fn only(endpoint: &Endpoint, url: &ClusterUrl) -> Endpoint {
    let cluster = Cluster { url: url.clone(), urls: vec![], ..endpoint.cluster.clone() };
    Endpoint { cluster, ..endpoint.clone() }
}

fn interview(
    endpoint: &Endpoint,
    credentials: &Credentials,
    settings: &Settings,
) -> Result<Box<dyn Interview>, Error> {
    match endpoint.kind {
        Kind::Swarm => Ok(Box::new(swarm::Interview::new(endpoint, credentials, settings)?)),
        Kind::Kubernetes => {
            Ok(Box::new(kubernetes::Interview::new(endpoint, credentials, settings)?))
        }
    }
}

/// The way to one address.
struct Walk<'a> {
    settings: &'a Settings,
    url: &'a ClusterUrl,
    owners: &'a dyn Owners,
    /// Which cluster answered at the addresses before.
    known: Option<&'a str>,
    told: &'a mpsc::Sender<Finding>,
    findings: Vec<Finding>,
    /// The first step that failed.
    failed: Option<Step>,
}

impl Walk<'_> {
    async fn whole(
        mut self,
        endpoint: &Endpoint,
        credentials: &Result<Credentials, Error>,
    ) -> (Vec<Finding>, Option<String>) {
        let (settings, url) = (self.settings, self.url);
        let usable = credentials.as_ref().ok();
        let interviewed =
            usable.map(|credentials| interview(endpoint, credentials, settings)).transpose();
        self.take(Step::Url, async { reach::url(settings, url, credentials) }).await;
        let mut addresses = vec![];
        self.take(Step::Dns, reach::resolve(settings, url, &mut addresses)).await;
        let mut stream = None;
        self.take(Step::Tcp, reach::connect(settings, url, &addresses, &mut stream)).await;
        self.take(Step::Tls, handshake::shake(endpoint, usable, stream)).await;

        let asked = match &interviewed {
            Ok(asked) => asked.as_deref(),
            Err(error) => {
                let is_foreign = matches!(error, Error::ApiUnsupported(_));
                let step = if is_foreign { Step::Api } else { Step::ClientCertificate };
                let found = failed(error);
                self.take(step, async { found }).await;
                None
            }
        };
        let native_id = match asked {
            Some(asked) => self.ask(asked, endpoint).await,
            None => None,
        };
        for step in Step::ALL {
            if !self.findings.iter().any(|finding| finding.step == step) {
                self.take(step, async { Found::skipped("nothing could be asked") }).await;
            }
        }
        self.findings.sort_by_key(|finding| finding.step);
        (self.findings, native_id)
    }

    async fn ask(&mut self, asked: &dyn Interview, endpoint: &Endpoint) -> Option<String> {
        let accepted = async { asked.accepted().await.unwrap_or_else(|error| failed(&error)) };
        let has_none = endpoint.certificate.is_none() && endpoint.cluster.token.is_none();
        self.take(Step::ClientCertificate, async {
            let found = accepted.await;
            let passed = found.outcome == Outcome::Passed;
            if passed && has_none { Found::skipped("it asks nobody who they are") } else { found }
        })
        .await;
        self.take(Step::Api, async { or_failed(asked.api().await) }).await;
        self.take(Step::Role, async { or_failed(asked.role().await) }).await;
        let (known, owners, mut native_id) = (self.known, self.owners, None);
        self.take(Step::Identity, async {
            match asked.identity().await {
                Ok(id) => whose(native_id.insert(id), known, owners).await,
                Err(error) => failed(&error),
            }
        })
        .await;
        self.take(Step::Nodes, async { or_failed(asked.nodes().await) }).await;
        self.take(Step::Clock, async { or_failed(clock(asked).await) }).await;
        native_id
    }

    /// Takes a step, unless one before it failed.
    async fn take(&mut self, step: Step, found: impl Future<Output = Found>) {
        let began = Instant::now();
        let found = match self.failed {
            Some(before) => {
                Found::skipped(format!("not tried, since `{}` failed", before.as_str()))
            }
            None => timeout(self.most(), found).await.unwrap_or_else(|_| self.late()),
        };
        if found.outcome == Outcome::Failed {
            self.failed = Some(step);
        }
        let Found { outcome, detail, remedy } = found;
        let took = u32::try_from(began.elapsed().as_millis()).unwrap_or(u32::MAX);
        let url = self.url.clone();
        let finding = Finding { detail, outcome, remedy, step, took_milliseconds: took, url };
        let finding = finding.bounded();
        self.findings.push(finding.clone());
        // Nobody listens any more when the one who asked was stopped.
        drop(self.told.send(finding).await);
    }

    /// Several calls, for what needs more than one.
    fn most(&self) -> Duration {
        self.settings.call_timeout * 3
    }

    fn late(&self) -> Found {
        Found::failed(
            format!("it did not come to an end within {:?}", self.most()),
            "Something accepts connections there and does not answer: see whether the engine \
             hangs, or whether what stands before it passes nothing on.",
        )
    }
}

/// Whether a real cluster may be the one that is tested.
async fn whose(id: &str, known: Option<&str>, owners: &dyn Owners) -> Found {
    if let Some(known) = known.filter(|known| *known != id) {
        return Found::failed(
            format!("its id is {id}, and at an address before this one answers {known}"),
            "Give the addresses of managers of one Swarm only: two clusters are registered apart.",
        );
    }
    match owners.other(id).await {
        Ok(None) => Found::passed(format!("its id is {id}")),
        Ok(Some(other)) => Found::failed(
            format!(
                "it is the same real cluster as {other}, which was there before; its id is {id}"
            ),
            "Remove one of the two, or mend the URL: a real cluster belongs to one provider, once, \
             or each would undo what the other does.",
        ),
        Err(error) => Found::failed(
            format!("its id is {id}, and it could not be seen whose it is: {}", words(&*error)),
            "Test again.",
        ),
    }
}

async fn clock(asked: &dyn Interview) -> Result<Found, Error> {
    let began = OffsetDateTime::now_utc();
    let Some(theirs) = asked.time().await? else {
        return Ok(Found::skipped("it does not tell the time"));
    };
    let ended = OffsetDateTime::now_utc();
    // It looked at its clock somewhere in between.
    let skew = if theirs < began {
        began - theirs
    } else if theirs > ended {
        theirs - ended
    } else {
        time::Duration::ZERO
    };
    let way = if theirs < began { "behind" } else { "ahead of" };
    let detail = format!("its clock is {:.1} s {way} that of Berth", skew.as_seconds_f64());
    let remedy = "Let both machines set their clocks by NTP: certificates and tokens are judged by \
                  the time, and what is recorded of the cluster carries it.";
    Ok(match skew {
        skew if skew > SKEW_FAILED => Found::failed(detail, remedy),
        skew if skew > SKEW_WARNED => Found::warned(detail, remedy),
        _ => Found::passed("its clock agrees with that of Berth"),
    })
}

fn or_failed(found: Result<Found, Error>) -> Found {
    found.unwrap_or_else(|error| failed(&error))
}

/// What a failed call means for whoever wants to mend it.
pub(crate) fn failed(error: &Error) -> Found {
    let remedy = match error {
        Error::Unreachable { .. } => {
            "See whether the engine still runs, and whether what stands between passes requests on."
        }
        Error::ControlPlaneUnavailable { .. } => {
            "See to it that those who decide are up. In a Swarm, use the address of a manager, \
             and more than half of the managers must be up: they choose a leader among themselves. \
             In Kubernetes, the API server must reach its storage."
        }
        Error::CredentialsRejected { .. } => {
            "Give the cluster a certificate (`certificate_id`) or a token that it accepts: one \
             that is issued by the authority of its clients, and has not expired."
        }
        Error::NotTrusted { .. } => {
            "Give the authority that issued the certificate of the cluster (`ca`), and the name \
             that the certificate has (`server_name`)."
        }
        Error::PermissionMissing { .. } => {
            "Give the one that Berth comes as the right to do this on the cluster."
        }
        Error::Refused { .. } | Error::Overtaken { .. } => {
            "See what the cluster says, and try again."
        }
        Error::ApiUnsupported(_) => "Update the cluster, or use another version of Berth.",
        Error::NoCredentials(_) => {
            "Give the certificate or the token of the cluster again, and see whether the vault \
             works."
        }
    };
    Found::failed(words(error), remedy)
}

/// An error with everything it came from, in one line.
pub(crate) fn words(error: &dyn StdError) -> String {
    let mut words = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        words = format!("{words}: {error}");
        source = error.source();
    }
    words
}
