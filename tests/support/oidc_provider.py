"""An OpenID Connect provider of its own: the npm package `oidc-provider`, run by Node.js."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from types import TracebackType
from urllib.parse import urljoin

import pytest
import requests

from tests.support.programs import find
from tests.support.scrape import free_ports

HERE = Path(__file__).parent / "oidc"


class OidcProvider:
    """Answers at `url`, within a `with`. `secret` "" makes its client a public one."""

    def __init__(self, redirect_uri: str, secret: str = "") -> None:
        node = find("node")
        if node is None or not (HERE / "node_modules").exists():
            reason = "needs node and oidc-provider: see scripts/install-programs"
            if os.environ.get("CI", "").lower() in {"1", "true"}:
                pytest.fail(reason, pytrace=False)
            pytest.skip(reason)
        port = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        self._command = [node, str(HERE / "provider.mjs"), str(port), redirect_uri, secret]

    def __enter__(self) -> OidcProvider:
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.strip() == "ready":
                return self
        raise RuntimeError("the provider did not start")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def sign_in(self, browser: requests.Session, where: str, login: str) -> str:
        """Goes through the provider's own pages as `login`, a person with groups; the address to
        which it sends the browser back."""
        answer = browser.get(where, allow_redirects=False, timeout=10)
        for _ in range(10):
            location = answer.headers.get("Location")
            if location is not None:
                location = urljoin(answer.url, location)
                if not location.startswith(self.url):
                    return location
                answer = browser.get(location, allow_redirects=False, timeout=10)
                continue
            form = re.search(r'<form[^>]*action="([^"]+)"', answer.text)
            prompt = re.search(r'name="prompt" value="(\w+)"', answer.text)
            assert form is not None, answer.text
            assert prompt is not None, answer.text
            answer = browser.post(
                urljoin(answer.url, form[1]),
                data={"prompt": prompt[1], "login": login, "password": "x"},
                allow_redirects=False,
                timeout=10,
            )
        raise AssertionError("the provider leads round in circles")
