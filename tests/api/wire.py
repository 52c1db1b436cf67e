"""Plain HTTP, for what the official SDK can't send."""

from __future__ import annotations

import uuid
from typing import Any

import requests

FORM = "application/x-www-form-urlencoded"


class Wire:
    """Sends requests to one server as one account."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self.url = url
        self.account_sid = username
        self.auth = (username, password)
        self._session = requests.Session()
        self._session.trust_env = False

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """One request, with the account's credentials unless `auth` is given."""
        kwargs.setdefault("auth", self.auth)
        kwargs.setdefault("allow_redirects", False)
        url = path if path.startswith("http") else self.url + path
        return self._session.request(method, url, timeout=30, **kwargs)

    def get(self, path: str, **params: Any) -> requests.Response:
        """GET with a query."""
        return self.send("GET", path, params=params)

    def post(self, path: str, data: Any = None, **kwargs: Any) -> requests.Response:
        """POST of a form, of name and value pairs, or of a body as it is."""
        if isinstance(data, bytes):
            kwargs.setdefault("headers", {"Content-Type": FORM})
        return self.send("POST", path, data=data, **kwargs)

    def delete(self, path: str) -> requests.Response:
        """DELETE."""
        return self.send("DELETE", path)

    def core(self, path: str) -> str:
        """A path of the 2010 API in the account."""
        return f"/api/2010-04-01/Accounts/{self.account_sid}/{path}"

    def service(self, **form: str) -> str:
        """The path of a new Service."""
        answer = self.post("/proxy/v1/Services", {"UniqueName": unique(), **form})
        assert answer.status_code == 201, answer.text
        return f"/proxy/v1/Services/{answer.json()['sid']}"

    def messaging_service(self, **form: str) -> str:
        """The path of a new Messaging Service."""
        answer = self.post("/messaging/v1/Services", {"FriendlyName": "Texts", **form})
        assert answer.status_code == 201, answer.text
        return f"/messaging/v1/Services/{answer.json()['sid']}"


def unique() -> str:
    """A name that nobody has."""
    return f"name-{uuid.uuid4().hex}"


def error(answer: requests.Response) -> tuple[int, int]:
    """Status and code of a refusal, once its body has the one form of error bodies."""
    body = answer.json()
    assert set(body) == {"code", "message", "more_info", "status"}, body
    assert body["status"] == answer.status_code
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{body['code']}"
    assert body["message"]
    return answer.status_code, body["code"]
