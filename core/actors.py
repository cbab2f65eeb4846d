"""Who does something. The actor travels with every write and stands in every record."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    id: str
    """Stable; what `createdBy` and `updatedBy` hold."""


ANONYMOUS = Actor("anonymous")
"""A caller of the REST API who is not known; the API has no login yet."""

PIPELINE = Actor("pipeline")
"""The product itself: a file that was dropped into the bucket, a state of a machine."""
