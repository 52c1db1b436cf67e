"""What an operator says of a registration, as the API's parameters."""

from __future__ import annotations

from dataclasses import dataclass

from cyclopts import Parameter

from maskline.model.form import Form


@Parameter(name="*")
@dataclass(frozen=True)
class Failure:
    """The options that say why a registration failed."""

    error: list[int] | None = None
    """The code of an error for which it failed; may be given again."""

    reason: str | None = None
    """That error in words."""

    @property
    def parameters(self) -> dict[str, object]:
        """The same as the API's."""
        return {"ErrorCode": self.error, "ErrorDescription": self.reason}


def form_of(**values: object) -> Form:
    """Options as the API's parameters; those that are not given are left out."""
    sent = {}
    for name, value in values.items():
        if value is not None:
            sent[name] = [str(one) for one in (value if isinstance(value, list) else [value])]
    return Form(sent, 20001)
