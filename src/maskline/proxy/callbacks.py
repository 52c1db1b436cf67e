"""The parameters of CallbackUrl and InterceptCallbackUrl."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from maskline.debugger.alerts import new_alert
from maskline.env import Env
from maskline.jobs import new_job
from maskline.model import sid as sids
from maskline.model.alert import Alert
from maskline.model.clock import iso, iso_ms
from maskline.model.exchange import Exchange
from maskline.model.interaction import Interaction, InteractionType
from maskline.model.job import Callback, Job, JobKind

_CALLBACK: Final = JobKind.CALLBACK.value


def resource_url(base: str, account_sid: str, sid: str) -> str:
    """The 2010 API's address of a message or call."""
    kind = "Calls" if sid.startswith(sids.CALL) else "Messages"
    return f"{base}/api/2010-04-01/Accounts/{account_sid}/{kind}/{sid}.json"


def parameters(
    interaction: Interaction, media_urls: Sequence[str], base: str
) -> list[tuple[str, str]]:
    """The form of a callback. A half that does not exist yet is absent, not empty."""
    params = [
        ("interactionSid", interaction.sid),
        ("interactionSessionSid", interaction.session_sid),
        ("interactionServiceSid", interaction.service_sid),
        ("interactionAccountSid", interaction.account_sid),
        ("interactionType", interaction.type.capitalize()),
        ("interactionData", interaction.data),
        ("interactionDateCreated", iso(interaction.date_created) or ""),
        ("interactionDateUpdated", iso_ms(interaction.date_updated)),
    ]
    if interaction.type == InteractionType.MESSAGE:
        params.append(("interactionNumMedia", str(interaction.num_media)))
        params += [(f"interactionMediaUrl{i}", url) for i, url in enumerate(media_urls)]
    for half, participant, resource, status in (
        (
            "inbound",
            interaction.inbound_participant_sid,
            interaction.inbound_resource_sid,
            interaction.inbound_resource_status,
        ),
        (
            "outbound",
            interaction.outbound_participant_sid,
            interaction.outbound_resource_sid,
            interaction.outbound_resource_status,
        ),
    ):
        if resource is not None:
            params += [
                (f"{half}ParticipantSid", participant or ""),
                (f"{half}ResourceSid", resource),
                (f"{half}ResourceStatus", status or ""),
                (f"{half}ResourceType", "call" if resource.startswith("CA") else "message"),
                (f"{half}ResourceUrl", resource_url(base, interaction.account_sid, resource)),
            ]
    return params


#: The statuses that say no.
BLOCKING: Final = frozenset({403})


def blocks(answer: Exchange) -> bool:
    """Whether a program blocks what its intercept callback was asked about: only a 403 does, and
    any other answer, or none, lets it pass."""
    return answer.status in BLOCKING


def intercept_alerts(env: Env, interaction: Interaction, answer: Exchange) -> list[Alert]:
    """What the debugger is told of an intercept callback's answer: 80909 for one that blocks, 80908
    for one that is none."""
    if answer.succeeded:
        return []
    code, detail = (80909, "") if blocks(answer) else (80908, f"the intercept {answer.outcome}")
    return [
        new_alert(
            env,
            code,
            interaction.account_sid,
            interaction.service_sid,
            interaction.sid,
            detail,
            answer,
        )
    ]


def callback_job(env: Env, url: str, interaction: Interaction, media: Sequence[str] = ()) -> Job:
    """A job that reports the interaction to the Service's CallbackUrl. The callbacks of one
    interaction are sent one after the other, so that the last one tells the last state."""
    payload = Callback(url, interaction, tuple(media))
    return new_job(
        env,
        _CALLBACK,
        payload,
        interaction.account_sid,
        f"cb:{interaction.sid}",
        env.clock(),
    )
