//! Every history of the tests of a cluster's connection.

use crate::{examples::text, law};
use domain::{
    Aggregate,
    cluster::{Cluster, Command, Event, identify::IdentifyCluster},
    connectivity::{Finding, Outcome, Report, Step},
    ids::ClusterId,
    testing::{cluster, connectivity as example, place},
};
use proptest::{
    collection::vec,
    option,
    prelude::{Just, Strategy, prop_assert, prop_oneof, proptest},
    sample::select,
};

fn finding() -> impl Strategy<Value = Finding> {
    let outcomes = vec![Outcome::Passed, Outcome::Warned, Outcome::Failed, Outcome::Skipped];
    (select(Step::ALL.to_vec()), select(outcomes), text(), option::of(text()), 0..9_u32).prop_map(
        |(step, outcome, detail, remedy, took_milliseconds)| Finding {
            detail,
            remedy,
            took_milliseconds,
            ..example::finding(step, outcome)
        },
    )
}

fn report() -> impl Strategy<Value = Report> {
    (vec(finding(), 0..5), option::of(text()))
        .prop_map(|(findings, native_id)| Report { findings, native_id })
}

fn native_id() -> impl Strategy<Value = String> {
    select(vec!["a", "b", "c"]).prop_map(str::to_owned)
}

fn met(native_id: &str, holder: Option<u16>) -> Command {
    let (native_id, provider) = (native_id.to_owned(), place().provider);
    let holder = holder.map(|number| cluster(number).id);
    Command::Identify(IdentifyCluster { native_id, holder, provider })
}

fn commands() -> impl Strategy<Value = Vec<Command>> {
    let any = prop_oneof![
        2 => Just(Command::RequestTest(example::subject())),
        2 => Just(Command::RequestTest(example::candidate())),
        3 => (1..4_u32, finding()).prop_map(|(number, it)| Command::ReportStep(number, it)),
        2 => (1..4_u32, report()).prop_map(|(number, it)| Command::ReportTest(number, it)),
        1 => Just(Command::ExpireTest),
        3 => (native_id(), option::of(1..4_u16)).prop_map(|(id, holder)| met(&id, holder)),
        1 => Just(Command::Release),
    ];
    vec(any, 0..30)
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let any = prop_oneof![
        Just(example::requested()),
        Just(example::requested_of(example::candidate())),
        finding().prop_map(|it| example::step_taken(&it)),
        vec(finding(), 0..4).prop_map(|all| example::tested(&all)),
        Just(example::expired()),
        native_id().prop_map(|id| example::identified(&id)),
        (native_id(), native_id()).prop_map(|(a, b)| example::identity_changed(&a, &b)),
        (native_id(), 1..4_u16).prop_map(|(id, other)| example::rejected(&id, other)),
        native_id().prop_map(|id| example::released(&id)),
    ];
    vec(any, 0..30)
}

proptest! {
    #[test]
    fn a_command_acts_once(commands in commands()) {
        law::each_command_acts_once::<Cluster>(commands, |_| false)?;
    }

    #[test]
    fn a_history_reads_back(commands in commands(), events in events()) {
        let history = law::history::<Cluster>(commands);
        law::a_history_reads_back::<Cluster>(&history)?;
        law::a_history_reads_back::<Cluster>(&events)?;
        law::tags_are_a_sorted_set::<Cluster>(ClusterId(uuid::Uuid::nil()), &history)?;
    }

    #[test]
    fn what_is_registered_has_nothing_to_forget(events in events()) {
        let cluster = law::fold::<Cluster>(&events);
        let provider = cluster.test.as_ref().and_then(|test| test.subject.provider());
        prop_assert!(provider != Some(place().provider) || cluster.kept().is_empty());
    }

    #[test]
    fn any_events_fold_and_can_be_decided_on(events in events(), commands in commands()) {
        let cluster = law::fold::<Cluster>(&events);
        for command in commands {
            let _ = cluster.decide(command);
        }
    }
}
