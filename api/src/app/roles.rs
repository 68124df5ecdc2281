//! The roles of the binary: which parts run in this process.

use super::{
    parts, print,
    servers::{Database, Servers},
    tasks::Tasks,
    token,
    vault::{self, Unmade},
    welcome::{first_token, welcome},
};
use crate::{
    auth::{self, Identity, Tokens},
    config::{self, Config},
    http,
    metrics::Metrics,
    readiness::Part,
    state::State,
    streams,
};
use adapters::{
    clock::SystemClock,
    clusters::Clusters,
    connector::Settings,
    nats::{
        self,
        hint::Hints,
        relay::Relay,
        stream::{Discard, Limits},
    },
    oidc,
    postgres::{
        self, EventFeed, EventLog,
        access::{Access, TokenHash},
        connect::try_out,
        event_log,
        instance::{Instance, instance},
        relay_memory::RelayMemory,
        sole::Sole,
    },
    vault::Vault,
};
use anyhow::Context;
use commands::{
    Writer,
    node::impact::Impacts,
    ports::vault::Kind,
    processes::{certificate_expiry, connectivity_expiry, shred},
    reconcile::Reconciler,
    secret::foreign::ForeignSecrets,
    worker::Worker,
};
use domain::ids::{InstanceId, RecordId};
use projections::{Model, progress::Progress, runner};
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::{num::NonZero, sync::Arc, time::Duration};
use tokio::{
    runtime::Handle,
    signal::unix::{SignalKind, signal},
    sync::{mpsc, watch},
    time::{Instant, sleep},
};
use tracing::{error, info, warn};

/// How long a start waits for PostgreSQL.
const POSTGRES_TIMEOUT: Duration = Duration::from_secs(60);
/// How often it asks.
const POSTGRES_PAUSE: Duration = Duration::from_secs(1);
/// Hints that wait for the worker.
const HINTS_MAX: usize = 256;

/// The shortest time between two fetches of an identity provider's keys.
const OIDC_FETCH_PAUSE: Duration = Duration::from_secs(10);
/// How old its keys are when they are fetched anew.
const OIDC_KEYS_AGE_MAX: Duration = Duration::from_mins(10);
/// How long they stay in use while it does not answer.
const OIDC_KEYS_STALE_MAX: Duration = Duration::from_hours(1);

/// What every role works with.
struct Base {
    pool: PgPool,
    feed: EventFeed,
    writer: Writer,
    vault: Arc<Vault>,
    instance: Instance,
}

pub(super) async fn serve(config: &Config, servers: Servers) -> anyhow::Result<()> {
    migrate(&servers.database).await?;
    let mut tasks = Tasks::new();
    let base = Base::new(&mut tasks, config, &servers, Unmade::Made).await?;
    let bootstrap = token::bootstrap(config)?;
    let access = Access::new(base.pool.clone());
    let token = TokenHash::of(&bootstrap.token);
    let registered = if config.bootstrap_token.is_some() || config.postgres.url.is_none() {
        access.bootstrap(token).await
    } else {
        access.bootstrap_beside(token).await
    };
    registered.context("register the first token")?;
    first_token(&bootstrap)?;
    let progress = run_read_models(&mut tasks, &base).await?;
    let reports = run_relay(&mut tasks, config, &servers, &base).await?;
    let clusters = clusters(config, &base)?;
    run_worker(&mut tasks, config, &servers, &base, Arc::clone(&clusters)).await?;
    run_processes(&mut tasks, &base);
    let metrics =
        Metrics::default().with_read_models(Arc::clone(&progress)).with_relay(reports.clone());
    // A connection lives on the thread that opened it, and the server's threads end with it: what
    // handlers ask goes over connections that nobody else uses.
    let queries = pool(config, &servers.database.service);
    let feed = base.feed.over(queries.clone());
    let state = State {
        writer: base.writer.clone(),
        impacts: Impacts::new(base.writer.clone(), clusters.clone()),
        foreign_secrets: ForeignSecrets::new(base.writer.clone(), clusters),
        vault: base.vault.clone(),
        queries: queries.clone(),
        feed: feed.clone(),
        progress: Arc::clone(&progress),
        tokens: tokens(config, Access::new(queries.clone()))?,
        parts: vec![
            Part::postgres(queries.clone()),
            parts::read_models(queries, feed, progress),
            Part::relay(reports),
        ],
        metrics: Arc::new(metrics),
        digest_key: base.vault.instance_key(RecordId::DIGEST_KEY, Kind::DigestKey).await?,
        outbound: config.outbound.rules()?,
        commands: Handle::current(),
        position: 0.into(),
    };
    let server = http::server(&settings(config)?, Arc::new(state))
        .with_context(|| format!("listen on {}", config.http.listen))?;
    welcome(server.address, &bootstrap, &servers)?;
    let handle = server.handle();
    let running = tokio::spawn(server.run());
    until_stopped(&mut tasks).await?;
    handle.stop(true).await;
    running.await.context("wait for the HTTP server")??;
    tasks.stop().await;
    base.pool.close().await;
    drop(print("Berth has stopped.\n"));
    Ok(())
}

