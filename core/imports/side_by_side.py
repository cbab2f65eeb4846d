"""Several chunks of one process at once, in threads.

polars spreads one query over the processors, but between two queries, and in those that have one
column to work on, a single processor is busy. The next chunks fill the gaps: polars leaves the
interpreter to other threads while it works. Memory is that of so many chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import polars as pl

from core.in_order import in_order

Item = TypeVar("Item")
Answer = TypeVar("Answer")

CHUNKS_AT_ONCE = 3 if pl.thread_pool_size() > 1 else 1
"""Two leave gaps; a third fills more of them than the memory of a fourth would be worth
(docs/profiles/chunk-task.md). One where polars has one thread."""


def side_by_side(
    work: Callable[[Item], Answer], items: Iterable[Item], at_once: int = CHUNKS_AT_ONCE
) -> Iterator[Answer]:
    """`work` of each item, in order, of `at_once` items at the same time. What it raises is
    raised here in its turn, and then nothing further is begun."""
    if at_once == 1:
        return map(work, items)
    return in_order(work, items, at_once, queued=1)
