"""The user guide names every page of the console's menu."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_the_tour_comes_by_every_page_of_the_menu() -> None:
    routes = (ROOT / "console/src/routes.ts").read_text("utf-8")
    titles = re.findall(r'title: "([^"]+)",\s+menu:', routes)
    assert len(titles) == routes.count("menu: {")
    tour = (ROOT / "docs/how-to/console-tour.md").read_text("utf-8")
    assert [title for title in titles if title not in tour] == []


def test_every_picture_of_the_tour_is_there() -> None:
    for page in ("README.md", "docs/how-to/console-tour.md"):
        text = (ROOT / page).read_text("utf-8")
        pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
        assert pictures
        for picture in pictures:
            assert (ROOT / page).parent.joinpath(picture).is_file(), picture
