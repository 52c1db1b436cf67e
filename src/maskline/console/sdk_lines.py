"""Requests as lines of code: what a program would write to send the same.

Twilio's SDKs know a resource by its place in a chain, and a parameter by its name in the language's
own style. A resource or parameter that they do not know is sent by their plain `request`.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

import msgspec

Pairs = Sequence[tuple[str, str]]

_NOTHING: Final[frozenset[str]] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class _Resource(msgspec.Struct, frozen=True):
    """What the SDKs know of a list: its name in a chain (where it is created, too, if another), and
    the parameters of its methods."""

    name: str
    create: frozenset[str] | None = None
    update: frozenset[str] | None = None
    filters: frozenset[str] = _NOTHING
    created_by: str = ""


_SERVICE: Final = _words(
    "UniqueName DefaultTtl CallbackUrl GeoMatchLevel NumberSelectionBehavior InterceptCallbackUrl "
    "OutOfSessionCallbackUrl ChatInstanceSid"
)
_MESSAGING: Final = _words(
    "FriendlyName InboundRequestUrl InboundMethod FallbackUrl FallbackMethod StatusCallback "
    "StickySender MmsConverter SmartEncoding ScanMessageContent FallbackToLongCode "
    "AreaCodeGeomatch ValidityPeriod SynchronousValidation Usecase UseInboundWebhookOnNumber"
)
_NUMBER: Final = _words(
    "FriendlyName SmsUrl SmsMethod SmsFallbackUrl SmsFallbackMethod SmsApplicationSid VoiceUrl "
    "VoiceMethod VoiceFallbackUrl VoiceFallbackMethod VoiceApplicationSid VoiceCallerIdLookup "
    "VoiceReceiveMode StatusCallback StatusCallbackMethod TrunkSid AddressSid IdentitySid "
    "BundleSid EmergencyStatus EmergencyAddressSid"
)
_OWNED: Final = _words("Beta FriendlyName PhoneNumber Origin")
_FREE: Final = _words("AreaCode Contains SmsEnabled MmsEnabled VoiceEnabled")

#: By the lists' names in a path. {} stands for a SID.
_RESOURCES: Final[Mapping[str, _Resource]] = MappingProxyType(
    {
        "proxy/Services": _Resource("services", _SERVICE, _SERVICE),
        "proxy/Services/{}/Sessions": _Resource(
            "sessions",
            _words("UniqueName DateExpiry Ttl Mode Status"),
            _words("DateExpiry Ttl Status"),
        ),
        "proxy/Services/{}/Sessions/{}/Participants": _Resource(
            "participants", _words("Identifier FriendlyName ProxyIdentifier ProxyIdentifierSid")
        ),
        "proxy/Services/{}/Sessions/{}/Participants/{}/MessageInteractions": _Resource(
            "message_interactions", _words("Body MediaUrl")
        ),
        "proxy/Services/{}/Sessions/{}/Interactions": _Resource("interactions"),
        "proxy/Services/{}/PhoneNumbers": _Resource(
            "phone_numbers", _words("Sid PhoneNumber IsReserved"), _words("IsReserved")
        ),
        "messaging/Services": _Resource("services", _MESSAGING, _MESSAGING),
        "messaging/Services/{}/PhoneNumbers": _Resource("phone_numbers", _words("PhoneNumberSid")),
        "messaging/Services/{}/ShortCodes": _Resource("short_codes", _words("ShortCodeSid")),
        "monitor/Alerts": _Resource("alerts", filters=_words("LogLevel StartDate EndDate")),
        "api/Keys": _Resource(
            "keys", _words("FriendlyName"), _words("FriendlyName"), created_by="new_keys"
        ),
        "api/IncomingPhoneNumbers": _Resource(
            "incoming_phone_numbers", _NUMBER | _words("PhoneNumber AreaCode"), _NUMBER, _OWNED
        ),
        "api/Messages": _Resource("messages", filters=_words("To From")),
        "api/Messages/{}/Media": _Resource("media"),
        "api/Calls": _Resource("calls", filters=_words("To From Status ParentCallSid")),
        **{
            f"api/AvailablePhoneNumbers/{{}}/{path}": _Resource(name, filters=_FREE)
            for path, name in (("Local", "local"), ("Mobile", "mobile"), ("TollFree", "toll_free"))
        },
    }
)
#: A part of a chain that is no list of its own.
_STEPS: Final = MappingProxyType({"api/AvailablePhoneNumbers": "available_phone_numbers"})
#: Where a domain's chain begins.
_ROOTS: Final = MappingProxyType(
    {
        "proxy": ("proxy", "v1"),
        "messaging": ("messaging", "v1"),
        "monitor": ("monitor", "v1"),
        "api": (),
    }
)
_NUMBERS: Final = _words("Ttl DefaultTtl ValidityPeriod PageSize")
#: Lists of texts, even of one.
_LISTS: Final = _words("MediaUrl")
#: How a list is gone through, which the SDKs do by themselves.
_PAGING: Final = _words("Page PageToken")
_PATH: Final = re.compile(r"/(?P<domain>[a-z]+)/(?:v1|2010-04-01)(?P<rest>/.*)?")
_ACCOUNT: Final = re.compile(r"/Accounts/AC[0-9a-fA-F]{32}(?P<rest>/.*)")
#: Characters of a line, as far as it goes.
_LINE: Final = 76
_PART: Final = re.compile(r"[A-Z][a-z0-9]*")


class Call(msgspec.Struct, frozen=True):
    """A request to the API: its path begins with the product's prefix; `params` are those of the
    query or the body."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    account_sid: str


