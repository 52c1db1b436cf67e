"""What a carrier must offer, and what the server offers to it.

A carrier is one folder with one `Kind`, which `maskline.carriers.kinds` lists. A kind builds
adapters, each for one account at that carrier, which numbers name by the account's own name. What
an adapter offers beyond `Carrier` it shows by having the methods: `Webhooks` for those that post
to us, `Inventory` and `CallsOut` for what `maskline numbers sync` and `maskline carriers test` do.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from maskline.carriers.redaction import Secrets
from maskline.carriers.request import Answer, Request
from maskline.model.clock import Clock
from maskline.model.http import HttpClient
from maskline.model.meter import Meter
from maskline.model.parts import MessagePart
from maskline.model.placed_call import CALL_OPTIONS
from maskline.model.registrar import Registrar
from maskline.model.smpp import Ledger
from maskline.model.traffic import (
    CallEvent,
    CallTurn,
    DocumentWanted,
    InboundCall,
    InboundMessage,
    Intake,
    LegReport,
    OutboundMessage,
    SendResult,
    Told,
)
from maskline.voice.instructions import FEATURES, Response

#: Who answers and keeps opt-out words: nobody but us, the carrier's platform where it is so
#: configured, or the network whatever anybody configures.
OptOuts: TypeAlias = Literal["none", "local", "network"]

#: All that a carrier may tell us in one request; at most one of them is a call that comes in, or
#: one that asks how it goes on.
Inbound: TypeAlias = (
    InboundMessage
    | MessagePart
    | InboundCall
    | LegReport
    | CallEvent
    | CallTurn
    | DocumentWanted
    | Told
)


class Capabilities(msgspec.Struct, frozen=True):
    """What a carrier can do. `dlr`: it reports what became of messages. `rate` is how many segments
    a second it takes from one number, which paces them unless the settings of pacing say something
    of that carrier's numbers; null when it does not say."""

    sms: bool = True
    mms: bool = False
    voice: bool = False
    dlr: bool = True
    opt_outs: OptOuts = "none"
    rate: float | None = None


class CallAnswer(msgspec.Struct, frozen=True):
    """What to do with a call: `call_sid` is our name for the inbound leg, `dialled_sid` for the leg
    that the response's Dial rings, null when it dials nobody of ours. A Dial that has such a name
    ends the call.

    A response that is kept is named: it is what stands from the verb `at` on in `script`. `follows`
    is the place that it answers, for who keeps it. `call_id` is the carrier's id of a call that
    came to such a place. `moment` names when in the call it was wanted: the same when it is wanted
    again, "" where nobody can tell. `is_aside`: it is for somebody alone whom a Dial rang.
    """

    call_sid: str
    response: Response
    dialled_sid: str | None
    script: str = ""
    at: int = 0
    follows: str = ""
    call_id: str = ""
    moment: str = ""
    is_aside: bool = False


class Host(Protocol):
    """The server, as carriers see it. Each call returns after its effect is durable, and raises
    `HostUnavailable` when nothing was stored: the carrier's peer is then to try again."""

    async def message(self, message: InboundMessage) -> Intake:
        """Takes in a message."""

    async def receipts(self, reports: Sequence[LegReport]) -> None:
        """Takes in what became of messages that were sent."""

    async def call(self, call: InboundCall) -> CallAnswer | None:
        """Takes in a call; null when no account owns the number."""

    async def dial(self, call_sid: str, caller_id: str, number: str) -> str | None:
        """Records a leg that a call's instructions dial and that `call` did not name: its SID, or
        null when it must not be dialled."""

    async def call_events(self, events: Sequence[CallEvent]) -> None:
        """Takes in what became of legs, in order; one moment's events belong into one call."""


class HostUnavailable(Exception):
    """The server can't store anything now."""


class Carrier(Protocol):
    """A way to phones."""

    @property
    def name(self) -> str:
        """The name that numbers carry, for example `simulator`."""

    async def send(self, message: OutboundMessage) -> SendResult:
        """Hands over a message. Never raises for what the carrier answers or fails to answer.

        A message that is handed over again with the same `reference` must reach the phone once,
        where the carrier can tell: by an idempotency key, or by looking for one that has a `since`.
        """

    async def start(self, host: Host) -> None:
        """Begins to take traffic in."""

    async def close(self) -> None:
        """Ends what is under way and lets go of all connections."""


@runtime_checkable
class Capable(Protocol):
    """A carrier that says what it can do."""

    @property
    def capabilities(self) -> Capabilities:
        """What this account can do, as it is configured."""


