"""Pages: what a list was asked for, and the links to its neighbours, in both products' forms."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from maskline.model.form import Form
from maskline.model.page import Page, PageRequest

T = TypeVar("T")

#: `PA` and the SID after which the page begins, or `PB` and the SID before which it ends.
_TOKEN: Final = re.compile(r"P[AB][A-Z]{2}[0-9a-fA-F]{32}", re.ASCII)
_MOST: Final = 2_147_483_647

Filters = Sequence[tuple[str, str]]


def page_request(query: Form, default: int, most: int) -> PageRequest:
    """What `PageSize`, `Page` and `PageToken` ask for. A page holds no more than `most`, whatever
    is asked; `Page` counts only where there is no token."""
    size = min(query.integer("PageSize", 1, _MOST) or default, most)
    number = query.integer("Page", 0, _MOST) or 0
    token = query.text("PageToken", 255)
    if token is None:
        return PageRequest(size=size, number=number, offset=number * size)
    if _TOKEN.fullmatch(token) is None:
        raise query.wrong("PageToken", "is not one that this API gave out")
    after = token[2:] if token.startswith("PA") else None
    return PageRequest(size=size, number=number, after=after, before=None if after else token[2:])


def by_link(query: Form, request: PageRequest) -> PageRequest:
    """The page of a list that is narrowed by looking through it: a later one is found by its link
    alone. Raises a refusal of `Page` without a `PageToken`."""
    if request.offset:
        raise query.wrong("Page", "needs the PageToken of a link on a list that is narrowed")
    return request


def kept(query: Form, *names: str) -> Filters:
    """Those of a list's filters that were sent, for its links."""
    return [(name, value) for name in names if (value := query.text(name, 255)) is not None]


def listed(
    page: Page[T],
    request: PageRequest,
    url: str,
    key: str,
    shown: Callable[[T], Mapping[str, Any]],
    filters: Filters = (),
) -> dict[str, Any]:
    """A v1 list: the records under `key`, and `meta`, whose links keep the filters."""
    first, previous, this, following = _links(page, request, url, filters)
    return {
        key: [shown(record) for record in page.records],
        "meta": {
            "page": request.number,
            "page_size": request.size,
            "first_page_url": first,
            "previous_page_url": previous,
            "url": this,
            "next_page_url": following,
            "key": key,
        },
    }


def enveloped(
    page: Page[T],
    request: PageRequest,
    uri: str,
    key: str,
    shown: Callable[[T], Mapping[str, Any]],
    filters: Filters = (),
) -> dict[str, Any]:
    """A 2010 list: the records under `key` among the links, which keep the filters."""
    first, previous, this, following = _links(page, request, uri, filters)
    start = request.number * request.size if page.records else 0
    return {
        key: [shown(record) for record in page.records],
        "first_page_uri": first,
        "next_page_uri": following,
        "previous_page_uri": previous,
        "uri": this,
        "page": request.number,
        "page_size": request.size,
        "start": start,
        "end": start + max(len(page.records) - 1, 0),
    }


def _links(
    page: Page[Any], request: PageRequest, url: str, filters: Filters
) -> tuple[str, str | None, str, str | None]:
    """The links to the first page, the previous one, this one and the next one."""

    def link(number: int, token: str | None = None) -> str:
        query = [*filters, ("PageSize", str(request.size)), ("Page", str(max(number, 0)))]
        if token is not None:
            query.append(("PageToken", token))
        return f"{url}?{urlencode(query)}"

    token = f"PA{request.after}" if request.after else None
    token = f"PB{request.before}" if request.before else token
    previous = following = None
    if page.has_previous:
        edge = f"PB{page.first}" if page.first else None
        previous = link(request.number - 1, edge)
    if page.has_next and page.last:
        following = link(request.number + 1, f"PA{page.last}")
    return link(0), previous, link(request.number, token), following
