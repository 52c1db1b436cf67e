"""TwiML, the XML form of an instruction tree: :func:`render` writes it, :func:`parse` reads it.

What is XML is understood as far as it goes: whatever does not fit is left out, clamped or replaced
by its default, and told in a warning. Names of verbs and attributes are case-sensitive. Warnings
name only what TwiML itself names, never what the document says.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, TypeAlias, cast, get_args

import msgspec

from maskline.voice import instructions as tree
from maskline.voice.twiml_parse import MAX_DOCUMENT_BYTES, Element, TwimlError, read_document
from maskline.voice.twiml_render import TEXT_FIELD, content_fields, render

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "MAX_WARNINGS",
    "Kind",
    "Parsed",
    "TwimlError",
    "TwimlWarning",
    "parse",
    "render",
]

Kind: TypeAlias = Literal["voice", "message"]

MAX_WARNINGS: Final = 50

_SCHEMA: Final = 12200
_DIAL_NESTED: Final = 13215
_TOO_MANY_TARGETS: Final = 13250
_GATHER_NESTED: Final = 13320
_EMPTY_MESSAGE: Final = 14103
_VOICE_VERB_IN_MESSAGE: Final = 14110
_EMPTY_TEXT: Final = MappingProxyType(
    {tree.Number: 13223, tree.Conference: 13237, tree.Sip: 13243, tree.Say: 13520}
)

_LEAF_CLASSES: Final = (tree.Say, tree.Play, tree.Pause, tree.Redirect, tree.Record, tree.Reject)
_LEAVES: Final = MappingProxyType({cls.__name__: cls for cls in (*_LEAF_CLASSES, tree.Hangup)})
_PROMPTS: Final = MappingProxyType({cls.__name__: cls for cls in get_args(tree.Prompt)})
_TARGETS: Final = MappingProxyType({cls.__name__: cls for cls in get_args(tree.DialTarget)})
_MESSAGES: Final = frozenset({"Message", "Sms"})
_VOICE_VERBS: Final = frozenset(
    {*_LEAVES, "Connect", "Dial", "Enqueue", "Gather", "Leave", "Pay", "Prompt", "Refer", "Start"}
)
_NAMED: Final = _VOICE_VERBS | _MESSAGES | _TARGETS.keys() | {"Body", "Media", "Queue", "Sim"}

_NOT_A_NUMBER: Final = "is not a whole number and was ignored"
_NOT_ALLOWED: Final = "has a value that is not allowed and was ignored"
_DIGITS: Final = re.compile("[+-]?[0-9]+")
_NO_BOUND: Final = 2**31 - 1

_Reading: TypeAlias = tuple[object, str | None]


class _Choice(NamedTuple):
    """One of some words, in any case."""

    code: int
    values: dict[str, object]

    def read(self, text: str) -> _Reading:
        value = self.values.get(text.strip().lower(), msgspec.UNSET)
        return value, _NOT_ALLOWED if value is msgspec.UNSET else None


class _Whole(NamedTuple):
    """A whole number, clamped to its range."""

    code: int
    low: int
    high: int = _NO_BOUND

    def read(self, text: str) -> _Reading:
        if _DIGITS.fullmatch(text.strip()) is None:
            return msgspec.UNSET, _NOT_A_NUMBER
        # Through float, because int() refuses thousands of digits with an error.
        number = float(text)
        if self.low <= number <= self.high:
            return int(number), None
        clamped = self.low if number < self.low else self.high
        return clamped, f"is out of range; {clamped} is used"


class _Words(NamedTuple):
    """Words with spaces between; unknown ones are left out."""

    code: int
    allowed: frozenset[str]

    def read(self, text: str) -> _Reading:
        words = text.split()
        known = tuple(word for word in words if word in self.allowed)
        if len(known) == len(words):
            return known, None
        return known or msgspec.UNSET, "names an event that does not exist"


class _Keys(NamedTuple):
    """Keys of a telephone."""

    code: int
    alphabet: str

    def read(self, text: str) -> _Reading:
        if text.strip(self.alphabet):
            return msgspec.UNSET, _NOT_ALLOWED
        return text, None


_Rule: TypeAlias = _Choice | _Whole | _Words | _Keys


def _choice(code: int, literal: object, **aliases: str) -> _Choice:
    return _Choice(code, {word.lower(): word for word in get_args(literal)} | aliases)


def _flag(code: int) -> _Choice:
    return _Choice(code, {"true": True, "false": False})


def _method(code: int = _SCHEMA) -> _Choice:
    return _choice(code, tree.HttpMethod)


def _events(code: int, literal: object) -> _Words:
    return _Words(code, frozenset(get_args(literal)))


_KEYPAD: Final = "0123456789*#"
_TONES: Final = _KEYPAD + "ABCDabcdwW"
_TRIM: Final = _choice(13699, tree.Trim, true="trim-silence", false="do-not-trim")
_LEG_CALLBACK: Final[dict[str, _Rule]] = {
    "statusCallbackMethod": _method(),
    "statusCallbackEvent": _events(_SCHEMA, tree.CallEvent),
}
_RECORDING_CALLBACK: Final[dict[str, _Rule]] = {
    "recordingStatusCallbackMethod": _method(),
    "recordingStatusCallbackEvent": _events(13621, tree.RecordingEvent),
}
# An attribute without a rule is taken as it stands. The codes are those of Twilio's dictionary.
_RULES: Final[MappingProxyType[type[tree.Instruction], dict[str, _Rule]]] = MappingProxyType(
    {
        tree.Client: {"method": _method(), **_LEG_CALLBACK},
        tree.Conference: {
            "muted": _flag(13230),
            "beep": _choice(13235, tree.Beep),
            "startConferenceOnEnter": _flag(13232),
            "endConferenceOnExit": _flag(13231),
            "maxParticipants": _Whole(_SCHEMA, 1, 250),
            "waitMethod": _method(13234),
            "statusCallbackMethod": _method(),
            "statusCallbackEvent": _events(_SCHEMA, tree.ConferenceEvent),
        },
        tree.Dial: {
            "answerOnBridge": _flag(13219),
            "timeout": _Whole(13212, 5, 600),
            "timeLimit": _Whole(13216, 1, 86400),
            "method": _method(13210),
            "hangupOnStar": _flag(13213),
            "sequential": _flag(13218),
            "record": _choice(
                13217, tree.DialRecord, true="record-from-answer", false="do-not-record"
            ),
            "recordingTrack": _choice(13622, tree.RecordingTrack),
            "trim": _TRIM,
            **_RECORDING_CALLBACK,
        },
        tree.Gather: {
            "input": _choice(13326, tree.GatherInput, **{"speech dtmf": "dtmf speech"}),
            "method": _method(13312),
            "numDigits": _Whole(13314, 1),
            "timeout": _Whole(13313, 1),
            "finishOnKey": _Keys(13310, _KEYPAD),
            "actionOnEmptyResult": _flag(13338),
        },
        tree.Message: {"method": _method(14104)},
        tree.Number: {
            "method": _method(13221),
            "sendDigits": _Keys(13222, _TONES),
            **_LEG_CALLBACK,
        },
        tree.Pause: {"length": _Whole(13910, 1)},
        tree.Play: {"loop": _Whole(13410, 0, 1000), "digits": _Keys(13430, _TONES)},
        tree.Record: {
            "method": _method(13610),
            "maxLength": _Whole(13612, 1, 14400),
            "timeout": _Whole(13611, 1),
            "finishOnKey": _Keys(13613, _KEYPAD),
            "playBeep": _flag(13616),
            "trim": _TRIM,
            **_RECORDING_CALLBACK,
        },
        tree.Redirect: {"method": _method(13710)},
        tree.Reject: {"reason": _choice(_SCHEMA, tree.RejectReason)},
        tree.Say: {"loop": _Whole(13510, 0, 1000)},
        tree.Sip: {"method": _method(13241), **_LEG_CALLBACK},
    }
)


def _attribute_fields(cls: type[tree.Instruction]) -> dict[str, str]:
    content = content_fields(cls)
    fields = msgspec.structs.fields(cls)
    return {field.encode_name: field.name for field in fields if field.name not in content}


_PLAIN: Final[tuple[type[tree.Instruction], ...]] = (tree.Hangup, tree.Response)
_FIELDS: Final = MappingProxyType({cls: _attribute_fields(cls) for cls in (*_RULES, *_PLAIN)})
_ATTRIBUTES: Final = frozenset(name for fields in _FIELDS.values() for name in fields)


class TwimlWarning(msgspec.Struct, frozen=True):
    """Something in a document that was not taken as written.

    ``code`` is Twilio's; ``line`` and ``column``, from 1, are where the element begins; ``message``
    is safe to log.
    """

    code: int
    message: str
    line: int
    column: int


class Parsed(msgspec.Struct, frozen=True):
    """A document understood; at most ``MAX_WARNINGS`` warnings, in the document's order."""

    response: tree.Response
    warnings: tuple[TwimlWarning, ...] = ()


