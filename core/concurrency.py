"""Threads: ordered parallel calls, prefetching, and work with a deadline."""

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
"""S3 takes some 30 ms to begin a response: read one after the other, a thousand small objects took
half a minute."""

Item = TypeVar("Item")
Result = TypeVar("Result")


def ordered_map(
    call: Callable[[Item], Result],
    items: Iterable[Item],
    in_flight: int = CALLS_IN_FLIGHT,
    queued: int = 0,
) -> Iterator[Result]:
    """Call `call` for each item, with `in_flight` calls at once. Yields the results in the order of
    the items, and holds at most `in_flight` + `queued` of them. The `queued` items keep the threads
    busy while the consumer uses a result.

    An exception of `call` is raised in place of its result. Then, and if the consumer stops early,
    waiting calls are cancelled, and running ones are awaited.
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
    """The same items in the same order. A thread produces each while its predecessor is in use; at
    most one is waiting. An exception is raised in place of its item. Leaving the block early waits
    for the item in production, and produces no more."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:

        def prefetched() -> Iterator[_Item]:
            following = pool.submit(_next, items)
            while item := following.result():
                following = pool.submit(_next, items)
                yield item[0]

        yield prefetched()


def _next(items: Iterator[_Item]) -> tuple[_Item] | None:
    for item in items:
        return (item,)
    return None


class SeenKeys:
    """A thread-safe set of keys."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: set[str] = set()

    def is_first(self, key: str) -> bool:
        """Add the key. True if it was not in the set."""
        with self._lock:
            if key in self._seen:
                return False
            self._seen.add(key)
            return True


T = TypeVar("T")
R = TypeVar("R")


class Late(Exception):
    """The work did not finish in time, and is abandoned."""


def within(seconds: float, work: Callable[[], R]) -> R:
    """What `work` returns or raises, within `seconds`. Raises Late."""
    results = map_until(lambda call: call(), [work], at_once=1, seconds=seconds)
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
    """The results of `work` for the items that finish within `seconds` (None: no limit), by their
    place in `items`.

    The first error is raised after all other items have finished, or the time is over. `on_error`
    is called first, so that the others can stop early.
    """
    waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
    finished: queue.SimpleQueue[tuple[int, tuple[R] | BaseException]] = queue.SimpleQueue()
    for place in range(len(items)):
        waiting.put(place)

    def serve() -> None:
        while True:
            try:
                place = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                finished.put((place, (work(items[place]),)))
            except BaseException as error:  # raised by the caller's thread
                finished.put((place, error))

    for _ in range(min(max(at_once, 1), len(items))):
        threading.Thread(target=serve, daemon=True, name="suggest").start()
    ends_at = None if seconds is None else time.monotonic() + seconds
    results: dict[int, R] = {}
    first: BaseException | None = None
    for _ in items:
        left = None if ends_at is None else max(ends_at - time.monotonic(), 0)
        try:
            place, outcome = finished.get(timeout=left)
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
        first = None  # breaks the cycle of frame and traceback, which would keep connections alive
