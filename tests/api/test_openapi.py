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
from tests.api.ledger import Exchange, rows
from tests.api.openapi import operation_of, operations, problems
from tests.api.wire import Wire
from tests.support.server import RunningServer

needs_files = pytest.mark.skipif(not operations(), reason="needs twilio-oai's files: TWILIO_OAI")


def marks() -> dict[str, set[str]]:
    """What the tests of this folder claim to cover, by operation; "" is none in particular."""
    found: dict[str, set[str]] = {}
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.covers":
                claims = [ast.literal_eval(one) for one in node.args]
                operation = claims.pop(0) if " /" in claims[0] else ""
                found.setdefault(operation, set()).update(claims)
    return found


def shape(operation: str) -> str:
    """An operation without what its path's parts are called."""
    return re.sub(r"\{\w+(:\w+)?\}", "{}", operation).removesuffix(".json")


def test_every_operation_is_covered_and_has_its_rows(server: RunningServer) -> None:
    app = create_api(server.server.env, server.server.store)
    answered = {
        shape(f"{method.method} {route.path}")
        for route in inspect_routes(app)
        for method in route.methods or ()
        if not method.internal and method.method not in ("HEAD", "OPTIONS")
    }
    assert len(answered) > 50
    assert {shape(one) for one in marks() if one} == answered
    served = {shape(name) for name, row in rows().items() if "unserved" not in row}
    assert served == answered
    assert not answered & {shape(one) for one in rows()} - served


def test_the_codes_that_are_claimed_exist() -> None:
    claims = set().union(*marks().values())
    codes = {
        int(one.partition(":")[2]) for one in claims if one.partition(":")[0] in ("code", "not")
    }
    assert codes <= set(CATALOGUE)


@needs_files
def test_the_rows_hold_all_that_the_files_have() -> None:
    own = {shape(name): row for name, row in rows().items()}
    missing = []
    for operation in operations():
        row = own.get(shape(operation.name))
        if row is None or "unserved" in row:
            continue
        missing += [
            f"{operation.name} param:{name}"
            for name in operation.parameters
            if name not in row.get("parameters", ())
        ]
        for schema in operation.schemas.values():
            names = _names(schema or {}, operation.file) - {"meta"}
            missing += [
                f"{operation.name} field:{name}"
                for name in names
                if name not in row.get("fields", ()) and "refused" not in row
            ]
    assert not missing


def _names(schema: dict[str, Any], file: dict[str, Any]) -> set[str]:
    reference = schema.get("$ref", "").rpartition("/")[2]
    described = file["components"]["schemas"][reference] if reference else schema
    return set(described.get("properties", ()))


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
