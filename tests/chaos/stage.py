"""The stage of a scene: servers over one database, under a steady load from the network outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import requests
from twilio.base.exceptions import TwilioException

from tests.chaos import program
from tests.chaos.ledger import Shown
from tests.chaos.network import Network, Route
from tests.support.engines import PostgresEngine
from tests.support.postgres import Cluster, make_cluster
from tests.support.process import ServerProcess
from tests.support.world import POOL

#: Seconds for which a server may ask to come again once the fault is over.
_PATIENCE: Final = 10.0

T = TypeVar("T")

ROOT: Final = Path(__file__).resolve().parents[2]
CONNECTIONS: Final = 320
#: MiB of the small disk: PostgreSQL's own files take some 80. With them go what a message takes:
#: without the filler all of them must fit.
DISK: Final = {"sqlite": 32, "postgres": 160}
MESSAGE: Final = 0.012

#: Retries come soon, so that a scene is soon over.
SETTINGS: Final = {
    # What a number may send in a second is no part of it.
    "MASKLINE_PACING_OFF": program.CARRIER,
    "MASKLINE_WEBHOOKS_TOTAL_TIMEOUT": "1",
    "MASKLINE_WEBHOOKS_RETRY_DELAYS": ",".join(["0.5", "1", *["2"] * 60]),
    "MASKLINE_SQLITE_WAL_LIMIT_MB": "8",
    "MASKLINE_DELIVERY_SEND_RETRY_DELAYS": ",".join(["0.5", "1", "2", *["4"] * 60]),
}


class CannotPlay(Exception):
    """The scene needs what this machine or user does not have."""


class Lengths(NamedTuple):
    """Seconds: of load before the fault, of the fault, of load after it; of a carrier's outage, and
    the most that a recovery may take. `rate` is in messages per second, `pairs` are those who write
    to each other: the messages of one to the other go one after the other. `lease` is how many
    seconds the jobs of a dead process wait: by default a minute, which is long for a scene."""

    before: float
    fault: float
    after: float
    outage: float
    patience: float
    rate: float
    pairs: int
    lease: float


class Program(ServerProcess):
    """The command with the tests' carrier and clock."""

    module = "tests.chaos.program"