@runtime_checkable
class Webhooks(Capable, Protocol):
    """A carrier that posts to its door, `/carriers/{name}/…`.

    The door verifies a request, reads it, has its contents stored, and only then answers. A request
    may come twice, late and out of order; nothing in it is trusted before `verify`.
    """

    @property
    def name(self) -> str:
        """The name that numbers carry."""

    @property
    def secrets(self) -> Secrets:
        """What is taken out of a request before it is kept or shown."""

    def verify(self, request: Request) -> bool:
        """Whether the carrier made this request. Compares in constant time; never raises."""

    def read(self, request: Request) -> Sequence[Inbound]:
        """What a verified request says: nothing, for what does not concern us. Raises Malformed,
        which is answered with 400, and LookupError for a path that the door does not have."""

    def acknowledge(self, request: Request) -> Answer:
        """The answer to a request whose contents are durable."""

    async def instruct(self, request: Request, call: InboundCall, answer: CallAnswer) -> Answer:
        """The answer to a call, in the carrier's dialect. An adapter that steers calls by requests
        of its own makes them here, or begins to."""


@runtime_checkable
class Turns(Protocol):
    """A carrier that comes back to places of scripts: its `read` gives `CallTurn`s."""

    async def go_on(self, request: Request, turn: CallTurn, answer: CallAnswer) -> Answer:
        """The answer to a request that asks what comes next in a call."""


@runtime_checkable
class Assembles(Protocol):
    """A carrier that posts long messages in parts, and puts them together."""

    async def assemble(self, part: MessagePart) -> Intake | None:
        """Takes a part in; null while its message is not complete. Returns when the part, or its
        message, is durable; raises HostUnavailable when it is not."""


@runtime_checkable
class Challenges(Protocol):
    """A carrier that shows credentials by HTTP, perhaps only when it is asked for them."""

    @property
    def challenge(self) -> str:
        """The WWW-Authenticate of the 401 for a request that does not show the right ones."""


class Medium(msgspec.Struct, frozen=True):
    """A picture or other file of a message."""

    body: bytes
    content_type: str


class MediumGone(Exception):
    """The carrier has no such medium, or not any more. The text holds no URL."""


@runtime_checkable
class Media(Protocol):
    """A carrier whose media are fetched with credentials, or for us alone. The door then gives
    partners and programs addresses of its own, which can't be guessed and end by themselves."""

    def keeps(self, url: str) -> bool:
        """Whether a medium at `url` is to be fetched by `fetch` alone."""

    async def fetch(self, url: str) -> Medium:
        """Gets one. Credentials go to the carrier's own hosts only. Raises MediumGone and
        HttpFailure."""


@runtime_checkable
class Forgets(Protocol):
    """A carrier that deletes files that it keeps."""

    async def forget(self, url: str) -> None:
        """Deletes one. Raises ApiRefused, and ApiMissing where it has none there."""


class OwnedNumber(msgspec.Struct, frozen=True):
    """A number of the account at the carrier. `hooks` are its settings that say where traffic goes,
    as the carrier names them."""

    provider_id: str
    number: str
    friendly_name: str
    sms: bool
    mms: bool
    voice: bool
    hooks: Mapping[str, str]


class ApiRefused(Exception):
    """The carrier's API did not do what it was asked, in words without secrets or numbers."""


class ApiMissing(ApiRefused):
    """The carrier has nothing of that name."""


@runtime_checkable
class Inventory(Protocol):
    """A carrier whose numbers can be listed and pointed at us."""

    def hooks(self) -> Mapping[str, str]:
        """What a number's hooks are to be, so that its traffic comes to our door."""

    async def numbers(self) -> Sequence[OwnedNumber]:
        """All numbers of the account. Raises ApiRefused."""

    async def point(self, provider_id: str, hooks: Mapping[str, str]) -> None:
        """Sets hooks of a number. Raises ApiRefused."""


class Step(msgspec.Struct, frozen=True):
    """What was tried, whether it worked, and what came of it in words without secrets."""

    step: str
    ok: bool
    says: str


@runtime_checkable
class Connects(Protocol):
    """A carrier that we keep connections to, which carry traffic both ways."""

    async def connected(self, within: float) -> Sequence[Step]:
        """What has become of the connections since the start: returns when they stand, when one of
        them can't be had, or after so many seconds."""

    @property
    def reports(self) -> bool:
        """Whether the carrier was asked to tell what becomes of messages."""


