"""Some for all: which products an estimate looks at, and how far their share may be off."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

DEVIATIONS = 2.0
"""Standard errors on either side: some 95 of 100 samples lie within."""


def stretched(items: Sequence[T], number: int) -> list[T]:
    """So many of the items, in order: one out of each of as many equal stretches, by chance, for
    what comes in turns (sizes, colours) would be taken in turns too. The same for the same items'
    number, and all of them where there are no more."""
    total = len(items)
    if total <= number:
        return list(items)
    chance = random.Random(total)
    edges = [at * total // number for at in range(number + 1)]
    return [items[chance.randrange(start, end)] for start, end in pairwise(edges)]


def share_range(found: int, sampled: int, total: int) -> tuple[int, int]:
    """How many of `total` there may be, at least and at most, when `found` of `sampled` are: by
    Wilson's interval, which says of none among fifty that there may still be some, and within what
    the sample itself rules out."""
    if sampled >= total:
        return found, found
    if not sampled:
        return 0, total
    squared = DEVIATIONS**2
    share = found / sampled
    middle = (share + squared / (2 * sampled)) / (1 + squared / sampled)
    half = (
        DEVIATIONS
        * math.sqrt(share * (1 - share) / sampled + squared / (4 * sampled**2))
        / (1 + squared / sampled)
    )
    lowest = math.floor(max(middle - half, 0) * total)
    highest = math.ceil(min(middle + half, 1) * total)
    return max(lowest, found), min(highest, total - (sampled - found))
