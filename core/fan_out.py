"""How a state machine runs over chunks: by which Map, and where the chunks are listed."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from core.outcomes import Refusal

Chunk = TypeVar("Chunk")

HISTORY_EVENTS = 25_000
"""Of one execution; Step Functions fails it when there are more. What runs in an inline Map counts.
Source: Step Functions developer guide, "Quotas"."""
EVENTS_AROUND_THE_MAPS = 2_000
"""Of all other states of a machine, with every repetition that their Retry allows."""
EVENTS_OF_A_TURN = 66
"""Of one run of a task in an inline Map, with every repetition, and of the states around it. A test
derives this and the number above from the machines."""


class FanOut(StrEnum):
    INLINE = "INLINE"
    DISTRIBUTED = "DISTRIBUTED"
    NONE = "NONE"
    """Only of an import's second pass: no chunk has to be validated again."""


def choose_map(chunks: int, at_most: int, *, turns: int) -> FanOut:
    """The Map for so many chunks: the inline one for `at_most`, and for no more than fit into the
    history of the execution when each chunk takes `turns` runs of its task."""
    fitting = (HISTORY_EVENTS - EVENTS_AROUND_THE_MAPS) // (turns * EVENTS_OF_A_TURN)
    return FanOut.INLINE if chunks <= min(at_most, fitting) else FanOut.DISTRIBUTED


class ManifestLocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object that names every chunk, as a JSON array."""

    bucket: str
    key: str


class OpenOutcome(StrEnum):
    CLAIMED = "CLAIMED"
    REFUSED = "REFUSED"
    """Claimed too, but the file cannot be imported, or there is nothing to approve or enrich."""
    SUPERSEDED = "SUPERSEDED"
    """Not claimed: the job was cancelled, or belongs to another execution."""


class Opened(msgspec.Struct, Generic[Chunk], frozen=True, kw_only=True, rename="camel"):
    """The state of an execution that runs over chunks, as all its later states read it."""

    outcome: OpenOutcome = OpenOutcome.SUPERSEDED
    job_id: str
    execution_arn: str
    attempt: int | None = None
    """None when superseded."""
    mode: FanOut | None = None
    chunks: tuple[Chunk, ...] = ()
    """Only for an inline Map; the manifest always lists them."""
    chunk_count: int = 0
    row_count: int = 0
    manifest: ManifestLocation | None = None
    refusal: Refusal | None = None

    def refused(self, refusal: Refusal) -> Opened[Chunk]:
        return msgspec.structs.replace(self, outcome=OpenOutcome.REFUSED, refusal=refusal)

    def over(
        self, chunks: Sequence[Chunk], mode: FanOut, row_count: int, manifest: ManifestLocation
    ) -> Opened[Chunk]:
        return msgspec.structs.replace(
            self,
            mode=mode,
            chunks=tuple(chunks) if mode is FanOut.INLINE else (),
            chunk_count=len(chunks),
            row_count=row_count,
            manifest=manifest,
        )
