"""Programs, asked over HTTP what to do about a call or a message."""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from maskline.delivery.webhooks import Form, WebhookSender
from maskline.messaging.answers import Answered
from maskline.voice.answers import UNANSWERED, Answer, Instructions, read_answer
from maskline.voice.instructions import Message, Redirect
from maskline.voice.twiml import Kind

#: Documents that one answer may lead to, one after another.
MAX_DOCUMENTS: Final = 10


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
        unanswered: int = UNANSWERED,
    ) -> Answer:
        """What `url` answers to a form that is signed with the account's token. `token` stays the
        same over all attempts; `within` (s) bounds the whole; `unanswered` is the code of what is
        no success. Never raises for what the program does or fails to do."""
        sent = self._sender.fetch(url, method, params, account_sid, token, within=within)
        return read_answer(await sent, kind, unanswered)


def gather(answer: Instructions, at: str, texts: list[Answered]) -> Redirect | None:
    """Adds the Messages of a document that was found `at` a URL; says where it goes on."""
    for verb in answer.response.verbs:
        if isinstance(verb, Redirect):
            return verb
        # One without content has been told of by whoever read the document.
        if isinstance(verb, Message) and (verb.body or verb.media):
            listeners = []
            if verb.action is not None:
                listeners.append((verb.method, urljoin(at, verb.action)))
            if verb.status_callback is not None:
                listeners.append(("POST", urljoin(at, verb.status_callback)))
            media = tuple(urljoin(at, url) for url in verb.media)
            texts.append(Answered(verb.body, media, verb.to, verb.from_, tuple(listeners)))
    return None
