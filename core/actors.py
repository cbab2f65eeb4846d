"""The actor of a change. It is passed to every write and stored in every record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    id: str
    """Stable; the value of `createdBy` and `updatedBy`."""


ANONYMOUS = Actor("anonymous")
"""A caller of a REST API that is open (`AUTH_MODE=none`)."""

PIPELINE = Actor("pipeline")
"""The product itself: a file dropped into the bucket, or a state of a machine."""
