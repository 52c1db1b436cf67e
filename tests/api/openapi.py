"""Twilio's OpenAPI files, where there are any: every answer in these tests is held against them.

`TWILIO_OAI` names the folder `spec/json` of a checkout of twilio/twilio-oai; without it, nothing is
checked. ShortCodes and older parameters are in older versions of a file: any number of versions may
lie side by side under names that begin alike.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tests.api.ledger import Exchange

PREFIXES = (
    ("twilio_proxy_v1", "/proxy"),
    ("twilio_messaging_v1", "/messaging"),
    ("twilio_monitor_v1", "/monitor"),
    ("twilio_api_v2010", "/api"),
)

#: Where we answer otherwise than the files say, and why.
DEVIATIONS = {
    ("geo_match_level", "is not one of the enumeration"): (
        "the files leave out extended-area-code, which Twilio's own pages document"
    ),
    ("request_method", "is not one of the enumeration"): (
        "the files know GET and POST; of a DELETE that was refused, DELETE is the truth"
    ),
    ("sms_application_sid", "is too short"): "empty when not set, as in the files' examples",
    ("voice_application_sid", "is too short"): "empty when not set, as in the files' examples",
    ("sms_application_sid", "does not fit the pattern"): "empty when not set",
    ("voice_application_sid", "does not fit the pattern"): "empty when not set",
}

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "object": dict,
    "array": list,
}


class Operation(NamedTuple):
    """One operation of a file."""

    name: str
    parameters: frozenset[str]
    schemas: dict[int, Any]
    file: dict[str, Any]


@cache
def operations() -> tuple[Operation, ...]:
    """The operations of all files; of one that is in several versions, the oldest file's last."""
    here = os.environ.get("TWILIO_OAI")
    folder = Path(here) if here else Path(__file__).parents[3] / "shared" / "spec"
    found: dict[str, Operation] = {}
    for stem, prefix in PREFIXES:
        for path in sorted(folder.glob(f"{stem}*.json"), key=lambda one: len(one.name)):
            file = json.loads(path.read_text("utf-8"))
            for operation in _operations(file, prefix):
                found.setdefault(operation.name, operation)
    return tuple(found.values())


def _operations(file: dict[str, Any], prefix: str) -> Iterator[Operation]:
    for path, methods in file["paths"].items():
        for method in ("get", "post", "delete"):
            if method not in methods:
                continue
            described = methods[method]
            parameters = [_resolved(one, file) for one in described.get("parameters", ())]
            names = {one["name"] for one in parameters if one["in"] == "query"}
            body = described.get("requestBody", {}).get("content", {})
            for content in body.values():
                names |= set(content["schema"].get("properties", ()))
            schemas = {
                int(status): answer.get("content", {}).get("application/json", {}).get("schema")
                for status, answer in described["responses"].items()
            }
            name = f"{method.upper()} {prefix}{path}"
            yield Operation(name, frozenset(names), schemas, file)


def operation_of(exchange: Exchange) -> Operation | None:
    """The operation that a request was for."""
    fitting = [one for one in operations() if exchange.fits(one.name)]
    # Of `…/{Sid}.json` and `…/Local.json`, the one with fewer names in it.
    return min(fitting, key=lambda one: one.name.count("{"), default=None)


def problems(exchange: Exchange) -> Iterator[str]:
    """Where a successful answer is not what its operation's file says."""
    operation = operation_of(exchange)
    if operation is None or exchange.status >= 400:
        return
    where = f"{operation.name} {exchange.status}"
    if exchange.status not in operation.schemas:
        yield f"{where}: the file knows {sorted(operation.schemas)}"
        return
    schema = operation.schemas[exchange.status]
    if schema is not None:
        for field, problem in _differences(schema, exchange.body, "", operation.file):
            if (field.rpartition(".")[2], problem) not in DEVIATIONS:
                yield f"{where}: {field} {problem}"


def _resolved(schema: dict[str, Any], file: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    kind, name = schema["$ref"].split("/")[-2:]
    found: dict[str, Any] = file["components"][kind][name]
    # The files leave nulls out of enumerations although their own examples have them.
    return found | {"nullable": True} if "enum" in found else found


def _differences(
    schema: dict[str, Any], value: Any, field: str, file: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    schema = _resolved(schema, file)
    if value is None:
        if not schema.get("nullable"):
            yield field, "is null"
        return
    kind = schema.get("type")
    if kind is not None and (
        not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool))
    ):
        yield field, f"is no {kind}"
        return
    if isinstance(value, str):
        yield from ((field, problem) for problem in _of_text(schema, value))
    elif isinstance(value, list):
        for one in value:
            yield from _differences(schema.get("items", {}), one, f"{field}[]", file)
    elif isinstance(value, dict):
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _differences(inner, value[name], f"{field}.{name}", file)
            elif schema.get("format") != "phone-number-capabilities":
                yield f"{field}.{name}", "is missing"


def _of_text(schema: dict[str, Any], value: str) -> Iterator[str]:
    if "enum" in schema and value not in schema["enum"]:
        yield "is not one of the enumeration"
    if len(value) < schema.get("minLength", 0):
        yield "is too short"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield "does not fit the pattern"
    match schema.get("format"):
        case "date-time" if not _DATE_TIME.fullmatch(value):
            yield "is no ISO 8601 time"
        case "date-time-rfc-2822" if parsedate_to_datetime(value).utcoffset() is None:
            yield "is no RFC 2822 time"
