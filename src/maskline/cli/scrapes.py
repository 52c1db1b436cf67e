"""A port for scrapes alone, one for each process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import uvicorn

from maskline.app import Server
from maskline.cli.refusal import Refusal
from maskline.cli.web import Http, listen
from maskline.metrics import application


@contextlib.asynccontextmanager
async def scraped(server: Server, place: int = 0) -> AsyncIterator[None]:
    """Answers scrapes at the port that the settings name for metrics, if they do, or at the one
    that is `place` after it. Raises Refusal when it is taken."""
    settings = server.settings.metrics
    if not settings.enabled or not settings.port:
        yield
        return
    try:
        sockets = listen(settings.host, settings.port + place)
    except Refusal as refusal:
        advice = "Scrapes are answered there: choose another with metrics.port and metrics.host."
        raise Refusal(refusal.what, advice) from refusal
    try:
        http = Http(_config(application(server.metrics)), _nothing, _nothing)
        task = asyncio.create_task(http.serve(sockets=sockets))
        try:
            yield
        finally:
            http.should_exit = True
            await task
    finally:
        for one in sockets:
            one.close()


def _config(application: Any) -> uvicorn.Config:
    return uvicorn.Config(
        application,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Whoever scrapes is who connects: nothing stands between.
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )


def _nothing() -> None:
    """Nobody waits for it."""