class Stage:
    """Servers that run. `servers` are those that take messages in."""

    def __init__(self, lengths: Lengths, engine: str, cluster: Cluster | None) -> None:
        self.lengths = lengths
        self.engine = engine
        self.servers: list[Program] = []
        self.network = Network()
        self._cluster = cluster
        self._stack = ExitStack()
        self._sessions: list[Any] = []
        #: The people, and the numbers that they write to.
        self.routes: list[Route] = []
        self.disk: Path | None = None

    @property
    def cluster(self) -> Cluster:
        """The PostgreSQL server."""
        assert self._cluster is not None
        return self._cluster

    @contextmanager
    def set_up(
        self, directory: Path, processes: int, words: tuple[str, ...], *, small_disk: bool
    ) -> Iterator[None]:
        """Starts everything."""
        with self._stack as stack:
            stack.enter_context(self.network)
            if small_disk:
                stack.enter_context(self._small_disk())
            database = self._database(directory)
            clock = directory / "clock"
            program.set_wrong(clock, 0)
            for place in range(processes):
                folder = directory / f"process {place}"
                folder.mkdir()
                server = Program(
                    folder,
                    *words,
                    MASKLINE_DATABASE_URL=database,
                    CHAOS_NETWORK=self.network.url,
                    CHAOS_CLOCK=str(clock),
                    PYTHONPATH=os.pathsep.join([str(ROOT), str(ROOT / "src")]),
                    MASKLINE_DELIVERY_LEASE_SECONDS=str(self.lengths.lease),
                    **SETTINGS,
                )
                stack.callback(_end, server)
                server.start()
                self.servers.append(server)
            self._clock = clock
            self.routes = self._people()
            self.network.targets = [server.url for server in self.servers]
            yield

    def set_clock(self, seconds: float) -> None:
        """Makes the servers' clock wrong by so many seconds."""
        program.set_wrong(self._clock, int(seconds * 1000))

    def until(self, look: Callable[[], T], within: float | None = None) -> T:
        """What `look` returns as soon as it is true."""
        end = time.monotonic() + (within or self.lengths.patience)
        while not (found := look()):
            if time.monotonic() > end:
                raise AssertionError(f"it did not happen in time; {self.log()}")
            time.sleep(0.01)
        return found

    def refuses(self) -> bool:
        """Whether a server says that it can't store anything."""
        return self.ready() == 503

    def ready(self) -> int:
        """What the first server's `/readyz` says; 0 without an answer."""
        with suppress(requests.RequestException):
            return requests.get(f"{self.servers[0].url}/readyz", timeout=20).status_code
        return 0

    def shown(self) -> dict[int, Shown]:
        """What the API shows of every message of the network's ledger, by its number. A server that
        asks to come again, as after a disk was full, is asked again; its log says why it did."""
        until = time.monotonic() + _PATIENCE
        while True:
            try:
                return self._shown()
            except TwilioException as error:
                if "503" not in str(error) or time.monotonic() > until:
                    raise
                sys.stderr.write(f"asked again: {error}\n{self.log()}\n")
            time.sleep(1)

    def _shown(self) -> dict[int, Shown]:
        first = self.network.ledger.first
        return {
            int(data["body"]): Shown(
                one.outbound_resource_status or "",
                one.outbound_resource_sid or "",
                bool(data.get("possible_duplicate")),
            )
            for session in self._sessions
            for one in session.interactions.stream(page_size=100)
            if int((data := json.loads(one.data))["body"]) >= first
        }

    def log(self) -> str:
        """The last lines of the servers' logs, but for what is there in every scene."""
        return "\n".join(line for server in self.servers for line in server.log.splitlines()[-5:])

    def _database(self, directory: Path) -> str:
        if self.engine == "sqlite":
            return f"sqlite:///{(self.disk or directory) / 'maskline.db'}"
        if self.disk is not None:
            folder = self.disk / "postgres"
            folder.mkdir()
            self._cluster = make_cluster(
                folder,
                fsync="on",
                full_page_writes="on",
                synchronous_commit="on",
                max_wal_size="32MB",
                min_wal_size="32MB",
            )
            self._stack.callback(_remove, self._cluster)
            self.database = self._cluster.create()
            return self._cluster.url(self.database)
        engine = PostgresEngine(self.cluster)
        self.database = engine.name
        self._stack.callback(engine.close)
        self._stack.callback(engine.end_connections)
        return engine.url

    @contextmanager
    def _small_disk(self) -> Iterator[None]:
        if os.geteuid() != 0:
            raise CannotPlay("only root may mount the small disk that is filled")
        # Where the user whom PostgreSQL runs as gets to it.
        with tempfile.TemporaryDirectory(prefix="maskline-disk-") as folder:
            Path(folder).chmod(0o755)
            lengths = self.lengths
            seconds = lengths.before + lengths.fault + lengths.after + lengths.patience / 2
            room = DISK[self.engine] + int(lengths.rate * seconds * MESSAGE)
            size = f"size={room}m,mode=0755"
            command = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder]
            if subprocess.run(command, capture_output=True, check=False).returncode:
                raise CannotPlay("this root may not mount the small disk that is filled")
            self.disk = Path(folder)
            try:
                yield
            finally:
                # Lazily: whatever still holds it, nothing stays mounted.
                subprocess.run(["umount", "-l", folder], check=True)

    def _people(self) -> list[Route]:
        """Pairs of people, masked; everybody writes to the number that they see."""
        client = self.servers[0].client
        callback = f"{self.network.url}/callback"
        service = client.proxy.v1.services.create(unique_name="rides", callback_url=callback)
        self.network.service_sid = service.sid
        here = client.proxy.v1.services(service.sid)
        for number in POOL:
            bought = client.incoming_phone_numbers.create(phone_number=number)
            here.phone_numbers.create(sid=bought.sid)
        routes = []
        for place in range(self.lengths.pairs):
            session = here.sessions(here.sessions.create().sid)
            self._sessions.append(session)
            people = [f"+1{area}555{2000 + place}" for area in (212, 305)]
            for person in people:
                added = session.participants.create(identifier=person)
                routes.append(Route(person, added.proxy_identifier))
        return routes


def _end(server: Program) -> None:
    """Ends it, whatever state it is in."""
    with suppress(AssertionError, subprocess.TimeoutExpired):
        server.stop()
        return
    with suppress(AssertionError):
        server.kill()


def _remove(cluster: Cluster) -> None:
    if cluster.runs:
        cluster.stop(signal.SIGQUIT)
