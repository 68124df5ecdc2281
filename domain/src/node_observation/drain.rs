//! What became of a drain: how far it is, and how it ended. Each says which drain it speaks of, so
//! that nothing is taken for the end of another one.

use super::{Event, Seen};
use crate::{
    Version,
    ids::{ClusterId, ProviderId},
};
use serde::{Deserialize, Serialize};

/// How many of those that are left are named; all are counted.
pub const NAMED_MAX: usize = 50;
/// The longest words of an engine that are kept, in characters.
const WORDS_CHARACTERS_MAX: usize = 500;

/// Something that still runs on a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Left {
    /// Its name on the cluster: `web.2`, `shop/web-7d4b9`.
    pub name: String,
    /// Why it is still there.
    pub reason: String,
}

/// What is left on a node: all of it counted, the first of it named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    named: Vec<Left>,
    count: u32,
}

impl Rest {
    /// What is left, in the order in which it is to be named.
    #[must_use]
    pub fn new(all: Vec<Left>) -> Self {
        let count = u32::try_from(all.len()).unwrap_or(u32::MAX);
        let cut = |text: String| text.chars().take(WORDS_CHARACTERS_MAX).collect();
        let short = |left: Left| Left { name: cut(left.name), reason: cut(left.reason) };
        Self { named: all.into_iter().take(NAMED_MAX).map(short).collect(), count }
    }

    /// The first of what is left.
    #[must_use]
    pub fn named(&self) -> &[Left] {
        &self.named
    }

    /// How much is left.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.count
    }
}

/// Why a drain failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The deadline passed with something left.
    Deadline,
    /// What is left goes only by force, and the drain was none by force.
    Held,
    /// The cluster no longer lists the node.
    NodeLost,
    /// The cluster refused, in its own words.
    Refused,
    /// The deadline passed while the cluster did not answer; what is left is what was seen last.
    Unanswered,
}

/// How a drain ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing is left.
    Completed,
    /// Something is left, or nobody knows.
    Failed,
}

/// A drain has come further, or what holds it has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrainProgressed {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The version of the intent stream that started the drain.
    pub drain_version: Version,
    /// The first of what is left.
    pub left: Vec<Left>,
    /// How much is left.
    pub left_count: u32,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

/// Nothing that a drain moves is left on the node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrainCompleted {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The version of the intent stream that started the drain.
    pub drain_version: Version,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
}

/// A drain came to an end with something left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct DrainFailed {
    /// The cluster of the node.
    pub cluster_id: ClusterId,
    /// The version of the intent stream that started the drain.
    pub drain_version: Version,
    /// The first of what is left.
    pub left: Vec<Left>,
    /// How much is left.
    pub left_count: u32,
    /// The provider of the cluster.
    pub provider_id: ProviderId,
    /// Why it failed.
    pub reason: Failure,
    /// The cluster's own words, where it said any.
    pub words: Option<String>,
}

/// What is said of a drain.
#[derive(Clone, Debug)]
pub enum News {
    /// So much is left.
    Progressed(Rest),
    /// Nothing is left.
    Completed,
    /// It ended with so much left; nothing is said of it where nobody could look.
    Failed(Failure, Option<Rest>, Option<String>),
}

/// What was said of the last drain that anything was said of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The version of the intent that started it.
    pub version: Version,
    /// What is left.
    pub rest: Rest,
    /// How it ended, if it has.
    pub end: Option<End>,
    /// Whether the node, drained by it, was open again behind Berth's back. It is closed by now,
    /// and what came meanwhile is there.
    pub undone: bool,
}

pub(super) fn decide(seen: &Seen, version: Version, news: News) -> Vec<Event> {
    let told = seen.drain.as_ref();
    // An end is the last word, and an older drain is over.
    if told.is_some_and(|told| {
        told.version > version || (told.version == version && told.end.is_some())
    }) {
        return vec![];
    }
    let told = told.filter(|told| told.version == version);
    let (cluster_id, provider_id) = (seen.place.cluster, seen.place.provider);
    let drain_version = version;
    match news {
        News::Progressed(rest) if told.is_some_and(|told| told.rest == rest) => vec![],
        News::Progressed(Rest { named: left, count: left_count }) => {
            vec![Event::DrainProgressed(DrainProgressed {
                cluster_id,
                drain_version,
                left,
                left_count,
                provider_id,
            })]
        }
        News::Completed => {
            vec![Event::DrainCompleted(DrainCompleted { cluster_id, drain_version, provider_id })]
        }
        News::Failed(reason, rest, words) => {
            let last = || told.map(|told| told.rest.clone()).unwrap_or_default();
            let Rest { named: left, count: left_count } = rest.unwrap_or_else(last);
            let cut = |words: String| words.chars().take(WORDS_CHARACTERS_MAX).collect();
            vec![Event::DrainFailed(DrainFailed {
                cluster_id,
                drain_version,
                left,
                left_count,
                provider_id,
                reason,
                words: words.map(cut),
            })]
        }
    }
}

