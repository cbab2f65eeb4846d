"""Threads: calls whose results keep their order, one item ahead, and work with a deadline."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

CALLS_IN_FLIGHT = 8
"""S3 takes some 30 ms to begin an answer: one after the other, a thousand small objects were half a
minute of waiting."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def ordered_map(
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


_Item = TypeVar("_Item")


@contextmanager
def prefetch(items: Iterator[_Item]) -> Iterator[Iterator[_Item]]:
    """The same items in the same order, each made in a thread while its predecessor is in use. At
    most one is waiting. What making an item raises is raised where it would be taken. Leaving the
    block early waits for the item that is being made, and makes no more."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:

        def coming() -> Iterator[_Item]:
            following = pool.submit(_next, items)
            while made := following.result():
                following = pool.submit(_next, items)
                yield made[0]

        yield coming()


def _next(items: Iterator[_Item]) -> tuple[_Item] | None:
    for item in items:
        return (item,)
    return None


class SeenKeys:
    """Safe for several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def is_first(self, key: str) -> bool:
        """Has nobody asked for this key before?"""
        with self._lock:
            if key in self._seen:
                return False
            self._seen.add(key)
            return True


T = TypeVar("T")
R = TypeVar("R")


class Late(Exception):
    """The work was not back in time, and is abandoned."""


def within(seconds: float, work: Callable[[], R]) -> R:
    """What `work` gives or raises. Raises Late."""
    results = map_until(lambda do: do(), [work], at_once=1, seconds=seconds)
    if not results:
        raise Late
    return results[0]


def map_until(
    work: Callable[[T], R],
    items: Sequence[T],
    *,
    at_once: int,
    seconds: float | None,
    on_error: Callable[[], None] = lambda: None,
) -> dict[int, R]:
    """What `work` gives for those items that are back after `seconds` at most, by their place in
    `items`. None: however long it takes.

    The first error is raised when all others are back, or the time is over; `on_error` is called
    before, so that they can make haste.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    back: queue.SimpleQueue[tuple[int, tuple[R] | BaseException]] = queue.SimpleQueue()
    for place in range(len(items)):
        waiting.put(place)

    def serve() -> None:
        while True:
            try:
                place = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                back.put((place, (work(items[place]),)))
            except BaseException as error:  # raised where it is waited for
                back.put((place, error))

    for _ in range(min(max(at_once, 1), len(items))):
        threading.Thread(target=serve, daemon=True, name="suggest").start()
    ends_at = None if seconds is None else time.monotonic() + seconds
    results: dict[int, R] = {}
    first: BaseException | None = None
    for _ in items:
        left = None if ends_at is None else max(ends_at - time.monotonic(), 0)
        try:
            place, outcome = back.get(timeout=left)
        except queue.Empty:
            break
        if isinstance(outcome, tuple):
            results[place] = outcome[0]
        elif first is None:
            first = outcome
            on_error()
        del outcome  # an error's traceback holds this frame
    if first is None:
        return results
    try:
        raise first
    finally:
        first = None  # or this frame and its own traceback would keep one another, and connections
