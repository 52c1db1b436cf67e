from __future__ import annotations

import pytest

from maskline.debugger.alerts import new_alert
from maskline.model.alert import Alert
from maskline.model.errors import CATALOGUE
from tests.support.memory import World


def test_an_alert_has_the_dictionary_s_level_and_text(world: World) -> None:
    alert = new_alert(world.env, 80903, "AC1", "KS1", "SM1")
    assert alert == Alert(
        sid=alert.sid,
        account_sid="AC1",
        service_sid="KS1",
        resource_sid="SM1",
        error_code=80903,
        log_level="warning",
        alert_text=CATALOGUE[80903].text,
        request_method=None,
        request_url=None,
        request_variables=None,
        request_headers=None,
        response_headers=None,
        response_body=None,
        date_generated=world.clock(),
        date_created=world.clock(),
    )
    assert alert.sid.startswith("NO")


def test_a_detail_follows_the_text(world: World) -> None:
    alert = new_alert(world.env, 80902, "AC1", None, None, "HTTP 500")
    assert alert.alert_text == f"{CATALOGUE[80902].text}: HTTP 500"
    assert alert.log_level == "error"


def test_a_code_that_is_in_no_dictionary(world: World) -> None:
    with pytest.raises(KeyError):
        new_alert(world.env, 1, "AC1", None, None)
