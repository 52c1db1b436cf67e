"""`maskline doctor`: looks an installation over and says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

import msgspec
from rich.text import Text

from maskline.cli import terminal
from maskline.cli.doctor import carriers, configuration, data, machine
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.databases import look_at
from maskline.model.clock import system_clock
from maskline.model.finding import Finding, State, bad
from maskline.settings import Settings, SettingsError
from maskline.store.contract import StoreUnavailable

_MARKS: Final = MappingProxyType(
    {State.OK: ("✓", "green"), State.WARN: ("!", "bold yellow"), State.BAD: ("✗", "bold red")}
)


def doctor(*, json: Flag = False, where: Where | None = None) -> int:
    """Look the installation over: interpreter, settings, database, port, pools, callbacks.

    Nothing is changed. The exit code is 1 when something will not work or is not safe.

    Parameters
    ----------
    json
        Print JSON.
    """
    findings = list(examine(where or Where()))
    if json:
        terminal.document(
            {
                "ok": all(one.state is not State.BAD for one in findings),
                "checks": [msgspec.structs.asdict(one) for one in findings],
            }
        )
    else:
        show(findings)
    return int(any(one.state is State.BAD for one in findings))


def examine(where: Where) -> Iterator[Finding]:
    """All findings, in order."""
    yield machine.interpreter()
    yield machine.event_loop()
    try:
        settings = where.settings()
    except SettingsError as error:
        for problem in error.problems:
            says = f"{problem.source}: {problem.key} {problem.what}"
            yield bad("settings", says, problem.advice)
        return
    except Refusal as refusal:
        yield bad("settings", refusal.what, refusal.advice)
        return
    yield configuration.settings_in_force(settings)
    yield configuration.keywords(settings)
    yield configuration.port(settings)
    yield from configuration.public_address(settings)
    yield from configuration.exposure(settings)
    yield configuration.tracing(settings)
    yield from _database(settings)


def _database(settings: Settings) -> Iterator[Finding]:
    look = look_at(settings)
    newest: int | None = None
    try:
        findings = list(look.findings())
        yield from findings
        if all(one.state is not State.BAD for one in findings) and look.exists():
            schema = data.schema(look)
            yield schema
            # The tables are known only where the schema is ours.
            if schema.state is State.OK:
                newest = look.ask(lambda overview: overview.newest())
                yield data.accounts(look)
                yield from data.pools(look)
                yield from data.diverted(look)
                yield from data.callbacks(look, settings)
                yield from carriers.examine(look, settings)
                yield from data.outbox(look)
    except StoreUnavailable as error:
        yield bad("database", str(error), "Restore a backup, or name another.")
    yield from machine.clock(system_clock(), newest)


def show(findings: list[Finding]) -> None:
    """Prints findings, and how many are well."""
    console = terminal.out()
    width = max(len(one.check) for one in findings)
    for one in findings:
        mark, style = _MARKS[one.state]
        console.print(Text.assemble((mark, style), f" {one.check:<{width}}  ", one.says))
        indent = " " * (width + 4)
        for line in one.details:
            console.print(Text(f"{indent}{line}", "dim"))
        if one.advice:
            console.print(Text(f"{indent}→ {one.advice}"))
    count = {state: sum(one.state is state for one in findings) for state in State}
    console.print(
        f"{count[State.OK]} well, {count[State.WARN]} to look at, {count[State.BAD]} wrong"
    )
