"""Work that must be back by a time, whatever it waits for.

A read time-out of a connection ends nothing where a server sends a byte now and then, and a thread
cannot be killed. So work runs in daemon threads: what is not back in time is left to itself, and
nobody waits for it, not even the end of the process.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

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
