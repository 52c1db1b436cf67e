"""Every metric of the server's own: its name, its kind, its labels and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal

import msgspec


class Metric(msgspec.Struct, frozen=True):
    """One metric. `source` is the meter's field that it shows; "" where the door has it."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    source: str = ""


_ALL: Final = (
    Metric(
        "maskline_messages_received",
        "counter",
        "Messages that carriers handed over. outcome: relayed, refused (reason says why), stored "
        "(the number is in no pool), duplicate, unknown-number, or unavailable (nothing was "
        "stored, the carrier was told to come again)",
        ("carrier", "outcome", "reason"),
        "messages_in",
    ),
    Metric(
        "maskline_messages_sent",
        "counter",
        "Attempts at handing a message to its carrier. outcome: accepted, retry, throttled (it is "
        "handed too much), unclear (no answer came) or failed; error is the code's class, such as "
        "30xxx",
        ("carrier", "outcome", "error"),
        "sends",
    ),
    Metric(
        "maskline_message_reports",
        "counter",
        "Reports on messages that were sent, by the state that they tell of; error is the code's "
        "class",
        ("carrier", "status", "error"),
        "reports",
    ),
    Metric(
        "maskline_relay_seconds",
        "histogram",
        "From a message's intake to the moment its carrier accepted it, further attempts and the "
        "program's answer to the intercept included",
        ("carrier",),
        "relay_seconds",
    ),
    Metric(
        "maskline_carrier_seconds",
        "histogram",
        "How long carriers took to answer a message that was handed to them",
        ("carrier",),
        "carrier_seconds",
    ),
    Metric(
        "maskline_carrier_held",
        "counter",
        "Attempts that were not made because the carrier did not seem well",
        ("carrier",),
        "carrier_held",
    ),
    Metric(
        "maskline_carrier_turns",
        "counter",
        "Times that a carrier's breaker went to open or to closed: one more of open than of closed "
        "is a carrier that is not well now",
        ("carrier", "to"),
        "carrier_turns",
    ),
    Metric(
        "maskline_smpp_binds",
        "counter",
        "Attempts at a link to an SMSC. outcome: bound, refused (by the SMSC), or failed (no "
        "connection, or it was closed). Those that were bound beyond the number of links are "
        "reconnections",
        ("carrier", "outcome"),
        "smpp_binds",
    ),
    Metric(
        "maskline_smpp_links_lost",
        "counter",
        "Links that were bound and were lost",
        ("carrier",),
        "smpp_lost",
    ),
    Metric(
        "maskline_smpp_links",
        "gauge",
        "Links to an SMSC that this process has, by state: bound or down",
        ("carrier", "state"),
        "smpp_links",
    ),
    Metric(
        "maskline_smpp_window",
        "gauge",
        "Submissions that may wait for their answer at once, over all links that are bound",
        ("carrier",),
        "smpp_window",
    ),
    Metric(
        "maskline_smpp_in_flight",
        "gauge",
        "Submissions that wait for their answer",
        ("carrier",),
        "smpp_in_flight",
    ),
    Metric(
        "maskline_smpp_waiting",
        "gauge",
        "Submissions that wait for room in the window, for a pause to end, or for a link",
        ("carrier",),
        "smpp_waiting",
    ),
    Metric(
        "maskline_smpp_submissions",
        "counter",
        "Submissions (each part of a long message is one). outcome: accepted, throttled (they "
        "came too fast and are submitted again), refused, or lost (no answer came)",
        ("carrier", "outcome"),
        "smpp_submissions",
    ),
    Metric(
        "maskline_smpp_deliveries",
        "counter",
        "Messages, parts and receipts that an SMSC handed over. outcome: taken, again (nothing "
        "could be stored, or the receipt's message is not known yet) or refused",
        ("carrier", "outcome"),
        "smpp_deliveries",
    ),
    Metric(
        "maskline_calls_received",
        "counter",
        "Calls that carriers handed over. outcome: relayed, refused (reason says why), answered "
        "(by the program's own instructions), unknown-number or unavailable",
        ("carrier", "outcome", "reason"),
        "calls_in",
    ),
    Metric(
        "maskline_call_reports",
        "counter",
        "Reports on the legs of calls, by the state that they tell of",
        ("status",),
        "call_reports",
    ),
    Metric(
        "maskline_webhooks",
        "counter",
        "Requests to programs. kind: callback, intercept, voice, message, status or debugger; "
        "outcome: 2xx to 5xx, or failed (no answer)",
        ("kind", "outcome"),
        "webhooks",
    ),
    Metric(
        "maskline_webhook_seconds",
        "histogram",
        "How long programs took to answer, or to fail to",
        ("kind",),
        "webhook_seconds",
    ),
    Metric(
        "maskline_requests",
        "counter",
        "Requests that were answered. product: proxy, api, messaging, monitor, accounts, "
        "simulator, carriers (the door of carriers) or other; status is the class",
        ("product", "method", "status"),
        "requests",
    ),
    Metric(
        "maskline_request_seconds",
        "histogram",
        "How long requests took",
        ("product",),
        "request_seconds",
    ),
    Metric(
        "maskline_requests_limited",
        "counter",
        "Requests that were one too many (429)",
        ("product",),
        "limited",
    ),
    Metric(
        "maskline_alerts",
        "counter",
        "Alerts for the debugger by code. outcome: kept, or left-out (beyond the bounds in "
        "[debugger])",
        ("code", "outcome"),
        "alerts",
    ),
    Metric(
        "maskline_jobs",
        "counter",
        "Attempts at the outbox's jobs. outcome: done, proceed (a stage is over), retry or dead",
        ("kind", "outcome"),
        "jobs",
    ),
    Metric(
        "maskline_commits",
        "counter",
        "Transactions that wrote. outcome: committed or failed (the database refused)",
        ("outcome",),
        "commits",
    ),
    Metric(
        "maskline_commit_seconds",
        "histogram",
        "How long commits took, waiting for the disk included",
        (),
        "commit_seconds",
    ),
    Metric(
        "maskline_commit_group_size",
        "histogram",
        "Use-cases that shared one commit (SQLite)",
        (),
        "group_sizes",
    ),
    Metric("maskline_jobs_held", "gauge", "Jobs in this process's memory"),
    Metric(
        "maskline_store_up",
        "gauge",
        "1 when the database answered this scrape; where it did not, what is read from it is "
        "left out",
    ),
    Metric(
        "maskline_outbox_jobs",
        "gauge",
        "Jobs in the database by state, pending or dead, counted up to 100,000. The same in all "
        "processes",
        ("state",),
    ),
    Metric(
        "maskline_outbox_oldest_due_seconds",
        "gauge",
        "For how long the oldest due job that no process holds has waited; 0 when there is none. "
        "The same in all processes",
    ),
    Metric(
        "maskline_queued_numbers",
        "gauge",
        "Numbers whose messages wait in the database for their turn, by carrier, counted up to "
        "1,000 in all. The same in all processes",
        ("carrier",),
    ),
    Metric(
        "maskline_longest_queue_seconds",
        "gauge",
        "How long the longest of these queues takes at its number's rate. The same in all "
        "processes",
        ("carrier",),
    ),
    Metric(
        "maskline_pool_numbers",
        "gauge",
        "Numbers in the pools of all Services by state, free or used (by at least one session). "
        "The same in all processes",
        ("state",),
    ),
    Metric("maskline_start_time_seconds", "gauge", "When this process began to serve, Unix time"),
    Metric(
        "maskline_build_info",
        "gauge",
        "Always 1; which version runs on which database",
        ("version", "database"),
    ),
)

CATALOGUE: Final[Mapping[str, Metric]] = MappingProxyType({one.name: one for one in _ALL})
"""Every metric by its name, counters without Prometheus' `_total`."""
