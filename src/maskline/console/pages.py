"""The console's pages, from the package's own files: read once, compressed before, never changing
under one name."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

import falcon
import msgspec
from falcon.asgi import Request, Response

from maskline.console.gate import HEADERS

#: The folder whose files have their hash in their names.
_HASHED: Final = "assets/"
_FOR_GOOD: Final = "public, max-age=31536000, immutable"
_TYPES: Final = MappingProxyType(
    {
        "css": "text/css; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "ico": "image/x-icon",
        "js": "text/javascript; charset=utf-8",
        "json": "application/json",
        "map": "application/json",
        "png": "image/png",
        "svg": "image/svg+xml",
        "txt": "text/plain; charset=utf-8",
        "webmanifest": "application/manifest+json",
        "woff2": "font/woff2",
    }
)
_MISSING: Final = b"The console's pages are not built into this package.\n"


class File(msgspec.Struct, frozen=True):
    """A file as it is sent."""

    content: bytes
    compressed: bytes | None
    content_type: str
    etag: str


def load_files(folder: Traversable | None = None) -> dict[str, File]:
    """Every file by its path below the folder of built pages."""
    found: dict[str, bytes] = {}
    _gather(folder or files("maskline.console").joinpath("static"), "", found)
    loaded = {}
    for path, content in found.items():
        kind = _TYPES.get(path.rpartition(".")[2])
        if kind is None:
            continue
        compressed = found.get(f"{path}.gz")
        if compressed is not None and gzip.decompress(compressed) != content:
            # Of another build: what is sent must not depend on what a browser accepts.
            compressed = None
        etag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
        loaded[path] = File(content, compressed, kind, etag)
    return loaded


def _gather(folder: Traversable, prefix: str, found: dict[str, bytes]) -> None:
    for one in folder.iterdir():
        if one.is_dir():
            _gather(one, f"{prefix}{one.name}/", found)
        else:
            found[prefix + one.name] = one.read_bytes()


class Pages:
    """`/console` and all below it that is not the API: files, and the one page for every other
    path, which the page itself understands."""

    def __init__(self, loaded: dict[str, File] | None = None) -> None:
        self._files = load_files() if loaded is None else loaded

    async def on_get(self, req: Request, resp: Response, path: str = "") -> None:
        """A file, or the page."""
        if path.startswith("api/"):
            raise falcon.HTTPNotFound
        resp.set_headers(HEADERS)
        file = self._files.get(path)
        if file is None and "." not in path.rpartition("/")[2]:
            file, path = self._files.get("index.html"), "index.html"
        if file is None:
            resp.status = 404 if self._files else 503
            resp.content_type = "text/plain; charset=utf-8"
            resp.data = b"Not found\n" if self._files else _MISSING
            resp.set_header("Cache-Control", "no-store")
            return
        resp.set_header("Cache-Control", _FOR_GOOD if path.startswith(_HASHED) else "no-cache")
        resp.set_header("ETag", file.etag)
        resp.set_header("Vary", "Accept-Encoding")
        if file.etag in (req.get_header("If-None-Match") or ""):
            resp.status = 304
            return
        resp.content_type = file.content_type
        if file.compressed is not None and "gzip" in (req.get_header("Accept-Encoding") or ""):
            resp.set_header("Content-Encoding", "gzip")
            resp.data = file.compressed
        else:
            resp.data = file.content

    async def on_head(self, req: Request, resp: Response, path: str = "") -> None:
        """The same without the body, which the server leaves out."""
        await self.on_get(req, resp, path)