class _Chain(msgspec.Struct, frozen=True):
    """How the SDKs write a request: names and the SIDs after them, a method and its parameters."""

    steps: tuple[tuple[str, str | None], ...]
    method: str
    params: dict[str, str | list[str]]


def snippets(call: Call, base_url: str) -> list[tuple[str, str]]:
    """The lines for each language: python, node and curl."""
    chain = _chain(call)
    domain = call.path[1:].partition("/")[0]
    return [
        ("python", _python(call, chain, domain, base_url)),
        ("node", _node(call, chain, domain, base_url)),
        ("curl", _curl(call, base_url)),
    ]


def _chain(call: Call) -> _Chain | None:
    """Null for what the SDKs do not know."""
    found = _PATH.fullmatch(call.path.removesuffix(".json"))
    if found is None or found["domain"] not in _ROOTS:
        return None
    domain, rest = found["domain"], found["rest"] or ""
    if domain == "api":
        within = _ACCOUNT.fullmatch(rest)
        if within is None:
            return None
        rest = within["rest"]
    parts = [unquote(part) for part in rest.split("/")[1:]]
    steps: list[tuple[str, str | None]] = [(name, None) for name in _ROOTS[domain]]
    place, resource = domain, None
    for at in range(0, len(parts), 2):
        place = f"{place}/{parts[at]}"
        resource = _RESOURCES.get(place)
        name = _STEPS.get(place) if resource is None else resource.name
        if name is None:
            return None
        sid = parts[at + 1] if at + 1 < len(parts) else None
        steps.append((name, sid))
        place = f"{place}/{{}}"
    if resource is None:
        return None
    return _method(call, resource, steps)


def _method(
    call: Call, resource: _Resource, steps: Sequence[tuple[str, str | None]]
) -> _Chain | None:
    name, sid = steps[-1]
    params = _gathered(call.params)
    known: frozenset[str] | None
    if call.method == "GET" and sid is None:
        method, known = "list", resource.filters | {"PageSize"}
        params = {key: value for key, value in params.items() if key not in _PAGING}
    elif call.method == "GET":
        method, known = "fetch", _NOTHING
    elif call.method == "DELETE":
        method, known = "delete", _NOTHING
    elif call.method == "POST" and sid is None:
        method, known = "create", resource.create
        name = resource.created_by or name
    elif call.method == "POST":
        method, known = "update", resource.update
    else:
        return None
    if known is None or not params.keys() <= known:
        return None
    return _Chain((*steps[:-1], (name, sid)), method, params)


def _gathered(pairs: Pairs) -> dict[str, str | list[str]]:
    """Parameters by name; several values of one, and those that may be several, as a list."""
    params: dict[str, str | list[str]] = {}
    for name, value in pairs:
        before = params.get(name)
        if isinstance(before, list):
            before.append(value)
        elif before is not None:
            params[name] = [before, value]
        else:
            params[name] = [value] if name in _LISTS else value
    return params


