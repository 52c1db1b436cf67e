from __future__ import annotations

import pytest

from maskline.model.call import FINAL, CallStatus
from maskline.model.call import RANK as CALL_RANK
from maskline.model.message import RANK as MESSAGE_RANK
from maskline.model.message import MessageStatus
from maskline.model.session import SessionStatus
from tests.support.records import Records


@pytest.mark.parametrize("status", list(SessionStatus))
def test_only_open_and_in_progress_are_active(status: SessionStatus) -> None:
    records = Records()
    session = records.session(records.service("AC1"), status=status.value)
    assert session.is_active is (status in (SessionStatus.OPEN, SessionStatus.IN_PROGRESS))


def test_every_call_status_has_a_rank_and_the_final_ones_the_highest() -> None:
    assert set(CALL_RANK) == {status.value for status in CallStatus}
    assert {CALL_RANK[status] for status in FINAL} == {max(CALL_RANK.values())}
    begun = [CallStatus.QUEUED, CallStatus.INITIATED, CallStatus.RINGING, CallStatus.IN_PROGRESS]
    assert [CALL_RANK[status] for status in begun] == [0, 1, 2, 3]


def test_every_message_status_has_a_rank() -> None:
    assert set(MESSAGE_RANK) == {status.value for status in MessageStatus}
    way = [MessageStatus.QUEUED, MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.DELIVERED]
    ranks = [MESSAGE_RANK[status] for status in way]
    assert ranks == sorted(set(ranks))
