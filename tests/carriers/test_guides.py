"""Every carrier has a page that leads from an account there to a masked text, and is right."""

from __future__ import annotations

import re

import msgspec
import pytest

from maskline.carriers.kinds import KINDS
from tests.support.command_words import ROOT, commands


def guide(kind: str) -> str:
    return (ROOT / f"docs/how-to/{kind}.md").read_text("utf-8")


def names(form: type[msgspec.Struct]) -> set[str]:
    return {one.name for one in msgspec.structs.fields(form)}


@pytest.mark.parametrize("kind", KINDS)
class TestAGuide:
    def test_goes_all_the_way(self, kind: str) -> None:
        text = guide(kind)
        at = 0
        for step in ("ake a key", f"carriers add {kind} ", f" --carrier {kind}", "make a session"):
            at = text.index(step, at)
        assert f"maskline carriers test {kind} --to +1" in text

    def test_sets_what_the_carrier_takes(self, kind: str) -> None:
        text, form = guide(kind), KINDS[kind].settings
        assert set(re.findall(r"--set (\w+)=", text)) - {"name"} <= names(form)
        adding = [words for words in commands(text) if words[:3] == ["carriers", "add", kind]]
        required = {one.name for one in msgspec.structs.fields(form) if one.required}
        assert required <= set(re.findall(r"(\w+)=", " ".join(max(adding, key=len))))

    def test_names_credentials_that_the_carrier_takes(self, kind: str) -> None:
        text, form = guide(kind), KINDS[kind].credentials
        variables = {f"MASKLINE_{kind}_{name}".upper() for name in names(form)}
        assert set(re.findall(rf"MASKLINE_{kind.upper()}_[A-Z_]+", text)) <= variables
        for one in msgspec.structs.fields(form):
            if one.required:
                said = f"MASKLINE_{kind}_{one.name}".upper() in text or f'"{one.name}"' in text
                assert said, one.name

    def test_lists_all_settings_or_says_where_they_are(self, kind: str) -> None:
        text = guide(kind) + "\n\n"
        if (start := text.find("\n| setting | default |")) < 0:
            assert f"../reference/carriers.md#{kind}" in text
            return
        rows = text[start : text.index("\n\n", start + 1)].strip().splitlines()[2:]
        shown = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
        assert shown == names(KINDS[kind].settings)
