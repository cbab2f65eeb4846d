"""Who calls the REST API, and the roles that this caller has."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from core.actors import ANONYMOUS, Actor


class Role(StrEnum):
    """From least to most: each role may do what those before it may."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = tuple(Role)


class Caller(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A caller whose token was checked, or of an open API."""

    subject: str
    """Stable and unique at the issuer."""
    kind: Literal["user", "client", "anonymous"]
    """A person, or a system with its own login."""
    roles: tuple[Role, ...] = ()
    expires_at: float = 0.0
    """When the token ends, in seconds since 1970."""

    @property
    def actor(self) -> Actor:
        """The name in records. Its prefix keeps subjects apart from the product's own actors."""
        return ANONYMOUS if self.kind == "anonymous" else Actor(f"{self.kind}:{self.subject}")

    def has(self, role: Role) -> bool:
        return any(own.includes(role) for own in self.roles)


ANYONE = Caller(subject="anonymous", kind="anonymous", roles=(Role.ADMIN,))
"""Every caller of an open API (`AUTH_MODE=none`)."""

UNKNOWN = Caller(subject="unknown", kind="anonymous")
"""An unknown caller, without any permission."""


def roles_in(names: list[str]) -> tuple[Role, ...]:
    """The roles among some names; other groups and scopes mean nothing here."""
    return tuple(role for role in Role if role.value in names)
