"""What schemathesis needs to know about Berth beside its document: values that no schema can make,
where real things are, and which findings are none (`excluded.txt`)."""

import json
import os
import re
import zlib
from pathlib import Path

import requests
import schemathesis
from hypothesis import strategies as st

BERTH = json.loads(Path(os.environ["BERTH_FUZZ"]).read_text())
IDS, PEM = BERTH["ids"], BERTH["pem"]
HERE = Path(__file__).parent

client = requests.Session()
client.trust_env = False
client.headers["Authorization"] = f"Bearer {BERTH['token']}"


# Formats: values that a pattern does not tell.

def joined(*parts):
    return st.tuples(*parts).map("".join)


word = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)
# Nothing but this machine is ever asked, and nobody listens on these ports.
host = st.one_of(
    st.ip_addresses(network="127.0.0.0/8").map(str),
    st.sampled_from(["localhost", "LOCALHOST", "[::1]", "[0:0::1]"]),
)
url = joined(
    st.sampled_from(["http://", "https://", "HTTP://"]),
    host,
    st.one_of(st.just(""), st.integers(1, 9).map(lambda port: f":{port}")),
    st.one_of(st.just(""), st.just("/"), word.map(lambda path: f"/k8s/{path}/")),
)
digits = st.text("0123456789abcdef", min_size=64, max_size=64)
reference = joined(
    st.sampled_from(["", "localhost/", "registry.example/", "127.0.0.1:5000/", "[::1]:5000/"]),
    st.lists(word, min_size=1, max_size=3).map("/".join),
    st.one_of(st.just(""), word.map(lambda tag: f":V-{tag}")),
    st.one_of(st.just(""), digits.map(lambda hexadecimal: f"@sha256:{hexadecimal}")),
)
time = st.builds(
    "{}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}".format,
    st.integers(2100, 9000), st.integers(1, 12), st.integers(1, 28),
    st.integers(0, 23), st.integers(0, 59), st.integers(0, 59),
    st.sampled_from(["", ".5", ".123456", ".000000001"]),
    st.sampled_from(["Z", "+00:00", "-11:59", "+14:00"]),
)
past = st.sampled_from(["2001-01-01T00:00:00Z", "1970-01-01T00:00:00.25+01:00"])
# An id is another in each run; its place among them is not, so a seed makes the same choices.
known = [id for ids in IDS.values() for id in ids]
kubeconfig = st.builds(lambda url: BERTH["kubeconfig"].replace("SERVER", url), url)

for name, values in {
    "cluster-url": url,
    "cursor": st.just("0"),  # Put right in `before_call`, where it is known which list it is of.
    "date-time": st.one_of(time, past),
    "idempotency-key": st.uuids().map(str),
    "image-reference": reference,
    "kubeconfig": kubeconfig,
    "moment": st.one_of(past, st.integers(0, BERTH["position"]).map(str)),
    "pem-certificates": st.just(PEM["certificate"]),
    "pem-private-key": st.just(PEM["key"]),
    "server-name": st.one_of(joined(word, st.just("."), st.just("example")), host.map(
        lambda host: host.strip("[]"))),
    "uuid": st.one_of(st.sampled_from(known), st.uuids().map(str)),
}.items():
    schemathesis.openapi.format(name, values)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """A pattern of the document leaves out what is beyond the first plane, since ECMA-262 and
    Python write it in different ways; a character itself is one for both."""

    beyond = {
        r"\ufff9-\ufffb": "\U0001d173-\U0001d17a\U000e0000-\U000e00ff\U000e01f0-\U000e0fff",
        r"\ufe00-\ufe0f": "\U000e0100-\U000e01ef",
    }

    def walk(node):
        if isinstance(node, dict):
            pattern = node.get("pattern")
            if isinstance(pattern, str):
                for first, others in beyond.items():
                    pattern = pattern.replace(first, first + others)
                node["pattern"] = pattern
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)

    walk(raw_schema)
    named = {
        operation["operationId"]
        for item in raw_schema["paths"].values() for operation in item.values()
    }
    stray = {row for row in EXCLUDED if row[0] not in named or row[1] not in CHECKS.values()}
    assert not stray, f"excluded.txt names what is not there: {stray}"


# Requests that ask for what is there.

def is_positive(case):
    return case.meta is not None and case.meta.generation.mode.is_positive