def parse(text: str | bytes, kind: Kind) -> Parsed:
    """Read the document that answers a call (``"voice"``) or a message (``"message"``).

    ``bytes`` may be UTF-8, UTF-16 or ISO 8859-1, as they declare. Raises :class:`TwimlError`:
    11750 over 64 KB; 12100 not XML, or with a document type declaration; 12102 the root element is
    not Response. Nothing else is raised, whatever the text.
    """
    builder = _Builder(kind)
    response = builder.response(read_document(text))
    return Parsed(response, tuple(builder.warnings))


class _Builder:
    """Builds the tree from the elements and keeps the warnings."""

    def __init__(self, kind: Kind) -> None:
        self.warnings: list[TwimlWarning] = []
        self._kind = kind

    def response(self, root: Element) -> tree.Response:
        self._attributes(root, tree.Response)
        self._no_text(root)
        verbs: list[tree.Verb] = []
        over = answered = False
        for element in root.children:
            verb = self._verb(element)
            if verb is None:
                continue
            if verbs and not over and tree.ends_flow(verbs[-1]):
                over = True
                self._warn(element, _SCHEMA, "this verb and those after it can never run")
            if answered and type(verb) is tree.Reject:
                self._warn(element, _SCHEMA, "Reject comes after the call is answered")
            answered = answered or type(verb) is not tree.Pause
            verbs.append(verb)
        return tree.Response(tuple(verbs))

    def _warn(self, element: Element, code: int, message: str) -> None:
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(TwimlWarning(code, message, element.line, element.column))

    def _unknown(self, element: Element, code: int, inside: str) -> None:
        name = element.name if element.name in _NAMED else "an unknown element"
        self._warn(element, code, f"{name} is not supported in {inside} and was ignored")

    def _no_text(self, element: Element) -> None:
        if element.text:
            self._warn(element, _SCHEMA, f"the text directly inside {element.name} was ignored")

    def _verb(self, element: Element) -> tree.Verb | None:
        name = element.name
        if name in _MESSAGES:
            return self._message(element)
        if self._kind == "message" and name != "Redirect":
            code = _VOICE_VERB_IN_MESSAGE if name in _VOICE_VERBS else _SCHEMA
            self._unknown(element, code, "an answer to a message")
            return None
        if name == "Dial":
            return self._dial(element)
        if name == "Gather":
            return self._gather(element)
        if name in _LEAVES:
            return cast(tree.Verb, self._leaf(element, _LEAVES[name]))
        self._unknown(element, _SCHEMA, "Response")
        return None

    def _leaf(self, element: Element, cls: type[tree.Instruction]) -> tree.Instruction:
        values = self._attributes(element, cls)
        field = TEXT_FIELD.get(cls)
        if element.markup:
            self._warn(element, _SCHEMA, f"elements inside {element.name} were read as its text")
        if field is None:
            self._no_text(element)
        else:
            values[field] = element.text
            if not element.text and "digits" not in values:
                code = _EMPTY_TEXT.get(cls, _SCHEMA)
                self._warn(element, code, f"{element.name} is empty")
        return cls(**values)

    def _dial(self, element: Element) -> tree.Dial:
        values = self._attributes(element, tree.Dial)
        targets: list[Any] = []
        for child in element.children:
            if child.name in _TARGETS:
                targets.append(self._leaf(child, _TARGETS[child.name]))
            else:
                self._unknown(child, _DIAL_NESTED, "Dial")
        if targets:
            self._no_text(element)
        elif element.text:
            targets.append(tree.Number(element.text))
        else:
            self._warn(element, _SCHEMA, "Dial has nobody to call")
        most = tree.MAX_DIAL_TARGETS
        if len(targets) > most:
            self._warn(element, _TOO_MANY_TARGETS, f"only the first {most} targets are dialled")
        return tree.Dial(tuple(targets[:most]), **values)

    def _gather(self, element: Element) -> tree.Gather:
        values = self._attributes(element, tree.Gather)
        self._no_text(element)
        prompts: list[Any] = []
        for child in element.children:
            if child.name in _PROMPTS:
                prompts.append(self._leaf(child, _PROMPTS[child.name]))
            else:
                self._unknown(child, _GATHER_NESTED, "Gather")
        return tree.Gather(tuple(prompts), **values)

    def _message(self, element: Element) -> tree.Message:
        values = self._attributes(element, tree.Message)
        bodies: list[str] = []
        media: list[str] = []
        for child in element.children:
            if child.name == "Body":
                bodies.append(child.text)
            elif child.name != "Media":
                self._unknown(child, _SCHEMA, element.name)
            elif child.text:
                media.append(child.text)
            else:
                self._warn(child, _SCHEMA, "Media is empty and was ignored")
        if len(bodies) > 1:
            self._warn(element, _SCHEMA, "only the first Body is sent")
        if bodies:
            self._no_text(element)
        body = bodies[0] if bodies else element.text
        if not body and not media:
            self._warn(element, _EMPTY_MESSAGE, f"{element.name} has neither text nor media")
        return tree.Message(body, tuple(media), **values)

    def _attributes(self, element: Element, cls: type[tree.Instruction]) -> dict[str, Any]:
        fields = _FIELDS[cls]
        rules = _RULES.get(cls, {})
        values: dict[str, Any] = {}
        for name, text in element.attributes.items():
            if name not in fields:
                # Namespaces and schema locations say nothing about the call.
                if not name.startswith(("xml", "xsi:")):
                    known = f"attribute {name}" if name in _ATTRIBUTES else "an unknown attribute"
                    self._warn(element, _SCHEMA, f"{known} of {element.name} was ignored")
                continue
            rule = rules.get(name)
            if rule is None:
                values[fields[name]] = text
                continue
            value, problem = rule.read(text)
            if problem is not None:
                self._warn(element, rule.code, f"{name} of {element.name} {problem}")
            if value is not msgspec.UNSET:
                values[fields[name]] = value
        return values
