from __future__ import annotations

import pytest

from maskline.model.opt_out import OptOutScope, Reach, holds

NEAR = {
    "number": Reach.SENDER,
    "messaging_service": Reach.SENDER | Reach.MESSAGING_SERVICE,
    "service": Reach.SENDER | Reach.SERVICE,
}


@pytest.mark.parametrize("reach", range(8))
@pytest.mark.parametrize("scope", ["number", "messaging_service", "service"])
def test_what_an_opt_out_holds_for(reach: int, scope: OptOutScope) -> None:
    assert holds(reach, scope) is any(reach & flag for flag in NEAR[scope])


@pytest.mark.parametrize("scope", ["number", "messaging_service", "service"])
def test_nothing_holds_nobody(scope: OptOutScope) -> None:
    assert not holds(None, scope)
