"""Calls side by side whose results come in the order of what they were made for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

CALLS_IN_FLIGHT = 8
"""S3 takes some 30 ms to begin an answer: one after the other, a thousand small objects were half a
minute of waiting."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_order(
    call: Callable[[Item], Result],
    items: Iterable[Item],
    in_flight: int = CALLS_IN_FLIGHT,
    queued: int = 0,
) -> Iterator[Result]:
    """`call` of each item, `in_flight` at once, the results in the order of the items. So many
    results are held at most, and `queued` more: of items that wait for a thread, so that none of
    the threads waits while a result is in use.

    An exception of `call` is raised where its result would stand. Then, and where the results are
    left early, what waits is cancelled, and what is under way awaited.
    """
    with ThreadPoolExecutor(in_flight, thread_name_prefix="in-order") as pool:
        waiting: deque[Future[Result]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(call, item))
                if len(waiting) == in_flight + queued:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
