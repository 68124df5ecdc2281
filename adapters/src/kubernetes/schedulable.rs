//! What a pod asks of its node, as the scheduler reads it: selector, required affinity, taints.
//! Pure.
//!
//! Whether there is room for it is another question, which only the scheduler answers.

use k8s_openapi::{
    api::core::v1::{Node, NodeSelectorRequirement, NodeSelectorTerm, Pod, Taint, Toleration},
    apimachinery::pkg::apis::meta::v1::LabelSelector,
};
use std::collections::BTreeMap;

type Labels = BTreeMap<String, String>;

/// Whether the labels of a node are what a pod asks for. Preferences are none of that.
pub(super) fn matches(pod: &Pod, name: &str, labels: &Labels) -> bool {
    let Some(spec) = &pod.spec else { return true };
    let selected = spec.node_selector.iter().flatten();
    let is_selected =
        selected.fold(true, |all, (key, value)| all && labels.get(key) == Some(value));
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = affinity
        .and_then(|it| it.required_during_scheduling_ignored_during_execution.as_ref())
        .map(|selector| &selector.node_selector_terms);
    is_selected && required.is_none_or(|terms| terms.iter().any(|term| holds(term, name, labels)))
}

/// Whether a pod bears with what a node says it does not want.
pub(super) fn tolerates(pod: &Pod, node: &Node) -> bool {
    let tolerations = pod.spec.as_ref().and_then(|spec| spec.tolerations.as_deref());
    let tolerations = tolerations.unwrap_or_default();
    let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
    taints
        .filter(|taint| taint.effect != "PreferNoSchedule")
        .all(|taint| tolerations.iter().any(|toleration| bears(toleration, taint)))
}

fn bears(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or_default();
    let key = toleration.key.as_deref().unwrap_or_default();
    let is_there = toleration.operator.as_deref() == Some("Exists");
    let of_effect = effect.is_empty() || effect == taint.effect;
    let value = || toleration.value.as_deref().unwrap_or_default();
    let same = || value() == taint.value.as_deref().unwrap_or_default();
    of_effect && ((key.is_empty() && is_there) || (key == taint.key && (is_there || same())))
}

/// A term without anything in it holds nowhere.
fn holds(term: &NodeSelectorTerm, name: &str, labels: &Labels) -> bool {
    let labeled = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    let named: Labels = [("metadata.name".to_owned(), name.to_owned())].into();
    !(labeled.is_empty() && fields.is_empty())
        && labeled.iter().all(|one| is_met(one, labels))
        && fields.iter().all(|one| is_met(one, &named))
}

fn is_met(one: &NodeSelectorRequirement, labels: &Labels) -> bool {
    let values = one.values.as_deref().unwrap_or_default();
    let found = labels.get(&one.key);
    let number = |text: &String| text.parse::<i64>().ok();
    let compared = || Some((number(found?)?, number(values.first()?)?));
    match one.operator.as_str() {
        "In" => found.is_some_and(|found| values.contains(found)),
        "NotIn" => found.is_none_or(|found| !values.contains(found)),
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        "Gt" => compared().is_some_and(|(found, least)| found > least),
        "Lt" => compared().is_some_and(|(found, most)| found < most),
        _ => false,
    }
}

/// Whether a selector of a disruption budget selects a pod; one that says nothing selects all.
pub(super) fn selects(selector: Option<&LabelSelector>, pod: &Pod) -> bool {
    let Some(selector) = selector else { return false };
    let none = Labels::new();
    let labels = pod.metadata.labels.as_ref().unwrap_or(&none);
    let mut exact = selector.match_labels.iter().flatten();
    let mut more = selector.match_expressions.iter().flatten();
    exact.all(|(key, value)| labels.get(key) == Some(value))
        && more.all(|one| {
            let values = one.values.clone();
            let (key, operator) = (one.key.clone(), one.operator.clone());
            is_met(&NodeSelectorRequirement { key, operator, values }, labels)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn pod(spec: Value) -> Pod {
        let mut whole = json!({"containers": []});
        whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let metadata = json!({"name": "web-1", "labels": {"app": "web", "tier": "front"}});
        serde_json::from_value(json!({"metadata": metadata, "spec": whole})).unwrap()
    }

    fn required(expressions: Value) -> Value {
        json!({"affinity": {"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": expressions},
        }}})
    }

    #[test]
    fn a_pod_asks_for_labels() {
        let labels: Labels = [("zone", "a"), ("cores", "8")]
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        let matches = |spec: Value| matches(&pod(spec), "oslo-1", &labels);
        assert!(matches(json!({})));
        assert!(matches(json!({"nodeSelector": {"zone": "a"}})));
        assert!(!matches(json!({"nodeSelector": {"zone": "b"}})));
        for (operator, key, values, expected) in [
            ("In", "zone", json!(["a", "b"]), true),
            ("In", "zone", json!(["A"]), false),
            ("NotIn", "zone", json!(["a"]), false),
            ("NotIn", "gpu", json!(["yes"]), true),
            ("Exists", "zone", json!([]), true),
            ("DoesNotExist", "gpu", json!([]), true),
            ("Gt", "cores", json!(["4"]), true),
            ("Lt", "cores", json!(["4"]), false),
        ] {
            let one = json!({"key": key, "operator": operator, "values": values});
            let terms = required(json!([{"matchExpressions": [one]}]));
            assert_eq!(matches(terms), expected, "{key} {operator}");
        }
        let by_name = |name: &str| {
            let one = json!({"key": "metadata.name", "operator": "In", "values": [name]});
            required(json!([{}, {"matchFields": [one]}]))
        };
        assert!(matches(by_name("oslo-1")));
        assert!(!matches(by_name("oslo-2")));
    }

    #[test]
    fn a_pod_bears_with_a_taint_or_does_not() {
        let node: Node = serde_json::from_value(json!({"spec": {"taints": [
            {"key": "gpu", "value": "yes", "effect": "NoSchedule"},
            {"key": "old", "effect": "PreferNoSchedule"},
        ]}}))
        .unwrap();
        let tolerates =
            |tolerations: Value| tolerates(&pod(json!({"tolerations": tolerations})), &node);
        assert!(!tolerates(json!([])));
        assert!(tolerates(json!([{"operator": "Exists"}])));
        assert!(tolerates(json!([{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}])));
        assert!(tolerates(json!([{"key": "gpu", "value": "yes"}])));
        assert!(!tolerates(json!([{"key": "gpu", "value": "no"}])));
        assert!(!tolerates(json!([{"key": "gpu", "operator": "Exists", "effect": "NoExecute"}])));
    }

    #[test]
    fn a_budget_selects_its_pods() {
        let selects = |selector: Value| {
            let selector: LabelSelector = serde_json::from_value(selector).unwrap();
            selects(Some(&selector), &pod(json!({})))
        };
        assert!(selects(json!({})));
        assert!(selects(json!({"matchLabels": {"app": "web"}})));
        assert!(!selects(json!({"matchLabels": {"app": "db"}})));
        let tier = json!({"key": "tier", "operator": "NotIn", "values": ["front"]});
        assert!(!selects(json!({"matchExpressions": [tier]})));
        assert!(!super::selects(None, &pod(json!({}))));
    }
}
