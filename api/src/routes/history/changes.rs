//! Which fields differ between two documents, and what they were.

use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Fields that change with every event, or that say which thing it is.
const BOOKKEEPING: [&str; 6] =
    ["created_at", "id", "observed_at", "stale", "updated_at", "version"];

/// What an entry of a list is known by.
const KNOWN_BY: [&str; 2] = ["id", "registry"];

/// A field that changed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub(in crate::routes) struct Changed {
    /// A JSON Pointer into the profile. An entry of a list is named by its id, where it has one, or
    /// by its registry: `/clusters/0197…/url`.
    #[schema(example = "/name")]
    field: String,
    /// Null where there was nothing.
    before: Value,
    /// Null where there is nothing any more.
    after: Value,
}

/// The fields that differ between two documents, in the order of their names.
pub(in crate::routes) fn between(before: &Value, after: &Value) -> Vec<Changed> {
    let mut changes = vec![];
    let (before, after) = (fields(before), fields(after));
    members(&mut changes, "", &before, &after);
    changes
}

/// What an association changed, told without the profile of the provider.
pub(in crate::routes) fn association(r#type: &str) -> Option<Changed> {
    let after = match r#type {
        "OrgAssociated" => true,
        "OrgDissociated" => false,
        _ => return None,
    };
    let field = step("", "associated");
    Some(Changed { field, before: Value::Bool(!after), after: Value::Bool(after) })
}

impl Changed {
    /// Tells of an earlier change of the same field as well.
    pub(in crate::routes) fn begin_with(&mut self, earlier: Self) {
        self.before = earlier.before;
    }

    /// Whether anything is different in the end.
    pub(in crate::routes) fn differs(&self) -> bool {
        self.before != self.after
    }
}

/// What the data of an event says by itself, for things without a profile: each pair of `before`
/// and `after`, and in the first event of a stream each field.
pub(in crate::routes) fn stated(data: &Value, is_first: bool) -> Vec<Changed> {
    let Some(data) = data.as_object() else { return vec![] };
    let each = data.iter().filter_map(|(name, value)| {
        let (before, after) = match pair(value) {
            Some(pair) => pair,
            None if is_first => (Value::Null, value.clone()),
            None => return None,
        };
        (before != after).then(|| Changed { field: step("", name), before, after })
    });
    each.collect()
}

/// The two values of a change as events write it.
fn pair(value: &Value) -> Option<(Value, Value)> {
    let object = value.as_object().filter(|object| object.len() == 2)?;
    Some((object.get("before")?.clone(), object.get("after")?.clone()))
}

fn fields(document: &Value) -> Map<String, Value> {
    let mut fields = document.as_object().cloned().unwrap_or_default();
    fields.retain(|name, _| !BOOKKEEPING.contains(&name.as_str()));
    fields
}

fn members(
    changes: &mut Vec<Changed>,
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let of = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
        compare(changes, &step(path, name), &of(before), &of(after));
    }
}

fn compare(changes: &mut Vec<Changed>, path: &str, before: &Value, after: &Value) {
    if before == after {
        return;
    }
    if let (Some(before), Some(after)) = (before.as_object(), after.as_object()) {
        return members(changes, path, before, after);
    }
    if let (Some(before), Some(after)) = (by_id(before), by_id(after)) {
        let ids: BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
        for id in ids {
            let of = |list: &BTreeMap<&str, &Value>| list.get(id).copied().cloned();
            let (before, after) = (of(&before).unwrap_or_default(), of(&after).unwrap_or_default());
            compare(changes, &step(path, id), &before, &after);
        }
        return;
    }
    let (before, after) = (before.clone(), after.clone());
    changes.push(Changed { field: path.to_owned(), before, after });
}

/// The entries of a list by what they are known by, if each of them has one.
fn by_id(list: &Value) -> Option<BTreeMap<&str, &Value>> {
    list.as_array()?.iter().map(|entry| Some((known_by(entry)?, entry))).collect()
}

fn known_by(entry: &Value) -> Option<&str> {
    KNOWN_BY.iter().find_map(|name| entry.get(name))?.as_str()
}

/// One step further in a JSON Pointer (RFC 6901).
fn step(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(changes: Vec<Changed>) -> Vec<(String, Value, Value)> {
        changes.into_iter().map(|change| (change.field, change.before, change.after)).collect()
    }

    #[test]
    fn only_what_differs_is_told_as_deep_as_it_differs() {
        let before = json!({"name": "Paris", "labels": {"a/b": "1", "zone": "x"}, "urls": [1, 2]});
        let after = json!({"name": "Paris", "labels": {"a/b": "2", "zone": "x"}, "urls": [1]});
        assert_eq!(
            told(between(&before, &after)),
            [
                ("/labels/a~1b".to_owned(), json!("1"), json!("2")),
                ("/urls".to_owned(), json!([1, 2]), json!([1])),
            ]
        );
        assert_eq!(between(&after, &after), []);
    }

    #[test]
    fn an_entry_is_known_by_its_id_wherever_it_stands() {
        let before = json!({"clusters": [{"id": "a", "rank": 1}, {"id": "b", "rank": 2}]});
        let after = json!({"clusters": [{"id": "c", "rank": 1}, {"id": "a", "rank": 3}]});
        assert_eq!(
            told(between(&before, &after)),
            [
                ("/clusters/a/rank".to_owned(), json!(1), json!(3)),
                ("/clusters/b".to_owned(), json!({"id": "b", "rank": 2}), json!(null)),
                ("/clusters/c".to_owned(), json!(null), json!({"id": "c", "rank": 1})),
            ]
        );
        let before = json!({"clusters": []});
        let after = json!({"clusters": [{"id": "a"}]});
        let first = ("/clusters/a".to_owned(), json!(null), json!({"id": "a"}));
        assert_eq!(told(between(&before, &after)), [first]);
    }

    #[test]
    fn what_is_made_or_gone_is_told_field_by_field_without_bookkeeping() {
        let made = json!({"id": "a", "version": 1, "name": "Paris", "rejected": null});
        let name = |before, after| [("/name".to_owned(), before, after)];
        assert_eq!(told(between(&json!(null), &made)), name(json!(null), json!("Paris")));
        assert_eq!(told(between(&made, &json!(null))), name(json!("Paris"), json!(null)));
    }

    #[test]
    fn an_event_states_its_changes_and_the_first_of_a_stream_all_it_has() {
        let changed = json!({"provider_id": "p", "replicas": {"after": 3, "before": 2}});
        let replicas = ("/replicas".to_owned(), json!(2), json!(3));
        assert_eq!(told(stated(&changed, false)), [replicas]);
        let made = json!({"reference": "busybox:1", "command": null});
        let reference = ("/reference".to_owned(), json!(null), json!("busybox:1"));
        assert_eq!(told(stated(&made, true)), [reference]);
        assert_eq!(stated(&made, false), []);
    }
}
