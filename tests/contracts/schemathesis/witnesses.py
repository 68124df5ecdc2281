"""For each row of `excluded.txt` a request that fits the document and is answered in that way: a
row that no answer needs any more would hide what nobody has looked at."""

import re

import hooks
import jsonschema_rs

BERTH, IDS, PEM = hooks.BERTH, hooks.IDS, hooks.PEM
DOCUMENT = hooks.client.get(BERTH["url"] + "/openapi.json").json()
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, item in DOCUMENT["paths"].items() for method, operation in item.items()
}
# As `schemathesis.toml` has them: what is answered so is no finding, and needs no row.
ABOUT_WHAT_IS_THERE = (401, 403, 404, 409, 410, 412)

answered = set()


def url_of(operation, ids):
    _, path, _ = OPERATIONS[operation]
    known = {"registry": "registry.example", "key": "zone", **{k: v[0] for k, v in IDS.items()}}
    known[hooks.kind_of(path, "id")] = known.get(hooks.kind_of(path, "id"))
    known.update(ids)
    return BERTH["url"] + re.sub(r"{(\w+)}", lambda name: known[hooks.kind_of(path, name[1])], path)


def ask(operation, body=None, query=None, **ids):
    """What is answered to a request about these things, or else about the first of each kind."""
    method, _, _ = OPERATIONS[operation]
    query = {name: "true" if value is True else value for name, value in (query or {}).items()}
    return hooks.client.request(method, url_of(operation, ids), json=body, params=query)


def make(operation, body=None, **ids):
    """Something that a witness needs to be there."""
    answer = ask(operation, body, **ids)
    assert answer.ok, (operation, answer.text)
    return answer.json()["id"]


def fits(schema, value):
    whole = {**schema, "components": DOCUMENT["components"]}
    return jsonschema_rs.Draft202012Validator(whole).is_valid(value)


def witness(operation, body=None, query=None, **ids):
    """A request that the document does not tell from one that is accepted."""
    _, _, described = OPERATIONS[operation]
    if body is not None:
        content = described["requestBody"]["content"]["application/json"]
        assert fits(content["schema"], body), f"{operation} does not take {body}"
    parameters = {parameter["name"]: parameter for parameter in described.get("parameters", ())}
    for name, value in (query or {}).items():
        assert fits(parameters[name]["schema"], value), f"{operation} does not take {name}={value}"
    answer = ask(operation, body, query, **ids)
    checks = set()
    if not answer.ok and answer.status_code not in ABOUT_WHAT_IS_THERE:
        checks.add("positive_data_acceptance")
    if answer.status_code >= 500:
        checks.add("not_a_server_error")
    assert checks, f"{operation} {body} {query}: {answer.status_code} {answer.text}"
    answered.update((operation, check, said) for check in checks for said in hooks.answers(answer))


def cluster(number, **fields):
    return {"name": f"c{number}", "url": f"https://127.0.0.1:{number}", **fields}


def provider(name, kind, mode, *clusters):
    return {
        "name": name, "kind": kind, "visibility": "public", "deployment_mode": mode,
        "clusters": clusters,
    }


def with_clusters(whole):
    """A provider that is made, and the first of its clusters."""
    made = ask("create_provider", whole)
    here = {"provider_id": made.json()["id"]}
    at_least = made.headers["berth-position"]
    clusters = ask("list_clusters", query={"at_least": at_least}, **here).json()["items"]
    return {**here, "cluster_id": clusters[0]["id"]}


def wherever_a_cluster_is(kind, fields, **ids):
    """A cluster with these fields that is added, changed, tested before, and registered."""
    whole = cluster(9, **fields)
    witness("add_cluster", whole, **ids)
    witness("change_cluster", fields, **ids)
    witness("request_connectivity_test", {"kind": kind, "cluster": whole})
    witness("create_provider", provider("witness", kind, "active_passive", whole))


def parameters():
    moments = {"as_of": "1", "at_least": 1}
    for operation in (
        "get_certificate", "get_cluster", "get_failover_policy", "get_image", "get_node",
        "get_organization", "get_profile", "get_provider", "get_registry_credential", "get_role",
        "get_secret", "get_token", "get_workload", "list_clusters", "list_registry_credentials",
    ):
        witness(operation, query=moments)
    cursor = ask("list_events", query={"limit": 1}).json()["next_cursor"]
    witness("list_events", query={"cursor": cursor, "after": 1})
    witness("provider_history_diff", query={"from": "5", "to": "4"})
    witness("list_nodes", query={"label": "zone=a,zone=b"})


def fields_of_one_request():
    witness("change_provider", {"associate_users": True})
    someone, there = IDS["principal_id"][0], IDS["organization_id"][0]
    witness("grant_role", {"principal_id": someone, "role": "auditor", "organization_id": there})
    witness("grant_role", {"principal_id": someone, "role": "member"})
    witness("issue_token", {"principal": {"name": "Kim"}, "principal_id": someone})
    witness("issue_token", {"expires_at": "2001-01-01T00:00:00Z"})
    one_of = {"certificate": PEM, "certificate_id": IDS["certificate_id"][0]}
    wherever_a_cluster_is("swarm", one_of)
    single = provider("witness", "swarm", "single", cluster(1), cluster(2))
    witness("create_provider", single)
    witness("change_failover_policy", {"probe_interval_ms": 500, "probe_timeout_ms": 501})


