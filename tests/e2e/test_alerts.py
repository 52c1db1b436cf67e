"""What the debugger is told of traffic that goes wrong on its way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from maskline.model.alert import Alert
from maskline.model.page import PageRequest
from maskline.store.repositories.alerts import AlertFilter
from tests.support.receiver import Receiver
from tests.support.server import RunningServer
from tests.support.world import World, eventually


@pytest.mark.covers("code:80908")
def test_a_callback_that_fails_is_told_at_first_and_when_it_is_given_up(tmp_path: Path) -> None:
    with (
        Receiver() as receiver,
        RunningServer(tmp_path, MASKLINE_WEBHOOKS_RETRY_DELAYS="0.01,0.01") as server,
    ):
        receiver.answer = lambda form: 500 if form["outboundResourceStatus"] == "queued" else 200
        world = World(server, callback_url=f"{receiver.url}/callback")
        session = world.session()
        world.alice.text(session.a.proxy_identifier, "hi")
        interaction = session.settles("delivered")

        def told() -> list[Alert]:
            page = server.transact(
                lambda tx: tx.alerts.page(server.account_sid, AlertFilter(), PageRequest())
            )
            found: list[Alert] = page.records
            return found if len(found) == 2 else []

        last, first = eventually(told)
        for alert in (last, first):
            assert (alert.error_code, alert.resource_sid) == (80908, interaction.sid)
            assert alert.service_sid == world.service.sid
            assert "status 500" in alert.alert_text
        assert "given up" in last.alert_text
        assert "given up" not in first.alert_text
        assert len([one for one in receiver.posted if "queued" in one.form.values()]) == 3