pub(super) async fn work(config: &Config, servers: Servers) -> anyhow::Result<()> {
    let mut tasks = Tasks::new();
    let base = Base::new(&mut tasks, config, &servers, Unmade::Refused).await?;
    run_worker(&mut tasks, config, &servers, &base, clusters(config, &base)?).await?;
    info!("the worker follows the clusters of all enabled providers");
    until_stopped(&mut tasks).await?;
    tasks.stop().await;
    Ok(())
}

pub(super) async fn migrate(database: &Database) -> anyhow::Result<()> {
    if database.one_role {
        warn!(
            "postgres.owner_url is not set: the service migrates with its own role and then works \
             as berth_service; two roles are safer"
        );
    }
    let service = database.service.get_username();
    patiently(
        || postgres::migrate(&database.owner, Some(service)),
        postgres::migrate::Error::may_pass,
    )
    .await
}

/// Waits for a PostgreSQL that is only starting, in bounded time.
async fn patiently<T, E, F>(attempt: impl Fn() -> F, may_pass: fn(&E) -> bool) -> anyhow::Result<T>
where
    E: std::error::Error + Send + Sync + 'static,
    F: Future<Output = Result<T, E>>,
{
    let deadline = Instant::now() + POSTGRES_TIMEOUT;
    loop {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(error) if may_pass(&error) && Instant::now() < deadline => {
                warn!("waiting for PostgreSQL: {:#}", anyhow::Error::from(error));
            }
            Err(error) => return Err(error.into()),
        }
        sleep(POSTGRES_PAUSE).await;
    }
}

pub(super) async fn rebuild(
    config: &Config,
    service: PgConnectOptions,
    model: &str,
) -> anyhow::Result<()> {
    let model: Model = model.parse()?;
    patiently(|| try_out(&service), postgres::connect::Error::may_pass).await?;
    let pool = pool(config, &service);
    let feed = EventFeed::start(pool.clone(), service);
    let start = Instant::now();
    let filled = projections::rebuild::run(&pool, &feed, model, |filled| {
        // A line a second would be much for a small log and little for a large one.
        info!("{model}: {} of {} events", filled.position, filled.head);
    })
    .await?;
    print(&format!("{model} rebuilt up to position {filled} in {:.1?}\n", start.elapsed()))
}

pub(super) async fn rotate_vault(config: &Config, service: PgConnectOptions) -> anyhow::Result<()> {
    patiently(|| try_out(&service), postgres::connect::Error::may_pass).await?;
    vault::rotate(config, pool(config, &service)).await
}

impl Base {
    async fn new(
        tasks: &mut Tasks,
        config: &Config,
        servers: &Servers,
        unmade: Unmade,
    ) -> anyhow::Result<Self> {
        let service = &servers.database.service;
        patiently(|| try_out(service), postgres::connect::Error::may_pass).await?;
        let pool = pool(config, service);
        let limits = event_log::Limits {
            queue_max: usize::try_from(config.log.queue_max)?,
            batch_max: usize::try_from(config.log.batch_max)?,
        };
        let log = EventLog::start(pool.clone(), service.clone(), limits);
        tasks.spawn_vital("the writer of the log", log.ended());
        let instance = instance(&pool)
            .await
            .context("read who this Berth is; has the database been migrated? (`berth migrate`)")?;
        let vault = Arc::new(vault::open(config, pool.clone(), unmade).await?);
        Ok(Self {
            feed: EventFeed::start(pool.clone(), service.clone()),
            writer: Writer::new(Arc::new(log)).keeping(vault.clone()),
            vault,
            instance,
            pool,
        })
    }
}

fn pool(config: &Config, service: &PgConnectOptions) -> PgPool {
    let connections = u32::try_from(config.postgres.pool_max).unwrap_or(u32::MAX);
    postgres::connect(service.clone(), connections, config.postgres.acquire_timeout())
}

fn tokens(config: &Config, access: Access) -> anyhow::Result<Tokens> {
    let limits = auth::tokens::Limits {
        requests_per_second: u32::try_from(config.http.principal_requests_per_second_max)?,
        failures_per_second: u32::try_from(config.http.failed_authentications_per_second_max)?,
    };
    Ok(Tokens::new(access, limits).trusting(identity(config)?))
}

/// The identity provider of the configuration, if it names one.
fn identity(config: &Config) -> anyhow::Result<Option<Identity>> {
    let (Some(issuer), Some(text)) = (config.oidc.issuer_url()?, &config.oidc.issuer) else {
        return Ok(None);
    };
    let authorities = config.oidc.ca_path().map(std::fs::read).transpose();
    let settings = oidc::Settings {
        issuer,
        issuer_text: text.clone(),
        audience: config.oidc.audience.clone().unwrap_or_default(),
        authorities: authorities.context("read the file that `oidc.ca_file` names")?,
        fetch_pause: OIDC_FETCH_PAUSE,
        keys_age_max: OIDC_KEYS_AGE_MAX,
        keys_stale_max: OIDC_KEYS_STALE_MAX,
    };
    let provider = oidc::Provider::new(settings).context("prepare for the identity provider")?;
    Ok(Some(Identity::new(provider, text.clone(), config.oidc.mappings()?)))
}

