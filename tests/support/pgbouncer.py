"""PgBouncer in transaction mode, in front of a throw-away server."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.postgres import Cluster, as_user, end_with_parent, unprivileged
from tests.support.programs import find

_CONFIG = """\
[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
"""


class PgBouncer:
    """Lends three server connections to any number of clients, a transaction at a time."""

    def __init__(self, cluster: Cluster) -> None:
        self._directory = Path(tempfile.mkdtemp(prefix="maskline-pgbouncer-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        config = self._directory / "pgbouncer.ini"
        # Any user becomes the one that is named with the database.
        text = _CONFIG.format(server=f"{cluster.port} user=postgres", port=self.port)
        config.write_text(text)
        self._directory.chmod(0o755)
        program = find("pgbouncer")
        assert program is not None
        self._process = subprocess.Popen(
            [program, str(config)],
            cwd=self._directory,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,
            **as_user(unprivileged()),
        )
        self._wait()

    def url(self, name: str) -> str:
        """A database's address behind it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def stop(self) -> None:
        """Ends it and removes its files."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._directory)

    def _wait(self) -> None:
        until = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("PgBouncer did not start") from None
                time.sleep(0.02)
