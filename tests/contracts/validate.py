"""Checks the committed contracts with the public validators.

Each argument names what is to be checked; a finding is a line, and any makes the status 1:
`openapi` with openapi-spec-validator (OpenAPI 3.1), `schemas` against the metaschema of their
draft, `golden` each golden event, as the log would show it, against its schema.
"""

import json
import pathlib
import sys

from jsonschema import Draft7Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMAS = sorted((ROOT / "api/schemas/events").glob("*.json"))
GOLDEN = sorted((ROOT / "tests/golden/events").glob("*.json"))

# What only the log knows of an event.
RECORDED = {
    "position": 7,
    "id": "0197f3c2-0000-5000-8000-000000000001",
    "version": 3,
    "metadata": {
        "actor": "0197f3c2-0000-7000-8000-000000000002",
        "command_id": "0197f3c2-0000-7000-8000-000000000003",
        "correlation_id": "0197f3c2-0000-7000-8000-000000000004",
    },
    "recorded_at": "2026-03-01T12:00:00.000120Z",
    "leaf_hash": "ab" * 32,
}


def openapi():
    document = json.loads((ROOT / "api/openapi.json").read_text())
    for error in OpenAPIV31SpecValidator(document).iter_errors():
        yield f"api/openapi.json: {'/'.join(map(str, error.path))}: {error.message}"


def schemas():
    metaschema = Draft7Validator(Draft7Validator.META_SCHEMA)
    for file in SCHEMAS:
        schema = json.loads(file.read_text())
        if schema["$schema"] != "http://json-schema.org/draft-07/schema#":
            yield f"{file.name}: another draft than 7"
        for error in metaschema.iter_errors(schema):
            yield f"{file.name}: {error.json_path}: {error.message}"


def golden():
    checker = Draft7Validator.FORMAT_CHECKER
    for file in GOLDEN:
        schema = ROOT / "api/schemas/events" / file.name
        if not schema.exists():
            yield f"{file.name}: no schema"
            continue
        validator = Draft7Validator(json.loads(schema.read_text()), format_checker=checker)
        event = RECORDED | json.loads(file.read_text())
        for error in validator.iter_errors(event):
            yield f"{file.name}: {error.json_path}: {error.message}"
        # A check that cannot fail is none: the same event with something more, or less.
        spoilt = [event | {"data": event["data"] | {"unheard_of": 1}}, event | {"position": "7"}]
        for one in spoilt:
            if validator.is_valid(one):
                yield f"{file.name}: the schema takes anything"


def main():
    checks = {"openapi": openapi, "schemas": schemas, "golden": golden}
    findings = [finding for name in sys.argv[1:] for finding in checks[name]()]
    print("\n".join(findings))
    if not SCHEMAS or not GOLDEN:
        sys.exit("there is nothing to be checked")
    sys.exit(1 if findings else 0)


main()
