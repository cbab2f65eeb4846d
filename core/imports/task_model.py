"""How an import continues: over which chunks, and by which Map. The state machine branches on
it."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.fan_out import FanOut, ManifestLocation
from core.imports.model import Chunk
from core.outcomes import Refusal
from core.storage import ImportKeys

PASSES = 2
"""An import goes over its chunks once, and again over those that have a repeated value."""


class AttemptTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The input of a step that needs no more than to know of which attempt it is."""

    job_id: str
    attempt: int

    @property
    def keys(self) -> ImportKeys:
        return ImportKeys(self.job_id, self.attempt)


class PlanOutcome(StrEnum):
    PLANNED = "PLANNED"
    REFUSED = "REFUSED"


class PlannedImport(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the state machine branches on. The manifest names every chunk; `chunks` repeats it only
    for an inline Map, so that a state stays far below its limit of 256 KiB. The second pass, over
    the chunks to validate again, is planned in the same form."""

    outcome: PlanOutcome
    mode: FanOut | None = None
    compares_values: bool = False
    """Behind the chunks come the states that look for values which may occur only once."""
    chunks: tuple[Chunk, ...] = ()
    chunk_count: int = 0
    row_count: int = 0
    manifest: ManifestLocation
    refusal: Refusal | None = None