def entries_of_one_list():
    wherever_a_cluster_is("swarm", {"urls": ["http://127.0.0.1:7", "HTTP://127.0.0.1:7/"]})
    for twins in (
        {"name": "c8"},
        {"rank": 8},
        {"url": "https://127.0.0.1:8"},
    ):
        both = [{**cluster(number), **twins} for number in (8, 9)]
        witness("create_provider", provider("witness", "swarm", "active_passive", *both))
    first, second = IDS["cluster_id"][:2]
    witness("rank_clusters", {"clusters": [{"id": first, "rank": 8}, {"id": first, "rank": 9}]})
    witness("rank_clusters", {"clusters": [{"id": first, "rank": 8}, {"id": second, "rank": 8}]})
    image = {"reference": "app", "visibility": "public"}
    witness("import_images", {"images": [image, {**image, "reference": "docker.io/library/app"}]})
    secret = IDS["secret_id"][0]
    mounts = [{"secret_id": secret, "target": "same"}] * 2
    of_a_profile(secrets=mounts)
    equal = [{"label": "Type", "operator": "EQUAL", "value": value} for value in ("A", "B")]
    of_a_profile(constraints=equal)
    witness("preview_draft", {"provider_id": IDS["provider_id"][0], "constraints": equal})
    witness("preview_profile", {"constraints": equal})


def of_a_profile(**fields):
    needed = {"provider_id": IDS["provider_id"][0], "image_id": IDS["image_id"][0]}
    witness("define_profile", {"name": "witness", **needed, "replicas": 1, **fields})
    witness("change_profile", fields)


def texts_of_a_grammar():
    for wrong in (
        "http://0177.1", "http://127.0.0.1:65536", "http://127.0.0.1/..", "http://169.254.169.254",
    ):
        wherever_a_cluster_is("swarm", {"url": wrong})
        wherever_a_cluster_is("swarm", {"urls": [wrong]})
    wherever_a_cluster_is("swarm", {"server_name": "0177.1"})
    for wrong in (
        "a..b/app", "app//app", "app:.tag", "app@sha256:ab", "a" * 64, "a" * 256,
    ):
        image = {"reference": wrong, "visibility": "public"}
        witness("declare_image", image)
        witness("import_images", {"images": [image]})


def what_is_there_already():
    secrets = {"ca": PEM["certificate"]}, {"certificate_id": IDS["certificate_id"][0]}
    for plain in secrets:
        wherever_a_cluster_is("swarm", {"url": "http://127.0.0.1:9", **plain})
    wherever_a_cluster_is("swarm", {"token": "secret"})
    reached = cluster(1, token="t")
    k8s = with_clusters(provider("k8s", "kubernetes", "active_passive", reached))
    wherever_a_cluster_is("kubernetes", {"urls": ["https://127.0.0.1:7"]}, **k8s)
    witness("change_cluster", {"url": "https://127.0.0.2:1"}, **k8s)
    single = with_clusters(provider("one", "swarm", "single", cluster(1)))
    witness("add_cluster", cluster(2), **single)
    witness("change_provider", {"deployment_mode": "single"})
    many = [cluster(number) for number in range(1, 101)]
    full = with_clusters(provider("full", "swarm", "active_active", *many))
    witness("add_cluster", cluster(101), **full)
    witness("rank_clusters", {"primary": full["cluster_id"]}, **full)
    for number in range(64):
        make("label_node", {"value": "a"}, key=f"label-{number}")
    witness("label_node", {"value": "a"}, key="label-64")
    kim = ask("issue_token", {"principal": {"name": "Kim"}}).json()["principal_id"]
    for _ in range(99):
        make("issue_token", {"principal_id": kim})
    witness("issue_token", {"principal_id": kim})
    for number in range(100):
        there = make("register_organization", {"name": f"O{number}"})
        for role in ("member", "organization_administrator"):
            make("grant_role", {"principal_id": kim, "role": role, "organization_id": there})
    witness("grant_role", {"principal_id": kim, "role": "auditor"})
    of_a_profile(command=["x" * 4096] * 17)


def what_a_cluster_would_say():
    dry = {"dry_run": True}
    witness("drain_node", {}, query=dry)
    witness("label_node", {"value": "b"}, query=dry, key="label-0")
    witness("remove_node_label", query=dry, key="label-0")
    witness("set_node_availability", {"availability": "pause"}, query=dry)
    witness("list_foreign_secrets")
    witness("adopt_secret", {"name": "witness", "value": "a"}, native_id="0")


parameters()
fields_of_one_request()
entries_of_one_list()
texts_of_a_grammar()
what_is_there_already()
what_a_cluster_would_say()
stale, unnamed = hooks.EXCLUDED - answered, answered - hooks.EXCLUDED
assert not stale, f"nothing is answered in this way any more: {sorted(stale)}"
assert not unnamed, f"excluded.txt does not name what was answered: {sorted(unnamed)}"
