"""Validates chunks in several processes at once, like the Map of the pipeline."""

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

BLOCKED_IN_CHILDREN = {signal.SIGINT, signal.SIGHUP}
"""Signals that are blocked in children from their start: the parent gets them too, and stops its
children. Not SIGTERM, which a pool uses to end them."""


@dataclass(frozen=True, slots=True)
class ValidationInProcesses:
    """A `core.imports.local_run.ValidateChunks`. The store must be a folder: every process gets a
    copy of the store object."""

    store: ObjectStore
    settings: Settings
    definitions: Sequence[AttributeDefinition]
    processes: int

    def __call__(
        self, keys: ImportKeys, plan: Plan, chunks: Sequence[Chunk]
    ) -> Iterator[ChunkSummary]:
        """The summaries in order. Raises UsageMistake if a process is killed, for example for lack
        of memory."""
        work = (self.store, self.settings, keys, plan, self.definitions)
        before = os.environ.get("POLARS_MAX_THREADS")
        threads = max(1, (os.cpu_count() or 1) // self.processes)
        os.environ["POLARS_MAX_THREADS"] = before or str(threads)  # read when a child starts
        with _signals_deferred():  # starts multiprocessing's resource tracker
            pool = ProcessPoolExecutor(
                min(self.processes, len(chunks) or 1),
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_begin,
                initargs=(work,),
            )
        try:
            submitted: deque[Future[ChunkSummary]] = deque()
            for chunk in chunks:
                with _signals_deferred():
                    submitted.append(pool.submit(_validate, chunk))  # the first starts processes
                if len(submitted) > 2 * self.processes:
                    yield submitted.popleft().result()
            while submitted:
                yield submitted.popleft().result()
        except BrokenProcessPool:
            raise UsageMistake(
                "A process that checked rows was killed, perhaps for lack of memory. "
                f"Try again with fewer than --jobs {self.processes}."
            ) from None
        finally:
            # the few submitted chunks finish: cancelling them while processes are killed makes the
            # pool of Python 3.11 fail with a traceback
            pool.shutdown()
            if before is None:
                del os.environ["POLARS_MAX_THREADS"]


_Work = tuple[ObjectStore, Settings, ImportKeys, Plan, Sequence[AttributeDefinition]]
_work: list[_Work] = []
"""What all chunks of this process share."""


@contextmanager
def _signals_deferred() -> Iterator[None]:
    """Signals that interrupt or end this process take effect at the end of the block. Otherwise a
    child that is just starting would print a traceback."""
    received: list[int] = []
    # blocking is not enough for this process: a signal may go to any of its threads
    handlers = {
        number: signal.signal(number, lambda which, _frame: received.append(which))
        for number in (*BLOCKED_IN_CHILDREN, signal.SIGTERM)
        if callable(signal.getsignal(number))
    }
    before = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED_IN_CHILDREN)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for which in received[:1]:
            signal.raise_signal(which)


def _begin(work: _Work) -> None:
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    _work[:] = [work]


def _end_with_parent() -> None:
    """End this process with its parent. A killed parent cannot stop its children, which would wait
    for work, and keep the output open, forever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _validate(chunk: Chunk) -> ChunkSummary:
    return validate_chunk(*_work[0], chunk)
