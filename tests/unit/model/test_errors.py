from __future__ import annotations

import pytest

from maskline.model.errors import CATALOGUE, Fault, not_found

#: Where a source states the status, it is not ours to choose.
KNOWN_STATUS = {
    20003: 401,
    20404: 404,
    20429: 429,
    80103: 400,
    80408: 400,
    80604: 400,
    80608: 400,
    80612: 400,
    80621: 429,
    80623: 409,
}


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_entry_is_whole(code: int) -> None:
    entry = CATALOGUE[code]
    assert 400 <= entry.status <= 503
    assert entry.level in {"error", "warning"}
    assert entry.text
    assert not entry.text.endswith(".")
    assert entry.text[0].isupper()


@pytest.mark.parametrize(("code", "status"), KNOWN_STATUS.items())
def test_status_that_a_source_states(code: int, status: int) -> None:
    assert CATALOGUE[code].status == status


def test_a_fault_has_the_dictionary_s_status_and_text() -> None:
    fault = Fault(80609)
    assert (fault.code, fault.status) == (80609, 400)
    assert fault.message == CATALOGUE[80609].text
    assert str(fault) == f"80609 {fault.message}"


def test_a_fault_with_a_detail_and_another_status() -> None:
    fault = Fault(20404, "Session", status=410)
    assert fault.status == 410
    assert fault.message == f"{CATALOGUE[20404].text}: Session"


def test_a_code_that_is_in_no_dictionary() -> None:
    with pytest.raises(KeyError):
        Fault(1)


def test_not_found_names_the_resource() -> None:
    fault = not_found("Session")
    assert (fault.code, fault.status) == (20404, 404)
    assert fault.message.endswith(": Session")