@runtime_checkable
class CallsOut(Protocol):
    """A carrier that can begin a call by itself."""

    async def check(self) -> str:
        """Whether the credentials are good: a few words about the account. Raises ApiRefused."""

    async def dial(self, sender: str, recipient: str, response: Response) -> str:
        """Calls somebody, who hears `response`: the carrier's id of the call. Raises ApiRefused."""


@runtime_checkable
class Registers(Protocol):
    """A carrier that hands brands, campaigns and numbers in to the Campaign Registry."""

    @property
    def registrar(self) -> Registrar:
        """What does it."""


#: Whether a message of ours goes by that id of the carrier's.
Known: TypeAlias = Callable[[str], Awaitable[bool]]

#: Beside what became of a call, the name of the moment at which a document of it is wanted.
MOMENT: Final = "maskline:moment"

#: What a Redirect to the rest of a document names: no address, but the server knows the place.
REST: Final = "maskline:rest:"

#: Instructions that a call's document names by URL: given URL, method and what became of the call.
#: "" is what the program wants that placed the call, or has it go on elsewhere.
Fetch: TypeAlias = Callable[[str, str, Mapping[str, str]], Awaitable[CallAnswer]]


class Scripts(Protocol):
    """What calls are told to do, kept for when they come to a place where somebody is asked. Raises
    `HostUnavailable`."""

    async def keep(self, answer: CallAnswer) -> CallAnswer:
        """The answer, kept and named. Of two that follow the same place it is the first."""

    async def turn(self, turn: CallTurn) -> CallAnswer | None:
        """What a call does next; null for nothing, since it is over. Raises LookupError where there
        is no such call of the carrier's, or no such place."""

    async def claim(self, script: str, at: int, leg: str) -> str:
        """The leg that was answered first of those that a Dial there rings: this one, if there was
        none. "" claims nothing, and is the answer where nobody has answered yet."""


class Tools(msgspec.Struct, frozen=True):
    """What the server lends an adapter.

    `door` is the public address of the carrier's door, `https://host/carriers/{name}`, without a
    slash at its end. `http` reaches private addresses only where the account's settings have
    `allow_private`. `fetch` is null where no call can come in, as on the command line. `whisper` is
    what somebody hears who is called, before they are joined to the caller: a Number's `url` leads
    to the door's `Call/Whisper` for it. Null for nothing. `ledger` is where parts of messages are
    kept, `scripts` what calls are told; null where nothing is taken in, as on the command line.
    `known` tells the messages that we know by the carrier's id from those that it took and whose
    answer got lost. `meter` is what the process counts of its work.
    """

    http: HttpClient
    door: str
    clock: Clock
    fetch: Fetch | None = None
    whisper: Response | None = None
    ledger: Ledger | None = None
    scripts: Scripts | None = None
    known: Known | None = None
    meter: Meter = msgspec.field(default_factory=Meter)


class Kind(msgspec.Struct, frozen=True):
    """A carrier, as `maskline carriers add` knows it.

    `settings` and `credentials` are the types of what an account is configured with, frozen Structs
    whose fields have defaults where they may be left out; the docstring of each is shown to the
    operator. `settings` may have `allow_private: bool`. `verbs` are the instructions that it can
    carry out, as `maskline.voice.instructions` has them: classes by name, and features as
    `Dial.action`. `build` makes an adapter of a name, settings, credentials and tools; it raises
    ValueError, whose text holds no secret, for what can't be. `call_options` is what its adapters,
    which are `Calling`, carry out for calls that programs place; null where they place none.
    """

    name: str
    title: str
    settings: type[msgspec.Struct]
    credentials: type[msgspec.Struct]
    verbs: frozenset[str]
    build: Callable[[str, Any, Any, Tools], Carrier]
    call_options: frozenset[str] | None = None

    def lacks(self, wanted: frozenset[str]) -> list[str]:
        """What of the instructions that are wanted it can't carry out, in order."""
        return sorted(wanted - self.verbs)

    def lacks_of_documents(self) -> list[str]:
        """What a program's document may ask for and it can't carry out; nothing of a carrier that
        carries no calls."""
        return self.lacks(FEATURES) if self.verbs else []

    def lacks_of_calls(self) -> list[str]:
        """What a program may ask of a call that it places and this one can't carry out; nothing of
        a carrier that places none."""
        return [] if self.call_options is None else sorted(CALL_OPTIONS - self.call_options)