def known_id(name, value, often):
    """An id of this kind that is there, three times out of four; the same for the same value."""
    ids = IDS.get(name)
    if not ids or not isinstance(value, str) or len(value) != 36:
        return value
    same = f"{known.index(value)}" if value in known else value
    number = zlib.crc32(same.encode())
    return value if number % 8 >= often else ids[number // 8 % len(ids)]


def kind_of(path, name):
    if name != "id":
        return name
    return re.sub(r"s$", "", path.split("/")[2]) + "_id"


def with_known_ids(node, name=None):
    if isinstance(node, dict):
        within = {"clusters": "cluster_id"}.get(name)
        return {
            key: with_known_ids(value, {"primary": "cluster_id", "id": within}.get(key, key))
            for key, value in node.items()
        }
    if isinstance(node, list):
        return [with_known_ids(value, name) for value in node]
    return known_id(name, node, 6)


@schemathesis.hook
def before_call(context, case, kwargs):
    if not is_positive(case):
        keys.add((case.headers or {}).get("Idempotency-Key"))
        return
    mode, components = case.meta.generation.mode, dict(case.meta.components)
    ask_for_what_is_there(case)
    # What fitted fits still. Schemathesis judges anew each location where a value has changed, and
    # a path as it is sent: there `a:1` is `a%3A1`, which is within no pattern.
    meta = case.meta
    meta.generation.mode = mode
    meta.components.update(components)


def ask_for_what_is_there(case):
    for name, value in (case.path_parameters or {}).items():
        # What a sequence took from an answer may be null there: some roles have no place.
        if value in (None, "None", "null") and IDS.get(kind_of(case.path, name)):
            case.path_parameters[name] = IDS[kind_of(case.path, name)][0]
    phase = case.meta.phase.name.value
    if phase != "stateful":
        # What is removed is gone for all who come after.
        often = 1 if case.method == "DELETE" else 6
        for name, value in (case.path_parameters or {}).items():
            case.path_parameters[name] = known_id(kind_of(case.path, name), value, often)
        if isinstance(case.body, (dict, list)):
            case.body = with_known_ids(case.body)
    put_right(case)
    query = case.query or {}
    if phase == "stateful" and case.method == "GET" and declares(case, "at_least"):
        # Whoever has written reads their own writes.
        if "as_of" not in query:
            query["at_least"] = str(newest)
            case.query = query
    if "cursor" in query:
        go_on(case, query)


keys = set()


def put_right(case):
    """Quotation marks get lost on the way, and a key is for one command."""
    headers = case.headers
    version = headers.get("If-Match")
    if version is not None:
        # A version that nothing has is refused before anything else is looked at.
        is_any = zlib.crc32(f"{version} {case.path}".encode()) % 8 == 0
        fitting = None if is_any else fitting_version(case)
        headers["If-Match"] = fitting or (version if version.startswith('"') else f'"{version}"')
    key = headers.get("Idempotency-Key")
    if key is not None:
        if key in keys:
            headers["Idempotency-Key"] = key = f"{len(keys)}-{key}"[:128]
        keys.add(key)


def fitting_version(case):
    """The version of what a command changes: that of its path, or of what the path is part of;
    what is only being made has none yet."""
    path = case.formatted_path.rstrip("/")
    is_made = "201" in case.operation.definition.raw["responses"]
    while path.count("/") > 2:
        answer = client.get(BERTH["url"] + path, params={"at_least": str(newest)})
        if "etag" in answer.headers:
            return answer.headers["etag"]
        if is_made:
            break
        path = path.rsplit("/", 1)[0]
    return '"0"' if is_made else None


def declares(case, name):
    return any(parameter.name == name for parameter in case.operation.query)


def go_on(case, query):
    """A cursor is what this very list gave for its last page, or there is none."""
    del query["cursor"]
    answer = client.get(
        BERTH["url"] + case.formatted_path,
        params={**query, "limit": "1"},
    )
    cursor = answer.json().get("next_cursor") if answer.status_code == 200 else None
    if cursor is not None:
        query["cursor"] = cursor


newest = 0


@schemathesis.hook
def after_call(context, case, response):
    global newest
    for position in response.headers.get("berth-position", []):
        newest = max(newest, int(position))


# Findings that are none.

def exclusions():
    """Operation, check and answer: `problem`, or `problem field rule`."""
    found = set()
    for line in (HERE / "excluded.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            operations, check, answer, reason = (part.strip() for part in line.split("|"))
            assert reason, line
            found |= {(operation, check, answer) for operation in operations.split()}
    return found


EXCLUDED = exclusions()
CHECKS = {
    "RejectedPositiveData": "positive_data_acceptance",
    "AcceptedNegativeData": "negative_data_rejection",
    "EnsureResourceAvailability": "ensure_resource_availability",
    "UseAfterFree": "use_after_free",
    "ServerError": "not_a_server_error",
}


def answers(response):
    """What an answer says, in the words of `excluded.txt`; all of it must be there."""
    try:
        problem = response.json()
        slug = problem["type"].removeprefix("/problems/")
    except (ValueError, KeyError, TypeError):
        return [str(response.status_code)]
    errors = problem.get("errors") or [None]

    def place(field):
        return re.sub(r"/\d+", "/*", re.sub(r"^/environment/.*", "/environment/*", field))

    return [f"{slug} {place(e['field'])} {e['rule']}" if e else slug for e in errors]


@schemathesis.hook
def filter_failure(context, failure, case, response):
    check = CHECKS.get(type(failure).__name__, type(failure).__name__)
    operation = case.operation.definition.raw["operationId"]
    excluded = all((operation, check, answer) in EXCLUDED for answer in answers(response))
    if not excluded:
        with open(BERTH["findings"], "a") as findings:
            row = (operation, check, *answers(response), case.formatted_path)
            print(*row, sep=" | ", file=findings)
    return not excluded
