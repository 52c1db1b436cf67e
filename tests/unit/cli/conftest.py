"""A command line to type at, over a database of the test's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maskline.cli.program import run
from maskline.cli.where import Where
from maskline.databases import look_at
from maskline.env import Env
from maskline.model.form import Form
from maskline.model.service import Service
from maskline.proxy import services
from maskline.store.contract import Transaction
from maskline.store.look import Look


class Typed:
    """What a command line answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    @property
    def json(self) -> Any:
        """Its standard output as JSON."""
        return msgspec.json.decode(self.out)


class CommandLine:
    """Types command lines in a folder, against `maskline.db` there."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.path = folder / "maskline.db"
        self._capsys = capsys

    def __call__(self, *words: str) -> Typed:
        code = run(words)
        captured = self._capsys.readouterr()
        return Typed(code, captured.out, captured.err)

    @property
    def look(self) -> Look:
        """The database from outside."""
        return look_at(Where().settings())

    def transact(self, work: Callable[[Env, Transaction], Awaitable[Any]]) -> Any:
        """Changes the database past the command line."""
        return Where().transact(work)

    def service(self, name: str, **more: str) -> Service:
        """A Service of the first account."""

        async def work(env: Env, tx: Transaction) -> Service:
            account = (await tx.accounts.all())[0]
            form = Form({"UniqueName": [name], **{key: [value] for key, value in more.items()}})
            return await services.create(env, tx, account.sid, form)

        found: Service = self.transact(work)
        return found


@pytest.fixture
def maskline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> CommandLine:
    """An empty folder to type in."""
    monkeypatch.chdir(tmp_path)
    for name in ("MASKLINE_CONFIG", "MASKLINE_DATABASE_URL", "MASKLINE_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(tmp_path, capsys)


@pytest.fixture
def account(maskline: CommandLine) -> dict[str, str]:
    """The first account, as `accounts add --json` shows it."""
    shown: dict[str, str] = maskline("accounts", "add", "Acme", "--json").json
    return shown
