"""Small objects one after the other, the next reads already under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

READS_IN_FLIGHT = 8
"""S3 takes some 30 ms to begin an answer: one after the other, a thousand objects were half a
minute of waiting."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")


def each_ahead(
    read: Callable[[Item], Answer], items: Iterable[Item]
) -> Iterator[tuple[Item, Answer]]:
    """Each item with what `read` gives of it, in order. At most `READS_IN_FLIGHT` answers are held.
    What `read` raises is raised where its answer would have come."""
    with ThreadPoolExecutor(READS_IN_FLIGHT, thread_name_prefix="ahead") as pool:
        waiting: deque[tuple[Item, Future[Answer]]] = deque()
        try:
            for item in items:
                waiting.append((item, pool.submit(read, item)))
                if len(waiting) == READS_IN_FLIGHT:
                    first, answer = waiting.popleft()
                    yield first, answer.result()
            while waiting:
                first, answer = waiting.popleft()
                yield first, answer.result()
        finally:
            for _, answer in waiting:
                answer.cancel()
