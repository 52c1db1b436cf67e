"""Programs, asked over HTTP what to do about a call or a message."""

from __future__ import annotations

from maskline.delivery.webhooks import Form, WebhookSender
from maskline.voice.answers import Answer, read_answer
from maskline.voice.twiml import Kind


class Programs:
    """Asks, and understands what comes back."""

    def __init__(self, sender: WebhookSender) -> None:
        self._sender = sender

    async def ask(
        self,
        url: str,
        method: str,
        params: Form,
        account_sid: str,
        token: str,
        kind: Kind,
        *,
        within: float | None = None,
    ) -> Answer:
        """What `url` answers to a form that is signed with the account's token. `token` stays the
        same over all attempts; `within` (s) bounds the whole. Never raises for what the program
        does or fails to do."""
        sent = self._sender.fetch(url, method, params, account_sid, token, within=within)
        return read_answer(await sent, kind)
