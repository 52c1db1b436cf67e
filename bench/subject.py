"""A server under test in a process of its own: `python -m bench.subject`, told what to run as one
JSON object in its first argument. It prints the port that it listens on."""

from __future__ import annotations

import os
import socket
import sys
from typing import Final

import msgspec
import uvicorn

from bench.controls import CreateControl, DoorControl, LoopControl
from bench.floor import CreateFloor, DoorFloor
from bench.population import ACCOUNT_SID, CREDENTIALS_KEY, TOKEN
from bench.probe import App, Probe
from bench.product import AcknowledgeOnly, with_http_carrier
from maskline.app import Server
from maskline.cli.web import spare_collector
from maskline.settings import Settings, load

#: The product without its dispatcher.
_STOPPED: Final = frozenset({"acknowledge", "carrier", "carrier-journal"})


class Plan(msgspec.Struct):
    """What to run: `kind` of server, on which database, on which cores (none: as they are).
    A floor is told how many sessions and numbers its database holds."""

    kind: str
    database: str
    cores: list[int] = []
    carrier_url: str | None = None
    callback_url: str | None = None
    sessions: int = 1
    pool: int = 1


def settings(plan: Plan) -> Settings:
    """The defaults, with the benchmark's account and leave to call the loopback."""
    return load(
        None,
        {
            "MASKLINE_DATABASE_URL": plan.database,
            "MASKLINE_ACCOUNT_SID": ACCOUNT_SID,
            "MASKLINE_AUTH_TOKEN": TOKEN,
            "MASKLINE_ALLOW_PRIVATE_WEBHOOKS": "true",
            # Requests are counted, at what that costs, but never too many.
            "MASKLINE_LIMITS_REQUESTS_PER_SECOND": "1000000",
            # So are segments for the benchmark's carrier.
            "MASKLINE_PACING_LONG_CODE": "100000",
            "MASKLINE_PACING_TOLL_FREE": "100000",
            "MASKLINE_CREDENTIALS_KEY": CREDENTIALS_KEY,
            "MASKLINE_CARRIERS_KEEP_REQUESTS": str(plan.kind == "carrier-journal").lower(),
            **({"MASKLINE_DELIVERY_POLL_SECONDS": "86400"} if plan.kind in _STOPPED else {}),
        },
        {},
    )


def make(plan: Plan) -> App:
    """The server that is asked for."""
    match plan.kind:
        case kind if kind in _STOPPED:
            return AcknowledgeOnly(settings(plan))
        case "server":
            return Server(settings(plan))
        case "http-carrier" if plan.carrier_url is not None:
            return with_http_carrier(settings(plan), plan.carrier_url)
        case "message-control" | "call-control":
            return DoorControl(plan.database, call=plan.kind == "call-control")
        case "message-floor" | "call-floor":
            call = plan.kind == "call-floor"
            return DoorFloor(plan.database, call=call, sessions=plan.sessions)
        case "create-floor":
            return CreateFloor(plan.database, plan.pool)
        case "create-control":
            return CreateControl(plan.database)
        case "loop-control" if plan.carrier_url is not None and plan.callback_url is not None:
            return LoopControl(plan.carrier_url, plan.callback_url)
    raise ValueError(plan.kind)


def main() -> None:
    """Serves until it is told to end."""
    plan = msgspec.json.decode(sys.argv[1], type=Plan)
    if plan.cores and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, plan.cores)
    # With the protocol named, Nagle's algorithm is off on every loop.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    app = Probe(make(plan))
    # As `maskline serve` runs it.
    config = uvicorn.Config(
        app, ws="none", lifespan="on", log_config=None, access_log=False, server_header=False
    )
    _Server(config).run([listener])


class _Server(uvicorn.Server):
    """uvicorn that says when it answers."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        # As `maskline serve` does it; the controls get it too.
        spare_collector()
        assert sockets is not None
        print(sockets[0].getsockname()[1], flush=True)


if __name__ == "__main__":
    main()
