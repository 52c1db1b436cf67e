"""Write docs/reference/debugger.md: every code of alerts, when it arises and what to do.

Levels, statuses and texts come from the error dictionary; the rest from
src/maskline/debugger/codes.toml.
"""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Final

from maskline.debugger.advice import advice
from maskline.model.errors import CATALOGUE

HERE: Final = Path(__file__).parent
PAGE: Final = HERE.parent / "docs/reference/debugger.md"
#: Proxy's own codes, those of programs' answers, opt-outs, registrations and their budgets.
CODES: Final = frozenset(
    {
        *range(11000, 15000),
        21610,
        30023,
        30025,
        30026,
        30027,
        *range(30032, 30036),
        30125,
        *range(30700, 31000),
        *range(80100, 81000),
    }
)
HEAD: Final = """\
# The debugger

<!-- Written by scripts/debugger_docs.py (make docs) from src/maskline/debugger/codes.toml. -->

Whatever goes wrong, or is refused, becomes an alert of the account:

- **To read**: `GET /monitor/v1/Alerts`, narrowed by `LogLevel`, `StartDate` and `EndDate`; a single
  one, `GET /monitor/v1/Alerts/NO…`, shows the request behind it and the answer. Alerts are kept for
  `retention.alerts_days` (30).
- **To be told**: `maskline accounts set --debugger-url URL` has every alert posted there, a form
  signed with the account's token: `Sid`, `AccountSid`, `ParentAccountSid` (empty), `Timestamp`,
  `Level`, `PayloadType` and `Payload`, a JSON object with `error_code`, `resource_sid`,
  `service_sid`, `more_info` and, where a request is behind the alert, `webhook`. Any 2xx will do;
  otherwise it is tried again by `webhooks.retry_delays`. A debugger that fails raises no alert.

An alert holds nobody's number, words or secrets: see [choices](../explanation/choices.md#debugger).
A mistake that repeats itself is told 100 times a minute for one resource, and 3,000 times for one
account (`[debugger]` in the [settings](settings.md)); the last one says that more are left out.

A code with an HTTP status is an answer of the API, and an alert too. Those without one are alerts
only.
"""


def page() -> str:
    """The whole page."""
    coverage = runpy.run_path(str(HERE / "coverage_docs.py"))
    arising, never = [], []
    found = advice()
    for code, entry in CATALOGUE.items():
        if code not in CODES:
            continue
        if code in found:
            when, do, alert = found[code]
            status = "" if alert else str(entry.status)
            arising.append(f"| {code} | {entry.level} | {status} | {entry.text} | {when} | {do} |")
        elif code in coverage["ABSENT"]:
            never.append(f"| {code} | {entry.text} | {coverage['ABSENT'][code]} |")
        else:
            never.append(f"| {code} | {entry.text} | instead {coverage['OTHERWISE'][code]} |")
    return "\n".join(
        [
            HEAD,
            "| code | level | HTTP | what it says | when it arises | what to do |",
            "|---|---|---|---|---|---|",
            *arising,
            "",
            "## Codes that never arise",
            "",
            "| code | what it says | why not |",
            "|---|---|---|",
            *never,
            "",
        ]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
    print(f"wrote {PAGE.name}")
