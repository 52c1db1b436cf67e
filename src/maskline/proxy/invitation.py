"""Invitations: the JSON with which a program answers a message or call that no session carries."""

from __future__ import annotations

import codecs
from typing import Any, Final

import msgspec

from maskline.env import Env
from maskline.model.errors import Fault
from maskline.model.form import Form
from maskline.model.interaction import InteractionType
from maskline.model.number import REACH, Number
from maskline.model.service import Service
from maskline.model.session import Mode, Session
from maskline.numbers.e164 import is_e164
from maskline.proxy import participants, sessions
from maskline.proxy.assignment import choose
from maskline.proxy.participants import Candidate
from maskline.store.contract import Transaction

_OWN_MODE: Final = {
    InteractionType.MESSAGE: Mode.MESSAGE_ONLY,
    InteractionType.VOICE: Mode.VOICE_ONLY,
}
#: Python's codecs that are no charset; some take very long.
_NO_CHARSETS: Final = frozenset(
    {"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"}
)
_FIELDS: Final = {
    "participantIdentifier": "Identifier",
    "participantProxyIdentifier": "ProxyIdentifier",
    "uniqueName": "UniqueName",
    "mode": "Mode",
    "ttl": "Ttl",
    "dateExpiry": "DateExpiry",
}


class Invitation(msgspec.Struct, frozen=True):
    """Whom a stranger is to reach, and in what session."""

    values: dict[str, str]

    @property
    def partner(self) -> Candidate:
        """The second participant."""
        return participants.candidate(self.form)

    @property
    def form(self) -> Form:
        """The fields as the API's parameters."""
        return Form({name: [value] for name, value in self.values.items()})


def read_invitation(body: bytes, charset: str) -> Invitation:
    """Reads one, in any charset ("" is UTF-8). Unknown fields are ignored.

    Raises 80905 for what is no JSON object, and for a field that is no text or number.
    """
    fields = _object(body, charset)
    values: dict[str, str] = {}
    for field, name in _FIELDS.items():
        value = fields.get(field)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Fault(80905, f"{field} must be a text")
        values[name] = str(value)
    if not values.get("Identifier"):
        raise Fault(80905, "participantIdentifier is missing")
    return Invitation(values)


async def accept(
    env: Env,
    tx: Transaction,
    service: Service,
    number: Number,
    person: str,
    kind: InteractionType,
    invitation: Invitation,
) -> Session:
    """The session that a program answers with: between the person, who keeps the number that they
    wrote to or dialled, reserved or not, and the one whom it names.

    Raises what creating a session and adding its participants raise.
    """
    partner = invitation.partner
    values = dict(invitation.values)
    if "Mode" not in values:
        values["Mode"] = await _fitting(tx, service, number, person, partner, kind)
    form = Form({name: [value] for name, value in values.items()})
    session = await sessions.create(env, tx, service, form)
    caller = Candidate(person, proxy_identifier_sid=number.sid)
    await participants.add_all(env, tx, service, session, [caller, partner])
    return session


async def _fitting(
    tx: Transaction,
    service: Service,
    number: Number,
    person: str,
    partner: Candidate,
    kind: InteractionType,
) -> Mode:
    """Calls and texts where both numbers carry both, else what has just come in."""
    if not (is_e164(person) and is_e164(partner.identifier)):
        return Mode.MESSAGE_ONLY
    both = number.reach & REACH == REACH
    if both and partner.proxy_identifier is not None:
        theirs = await tx.numbers.by_number(partner.proxy_identifier)
        both = theirs is None or theirs.reach & REACH == REACH
    elif both:
        try:
            await choose(tx, service, Mode.VOICE_AND_MESSAGE, partner.identifier)
        except Fault:
            both = False
    return Mode.VOICE_AND_MESSAGE if both else _OWN_MODE[kind]


def _object(body: bytes, charset: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(_decoded(body, charset).lstrip("\ufeff").strip())
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Fault(80905, "the answer is not a JSON object")
    return found


def _decoded(body: bytes, charset: str) -> str:
    try:
        codec = codecs.lookup(charset or "utf-8")
        if codec.name.replace("-", "_") not in _NO_CHARSETS:
            return body.decode(codec.name)
    except (LookupError, UnicodeError):
        pass
    # What names no charset that we know may be plain all the same.
    return body.decode("utf-8", "replace")
