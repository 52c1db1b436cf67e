"""Writes console/src/api/types.ts from the server's own description of the console's API.

With `--check` it writes nothing and says whether the file is what it would write.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import msgspec

from maskline.console.contract import ALSO, ENDPOINTS, Endpoint
from maskline.console.shapes import events, search, timeline

OUT = Path(__file__).parent.parent / "console" / "src" / "api" / "types.ts"
_REF = "#/$defs/"
_HEAD = """\
// Made by scripts/console_types.py from src/maskline/console/contract.py: change that, not this.

"""


def main() -> int:
    """Writes the file, or checks it."""
    text = _HEAD + _types() + _endpoints()
    if "--check" in sys.argv[1:]:
        if OUT.exists() and OUT.read_text("utf-8") == text:
            return 0
        print("console/src/api/types.ts is out of date: run scripts/docs")
        return 1
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(text, "utf-8")
    return 0


def _types() -> str:
    wanted: list[Any] = []
    for endpoint in ENDPOINTS:
        wanted += [one for one in (endpoint.body, endpoint.answer) if one is not None]
    wanted += ALSO
    _, components = msgspec.json.schema_components(wanted, ref_template=_REF + "{name}")
    sent = {endpoint.body.__name__ for endpoint in ENDPOINTS if endpoint.body is not None}
    # What the server answers is always whole; what it is sent may leave out what has a default.
    parts = [
        _interface(name, schema, whole=name not in sent)
        for name, schema in sorted(components.items())
    ]
    for name in ("Event", "Entry", "Topic", "HitKind"):
        (schema,), _ = msgspec.json.schema_components([_named(name)], ref_template=_REF + "{name}")
        parts.append(f"export type {name} = {_type(schema)};\n")
    return "\n".join(parts)


def _named(name: str) -> Any:
    homes = {"Event": events, "Entry": timeline, "Topic": events, "HitKind": search}
    return getattr(homes[name], name)


def _interface(name: str, schema: dict[str, Any], *, whole: bool) -> str:
    lines = [_comment(schema.get("description", ""), "")]
    if "enum" in schema:
        return f"{lines[0]}export type {name} = {_type(schema)};\n"
    if "prefixItems" in schema:
        parts = ", ".join(_type(one) for one in schema["prefixItems"])
        return f"{lines[0]}export type {name} = readonly [{parts}];\n"
    lines.append(f"export interface {name} {{\n")
    needed = set(schema.get("required", ()))
    for field, kind in schema.get("properties", {}).items():
        mark = "" if whole or field in needed else "?"
        lines.append(f"  {field}{mark}: {_type(kind)};\n")
    return "".join([*lines, "}\n"])


def _comment(text: str, indent: str) -> str:
    words = re.sub(r"\s+", " ", text).strip()
    return f"{indent}/** {words} */\n" if words else ""


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).removeprefix(_REF)
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(one) for one in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(json.dumps(one) for one in schema["enum"])
    match schema.get("type"):
        case "string":
            return "string"
        case "integer" | "number":
            return "number"
        case "boolean":
            return "boolean"
        case "null":
            return "null"
        case "array":
            inner = _type(schema.get("items", {}))
            return f"({inner})[]" if "|" in inner else f"{inner}[]"
        case "object":
            return f"Record<string, {_type(schema.get('additionalProperties', {}))}>"
    return "unknown"


def _endpoints() -> str:
    rows = "".join(_endpoint(one) for one in ENDPOINTS)
    return (
        "\n/** Every endpoint: what it takes and answers. Paths follow `/console/api`. */\n"
        f"export interface Endpoints {{\n{rows}}}\n"
    )


def _endpoint(one: Endpoint) -> str:
    body = "Blob" if one.raw else "null" if one.body is None else one.body.__name__
    answer = "null" if one.answer is None else one.answer.__name__
    query = " | ".join(json.dumps(name) for name in one.query) or "never"
    role = json.dumps(one.role.value if one.role else None)
    return (
        f'  "{one.method} {one.path}": '
        f"{{ body: {body}; answer: {answer}; query: {query}; role: {role} }};\n"
    )


if __name__ == "__main__":
    sys.exit(main())
