"""`/metrics`, asked as Prometheus asks it."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import falcon.asgi
import falcon.testing
import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from maskline.metrics import CATALOGUE, Metrics
from maskline.model.meter import Meter
from maskline.settings import MetricsSettings, Settings
from maskline.store.contract import StoreUnavailable
from maskline.store.repositories.outbox import Backlog
from tests.support.records import StoppedClock
from tests.support.scrape import samples

TOKEN = "a-token-for-scrapes"


class Shelf:
    """A store that says what a test wants, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.state: Any = (Backlog(7, 2, None), (10, 4), [])

    async def read(self, _: object) -> Any:
        """The state."""
        self.asked += 1
        if self.state is None:
            raise StoreUnavailable("gone")
        return self.state


class Desk:
    """The resource, what it shows, and a client."""

    def __init__(self, token: str | None = None) -> None:
        self.shelf = Shelf()
        self.clock = StoppedClock()
        self.meter = Meter()
        settings = Settings(metrics=MetricsSettings(token=token))
        self.metrics = Metrics(settings, cast(Any, self.shelf), self.clock, self.meter, lambda: 3)
        app: falcon.asgi.App[Any, Any] = falcon.asgi.App()
        app.add_route("/metrics", self.metrics)
        self.client = falcon.testing.TestClient(app)

    def status(self, address: str, **headers: str) -> int:
        """What a caller at `address` is answered."""
        return self.client.simulate_get(
            "/metrics", remote_addr=address, headers=headers
        ).status_code

    def values(self) -> dict[tuple[str, tuple[str, ...]], float]:
        """Every sample by its name and the values of its labels."""
        text = asyncio.run(self.metrics.text()).decode()
        return {
            (name, labels): value
            for name, found in samples(text).items()
            for labels, value in found.items()
        }


def test_every_metric_of_the_catalogue_is_there_with_its_help_before_anything_is_counted() -> None:
    text = asyncio.run(Desk().metrics.text()).decode()
    found = {one.name: one for one in text_string_to_metric_families(text)}
    for name, metric in CATALOGUE.items():
        assert (found[name].type, found[name].documentation) == (metric.kind, metric.help)


def test_every_source_is_a_field_of_the_meter_and_every_field_is_shown() -> None:
    sources = {one.source for one in CATALOGUE.values() if one.source}
    assert sources == set(vars(Meter()))


def test_counts_and_spreads_are_shown() -> None:
    desk = Desk()
    desk.meter.messages_in["simulator", "refused", "no-session"] += 3
    desk.meter.webhook_seconds["callback",].add(0.02)
    desk.meter.webhook_seconds["callback",].add(100)
    values = desk.values()
    key = ("simulator", "refused", "no-session")
    assert values["maskline_messages_received_total", key] == 3
    bucket = "maskline_webhook_seconds_bucket"
    assert values[bucket, ("callback", "0.01")] == 0
    assert values[bucket, ("callback", "0.025")] == 1
    assert values[bucket, ("callback", "15.0")] == 1
    assert values[bucket, ("callback", "+Inf")] == 2
    assert values["maskline_webhook_seconds_count", ("callback",)] == 2
    assert values["maskline_webhook_seconds_sum", ("callback",)] == pytest.approx(100.02)


def test_gauges_are_asked_when_they_are_shown() -> None:
    desk = Desk()
    held = [3]
    desk.meter.smpp_links["smpp", "bound"] = lambda: held[0]
    assert desk.values()["maskline_smpp_links", ("smpp", "bound")] == 3
    held[0] = 2
    assert desk.values()["maskline_smpp_links", ("smpp", "bound")] == 2
    desk.meter.smpp_links.clear()
    assert not [name for name, _ in desk.values() if name == "maskline_smpp_links"]


def test_what_the_store_says_is_shown_and_asked_for_once_in_five_seconds() -> None:
    desk = Desk()
    desk.shelf.state = (
        Backlog(7, 2, desk.clock() - 1500),
        (10, 4),
        [
            ("number:telnyx:+14158670001", (desk.clock() + 90_000) * 1000),
            ("carrier:telnyx", (desk.clock() + 80_000) * 1000),
            ("number:telnyx:+14158670002", (desk.clock() + 60_000) * 1000),
        ],
    )
    values = desk.values()
    assert values["maskline_store_up", ()] == 1
    assert values["maskline_outbox_jobs", ("pending",)] == 7
    assert values["maskline_outbox_jobs", ("dead",)] == 2
    assert values["maskline_outbox_oldest_due_seconds", ()] == 1.5
    assert values["maskline_queued_numbers", ("telnyx",)] == 2
    assert values["maskline_longest_queue_seconds", ("telnyx",)] == 90
    assert values["maskline_pool_numbers", ("free",)] == 6
    assert values["maskline_pool_numbers", ("used",)] == 4
    assert values["maskline_jobs_held", ()] == 3
    desk.clock.now += 4999
    desk.values()
    assert desk.shelf.asked == 1
    desk.clock.now += 1
    desk.shelf.state = (Backlog(0, 0, desk.clock() + 60_000), (10, 4), [])
    assert desk.values()["maskline_outbox_oldest_due_seconds", ()] == 0
    assert desk.shelf.asked == 2


def test_without_the_database_its_figures_are_left_out_and_all_others_stay() -> None:
    desk = Desk()
    desk.shelf.state = None
    values = desk.values()
    assert values["maskline_store_up", ()] == 0
    assert values["maskline_jobs_held", ()] == 3
    assert not [name for name, _ in values if name.startswith(("maskline_outbox", "maskline_pool"))]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("127.0.0.1", 200),
        ("::1", 200),
        ("10.1.2.3", 200),
        ("192.168.0.7", 200),
        ("8.8.8.8", 404),
        ("2001:4860:4860::8888", 404),
        ("::ffff:8.8.8.8", 404),
        ("::ffff:10.1.2.3", 200),
        ("unix", 404),
    ],
)
def test_without_a_token_strangers_find_nothing(address: str, status: int) -> None:
    assert Desk().status(address) == status


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (f"Bearer {TOKEN}", 200),
        (f"bearer  {TOKEN} ", 200),
        (f"Basic {TOKEN}", 401),
        (f"Bearer {TOKEN}x", 401),
        ("Bearer", 401),
        (TOKEN, 401),
        ("", 401),
    ],
)
@pytest.mark.parametrize("address", ["127.0.0.1", "8.8.8.8"])
def test_with_a_token_it_is_asked_of_everybody(header: str, status: int, address: str) -> None:
    assert Desk(TOKEN).status(address, Authorization=header) == status


def test_two_servers_in_one_process_share_nothing() -> None:
    one, other = Desk(), Desk()
    one.meter.limited["proxy",] += 1
    assert one.values()["maskline_requests_limited_total", ("proxy",)] == 1
    assert ("maskline_requests_limited_total", ("proxy",)) not in other.values()


def test_the_token_is_hidden_wherever_settings_are_shown() -> None:
    from maskline.settings import describe

    settings = msgspec.structs.replace(Settings(), metrics=MetricsSettings(token=TOKEN))
    (row,) = [one for one in describe(settings) if one.key == "metrics.token"]
    assert TOKEN not in repr(row)
