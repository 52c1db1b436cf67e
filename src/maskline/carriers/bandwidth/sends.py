"""Messages that go out by Bandwidth, and what its answers to them mean."""

from __future__ import annotations

from typing import Final

import msgspec

from maskline.carriers import outcomes
from maskline.carriers.bandwidth import errors
from maskline.model.http import HttpResponse
from maskline.model.traffic import Accepted, OutboundMessage, Refused, SendResult

#: Said by a gateway that got no answer, or none that it understood.
_BETWEEN: Final = frozenset({502, 504})


class _Field(msgspec.Struct, rename="camel"):
    field_name: str | None = None


class _Sent(msgspec.Struct, rename="camel"):
    """A message as the API answers with it, or an error. Some answers have an error's fields with a
    status of success."""

    id: str | None = None
    type: str | None = None
    field_errors: list[_Field] | None = None


def document(message: OutboundMessage, application_id: str) -> dict[str, object]:
    """A message as the API takes it. Receipts repeat the tag."""
    fields: dict[str, object] = {
        "applicationId": application_id,
        "from": message.sender,
        "to": [message.recipient],
        "tag": message.reference,
    }
    if message.body:
        fields["text"] = message.body
    if message.media:
        fields["media"] = list(message.media)
    return fields


def outcome(response: HttpResponse) -> SendResult:
    """What the API's answer means. In Bandwidth's word, nothing was sent that it answers with an
    error, be it the sender's or its own; what stands before it may not know."""
    sent = outcomes.read(response, _Sent)
    status = response.status
    if status in (401, 403, 404):
        # The account or its credentials: nothing is lost until the operator has put that right.
        return Refused(outcomes.AUTHENTICATION, retry=True)
    if status >= 500 and status not in _BETWEEN:
        after = outcomes.retry_after(response)
        return Refused(outcomes.UNREACHABLE, retry=True, retry_after=after)
    general = outcomes.by_status(response)
    if general is not None:
        return general
    if not 200 <= status < 300:
        return _invalid(sent)
    if sent.id:
        return Accepted(sent.id)
    return _invalid(sent) if sent.type else outcomes.unclear()


def _invalid(sent: _Sent) -> Refused:
    fields = [one.field_name for one in sent.field_errors or () if one.field_name]
    return Refused(errors.of_field(fields[0]) if fields else outcomes.UNKNOWN, retry=False)
