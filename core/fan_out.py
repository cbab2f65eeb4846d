"""How a machine goes over chunks: by which Map, and where the chunks are named."""

from __future__ import annotations

from enum import StrEnum

import msgspec

HISTORY_EVENTS = 25_000
"""Of one execution; Step Functions fails it when there are more. What runs in an inline Map counts.
Source: Step Functions developer guide, "Quotas"."""
EVENTS_AROUND_THE_MAPS = 1_000
"""Of all other states of a machine, with every repetition that their Retry allows."""
EVENTS_OF_A_TURN = 66
"""Of one run of a task in an inline Map, with every repetition, and of the states around it. A test
derives this and the number above from the machines."""


class FanOut(StrEnum):
    INLINE = "INLINE"
    DISTRIBUTED = "DISTRIBUTED"
    NONE = "NONE"
    """Only of an import's second pass: no chunk is to be judged again."""


def choose_map(chunks: int, at_most: int, *, turns: int) -> FanOut:
    """The Map for so many chunks: the inline one for `at_most`, and for no more than fit into the
    history of the execution when each chunk takes `turns` runs of its task."""
    fitting = (HISTORY_EVENTS - EVENTS_AROUND_THE_MAPS) // (turns * EVENTS_OF_A_TURN)
    return FanOut.INLINE if chunks <= min(at_most, fitting) else FanOut.DISTRIBUTED


class ManifestLocation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An object that names every chunk, as a JSON array."""

    bucket: str
    key: str
