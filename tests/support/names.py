"""Names that resolve to what a test says."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from maskline.delivery.guard import AddrInfo


class Answers:
    """Gives its answers in turn, then the last one again."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> list[AddrInfo]:
        """The next answer."""
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, OSError):
            raise answer
        return [info(address, port) for address in answer]


def info(address: str, port: int) -> AddrInfo:
    """An address as `getaddrinfo` gives it."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    rest = (0, 0) if ":" in address else ()
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, *rest)
