"""Reads the XML of a TwiML document: bounded in size, depth and encoding, without any DTD.

A document comes from a customer's web server, so it is not trusted, and it holds numbers and
message bodies: no error text repeats a character of it.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

MAX_DOCUMENT_BYTES: Final = 65536

TOO_LARGE: Final = 11750
NOT_XML: Final = 12100
NOT_RESPONSE: Final = 12102

_CONTAINERS: Final = frozenset({"Dial", "Gather", "Message", "Sms"})
# Those that expat decodes itself; any other name would pick one of Python's codecs.
_ENCODINGS: Final = frozenset({"utf-8", "utf-16", "us-ascii", "iso-8859-1"})
_XML_WHITESPACE: Final = " \t\r\n"
# Until the root element has begun the document is fed in pieces this small: expat finishes the
# piece in hand after a handler refuses, so a refused DTD never gets to expand its entities.
_PROLOG_STEP_BYTES: Final = 64


class TwimlError(Exception):
    """A document that cannot be understood at all.

    ``code`` is Twilio's (11750 too large, 12100 not XML, 12102 the root is not Response);
    ``message`` is safe to log.
    """

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Element:
    """One element; ``line`` and ``column`` count from 1.

    Only Response and the elements in it that hold others have ``children``. In any other element,
    ``markup`` says that it had elements inside, whose text is part of its own.
    """

    __slots__ = ("attributes", "children", "column", "line", "markup", "name", "parts")

    def __init__(self, name: str, attributes: dict[str, str], line: int, column: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.column = column
        self.children: list[Element] = []
        self.parts: list[str] = []
        self.markup = False

    @property
    def text(self) -> str:
        """The text directly inside, without white space at its ends."""
        return "".join(self.parts).strip(_XML_WHITESPACE)


class _Reader:
    """expat's handlers; the stack never holds more than Response, a verb, and what is in it."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self.root: Element | None = None
        self._parser = parser
        self._stack: list[Element] = []
        self._markup_depth = 0
        parser.buffer_text = True
        parser.XmlDeclHandler = self._declaration
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters

    def _declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise TwimlError(NOT_XML, "the document's encoding is not supported; use UTF-8")

    def _doctype(self, *declaration: object) -> None:
        raise TwimlError(NOT_XML, "a document type declaration is not allowed")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parser, stack = self._parser, self._stack
        if stack and not self._holds_elements():
            stack[-1].markup = True
            self._markup_depth += 1
            return
        element = Element(
            name, attributes, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1
        )
        if stack:
            stack[-1].children.append(element)
        elif name == "Response":
            self.root = element
        else:
            raise TwimlError(NOT_RESPONSE, "the root element is not Response")
        stack.append(element)

    def _holds_elements(self) -> bool:
        stack = self._stack
        return len(stack) == 1 or (len(stack) == 2 and stack[1].name in _CONTAINERS)

    def _end(self, name: str) -> None:
        if self._markup_depth:
            self._markup_depth -= 1
        else:
            self._stack.pop()

    def _characters(self, data: str) -> None:
        self._stack[-1].parts.append(data)


def read_document(text: str | bytes) -> Element:
    """The Response element of a document; raises :class:`TwimlError`.

    Of ``bytes`` the encoding is told by a byte order mark or the XML declaration, else UTF-8.
    """
    if len(text) > MAX_DOCUMENT_BYTES:
        raise TwimlError(TOO_LARGE, "the document is larger than 64 KB")
    if isinstance(text, str):
        parser = expat.ParserCreate("utf-8")
        try:
            data = text.encode()
        except UnicodeEncodeError:
            raise TwimlError(NOT_XML, "the document holds a lone surrogate") from None
        if len(data) > MAX_DOCUMENT_BYTES:
            raise TwimlError(TOO_LARGE, "the document is larger than 64 KB")
    else:
        parser = expat.ParserCreate()
        data = text
    reader = _Reader(parser)
    try:
        position = 0
        while reader.root is None and position < len(data):
            parser.Parse(data[position : position + _PROLOG_STEP_BYTES], False)
            position += _PROLOG_STEP_BYTES
        parser.Parse(data[position:], True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code)
        where = f"line {error.lineno}, column {error.offset + 1}"
        raise TwimlError(NOT_XML, f"the document is not XML: {reason} at {where}") from None
    assert reader.root is not None
    return reader.root