def _python(call: Call, chain: _Chain | None, domain: str, base_url: str) -> str:
    lines = [
        "import os",
        "",
        "from twilio.rest import Client",
        "",
        f'client = Client({_text(call.account_sid)}, os.environ["MASKLINE_AUTH_TOKEN"])',
    ]
    if chain is None:
        place = "params" if call.method == "GET" else "data"
        sent = _gathered(call.params)
        more = f", {place}={_json(sent)}" if sent else ""
        lines.append(
            f"answer = client.request({_text(call.method)}, {_text(base_url + call.path)}{more})"
        )
        lines.append("print(answer.text)")
        return "\n".join(lines)
    lines.append(f"client.{domain}.base_url = {_text(f'{base_url}/{domain}')}")
    names = [(name, sid) for name, sid in chain.steps]
    given = [
        f"{_snake(name)}={_literal(name, value, yes='True', no='False')}"
        for name, value in chain.params.items()
    ]
    parts = _broken(names, f"{chain.method}{_arguments(given)}")
    if len(parts) == 1:
        lines.append(f"answer = {parts[0]}")
    else:
        lines += ["answer = (", *_indented(parts, "    "), ")"]
    lines.append("print(answer)")
    return "\n".join(lines)


def _node(call: Call, chain: _Chain | None, domain: str, base_url: str) -> str:
    lines = [
        'import twilio from "twilio";',
        "",
        f"const client = twilio({_text(call.account_sid)}, process.env.MASKLINE_AUTH_TOKEN);",
    ]
    if chain is None:
        place = "params" if call.method == "GET" else "data"
        sent = _gathered(call.params)
        fields = [f"method: {_text(call.method.lower())}", f"uri: {_text(base_url + call.path)}"]
        if sent:
            fields.append(f"{place}: {_json(sent)}")
        lines.append(f"const answer = await client.request({{ {', '.join(fields)} }});")
        lines.append("console.log(answer.body);")
        return "\n".join(lines)
    lines.append(f"client.{domain}.baseUrl = {_text(f'{base_url}/{domain}')};")
    names = [(_camel(name), sid) for name, sid in chain.steps]
    given = [
        f"{_lower(name)}: {_literal(name, value, yes='true', no='false')}"
        for name, value in chain.params.items()
    ]
    method = "remove" if chain.method == "delete" else chain.method
    inner = f"{{ {', '.join(given)} }}" if len(given) < 3 else _block(given)
    parts = _broken(names, f"{method}({inner if given else ''})")
    lines.append(f"const answer = await {parts[0]}")
    lines += _indented(parts[1:], "  ")
    lines[-1] += ";"
    lines.append("console.log(answer);")
    return "\n".join(lines)


def _curl(call: Call, base_url: str) -> str:
    lines = [
        f"curl -X {call.method} {shlex.quote(base_url + call.path)}",
        f'-u "{call.account_sid}:$MASKLINE_AUTH_TOKEN"',
    ]
    if call.method == "GET":
        lines[0] = lines[0].replace("-X GET", "-G" if call.params else "-X GET")
    lines += [f"--data-urlencode {shlex.quote(f'{name}={value}')}" for name, value in call.params]
    return " \\\n    ".join(lines)


def _broken(steps: Sequence[tuple[str, str | None]], last: str) -> list[str]:
    """A chain, a line for each SID in it, unless one line has room for all."""
    parts = ["client"]
    for name, sid in steps:
        parts[-1] += f".{name}" if sid is None else f".{name}({_text(sid)})"
        if sid is not None:
            parts.append("")
    parts[-1] += f".{last}"
    whole = "".join(parts)
    return [whole] if len(whole) <= _LINE and "\n" not in whole else parts


def _indented(parts: Sequence[str], by: str) -> list[str]:
    return [by + part.replace("\n", f"\n{by}") for part in parts]


def _arguments(given: Sequence[str]) -> str:
    if len(given) < 3:
        return f"({', '.join(given)})"
    inner = "".join(f"    {one},\n" for one in given)
    return f"(\n{inner})"


def _block(given: Sequence[str]) -> str:
    inner = "".join(f"  {one},\n" for one in given)
    return f"{{\n{inner}}}"


def _literal(name: str, value: str | list[str], *, yes: str, no: str) -> str:
    if isinstance(value, list):
        return _json(value)
    if name in _NUMBERS and value.isascii() and value.isdigit():
        return str(int(value))
    return {"true": yes, "false": no}.get(value.lower(), _text(value))


def _text(value: str) -> str:
    """A literal that both languages read alike."""
    return _json(value)


def _json(value: object) -> str:
    plain = json.dumps(value, ensure_ascii=False)
    # What can't be seen, or turns the direction of writing, is told by its number. Beyond the first
    # plane each language has a form of its own for that: it stays as it is.
    return "".join(
        one if one.isprintable() or ord(one) > 0xFFFF else f"\\u{ord(one):04x}" for one in plain
    )


def _snake(name: str) -> str:
    plain = "_".join(part.lower() for part in _PART.findall(name))
    return "from_" if plain == "from" else plain


def _lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
