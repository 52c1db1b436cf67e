"""XML that a carrier's API answers with: bounded in size and depth, without any DTD.

No text of ours repeats a character of it.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

_DEPTH: Final = 32
#: Without a declaration of its type a document has no entities but XML's own five.
_DECLARATIONS: Final = ("<!DOCTYPE", "<!ENTITY")


class NotXml(ValueError):
    """A body that can't be read as XML, or must not be."""


class Element:
    """One element: its name without a prefix, the text directly inside, and the elements in it."""

    __slots__ = ("children", "name", "parts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.children: list[Element] = []
        self.parts: list[str] = []

    @property
    def text(self) -> str:
        """The text, without white space at its ends."""
        return "".join(self.parts).strip()

    def all(self, name: str) -> list[Element]:
        """The elements of that name, however deep, in their order; none inside another of them."""
        found: list[Element] = []
        for child in self.children:
            found += [child] if child.name == name else child.all(name)
        return found

    def value(self, name: str) -> str:
        """The text of the first element of that name; "" where there is none."""
        return next((one.text for one in self.all(name)), "")


def read(body: bytes) -> Element:
    """The root of a document in UTF-8. Raises NotXml."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise NotXml("it is not UTF-8") from None
    if any(one in text for one in _DECLARATIONS):
        raise NotXml("it declares its own type")
    top = Element("")
    stack = [top]

    def start(name: str, _: dict[str, str]) -> None:
        if len(stack) > _DEPTH:
            raise NotXml("it is too deep")
        element = Element(name.rpartition(":")[2])
        stack[-1].children.append(element)
        stack.append(element)

    # Whatever encoding it claims: it was read as UTF-8 already.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = lambda data: stack[-1].parts.append(data)
    try:
        parser.Parse(text.encode(), True)
    except expat.ExpatError as error:
        raise NotXml(expat.ErrorString(error.code)) from None
    return top.children[0]


def write(name: str, *children: tuple[str, str]) -> bytes:
    """A document of one element with others that hold text alone; a `/` in a name leads into an
    element."""
    parts = [f"<{name}>"]
    for path, text in children:
        *around, last = path.split("/")
        parts += [f"<{one}>" for one in around]
        parts.append(f"<{last}>{_escaped(text)}</{last}>")
        parts += [f"</{one}>" for one in reversed(around)]
    parts.append(f"</{name}>")
    return ('<?xml version="1.0" encoding="UTF-8"?>' + "".join(parts)).encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
