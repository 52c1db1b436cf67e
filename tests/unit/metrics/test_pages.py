"""The page that lists the metrics, and the dashboard that shows them."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from maskline.metrics import CATALOGUE
from tests.unit.metrics.test_door import Desk

ROOT = Path(__file__).parents[3]
PROCESS = {"process_cpu_seconds_total", "process_resident_memory_bytes"}


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    """The dashboard."""
    text = (ROOT / "docs/operations/grafana.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def queries(dashboard: dict[str, Any]) -> list[str]:
    """What its panels and variables ask of Prometheus."""
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    variables = [one for one in dashboard["templating"]["list"] if one["type"] == "query"]
    return [*asked, *(one["query"]["query"] for one in variables)]


def samples() -> set[str]:
    """The names of the samples that each metric of ours has."""
    endings = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
    return {one.name + end for one in CATALOGUE.values() for end in endings[one.kind]}


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(ROOT / "scripts/metrics_docs.py"))
    page = (ROOT / "docs/reference/metrics.md").read_text("utf-8")
    assert page == script["page"](), "run: make docs"


async def test_every_metric_that_the_dashboard_asks_for_is_there(dashboard: dict[str, Any]) -> None:
    text = (await Desk().metrics.text()).decode()
    for query in queries(dashboard):
        names = set(re.findall(r"\b(?:maskline|process)_[a-z_]+", query))
        assert names, query
        assert names <= samples() | PROCESS, query
        assert all(name in text for name in names & PROCESS)


def test_the_dashboard_shows_every_metric(dashboard: dict[str, Any]) -> None:
    asked = " ".join(queries(dashboard))
    assert [name for name in CATALOGUE if name not in asked] == []


def test_the_dashboard_groups_by_labels_that_there_are(dashboard: dict[str, Any]) -> None:
    for query in queries(dashboard):
        names = re.findall(r"\bmaskline_[a-z_]+", query)
        known = {"le", "instance", "job"}
        for metric in CATALOGUE.values():
            if any(name.startswith(metric.name) for name in names):
                known.update(metric.labels)
        for grouped in re.findall(r"by \(([^)]*)\)", query):
            assert set(grouped.split(", ")) <= known, query
        assert set(re.findall(r"(\w+)=~?\"", query)) <= known, query


def test_its_queries_are_whole_and_its_panels_have_ids_and_places_of_their_own(
    dashboard: dict[str, Any],
) -> None:
    for query in queries(dashboard):
        assert all(query.count(a) == query.count(b) for a, b in ("()", "{}", "[]"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
