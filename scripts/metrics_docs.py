"""Write docs/reference/metrics.md from a registry as a server has it."""

from __future__ import annotations

from pathlib import Path

from maskline.metrics import CATALOGUE, Metric
from maskline.model.meter import Meter

PAGE = Path(__file__).parent.parent / "docs/reference/metrics.md"
HEAD = """\
# Metrics

<!-- Written by scripts/metrics_docs.py (make docs) from src/maskline/metrics: edit that. -->

`GET /metrics` shows them in Prometheus' text form (version 0.0.4), one process at a time. Who may
ask, on which port, and how several processes are scraped:
[operations](../operations.md#metrics). A ready dashboard for Grafana:
[grafana.json](../operations/grafana.json).

Labels are few and bounded: no phone number, SID, text, address or token is ever in one. An error
code is shown by its thousand (`30xxx`), a status by its hundred (`2xx`), an alert by its whole
code, of which there are as many as the dictionary has. A series shows from the first time that what
it counts happens. What a transaction that is run again raises of alerts may be counted twice.

"""
TAIL = """
## Of the process

Beside them are those of the Prometheus client for Python: `process_cpu_seconds_total`,
`process_resident_memory_bytes`, `process_virtual_memory_bytes`, `process_open_fds`,
`process_max_fds` and `process_start_time_seconds` (where the system has `/proc`), `python_info`,
and `python_gc_*`.
"""


def page() -> str:
    """The whole page."""
    rows = ["| metric | type | labels | what it says |", "|---|---|---|---|"]
    rows += [_row(metric) for metric in CATALOGUE.values()]
    return HEAD + "\n".join(rows) + "\n" + TAIL


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{name}`" for name in metric.labels)
    name = f"{metric.name}_total" if metric.kind == "counter" else metric.name
    kind = metric.kind
    if metric.kind == "histogram":
        bounds = getattr(Meter(), metric.source).bounds
        kind = f"histogram, to {', '.join(f'{one:g}' for one in bounds)}"
    return f"| `{name}` | {kind} | {labels} | {metric.help} |"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), "utf-8")
    print(f"wrote {PAGE.name}")
