"""All SQL by name: reads `queries/*.sql` and fits it to an engine.

A file holds `-- name: x` headings, each followed by one statement. `{Session}` stands for a
record's columns, `{s.Session}` for the same under an alias, `{Session:values}` for as many
parameters, and `{page}` for the keyset conditions and order of a list (`{page:mixed}` where SIDs of
several kinds stand in one table, so that their time decides and not their first letters).

`{lock}` keeps what was found as it is until the transaction that writes has ended; `{lock:share}`
lets others keep it so too; `{lock:skip}` leaves out what another keeps; `{lock:m}` keeps only what
the alias `m` stands for. `{lock:spare:n}` makes a statement `x_spare` besides `x`, which keeps what
`n` stands for and leaves out what another keeps; `x` itself keeps nothing. All are empty where
nothing is written, and on an engine whose transactions run one after the other. A heading
`-- name: x (postgres)` gives a statement that only that engine runs, in place of a common one of
that name if there is one: for what can't be said in both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

import msgspec

from maskline.model.a2p import Brand, Campaign, Vetting
from maskline.model.account import Account, ApiKey
from maskline.model.alert import Alert
from maskline.model.alpha_sender import AlphaSender
from maskline.model.api_request import ApiRequest
from maskline.model.application import Application
from maskline.model.call import Call
from maskline.model.carrier import CarrierAccount, CarrierRequest, SyncedNumber
from maskline.model.console import AuditEntry, Picture, SignedIn, User
from maskline.model.interaction import Interaction
from maskline.model.job import Job
from maskline.model.message import Feedback, Media, MediaLink, Message
from maskline.model.messaging_service import MessagingService
from maskline.model.number import Number
from maskline.model.opt_out import OptOut
from maskline.model.opt_out_list import ListedWord, OptOutList
from maskline.model.participant import Participant
from maskline.model.parts import MessagePart
from maskline.model.recording import Recording
from maskline.model.script import CallScript
from maskline.model.service import Service
from maskline.model.session import Session
from maskline.model.tollfree import TollfreeVerification
from maskline.model.webhook_attempt import WebhookAttempt

RECORDS: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        record.__name__: record
        for record in (
            Account,
            Alert,
            AlphaSender,
            ApiKey,
            Application,
            ApiRequest,
            AuditEntry,
            Brand,
            Call,
            Campaign,
            CallScript,
            CarrierAccount,
            CarrierRequest,
            Feedback,
            Interaction,
            Job,
            ListedWord,
            Media,
            MediaLink,
            Message,
            MessagePart,
            MessagingService,
            Number,
            OptOut,
            OptOutList,
            Participant,
            Picture,
            Recording,
            Service,
            Session,
            SignedIn,
            SyncedNumber,
            TollfreeVerification,
            User,
            Vetting,
            WebhookAttempt,
        )
    }
)

_NAME: Final = re.compile(r"^-- name: (\w+)(?: \((\w+)\))?\s*$", re.MULTILINE)
_LOCK: Final = re.compile(r"\s*\{lock(?::(\w+))?(?::(\w+))?\}")
_SPARE: Final = re.compile(r"\s*\{lock:spare:(\w+)\}")
_SLOT: Final = re.compile(r"\{(?:(\w+)\.)?(\w+)(:values)?\}")
_PAGE: Final = re.compile(r"\{page(:mixed)?\}")
_PARAMETER: Final = re.compile(r"\$(\d+)")

#: Keyset pages: a variant per direction. `{limit}` and `{edge}` are the last two parameters.
PAGE_FORMS: Final = MappingProxyType(
    {
        "first": "ORDER BY {sid} DESC LIMIT {limit} OFFSET {edge}",
        "after": "AND {sid} < {sid_edge} ORDER BY {sid} DESC LIMIT {limit}",
        "before": "AND {sid} > {sid_edge} ORDER BY {sid} LIMIT {limit}",
    }
)


def load(dialect: str, *, locking: bool = False) -> Mapping[str, str]:
    """Statements by name, in `dialect` (`sqlite` or `postgres`), with their locks if `locking`.

    A list named `x` is returned as `x_first`, `x_after` and `x_before`, whose last two parameters
    are the limit and the offset or edge. Raises ValueError for a name that is given twice.
    """
    common: dict[str, str] = {}
    own: dict[str, str] = {}
    for source in sorted(files("maskline.store").joinpath("queries").iterdir(), key=str):
        if not source.name.endswith(".sql"):
            continue
        parts = _NAME.split(source.read_text("utf-8"))[1:]
        for name, only, text in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            if only not in (None, dialect):
                continue
            found = common if only is None else own
            for full_name, statement in _variants(name, _expand(text)):
                if full_name in found:
                    raise ValueError(f"{source.name}: query {full_name} is given twice")
                found[full_name] = _fit(statement, dialect, locking)
    return MappingProxyType(common | own)


def _expand(text: str) -> str:
    """The statement without its comment lines and with records' columns written out."""
    lines = [line for line in text.strip().splitlines() if not line.startswith("--")]

    def slot(match: re.Match[str]) -> str:
        alias, name, values = match.groups()
        if name not in RECORDS:
            return match.group()
        fields = RECORDS[name].__struct_fields__
        if values:
            return ", ".join(f"${i}" for i in range(1, len(fields) + 1))
        return ", ".join(f"{alias}.{field}" if alias else field for field in fields)

    return _SLOT.sub(slot, "\n".join(lines))


def _variants(name: str, statement: str) -> list[tuple[str, str]]:
    spare = _SPARE.search(statement)
    if spare is not None:
        locked = f"{{lock:skip:{spare[1]}}}"
        return [
            (name, statement.replace(spare[0], "")),
            (f"{name}_spare", statement.replace(spare[0], locked)),
        ]
    page = _PAGE.search(statement)
    if page is None:
        return [(name, statement)]
    used = max((int(n) for n in _PARAMETER.findall(statement)), default=0)
    limit, edge = f"${used + 1}", f"${used + 2}"
    sid, sid_edge = ((f"substr({one}, 3)" if page[1] else one) for one in ("sid", edge))
    return [
        (
            f"{name}_{form}",
            statement.replace(
                page[0], tail.format(sid=sid, sid_edge=sid_edge, limit=limit, edge=edge)
            ),
        )
        for form, tail in PAGE_FORMS.items()
    ]


def _fit(statement: str, dialect: str, locking: bool) -> str:
    if dialect == "sqlite":
        return _PARAMETER.sub(r"?\1", _LOCK.sub("", statement))
    return _LOCK.sub(_lock if locking else "", statement)


def _lock(match: re.Match[str]) -> str:
    match match[1]:
        case None:
            return " FOR NO KEY UPDATE"
        case "share":
            return " FOR SHARE"
        case "skip":
            of = f" OF {match[2]}" if match[2] else ""
            return f" FOR NO KEY UPDATE{of} SKIP LOCKED"
        case alias:
            return f" FOR NO KEY UPDATE OF {alias}"
