//! Every way in which stream, memory and log can stand to each other.

use super::*;
use uuid::Uuid;

const START: Position = Position(1);

fn id(number: u128) -> EventId {
    EventId(Uuid::from_u128(number))
}
fn seen(last_sequence: u64, end: End) -> Seen {
    Seen { created: "monday".to_owned(), last_sequence, end }
}
fn event(position: i64) -> End {
    End::Event { position: Position(position), id: id(u128::try_from(position).unwrap()) }
}
fn remembered(created: &str, offset: i64, foreign: Option<Before>) -> Remembered {
    Remembered { created: created.to_owned(), offset, position: Position(3), foreign }
}
fn resume(seen: &Seen, memory: Option<&Remembered>, head: i64) -> Result<(i64, u64), Alarm> {
    let candidate = candidate(seen, memory, START)?;
    let position = candidate.position.0;
    let at = (1..=head).contains(&position).then(|| id(u128::try_from(position).unwrap()));
    let place = confirm(&candidate, at, Position(head))?;
    Ok((place.position.0, place.sequence))
}

#[test]
fn a_new_stream_begins_at_the_start() {
    assert_eq!(resume(&seen(0, End::Empty), None, 9), Ok((0, 0)));
}

#[test]
fn a_wiped_stream_begins_at_the_start_whatever_is_remembered() {
    for created in ["monday", "sunday"] {
        let memory = remembered(created, 4, Some(Before::Unknown));
        assert_eq!(resume(&seen(0, End::Empty), Some(&memory), 9), Ok((0, 0)));
    }
}

#[test]
fn a_later_start_leaves_an_offset() {
    let candidate = candidate(&seen(0, End::Empty), None, Position(5)).unwrap();
    let place = confirm(&candidate, Some(id(4)), Position(9)).unwrap();
    assert_eq!((place.position, place.sequence, place.offset()), (Position(4), 0, -4));
    assert_eq!(place.next(id(5)), Place { position: Position(5), id: Some(id(5)), sequence: 1 });
}

#[test]
fn the_last_message_is_the_place() {
    assert_eq!(resume(&seen(7, event(7)), None, 9), Ok((7, 7)));
}

#[test]
fn a_lost_tail_is_published_again_whatever_is_remembered() {
    let memory = Remembered { position: Position(9), ..remembered("monday", 0, None) };
    assert_eq!(resume(&seen(4, event(4)), Some(&memory), 9), Ok((4, 4)));
}

#[test]
fn a_stream_aged_to_empty_goes_on_from_the_stored_offset() {
    let memory = remembered("monday", 2, None);
    assert_eq!(resume(&seen(9, End::Empty), Some(&memory), 8), Ok((7, 9)));
}

#[test]
fn an_empty_stream_that_is_not_the_remembered_one_is_an_alarm() {
    let unknown = Err(Alarm::PlaceUnknown { last_sequence: 9 });
    assert_eq!(resume(&seen(9, End::Empty), None, 9), unknown);
    let other = remembered("sunday", 0, None);
    assert_eq!(resume(&seen(9, End::Empty), Some(&other), 9), unknown);
    let impossible = remembered("monday", 20, None);
    assert_eq!(resume(&seen(9, End::Empty), Some(&impossible), 9), unknown);
}

#[test]
fn a_foreign_message_is_an_alarm() {
    let end = End::Foreign { sequence: 5, before: Before::Event(Position(4)) };
    assert_eq!(resume(&seen(6, end), None, 9), Err(Alarm::Foreign { sequence: 5 }));
}

#[test]
fn once_a_foreign_message_aged_out_the_relay_goes_on_after_the_last_event() {
    let memory = remembered("monday", 0, Some(Before::Event(Position(4))));
    assert_eq!(resume(&seen(6, End::Empty), Some(&memory), 9), Ok((4, 6)), "nothing is skipped");
    let first = remembered("monday", 0, Some(Before::Nothing));
    assert_eq!(resume(&seen(6, End::Empty), Some(&first), 9), Ok((0, 6)));
    let unknown = remembered("monday", 0, Some(Before::Unknown));
    let alarm = Err(Alarm::PlaceUnknown { last_sequence: 6 });
    assert_eq!(resume(&seen(6, End::Empty), Some(&unknown), 9), alarm);
}

#[test]
fn a_broker_ahead_of_the_log_is_an_alarm() {
    let alarm = Alarm::AheadOfLog { published: Position(7), head: Position(5) };
    assert_eq!(resume(&seen(7, event(7)), None, 5), Err(alarm.clone()));
    let memory = remembered("monday", 0, None);
    assert_eq!(resume(&seen(7, End::Empty), Some(&memory), 5), Err(alarm), "also when empty");
}

#[test]
fn another_event_at_the_same_position_is_an_alarm() {
    let end = End::Event { position: Position(7), id: id(99) };
    assert_eq!(resume(&seen(7, end), None, 9), Err(Alarm::Diverged { position: Position(7) }));
}

#[test]
fn a_missing_event_is_a_hole() {
    let candidate = candidate(&seen(7, event(7)), None, START).unwrap();
    let alarm = Err(Alarm::Hole { missing: Position(7) });
    assert_eq!(confirm(&candidate, None, Position(9)), alarm);
}

#[test]
fn what_stood_before_a_foreign_message_is_remembered_and_not_forgotten() {
    let before = Before::Event(Position(4));
    let end = End::Foreign { sequence: 5, before };
    let known = to_remember(&seen(5, end), None, before).unwrap();
    assert_eq!(known.foreign, Some(before));
    assert_eq!(to_remember(&seen(5, end), Some(&known), before), None, "it is known already");
    assert_eq!(to_remember(&seen(9, end), Some(&known), Before::Unknown), None);
    let other = remembered("sunday", 0, Some(before));
    let new = to_remember(&seen(9, end), Some(&other), Before::Unknown).unwrap();
    assert_eq!((new.created.as_str(), new.foreign), ("monday", Some(Before::Unknown)));
}