fn settings(config: &Config) -> anyhow::Result<http::Settings> {
    Ok(http::Settings {
        address: config.http.address()?,
        body_bytes_max: usize::try_from(config.http.body_bytes_max)?,
        connections_max: usize::try_from(config.http.connections_max)?,
        request_timeout: config.http.request_timeout(),
        shutdown_timeout: config.http.shutdown_timeout(),
        streams: streams::Limits {
            open_max: usize::try_from(config.http.streams_max)?,
            stall_timeout: config.http.stream_stall_timeout(),
        },
        threads: std::thread::available_parallelism().map_or(2, NonZero::get),
    })
}

async fn run_read_models(tasks: &mut Tasks, base: &Base) -> anyhow::Result<Arc<Progress>> {
    projections::schema::create_missing(&base.pool).await.context("make the read models")?;
    let progress = Arc::new(Progress::default());
    for model in Model::ALL {
        let (pool, feed, progress) = (base.pool.clone(), base.feed.clone(), Arc::clone(&progress));
        tasks.spawn("a read model", async move {
            // The alarm stays in `progress`, where `/readyz` shows it.
            runner::run(&pool, &feed, model, &progress).await
        });
    }
    Ok(progress)
}

async fn run_relay(
    tasks: &mut Tasks,
    config: &Config,
    servers: &Servers,
    base: &Base,
) -> anyhow::Result<watch::Receiver<nats::health::Report>> {
    let connection = nats::connect::connect(&servers.relay, "berth relay").await?;
    let limits = Limits {
        max_age: config.nats.stream_max_age(),
        max_bytes: config.nats.stream_max_bytes,
        discard: match config.nats.stream_discard {
            config::nats::Discard::Old => Discard::Old,
            config::nats::Discard::New => Discard::New,
        },
    };
    let settings = nats::relay::Settings::new(base.instance.id.to_string(), limits);
    let memory = RelayMemory(base.pool.clone());
    let (relay, reports) = Relay::new(connection, base.feed.clone(), memory, settings);
    let sole = Sole::new(servers.database.service.clone(), "relay");
    tasks.spawn("the relay", async move { sole.run(|| relay.run()).await });
    Ok(reports)
}

async fn run_worker(
    tasks: &mut Tasks,
    config: &Config,
    servers: &Servers,
    base: &Base,
    clusters: Arc<Clusters>,
) -> anyhow::Result<()> {
    let connection = nats::connect::connect(&servers.worker, "berth worker").await?;
    let (send, hints) = mpsc::channel(HINTS_MAX);
    tasks.spawn("the hints", async move {
        let mut source = Hints::new(connection);
        while send.send(source.next().await.stream).await.is_ok() {}
    });
    let instance = InstanceId(base.instance.id);
    let clock = Arc::new(SystemClock);
    let reconciler = Reconciler::new(base.writer.clone(), clusters, clock, instance);
    let worker = Worker::new(reconciler, config.worker.sweep_interval());
    tasks.spawn_heeding("the worker", worker.run(hints, tasks.stopping()));
    Ok(())
}

/// The connections of this process to clusters.
fn clusters(config: &Config, base: &Base) -> anyhow::Result<Arc<Clusters>> {
    let settings = Settings {
        call_timeout: config.worker.cluster_timeout(),
        rules: Arc::new(config.outbound.rules()?),
        minimums: config.worker.minimums()?,
    };
    Ok(Arc::new(Clusters::new(settings, base.vault.clone())))
}

/// What runs by itself beside the requests.
fn run_processes(tasks: &mut Tasks, base: &Base) {
    tasks.spawn("the sweep of the vault", vault::sweep(Arc::clone(&base.vault)));
    let (writer, feed, vault) = (base.writer.clone(), base.feed.clone(), Arc::clone(&base.vault));
    tasks.spawn("the shredder", async move {
        shred::run(&feed, writer.log(), &*vault, &*vault).await;
    });
    let writer = base.writer.clone();
    tasks.spawn("the look for certificates that end", async move {
        certificate_expiry::run(&writer, &SystemClock).await;
    });
    let writer = base.writer.clone();
    tasks.spawn("the look for connectivity tests that are over", async move {
        connectivity_expiry::run(&writer, &SystemClock).await;
    });
}

/// Returns on a signal; with an error when a part failed.
async fn until_stopped(tasks: &mut Tasks) -> anyhow::Result<()> {
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for Ctrl-C")?;
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        () = tasks.failed() => {
            error!("stopping, since a part of Berth failed");
            anyhow::bail!("a part of Berth failed; its words are in the log above")
        }
    }
    // Ctrl-C may have ended whoever read this; that must not cut requests off.
    drop(print("\nStopping …\n"));
    Ok(())
}
