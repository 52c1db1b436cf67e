"""Settings of the console, and of signing in to it through others."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from maskline.settings.kinds import Name, PublicUrl, Secret, Words


class ConsoleSettings(Struct, frozen=True):
    """The pages at /console, and how long a sign-in lasts there."""

    enabled: bool = True
    idle_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 60
    session_hours: Annotated[int, Meta(ge=1, le=720)] = 12
    link_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 60
    sign_in_attempts: Annotated[int, Meta(ge=1, le=1000)] = 10
    viewers: Annotated[int, Meta(ge=1, le=10_000)] = 500
    record_requests: Literal["all", "failures", "none"] = "all"
    figures: bool = True


class OidcSettings(Struct, frozen=True):
    """Signing in to the console through an OpenID Connect provider."""

    issuer: PublicUrl | None = None
    client_id: Name = ""
    client_secret: Secret | None = None
    label: Name = "Single sign-on"
    scopes: Words = ("openid", "profile", "email")
    name_claim: Name = "preferred_username"
    role_claim: Name = "groups"
    admin_values: Words = ()
    support_values: Words = ()
    viewer_values: Words = ()
