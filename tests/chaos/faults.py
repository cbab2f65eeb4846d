"""What breaks things while the product works. Each is a context, and stops with its block."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator

from tests.chaos.portal import Portal

LOOK_SECONDS = 0.15

STARTER = frozenset({"start-import"})
"""What it was given comes back after the queue's 180 seconds: too long for a short run."""


@contextlib.contextmanager
def repeatedly(action: Callable[[], object], seconds: float) -> Iterator[None]:
    """Does it every so many seconds. What it raises is raised at the end of the block."""
    ends = threading.Event()
    raised: list[Exception] = []

    def loop() -> None:
        while not ends.wait(seconds):
            try:
                action()
            except Exception as error:
                raised.append(error)
                return

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
    if raised:
        raise raised[0]


class Killer:
    """kill -9 of workers: of each function `each` of those that start, some moment after they were
    seen first. Counted by function and not by the clock, so that a slow machine gets on as well."""

    def __init__(
        self,
        portal: Portal,
        each: int,
        *,
        sparing: Collection[str] = (),
        within: float = 1.5,
        seed: int = 3,
    ) -> None:
        self.killed: Counter[str] = Counter()
        self._portal = portal
        self._each = each
        self._sparing = sparing
        self._within = within
        self._drawn = random.Random(seed)
        self._due: dict[int, float] = {}

    def __call__(self) -> None:
        now = time.monotonic()
        for process, function in self._portal.workers():
            if self.killed[function] >= self._each or function in self._sparing:
                continue
            due = self._due.setdefault(process.pid, now + self._drawn.random() * self._within)
            if now >= due:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                    self.killed[function] += 1


@contextlib.contextmanager
def workers_killed(portal: Portal, *, each: int, sparing: Collection[str] = ()) -> Iterator[Killer]:
    killer = Killer(portal, each, sparing=sparing)
    with repeatedly(killer, LOOK_SECONDS):
        yield killer


@contextlib.contextmanager
def database_away(portal: Portal, *, seconds: float, every: float) -> Iterator[None]:
    def leave() -> None:
        portal.mongodb.go_away()
        time.sleep(seconds)
        portal.mongodb.come_back()

    try:
        with repeatedly(leave, every):
            yield
    finally:
        portal.mongodb.come_back()
