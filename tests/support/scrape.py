"""A scrape, read as Prometheus reads it."""

from __future__ import annotations

import socket

import requests
from prometheus_client.parser import text_string_to_metric_families

from maskline.metrics import CATALOGUE

#: Samples by their names, and by the values of their labels in the catalogue's order.
Samples = dict[str, dict[tuple[str, ...], float]]


def samples(text: str) -> Samples:
    """The samples of the catalogue's metrics."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        metric = CATALOGUE.get(family.name)
        if metric is None:
            continue
        for sample in family.samples:
            rest = [name for name in sample.labels if name not in metric.labels]
            labels = tuple(sample.labels[name] for name in (*metric.labels, *rest))
            found.setdefault(sample.name, {})[labels] = sample.value
    return found


def scrape(url: str) -> Samples:
    """What the server at `url` shows."""
    answer = requests.get(f"{url}/metrics", timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(answer.text)


def free_ports(count: int) -> int:
    """The first of so many ports in a row that are free now."""
    while True:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            first: int = one.getsockname()[1]
        try:
            for port in range(first, first + count):
                with socket.socket() as one:
                    one.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return first
