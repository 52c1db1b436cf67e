"""Programs, asked over HTTP what to do about a call or a message."""

from __future__ import annotations

from typing import Final

from maskline.delivery.webhooks import Form, WebhookSender
from maskline.messaging.answers import Answered
from maskline.model.form import is_url
from maskline.model.problem import Problem
from maskline.voice.answers import UNANSWERED, Answer, Instructions, read_answer
from maskline.voice.documents import seen_from
from maskline.voice.instructions import Message, Redirect
from maskline.voice.twiml import Kind

#: Documents that one answer may lead to, one after another.
MAX_DOCUMENTS: Final = 10

_NOWHERE: Final = Problem(11200, "a Redirect names no address")


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
        sent = self._sender.fetch(url, method, params, account_sid, token, kind=kind, within=within)
        return read_answer(await sent, kind, unanswered)


def gather(answer: Instructions, at: str, texts: list[Answered]) -> Redirect | Problem | None:
    """Adds the Messages of a document that was found `at` a URL; says where it goes on, by an
    absolute URL, or why that is nowhere."""
    for verb in answer.response.verbs:
        if isinstance(verb, Redirect):
            url = seen_from(at, verb.url)
            return Redirect(url, verb.method) if is_url(url) else _NOWHERE
        # One without content has been told of by whoever read the document.
        if isinstance(verb, Message) and (verb.body or verb.media):
            named = ((verb.method, verb.action), ("POST", verb.status_callback))
            listeners = [(how, seen_from(at, url)) for how, url in named if url is not None]
            # Nothing can be told to what is no address; the Message is sent all the same.
            sound = tuple((how, url) for how, url in listeners if is_url(url))
            media = tuple(seen_from(at, url) for url in verb.media)
            texts.append(Answered(verb.body, media, verb.to, verb.from_, sound))
    return None
