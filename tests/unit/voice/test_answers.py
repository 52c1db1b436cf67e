from __future__ import annotations

import pytest

from maskline.model.exchange import Exchange
from maskline.model.problem import Problem
from maskline.voice.answers import Answer, Data, Failure, Instructions, Silence, read_answer
from maskline.voice.instructions import Message, Response, Say
from maskline.voice.twiml import Kind

XML = "application/xml"


def exchange(
    body: str | bytes = "",
    content_type: str | None = XML,
    status: int | None = 200,
    *,
    truncated: bool = False,
) -> Exchange:
    """A program was asked, and answered so."""
    return Exchange(
        "POST",
        "https://a.example/oos",
        status=status,
        response_headers={} if content_type is None else {"content-type": content_type},
        response_body=body.encode() if isinstance(body, str) else body,
        truncated=truncated,
        error="" if status else "no connection",
    )


def read(
    body: str | bytes = "",
    content_type: str | None = XML,
    status: int | None = 200,
    kind: Kind = "voice",
    *,
    truncated: bool = False,
) -> Answer:
    return read_answer(exchange(body, content_type, status, truncated=truncated), kind)


@pytest.mark.parametrize("content_type", [XML, "text/xml", "Text/XML; charset=utf-8"])
@pytest.mark.parametrize("status", [200, 201, 299])
def test_xml_is_twiml(content_type: str, status: int) -> None:
    answer = read("<Response><Say>hi</Say></Response>", content_type, status)
    assert answer == Instructions(Response((Say("hi"),)))


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("application/json", ""),
        ("application/json; charset=ISO-8859-1", "ISO-8859-1"),
        ('Application/JSON;charset="utf-8"', "utf-8"),
        ("application/json; charset=", ""),
    ],
)
def test_json_in_any_charset(content_type: str, charset: str) -> None:
    assert read(b"{}\xff", content_type) == Data(exchange(b"{}\xff", content_type), charset)


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "text/html", "nonsense;;="])
def test_all_else_asks_for_nothing(content_type: str | None) -> None:
    body = "<Response><Say>hi</Say></Response>"
    assert read(body, content_type) == Silence(exchange(body, content_type))


def test_no_document_asks_for_nothing() -> None:
    assert read(" \n") == Silence(exchange(" \n"))


@pytest.mark.parametrize(
    ("status", "retry"),
    [
        (None, True),
        (100, False),
        (302, False),
        (400, False),
        (404, False),
        (408, True),
        (429, True),
        (503, True),
    ],
)
def test_what_is_no_success(status: int | None, retry: bool) -> None:
    asked = exchange("<Response/>", status=status)
    text = f"answered with status {status}" if status else "no connection"
    assert read_answer(asked, "voice") == Failure(Problem(80913, text, asked), retry)


@pytest.mark.covers("code:12100")
@pytest.mark.covers("code:12102")
@pytest.mark.covers("code:11750")
@pytest.mark.parametrize(
    ("body", "truncated", "code"),
    [("<Response>", False, 12100), ("<Answer/>", False, 12102), ("<Response/>", True, 11750)],
)
def test_what_can_t_be_understood(body: str, truncated: bool, code: int) -> None:
    answer = read(body, truncated=truncated)
    assert isinstance(answer, Failure)
    assert (answer.problem.code, answer.retry) == (code, False)


@pytest.mark.covers("code:14110")
@pytest.mark.covers("code:14103")
def test_what_was_not_taken_as_written_is_told() -> None:
    answer = read("<Response>\n<Say>x</Say><Message/></Response>", kind="message")
    assert isinstance(answer, Instructions)
    assert answer.response == Response((Message(),))
    assert [problem.code for problem in answer.problems] == [14110, 14103]
    assert answer.problems[0].text.startswith("line 2: ")


def test_there_are_not_many_warnings() -> None:
    answer = read(f"<Response>{'<X/>' * 20}</Response>")
    assert isinstance(answer, Instructions)
    assert len(answer.problems) == 5
