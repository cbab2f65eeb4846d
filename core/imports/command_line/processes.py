"""Chunks judged by several processes at once, as the Map of the pipeline does."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass

from core.attributes.definitions import AttributeDefinition
from core.imports.chunks import validate_chunk
from core.imports.command_line.usage import UsageMistake
from core.imports.model import Chunk, ChunkSummary, Plan
from core.settings import Settings
from core.storage import ImportKeys, ObjectStore

HELD_FROM_CHILDREN = {signal.SIGINT, signal.SIGHUP}
"""Signals that children are deaf to for their whole life, their start included: the parent hears
them as well, and stops its children. Not SIGTERM, by which a pool ends them."""


@dataclass(frozen=True, slots=True)
class ValidationInProcesses:
    """Call it as `core.imports.local_run.ValidateChunks`. The store must be a folder: every process
    gets a copy of it."""

    store: ObjectStore
    settings: Settings
    definitions: Sequence[AttributeDefinition]
    processes: int

    def __call__(
        self, keys: ImportKeys, plan: Plan, chunks: Sequence[Chunk]
    ) -> Iterator[ChunkSummary]:
        """In order. Raises UsageMistake when a process is killed, as for want of memory."""
        work = (self.store, self.settings, keys, plan, self.definitions)
        before = os.environ.get("POLARS_MAX_THREADS")
        threads = max(1, (os.cpu_count() or 1) // self.processes)
        os.environ["POLARS_MAX_THREADS"] = before or str(threads)  # read when a child starts
        with _interrupts_held():  # starts multiprocessing's own process, which counts semaphores
            pool = ProcessPoolExecutor(
                min(self.processes, len(chunks) or 1),
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(work,),
            )
        try:
            begun: deque[Future[ChunkSummary]] = deque()
            for chunk in chunks:
                with _interrupts_held():
                    begun.append(pool.submit(_validate, chunk))  # the first starts the processes
                if len(begun) > 2 * self.processes:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        except BrokenProcessPool:
            raise UsageMistake(
                "A process that checked rows was killed, perhaps for want of memory. "
                f"Try again with fewer than --jobs {self.processes}."
            ) from None
        finally:
            # the few that are begun end: to cancel them, while processes are killed as well, makes
            # the pool of Python 3.11 fail with a traceback
            pool.shutdown()
            if before is None:
                del os.environ["POLARS_MAX_THREADS"]


_Work = tuple[ObjectStore, Settings, ImportKeys, Plan, Sequence[AttributeDefinition]]
_work: list[_Work] = []
"""Of this process: what all its chunks share."""


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """What interrupts or ends this process waits until the end of this: a child that it has begun
    to start would complain of it."""
    told: list[int] = []
    # a block does not hold for this process: a signal goes to any of its threads
    handlers = {
        number: signal.signal(number, lambda which, _frame: told.append(which))
        for number in (*HELD_FROM_CHILDREN, signal.SIGTERM)
        if callable(signal.getsignal(number))
    }
    before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD_FROM_CHILDREN)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for which in told[:1]:
            signal.raise_signal(which)


def _begin(work: _Work) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    _work[:] = [work]


def _end_with_parent() -> None:
    """A parent that is killed stops nobody: this process would wait for work, and hold the output,
    for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _validate(chunk: Chunk) -> ChunkSummary:
    return validate_chunk(*_work[0], chunk)
