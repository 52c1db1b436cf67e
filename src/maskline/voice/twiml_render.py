"""Writes an instruction tree as a TwiML document."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec

from maskline.voice.instructions import (
    Client,
    Conference,
    Dial,
    Gather,
    Hangup,
    Instruction,
    Message,
    Number,
    Pause,
    Play,
    Record,
    Redirect,
    Reject,
    Response,
    Say,
    Sip,
)

# The field that is an element's text, or its nested elements; every other field is an attribute.
TEXT_FIELD: Final[MappingProxyType[type[Instruction], str]] = MappingProxyType(
    {
        Client: "identity",
        Conference: "name",
        Number: "number",
        Play: "url",
        Redirect: "url",
        Say: "text",
        Sip: "uri",
    }
)
NESTED_FIELD: Final[MappingProxyType[type[Instruction], str]] = MappingProxyType(
    {Dial: "targets", Gather: "prompts", Response: "verbs"}
)
_CLASSES: Final[tuple[type[Instruction], ...]] = (
    *TEXT_FIELD,
    *NESTED_FIELD,
    Hangup,
    Message,
    Pause,
    Record,
    Reject,
)

_HEADER: Final = '<?xml version="1.0" encoding="UTF-8"?>'
_SPECIAL: Final = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]')
# What XML 1.0 has no way to carry, not even as a character reference.
_ILLEGAL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_TEXT_ESCAPES: Final = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
# A reader turns bare line ends and tabs of an attribute into spaces.
_ATTRIBUTE_ESCAPES: Final = {
    **_TEXT_ESCAPES,
    ord('"'): "&quot;",
    ord("\t"): "&#9;",
    ord("\n"): "&#10;",
}


class _Shape(NamedTuple):
    """How an element is written: names are those of TwiML, a slot is how an attribute opens."""

    text: str | None
    nested: str | None
    slots: dict[str, tuple[str, object]]


def content_fields(cls: type[Instruction]) -> frozenset[str]:
    """The fields of ``cls`` that are the element's content instead of attributes."""
    if cls is Message:
        return frozenset({"body", "media"})
    fields = {TEXT_FIELD.get(cls), NESTED_FIELD.get(cls)}
    return frozenset(field for field in fields if field is not None)


def _shape(cls: type[Instruction]) -> _Shape:
    content = content_fields(cls)
    slots = {
        field.encode_name: (f' {field.encode_name}="', field.default)
        for field in msgspec.structs.fields(cls)
        if field.name not in content
    }
    return _Shape(TEXT_FIELD.get(cls), NESTED_FIELD.get(cls), slots)


_SHAPES: Final = MappingProxyType({cls.__name__: _shape(cls) for cls in _CLASSES})


def render(response: Response) -> str:
    """The TwiML document of ``response``, for ``application/xml`` in UTF-8.

    The same tree always gives the same text. Attributes at their default are left out. Characters
    that XML 1.0 cannot carry (control characters, lone surrogates, U+FFFE and U+FFFF) are dropped.
    """
    out = [_HEADER]
    # As builtins the tree has lost its defaults already, in C, several times as fast as getattr.
    _write(msgspec.to_builtins(response), out)
    return "".join(out)


def _write(element: dict[str, Any], out: list[str]) -> None:
    name = element["type"]
    text, nested, slots = _SHAPES[name]
    out.append(f"<{name}")
    for key, value in element.items():
        slot = slots.get(key)
        # An equal default may still be there: msgspec recognises only the very same object.
        if slot is not None and value != slot[1]:
            out.append(f'{slot[0]}{_attribute(value)}"')
    mark = len(out)
    out.append(">")
    if text is not None:
        if content := element.get(text):
            out.append(_escape(content, _TEXT_ESCAPES))
    elif nested is not None:
        for child in element.get(nested, ()):
            _write(child, out)
    elif name == "Message":
        _write_message(element, out)
    if len(out) == mark + 1:
        out[mark] = "/>"
    else:
        out.append(f"</{name}>")


def _write_message(message: dict[str, Any], out: list[str]) -> None:
    if body := message.get("body"):
        out.append(f"<Body>{_escape(body, _TEXT_ESCAPES)}</Body>")
    media = message.get("media", ())
    out.extend(f"<Media>{_escape(url, _TEXT_ESCAPES)}</Media>" for url in media)


def _attribute(value: object) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return _escape(text, _ATTRIBUTE_ESCAPES)


def _escape(text: str, escapes: dict[int, str]) -> str:
    if _SPECIAL.search(text) is None:
        return text
    return _ILLEGAL.sub("", text).translate(escapes)
