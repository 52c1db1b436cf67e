"""A trunk: joins the leg that one call dialled to the call that it became at our own number."""

from __future__ import annotations

from collections.abc import Callable

from maskline.carriers.simulator.flow import Flow
from maskline.carriers.simulator.leg import ANSWERED, Ended, Pressed
from maskline.carriers.simulator.views import Heard
from maskline.model.call import CallStatus


class Trunk:
    """The near end: what the outer call dialled. `begin` makes the inner call and starts it."""

    def __init__(self, outer: Flow, begin: Callable[[TrunkEnd], Flow]) -> None:
        self._end = TrunkEnd(self, outer)
        self._begin = begin
        self._inner: Flow | None = None

    def ring(self) -> bool:
        """Starts the inner call, which tells by answering."""
        self._inner = self._begin(self._end)
        return True

    def connect(self) -> None:
        """The inner call answered and knows."""

    def hear(self, heard: Heard) -> None:
        """The inner call has no ears."""

    def press(self, digits: str) -> None:
        """The inner call's caller typed keys."""
        if self._inner is not None:
            self._inner.post(self._end, Pressed(digits))

    def end(self, status: CallStatus) -> None:
        """The inner call's caller is gone."""
        if self._inner is not None:
            self._inner.post(self._end, Ended(status))


class TrunkEnd:
    """The far end: the inner call's caller."""

    def __init__(self, trunk: Trunk, outer: Flow) -> None:
        self._trunk = trunk
        self._outer = outer

    def ring(self) -> bool:
        """A caller does not ring."""
        return False

    def connect(self) -> None:
        """The inner call is answered, and so is the leg that the outer one dialled."""
        self._outer.post(self._trunk, ANSWERED)

    def hear(self, heard: Heard) -> None:
        """What the inner call plays sounds at the outer call's caller."""
        self._outer.caller.hear(heard)

    def press(self, digits: str) -> None:
        """The inner call's callee typed keys."""
        self._outer.post(self._trunk, Pressed(digits))

    def end(self, status: CallStatus) -> None:
        """The inner call is over."""
        self._outer.post(self._trunk, Ended(status))
