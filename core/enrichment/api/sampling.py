"""Sampling for estimates: which products to use, and how far the sample's share may be off."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

DEVIATIONS = 2.0
"""Standard errors on either side; some 95 of 100 samples lie within."""


def stretched(items: Sequence[T], number: int) -> list[T]:
    """A sample of `number` items, in order: one random item out of each of `number` equal
    stretches. A fixed step would fail on lists that repeat in a pattern, such as sizes or colours.
    The same for the same length of `items`; all items if there are no more than `number`."""
    total = len(items)
    if total <= number:
        return list(items)
    chance = random.Random(total)
    edges = [at * total // number for at in range(number + 1)]
    return [items[chance.randrange(start, end)] for start, end in pairwise(edges)]


def share_range(found: int, sampled: int, total: int) -> tuple[int, int]:
    """The lowest and highest number of `total` to expect when `found` of `sampled` were found, by
    Wilson's interval. None among fifty still allows for some in total. What the sample itself rules
    out is excluded."""
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
