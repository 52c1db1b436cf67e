"""What an OpenID Connect provider says of somebody, as a user of the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maskline.access import users
from maskline.access.audit import Actor
from maskline.env import Env
from maskline.model.console import Role, User
from maskline.settings.console import OidcSettings
from maskline.store.contract import Transaction


def role_of(settings: OidcSettings, claims: Mapping[str, Any]) -> Role | None:
    """The highest role that the claim's values give; null for none."""
    given = claims.get(settings.role_claim)
    values = given if isinstance(given, list) else [given]
    texts = {value for value in values if isinstance(value, str)}
    for role, wanted in (
        (Role.ADMIN, settings.admin_values),
        (Role.SUPPORT, settings.support_values),
        (Role.VIEWER, settings.viewer_values),
    ):
        if texts & set(wanted):
            return role
    return None


async def user_of(
    env: Env, tx: Transaction, claims: Mapping[str, Any], role: Role, address: str
) -> User:
    """The user that the provider's subject is: a new one at the first sign-in, with the role of
    this one."""
    settings = env.settings.oidc
    subject = f"{claims['iss']}|{claims['sub']}"
    user = await tx.console_users.by_subject(subject)
    if user is not None:
        changed = msgspec.structs.replace(user, role=role.value, date_updated=env.clock())
        await tx.console_users.update(changed)
        return changed
    told = claims.get(settings.name_claim)
    wanted = told if isinstance(told, str) and told.strip() else str(claims["sub"])
    name = await _free(tx, "".join(c for c in wanted if c.isprintable()).strip() or "user")
    return await users.create(env, tx, Actor(None, "sign-in", address), name, role, None, subject)


async def _free(tx: Transaction, wanted: str) -> str:
    """The name, or another like it: one that somebody has is theirs, whoever says so."""
    wanted = wanted[: users.MAX_NAME - 6]
    name, number = wanted, 1
    while await tx.console_users.by_name(name) is not None:
        number += 1
        name = f"{wanted} ({number})"
    return name
