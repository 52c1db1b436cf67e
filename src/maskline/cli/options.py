"""Options that commands share."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter, validators

#: A switch that is off unless it is named.
Flag = Annotated[bool, Parameter(negative=(), show_default=False)]
Port = Annotated[int, Parameter(validator=validators.Number(gte=0, lte=65_535))]
Limit = Annotated[int, Parameter(validator=validators.Number(gte=1, lte=1000))]
