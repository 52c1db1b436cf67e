"""The check against Twilio's OpenAPI files checks, and the tests reach what it can check."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from falcon.inspect import inspect_routes

from maskline.api.app import create_api
from maskline.model.errors import CATALOGUE
from tests.api.ledger import Exchange
from tests.api.openapi import operation_of, operations, problems
from tests.api.wire import Wire
from tests.support.server import RunningServer

needs_files = pytest.mark.skipif(not operations(), reason="needs twilio-oai's files: TWILIO_OAI")

#: Parameters and fields of covered operations that the server knowingly leaves alone.
LEFT_ALONE = {
    "param:ApiVersion": "there is one version",
    "param:ExcludeAllAddressRequired": "no number requires an address",
    "param:ExcludeLocalAddressRequired": "no number requires an address",
    "param:ExcludeForeignAddressRequired": "no number requires an address",
    "param:Distance": "goes with NearNumber and NearLatLong",
    "param:NearNumber": "refused: where numbers stand on the map is not known",
    "param:NearLatLong": "refused: where numbers stand on the map is not known",
    "param:InPostalCode": "refused: where numbers stand on the map is not known",
    "param:InRateCenter": "refused: where numbers stand on the map is not known",
    "param:InLata": "refused: where numbers stand on the map is not known",
    "param:InLocality": "refused: where numbers stand on the map is not known",
}


def marks() -> dict[str, set[str]]:
    """What the tests of this folder claim to cover, by operation."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
                operation, *claims = (ast.literal_eval(one) for one in node.args)
                found.setdefault(operation, set()).update(claims)
    return found


def test_every_operation_is_covered(server: RunningServer) -> None:
    app = create_api(server.server.env, server.server.store)
    answered = {
        f"{method.method} {route.path}"
        for route in inspect_routes(app)
        for method in route.methods or ()
        if not method.internal and method.method not in ("HEAD", "OPTIONS")
    }
    assert len(answered) > 50

    def shape(operation: str) -> str:
        return re.sub(r"\{\w+(:\w+)?\}", "{}", operation).removesuffix(".json")

    assert {shape(one) for one in answered} == {shape(one) for one in marks()}


def test_the_codes_that_are_claimed_exist() -> None:
    claims = set().union(*marks().values())
    codes = {int(one.removeprefix("code:")) for one in claims if one.startswith("code:")}
    assert codes <= set(CATALOGUE)


@needs_files
def test_every_parameter_and_field_of_a_covered_operation_is_covered() -> None:
    """A field is covered by any operation that shows it: a list shows what a fetch shows."""
    claimed = marks()
    fields = {
        claim for claims in claimed.values() for claim in claims if claim.startswith("field:")
    }
    missing = []
    for operation in operations():
        if operation.name not in claimed:
            continue
        for name in operation.parameters:
            claim = f"param:{name}"
            if claim in LEFT_ALONE or name in ("PageSize", "Page", "PageToken"):
                continue
            if not any(claim in claims for claims in claimed.values()):
                missing.append(f"{operation.name} {claim}")
        for schema in operation.schemas.values():
            reference = (schema or {}).get("$ref", "").rpartition("/")[2]
            described = operation.file["components"]["schemas"].get(reference, {})
            missing += [
                f"{operation.name} field:{name}"
                for name in described.get("properties", ())
                if f"field:{name}" not in fields
                and not any(one.startswith(f"field:{name}.") for one in fields)
            ]
    assert not missing


@needs_files
def test_a_wrong_answer_is_seen(wire: Wire) -> None:
    service = wire.get(wire.service()).json()
    path = f"/proxy/v1/Services/{service['sid']}"

    def seen(body: dict[str, Any], status: int = 200) -> list[str]:
        exchange = Exchange("GET", path, frozenset(), status, body)
        assert operation_of(exchange) is not None
        return [problem.partition(": ")[2] for problem in problems(exchange)]

    assert seen(service) == []
    assert seen(service | {"sid": "KS1"}) == [".sid is too short", ".sid does not fit the pattern"]
    assert seen(service | {"default_ttl": "0"}) == [".default_ttl is no integer"]
    assert seen(service | {"default_ttl": None}) == [".default_ttl is null"]
    assert seen(service | {"date_created": "today"}) == [".date_created is no ISO 8601 time"]
    assert seen(service | {"number_selection_behavior": "x"}) == [
        ".number_selection_behavior is not one of the enumeration"
    ]
    assert seen({name: value for name, value in service.items() if name != "url"}) == [
        ".url is missing"
    ]
    assert seen(service, status=202) == ["the file knows [200]"]
