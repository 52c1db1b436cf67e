"""The console's pages as files: what a browser may keep, and what it is told not to do."""

from __future__ import annotations

import gzip
from pathlib import Path

import falcon.asgi
import falcon.testing
import pytest

from maskline.console.pages import Pages, load_files

SCRIPT = b"export const answer = 42;\n" * 50


@pytest.fixture
def client(tmp_path: Path) -> falcon.testing.TestClient:
    """A built console."""
    assets = tmp_path / "assets"
    assets.mkdir()
    (tmp_path / "index.html").write_bytes(b"<!doctype html><title>Maskline</title>")
    (tmp_path / "favicon.svg").write_bytes(b"<svg/>")
    (tmp_path / ".gitkeep").touch()
    (assets / "index-abc123.js").write_bytes(SCRIPT)
    (assets / "index-abc123.js.gz").write_bytes(gzip.compress(SCRIPT))
    (assets / "stale-1.css").write_bytes(b"a{}")
    (assets / "stale-1.css.gz").write_bytes(gzip.compress(b"b{}"))
    app = falcon.asgi.App()
    pages = Pages(load_files(tmp_path))
    app.add_route("/console", pages)
    app.add_route("/console/{path:path}", pages)
    return falcon.testing.TestClient(app)


@pytest.mark.parametrize("path", ["", "/", "/sessions", "/sessions/KC0/x", "/sign-in"])
def test_every_path_of_the_pages_is_the_page(client: falcon.testing.TestClient, path: str) -> None:
    answer = client.simulate_get(f"/console{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "Maskline" in answer.text


def test_files_with_their_hash_are_kept_for_good(client: falcon.testing.TestClient) -> None:
    answer = client.simulate_get("/console/assets/index-abc123.js")
    assert answer.content == SCRIPT
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert client.simulate_get("/console/favicon.svg").headers["cache-control"] == "no-cache"


def test_files_are_sent_compressed_to_who_takes_it(client: falcon.testing.TestClient) -> None:
    headers = {"Accept-Encoding": "br, gzip"}
    answer = client.simulate_get("/console/assets/index-abc123.js", headers=headers)
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert gzip.decompress(answer.content) == SCRIPT
    stale = client.simulate_get("/console/assets/stale-1.css", headers=headers)
    assert (stale.headers.get("content-encoding"), stale.content) == (None, b"a{}")


def test_what_has_not_changed_is_not_sent_again(client: falcon.testing.TestClient) -> None:
    etag = client.simulate_get("/console/").headers["etag"]
    again = client.simulate_get("/console/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    other = client.simulate_get("/console/", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "assets/none.js",
        ".gitkeep",
        "index-abc123.js.gz",
        "assets/index-abc123.js.gz",
        "../pages.py",
        "..%2fpages.py",
        "api/none",
        "assets/",
    ],
)
def test_nothing_else_is_sent(client: falcon.testing.TestClient, path: str) -> None:
    answer = client.simulate_get(f"/console/{path}")
    assert answer.status_code == 404 or "Maskline" in answer.text
    assert "from __future__" not in answer.text


def test_the_page_may_do_nothing_but_its_work(client: falcon.testing.TestClient) -> None:
    headers = client.simulate_get("/console/").headers
    policy = dict(
        part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"


def test_a_package_without_pages_says_so() -> None:
    app = falcon.asgi.App()
    app.add_route("/console", Pages({}))
    answer = falcon.testing.TestClient(app).simulate_get("/console")
    assert (answer.status_code, answer.headers["content-type"]) == (
        503,
        "text/plain; charset=utf-8",
    )
    assert "not built" in answer.text


def test_asking_for_the_head_is_answered_alike(client: falcon.testing.TestClient) -> None:
    answer = client.simulate_head("/console/assets/index-abc123.js")
    assert (answer.status_code, answer.content) == (200, b"")
    assert "immutable" in answer.headers["cache-control"]
