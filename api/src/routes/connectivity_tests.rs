//! Tests of connections. A test has the id of the cluster that it tests; one that is not registered
//! has an id for its test alone.

pub(super) mod get;
pub(super) mod request;
pub(super) mod stream;
mod view;

use crate::{
    problem::{Code, Problem},
    state::State,
};
use domain::{
    Aggregate, Event, Version,
    cluster::{Cluster, Error, Event as Observed, Test},
    ids::ClusterId,
    recorded::Recorded,
};

/// The last test of a cluster, with what was recorded of it.
struct Found {
    id: ClusterId,
    test: Test,
    /// The request and everything after it, of all tests.
    events: Vec<Recorded<Event>>,
}

impl Found {
    /// From the log itself, so that nobody has to wait for a read model.
    async fn of(state: &State, id: ClusterId) -> Result<Self, Problem> {
        let writer = state.writer.clone();
        let load = async move { writer.log().load(Cluster::stream(id), Version::NONE).await };
        let loaded = state.commands.spawn(load).await;
        let loaded = loaded.map_err(|error| Problem::hidden(Code::Internal, &error))??;
        let own = loaded.iter().filter_map(|event| Cluster::own(&event.payload));
        let cluster = own.fold(Cluster::default(), Cluster::evolve);
        let test = cluster.test.ok_or(Error::NotRequested)?;
        let is_request = |event: &Recorded<Event>| {
            matches!(event.payload, Event::Cluster(Observed::TestRequested(_)))
        };
        let begin = loaded.iter().rposition(is_request).ok_or(Error::NotRequested)?;
        let events = loaded.into_iter().skip(begin).collect();
        Ok(Self { id, test, events })
    }

    fn first(&self) -> Option<&Recorded<Event>> {
        self.events.first()
    }

    fn last(&self) -> Option<&Recorded<Event>> {
        self.events.last()
    }
}
