"""`python -m bench.paint`: how soon the console's pages are painted beside many interactions.

A server on SQLite holds `--interactions` of the past and `--participants` of today. Each page is
opened in Chromium by its address, with an empty cache, `--rounds` times; printed are the median and
the longest time to the first contentful paint, and until the page is whole. The control is the same
on a database that is nearly empty.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, expect
from rich.console import Console
from rich.table import Table

from bench.databases import SqliteEngine
from bench.population import ACCOUNT_SID, TOKEN, Population
from tests.support.console import Viewer, chromium
from tests.support.server import RunningServer

#: Pages by their address, and what stands there when one is whole.
PAGES: Final = {
    "overview": ("", "h1"),
    "handsets": ("handsets", "h1"),
    "sessions": ("sessions", "tbody tr"),
    "search": ("search?q=KC", "h1"),
    "pools": ("pools", "tbody tr"),
    "deliveries": ("deliveries", "section h2"),
    "queue": ("queue", "h1"),
    "messages": ("messages", "h1"),
    "messaging services": ("messaging-services", "h1"),
    "a2p": ("a2p", "h1"),
    "toll-free": ("toll-free", "h1"),
    "opt-outs": ("opt-outs", "h1"),
    "debugger": ("debugger", "h1"),
    "requests": ("requests", "h1"),
    "as code": ("code", "h1"),
    "webhooks": ("webhooks", "h1"),
    "accounts": ("accounts", "h1"),
    "users": ("users", "tbody tr"),
    "audit": ("audit", "tbody tr"),
}
_PAINT: Final = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def paints(
    browser: Browser, population: Population, rounds: int
) -> dict[str, tuple[list[float], list[float]]]:
    """Times in ms by page: to the first paint, and until it is whole."""
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteEngine(Path(folder)).database(population)
        found: dict[str, tuple[list[float], list[float]]] = {}
        with RunningServer(
            Path(folder),
            MASKLINE_DATABASE_URL=database.url,
            MASKLINE_ACCOUNT_SID=ACCOUNT_SID,
            MASKLINE_AUTH_TOKEN=TOKEN,
        ) as server:
            viewer = Viewer(browser, server)
            page = viewer.signs_in()
            client = viewer.context.new_cdp_session(page)
            client.send("Network.enable")
            client.send("Network.setCacheDisabled", {"cacheDisabled": True})
            for name, (path, mark) in PAGES.items():
                first, whole = found[name] = ([], [])
                for _ in range(rounds):
                    began = time.perf_counter()
                    page.goto(f"{server.url}/console/{path}")
                    expect(page.locator(mark).first).to_be_visible()
                    whole.append((time.perf_counter() - began) * 1000)
                    page.wait_for_function(_PAINT)
                    first.append(page.evaluate(_PAINT))
            viewer.context.close()
    return found


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--interactions", type=int, default=1_000_000)
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    full = Population(options.participants, 5_500, interactions=options.interactions)
    with chromium() as browser:
        ours = paints(browser, full, options.rounds)
        control = paints(browser, Population(100, 100), options.rounds)
    table = Table("page", "first paint", "longest", "whole", "nearly empty: paint", "whole")
    for name, (first, whole) in ours.items():
        numbers = (
            statistics.median(first),
            max(first),
            statistics.median(whole),
            *map(statistics.median, control[name]),
        )
        table.add_row(name, *(f"{ms:.0f} ms" for ms in numbers))
    Console().print(table)


if __name__ == "__main__":
    main()
