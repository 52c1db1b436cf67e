"""New jobs for the outbox."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.env import Env
from maskline.model import sid as sids
from maskline.model.job import Job, JobState

_PENDING: Final = JobState.PENDING.value


def new_job(
    env: Env, kind: str, payload: msgspec.Struct, account_sid: str, ordering_key: str, now: int
) -> Job:
    """A job to be run at once, by this process if it runs jobs and has room."""
    owner, due_at = env.lease(now)
    return Job(
        sid=env.sids.new(sids.JOB),
        kind=kind,
        account_sid=account_sid,
        ordering_key=ordering_key,
        payload=msgspec.json.encode(payload),
        state=_PENDING,
        attempts=0,
        due_at=due_at,
        owner=owner,
        last_error="",
        date_created=now,
    )