impl From<&DrainProgressed> for Told {
    fn from(event: &DrainProgressed) -> Self {
        let rest = Rest { named: event.left.clone(), count: event.left_count };
        Self { version: event.drain_version, rest, end: None, undone: false }
    }
}

impl From<&DrainCompleted> for Told {
    fn from(event: &DrainCompleted) -> Self {
        let end = Some(End::Completed);
        Self { version: event.drain_version, rest: Rest::default(), end, undone: false }
    }
}

impl From<&DrainFailed> for Told {
    fn from(event: &DrainFailed) -> Self {
        let rest = Rest { named: event.left.clone(), count: event.left_count };
        Self { version: event.drain_version, rest, end: Some(End::Failed), undone: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        node_observation::{Command, Error, NodeObservation},
        testing::{
            availability_repaired, discovered, drain_completed, drain_failed, drain_progressed,
            drift_repaired, given,
        },
    };

    fn rest(names: &[&str]) -> Rest {
        Rest::new(crate::testing::left(names))
    }

    fn report(version: i64, news: News) -> Command {
        Command::ReportDrain { version: Version(version), news }
    }

    #[test]
    fn progress_is_told_when_it_is_news() {
        given::<NodeObservation>([discovered("drain")])
            .when(report(1, News::Progressed(rest(&["web.1", "web.2"]))))
            .then([drain_progressed(1, &["web.1", "web.2"])]);
        let told = || [discovered("drain"), drain_progressed(1, &["web.1"])];
        given::<NodeObservation>(told())
            .when(report(1, News::Progressed(rest(&["web.1"]))))
            .then([]);
        given::<NodeObservation>(told())
            .when(report(1, News::Completed))
            .then([drain_completed(1)]);
    }

    #[test]
    fn an_end_is_the_last_word_of_its_drain() {
        for end in [drain_completed(1), drain_failed(1, &["web.1"], Failure::Held)] {
            let ended = || given::<NodeObservation>([discovered("drain"), end.clone()]);
            ended().when(report(1, News::Completed)).then([]);
            ended().when(report(1, News::Progressed(rest(&["web.1"])))).then([]);
            ended()
                .when(report(2, News::Progressed(rest(&["web.1"]))))
                .then([drain_progressed(2, &["web.1"])]);
        }
        given::<NodeObservation>([discovered("drain"), drain_progressed(2, &["web.1"])])
            .when(report(1, News::Completed))
            .then([]);
    }

    #[test]
    fn only_a_drain_that_was_done_is_undone_by_an_open_node() {
        let is_undone = |history: Vec<crate::node_observation::Event>| {
            let node = crate::testing::fold::<NodeObservation>(history);
            node.seen().unwrap().drain.as_ref().is_some_and(|told| told.undone)
        };
        let (found, done) = (discovered("drain"), drain_completed(1));
        let repaired = || availability_repaired("drain");
        assert!(is_undone(vec![found.clone(), done.clone(), repaired()]));
        let failed = drain_failed(1, &["web.1"], Failure::Held);
        for history in [
            vec![found.clone(), done.clone()],
            vec![found.clone(), done.clone(), drift_repaired("zone")],
            vec![found.clone(), done.clone(), availability_repaired("pause")],
            vec![found.clone(), drain_progressed(1, &["web.1"]), repaired()],
            vec![found.clone(), failed, repaired()],
            vec![found, done, repaired(), drain_progressed(2, &["web.1"])],
        ] {
            assert!(!is_undone(history.clone()), "{history:?}");
        }
    }

    #[test]
    fn who_could_not_look_says_what_was_left_when_somebody_last_could() {
        let silent = News::Failed(Failure::Unanswered, None, None);
        given::<NodeObservation>([discovered("drain"), drain_progressed(1, &["web.1"])])
            .when(report(1, silent.clone()))
            .then([drain_failed(1, &["web.1"], Failure::Unanswered)]);
        given::<NodeObservation>([discovered("drain"), drain_progressed(1, &["web.1"])])
            .when(report(2, silent))
            .then([drain_failed(2, &[], Failure::Unanswered)]);
    }

    #[test]
    fn many_are_counted_and_the_first_are_named() {
        let all = (0..NAMED_MAX + 7).map(|number| format!("web.{number}"));
        let left = |name: String| Left { name, reason: "is running".repeat(100) };
        let rest = Rest::new(all.map(left).collect());
        assert_eq!((rest.named().len(), rest.count()), (NAMED_MAX, 57));
        assert_eq!(rest.named()[0].reason.chars().count(), WORDS_CHARACTERS_MAX);
    }

    #[test]
    fn a_drain_of_a_node_that_was_never_seen_is_nothing() {
        given::<NodeObservation>([])
            .when(report(1, News::Completed))
            .then_refused(Error::NotDiscovered);
    }
}
