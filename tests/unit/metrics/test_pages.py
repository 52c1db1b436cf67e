"""The page that lists the metrics, and the dashboard that shows them."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import promql_parser
import pytest
import yaml

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
        if not query.startswith("label_values("):
            promql_parser.parse(query.replace("$__rate_interval", "5m"))
    panels = dashboard["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels}
    assert len(places) == len(panels)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)


@pytest.fixture(scope="module")
def rules() -> list[dict[str, Any]]:
    """The alert rules for Prometheus."""
    text = (ROOT / "deploy/prometheus/alerts.yaml").read_text("utf-8")
    (group,) = yaml.safe_load(text)["groups"]
    assert set(group) == {"name", "rules"}
    found: list[dict[str, Any]] = group["rules"]
    return found


def selectors(expression: Any) -> list[Any]:
    """Every series that an expression asks for."""
    if isinstance(expression, promql_parser.VectorSelector):
        return [expression]
    found = []
    for name in ("expr", "lhs", "rhs", "vector_selector", "vs", "args"):
        below = getattr(expression, name, None)
        for one in below if isinstance(below, list) else [below]:
            found += selectors(one) if one is not None else []
    return found


def test_every_rule_is_whole(rules: list[dict[str, Any]]) -> None:
    assert len({rule["alert"] for rule in rules}) == len(rules) > 8
    for rule in rules:
        assert set(rule) <= {"alert", "annotations", "expr", "for", "labels"}
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert rule["annotations"]["summary"]
        assert re.fullmatch(r"\d+[smh]", rule.get("for", "0s"))


def test_every_rule_asks_for_series_that_there_are(rules: list[dict[str, Any]]) -> None:
    for rule in rules:
        asked = selectors(promql_parser.parse(rule["expr"]))
        assert len(asked) == rule["expr"].count("maskline_"), rule["expr"]
        for selector in asked:
            assert selector.name in samples(), rule["expr"]
            (metric,) = [
                one
                for one in CATALOGUE.values()
                if selector.name in {one.name + end for end in ("", "_total", "_bucket")}
            ]
            wanted = {matcher.name for matcher in selector.matchers.matchers}
            assert wanted <= set(metric.labels), rule["expr"]
        grouped = {name for text in re.findall(r"by \(([^)]*)\)", rule["expr"])
                   for name in text.split(", ")}  # fmt: skip
        shown = set(re.findall(r"\$labels\.(\w+)", json.dumps(rule["annotations"])))
        assert shown <= grouped | {"instance"}, rule["alert"]


@pytest.mark.parametrize("slip", ["sum(rate(x[5m])", "sum by (a rate(x[5m])", "x{a=1}", "> 5"])
def test_an_expression_with_a_slip_is_refused(slip: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        promql_parser.parse(slip)
