"""What holds for every carrier."""

from __future__ import annotations

import typing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from maskline.carriers.contract import Kind
from maskline.carriers.kinds import KINDS
from maskline.model.placed_call import CALL_OPTIONS
from maskline.voice import instructions

PAGE = (Path(__file__).parents[2] / "docs/reference/carriers.md").read_text("utf-8")


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
class TestEvery:
    def test_the_page_names_all_that_it_takes(self, kind: Kind) -> None:
        start = PAGE.index(f"`{kind.name}`\n")
        section = PAGE[start : PAGE.index("\n## ", start)]
        for form in (kind.settings, kind.credentials):
            for field in msgspec.structs.fields(form):
                assert f"`{field.name}`" in section, field.name

    def test_its_credentials_show_nothing(self, kind: Kind) -> None:
        values: dict[str, Any] = {
            field.name: "hush-hush-hush" for field in msgspec.structs.fields(kind.credentials)
        }
        shown = repr(kind.credentials(**values))
        assert "hush" not in shown

    def test_its_verbs_are_instructions(self, kind: Kind) -> None:
        for verb in kind.verbs:
            name, _, feature = verb.partition(".")
            known = getattr(instructions, name)
            fields = {field.encode_name for field in msgspec.structs.fields(known)}
            assert not feature or feature in fields

    def test_it_says_whether_it_places_calls(self, kind: Kind) -> None:
        adapter = typing.get_type_hints(kind.build)["return"]
        placing = all(
            hasattr(adapter, name) for name in ("place", "end", "steer", "look", "call_options")
        )
        assert placing is (kind.call_options is not None)
        assert (kind.call_options or CALL_OPTIONS) <= CALL_OPTIONS

    def test_its_forms_take_nothing_unknown(self, kind: Kind) -> None:
        for form in (kind.settings, kind.credentials):
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert({"no-such-field": 1}, form)


def test_the_page_says_which_instructions_each_carries_out() -> None:
    start = PAGE.index("\n| instruction |")
    head, _, *rows = PAGE[start : PAGE.index("\n\n", start)].strip().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in (head, *rows)]
    titles = {kind.title: kind for kind in KINDS.values() if kind.verbs}
    assert sorted(cells[0][2:]) == sorted(titles)
    said = {
        title: {row[0].strip("`") for row in cells[1:] if row[at] == "yes"}
        for at, title in enumerate(cells[0])
        if title in titles
    }
    assert {row[0].strip("`") for row in cells[1:]} == instructions.FEATURES
    assert {row[at] for row in cells[1:] for at in range(2, len(row))} == {"yes", "–"}  # noqa: RUF001
    for title, kind in titles.items():
        assert said[title] == kind.verbs & instructions.FEATURES, title
        assert kind.lacks_of_documents() == sorted(instructions.FEATURES - said[title])


def test_a_kind_without_calls_lacks_nothing_of_documents() -> None:
    assert KINDS["smpp"].lacks_of_documents() == []


def test_what_a_kind_lacks() -> None:
    kind = KINDS["twilio"]
    assert kind.lacks(frozenset({"Dial", "Say"})) == []
    assert kind.lacks(frozenset({"Dial", "Sing", "Dance"})) == ["Dance", "Sing"]
