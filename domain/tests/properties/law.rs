//! The laws, once, for any aggregate.

use domain::{Aggregate, Event};
use proptest::prelude::{TestCaseError, prop_assert, prop_assert_eq};
use std::fmt::Debug;

/// What an aggregate must be for the laws to be checked: comparable and printable.
pub(crate) trait Subject:
    Aggregate<Event: PartialEq + Debug, Error: PartialEq> + PartialEq + Debug
{
}
impl<A> Subject for A where
    A: Aggregate<Event: PartialEq + Debug, Error: PartialEq> + PartialEq + Debug
{
}

/// A history made by commands: the events in order.
pub(crate) fn history<A: Aggregate>(
    commands: impl IntoIterator<Item = A::Command>,
) -> Vec<A::Event> {
    let mut state = A::default();
    let mut events = vec![];
    for command in commands {
        for event in state.decide(command).unwrap_or_default() {
            state = state.evolve(&event);
            events.push(event);
        }
    }
    events
}

/// The state after a history.
pub(crate) fn fold<A: Aggregate>(history: &[A::Event]) -> A {
    history.iter().fold(A::default(), A::evolve)
}

/// Every event that a command yields changes the state, and the same command again changes nothing.
///
/// `is_fact` names the events that are worth recording although they leave no trace in the state.
pub(crate) fn each_command_acts_once<A: Subject<Command: Debug>>(
    commands: Vec<A::Command>,
    is_fact: fn(&A::Event) -> bool,
) -> Result<(), TestCaseError> {
    let mut state = A::default();
    for command in commands {
        let Ok(events) = state.decide(command.clone()) else { continue };
        for event in &events {
            let before = state.clone();
            state = state.evolve(event);
            prop_assert!(before != state || is_fact(event), "{event:?} changed nothing");
        }
        let again = state.decide(command.clone()).unwrap_or_default();
        let news: Vec<_> = again.iter().filter(|event| !is_fact(event)).collect();
        prop_assert!(news.is_empty(), "{command:?} again yields {news:?}");
    }
    Ok(())
}

/// The same history makes the same state, whether it is folded from memory or read back.
pub(crate) fn a_history_reads_back<A: Subject>(history: &[A::Event]) -> Result<(), TestCaseError> {
    let read: Vec<A::Event> = history.iter().map(read_back::<A>).collect();
    prop_assert_eq!(&read, history);
    prop_assert_eq!(fold::<A>(&read), fold::<A>(history));
    Ok(())
}

fn read_back<A: Aggregate>(event: &A::Event) -> A::Event {
    let event: Event = event.clone().into();
    let written = serde_json::to_string(&event).unwrap();
    let mut reader = serde_json::Deserializer::from_str(&written);
    let read = Event::decode(event.r#type(), event.schema_version(), &mut reader).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), written, "written in two ways");
    A::own(&read).unwrap().clone()
}

/// Each tag is there once, in the order in which tags are stored.
pub(crate) fn tags_are_a_sorted_set<A: Aggregate>(
    id: A::Id,
    history: &[A::Event],
) -> Result<(), TestCaseError> {
    for event in history {
        let tags = A::tags(id, event);
        prop_assert!(!tags.is_empty());
        prop_assert!(tags.windows(2).all(|pair| pair[0] < pair[1]), "{tags:?}");
    }
    Ok(())
}
