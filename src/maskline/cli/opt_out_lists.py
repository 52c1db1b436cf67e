"""`maskline optouts lists`: Messaging Services' own words and answers (Advanced Opt-Out)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec
from cyclopts import App

from maskline.cli import terminal
from maskline.cli.options import Flag
from maskline.cli.refusal import Refusal
from maskline.cli.where import Where
from maskline.env import Env
from maskline.messaging import opt_out_lists
from maskline.messaging.words import WordList
from maskline.model.form import Form
from maskline.model.messaging_service import MessagingService
from maskline.model.opt_out_list import Language, OptOutList
from maskline.model.page import PageRequest
from maskline.store.contract import Transaction

app = App(name="lists", help="The opt-out words and answers of one Messaging Service.")

#: More than there can be: a list for each language and country.
_ALL = PageRequest(size=20_000)


@app.command
def on(service: str, *, where: Where | None = None) -> None:
    """Have a Messaging Service know opt-out words by lists of its own.

    It begins with the server's lists. From then on, an opt-out is from all its senders.

    Parameters
    ----------
    service
        The Messaging Service's SID (MG).
    """
    _switch(service, "true", where)
    terminal.say(f"{service} has opt-out lists of its own")


@app.command
def off(service: str, *, where: Where | None = None) -> None:
    """Have it know opt-out words as the server's settings say. Its lists stay, and so do opt-outs.

    Parameters
    ----------
    service
        The Messaging Service's SID (MG).
    """
    _switch(service, "false", where)
    terminal.say(f"{service} knows the server's opt-out words")


@app.command
def show(service: str, *, json: Flag = False, where: Where | None = None) -> None:
    """Show a Messaging Service's lists.

    Parameters
    ----------
    service
        The Messaging Service's SID (MG).
    json
        Print JSON: `enabled` and `lists`.
    """

    async def work(_: Env, tx: Transaction) -> tuple[MessagingService, list[OptOutList]]:
        found = await _service(tx, service)
        page = await tx.opt_out_lists.page(service, None, _ALL)
        return found, page.records

    found, lists = (where or Where()).transact(work)
    if json:
        rows = [_row(one) for one in lists]
        terminal.document({"enabled": bool(found.advanced_opt_out), "lists": rows})
        return
    terminal.say("on" if found.advanced_opt_out else "off: the server's lists hold")
    terminal.table(
        ("country", "language", "opt out", "opt in", "help", "SID"),
        (
            (
                one.iso_country or "all",
                one.language,
                one.opt_out_keywords,
                one.opt_in_keywords,
                one.help_keywords,
                one.sid,
            )
            for one in lists
        ),
    )


@app.command(name="set")
def set_(
    service: str,
    language: Language,
    *,
    file: Path | None = None,
    country: str | None = None,
    where: Where | None = None,
) -> None:
    """Write the list of a language: a new one, or in place of the one that there is.

    Parameters
    ----------
    service
        The Messaging Service's SID (MG).
    language
        The language, by Twilio's name for it.
    file
        A word list, as `optout.words_folder` holds them [default: the server's for that language].
    country
        Only for people of this country, by its two letters [default: for all].
    """
    form = _form(file, language, country)

    async def work(env: Env, tx: Transaction) -> OptOutList:
        found = await _service(tx, service)
        account_sid = found.account_sid
        held = await tx.opt_out_lists.of(service, country or "", language.value)
        if held is None:
            return await opt_out_lists.create(env, tx, account_sid, service, form)
        if file is None:
            raise Refusal(f"there is a list for {language.value}", "Name a file to replace it.")
        return await opt_out_lists.update(env, tx, account_sid, service, held.sid, form)

    made = (where or Where()).transact(work)
    terminal.say(f"{made.sid}: {made.language} for {made.iso_country or 'all countries'}")


@app.command
def remove(service: str, list_sid: str, *, where: Where | None = None) -> None:
    """Delete a list.

    Parameters
    ----------
    service
        The Messaging Service's SID (MG).
    list_sid
        The list's SID (OL).
    """

    async def work(_: Env, tx: Transaction) -> None:
        found = await _service(tx, service)
        await opt_out_lists.remove(tx, found.account_sid, service, list_sid)

    (where or Where()).transact(work)
    terminal.say(f"removed {list_sid}")


def _switch(service: str, enabled: str, where: Where | None) -> None:
    async def work(env: Env, tx: Transaction) -> None:
        found = await _service(tx, service)
        form = Form({"Enabled": [enabled]}, 20001)
        await opt_out_lists.switch(env, tx, found.account_sid, service, form)

    (where or Where()).transact(work)


async def _service(tx: Transaction, sid: str) -> MessagingService:
    found = await tx.messaging_services.peek(sid)
    if found is None:
        raise Refusal(f"there is no Messaging Service {sid}")
    return found


def _form(file: Path | None, language: Language, country: str | None) -> Form:
    values = {"Language": [language.value], "IsoCountryCode": [country or ""]}
    if file is None:
        return Form(values, 20001)
    try:
        words = msgspec.convert(tomllib.loads(file.read_text("utf-8")), WordList)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Refusal(f"{file} is no word list: {error}") from error
    values |= {
        "OptOutKeywords": [*words.opt_out],
        "OptInKeywords": [*words.opt_in],
        "HelpKeywords": [*words.help],
        "OptOutMessage": [words.opt_out_reply],
        "OptInMessage": [words.opt_in_reply],
        "HelpMessage": [words.help_reply],
    }
    return Form(values, 20001)


def _row(one: OptOutList) -> dict[str, Any]:
    return {
        "sid": one.sid,
        **opt_out_lists.described(one),
    }
