"""The planner's single pass over a text: chunks, record counts, certificate, encoding, NUL bytes.

Memory is a few blocks, for any size of the file, its records or its cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from core.imports.model import Chunk
from core.imports.sizing import text_chunk_bytes
from core.imports.text.boundaries import BreachKind, Look, RecordScanner, Tile
from core.imports.text.checks import TextCheck
from core.imports.text.encodings import UTF_16, unit_bytes
from core.settings import Settings
from core.storage import ObjectInfo, ObjectStore
from core.storage.read_ahead import fetch_blocks

BLOCKS_IN_ONE = 3
"""For a local store: larger blocks, so that the two threads wait for each other less often. From a
remote store several blocks are in flight anyway."""
WORTH_A_CORE_BYTES = 256 * 1024
"""Checking a smaller block takes less time than waking another thread."""


@dataclass(frozen=True, slots=True)
class TextBody:
    """The records below the header row, and their format."""

    info: ObjectInfo
    start: int
    """Offset of the first record."""
    encoding: str
    """A scannable codec; any single-byte codec is enough to find records."""
    delimiter: str
    record_end: str
    """LF (also for CR LF) or CR."""
    is_plain: bool = True
    """In the dialect of RFC 4180; the records of another one are not looked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """A byte of the text, and a known record start at or before it."""

    offset: int
    record_start: int
    row: int
    """Row number of the record at `record_start`."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    chunks: tuple[Chunk, ...]
    """Empty if there is a breach, or if the dialect is not the plain one."""
    row_count: int
    carriage_returns: bool
    """Some record ends with CR LF, or all end with CR."""
    breach: tuple[Place, BreachKind] | None
    """Where the text stops being well-formed. From there only the tolerant reader can read it."""
    nul: Place | None
    """The first NUL. If there is one, the other findings depend on the blocks."""
    bad: Place | None
    """The first byte that is not valid in the encoding, as the check reports it."""
    open_quote: Place | None
    """A quote that is never closed, in text that is well-formed up to it."""
    may_hold_commas: bool
    """Some cell may contain a comma, estimated from the bytes, so possibly none does."""
    too_large: Place | None
    """The first record over the limit, unless the text is malformed before it."""


def scan_text(
    store: ObjectStore,
    settings: Settings,
    body: TextBody,
    check: TextCheck,
    text_from: int,
) -> ScanResult:
    """Scan a text once. The check also covers the text between `text_from` and the body."""
    block_bytes = settings.read_block_bytes * (1 if store.is_remote else BLOCKS_IN_ONE)
    return _Pass(settings, body, check, block_bytes).run(store, text_from)


class _Cutter:
    """Cuts the text into chunks at record ends and counts records."""

    def __init__(self, start: int, unit: int, target_bytes: int) -> None:
        self.chunks: list[Chunk] = []
        self.rows = 0
        self.last_end = start
        """Offset after the last complete record."""
        self._unit = unit
        self._target = max(1, target_bytes)
        self._start = start
        self._rows_before = 0

    def add(self, tile: Tile, offset: int) -> None:
        """Add the next tile, whose first unit is at the byte `offset`."""
        tile_end = offset + tile.units * self._unit
        if self._start + self._target > tile_end:
            self.rows += tile.count()
            last = tile.last()
            if last is not None:
                self.last_end = offset + (last + 1) * self._unit
            return
        counted = 0
        while (at := tile.first_from(self._first_cut(offset))) is not None:
            self.rows += tile.count_between(counted, at + 1)
            counted = at + 1
            self.last_end = offset + counted * self._unit
            self._cut(self.last_end, self.rows)
        self.rows += tile.count_between(counted, tile.units)
        last = tile.last()
        if last is not None:
            self.last_end = offset + (last + 1) * self._unit

    def _first_cut(self, offset: int) -> int:
        """The first unit of the tile at `offset` at which a record end may end the chunk."""
        missing = self._start + self._target - offset
        return max(0, -(-missing // self._unit) - 1)

    def finish(self, end: int) -> None:
        if end > self.last_end:  # the last record has no line end
            self.rows += 1
            self.last_end = end
        if end > self._start:
            self._cut(end, self.rows)

    def _cut(self, end: int, rows: int) -> None:
        self.chunks.append(
            Chunk(
                index=len(self.chunks),
                start=self._start,
                end=end,
                first_row=self._rows_before + 1,
                rows=rows - self._rows_before,
            )
        )
        self._start = end
        self._rows_before = rows


@dataclass(frozen=True, slots=True)
class _Block:
    size: int
    look: Look
    bad_at: int | None
    """The result of the check after this block."""


class _Pass:
    def __init__(
        self, settings: Settings, body: TextBody, check: TextCheck, block_bytes: int
    ) -> None:
        self._unit = unit_bytes(body.encoding)
        self._dtype = np.dtype(
            {UTF_16[0]: "<u2", UTF_16[1]: ">u2"}.get(body.encoding, np.dtype(np.uint8))
        )
        self._body = body
        self._check = check
        self._limit = settings.max_record_bytes
        # blocks no larger than the limit: no larger record fits between two ends in one block
        self._block_bytes = max(min(block_bytes, self._limit) // self._unit, 1) * self._unit
        self._scanner = RecordScanner(body.delimiter, body.record_end, self._dtype)
        self._cutter = _Cutter(
            body.start, self._unit, text_chunk_bytes(settings, body.info.size - body.start)
        )
        self._carriage_returns = False
        self._breach: tuple[Place, BreachKind] | None = None
        self._nul: Place | None = None
        self._bad: Place | None = None
        self._last_opening = body.start
        self._too_large: Place | None = None
        self._may_hold_commas = False
        self._telling = (b'"', b"'", b"\\") if body.delimiter == "," else (b",",)
        """A comma that is no delimiter is quoted or escaped."""

    def run(self, store: ObjectStore, text_from: int) -> ScanResult:
        at = text_from
        for block in self._blocks(store, text_from):
            before = self._place(at)
            self._note_bad(text_from, block.bad_at, before)
            if block.look.nul is not None:  # no later finding takes precedence
                self._nul = replace(before, offset=at + block.look.nul * self._unit)
                return self._result()
            if at >= self._body.start:
                self._scan(block.look, at)
            at += block.size
        self._check.finish()
        self._note_bad(text_from, self._check.bad_at, self._place(at))
        self._finish(at)
        return self._result()

    def _blocks(self, store: ObjectStore, text_from: int) -> Iterator[_Block]:
        """The whole text in order. While one block is searched for records, another core fetches
        and checks the next."""
        info, start = self._body.info, self._body.start
        raw = chain(
            fetch_blocks(store, info, self._block_bytes, text_from, start),
            fetch_blocks(store, info, self._block_bytes, start, info.size),
        )
        blocks = map(self._look_at, raw)
        if self._block_bytes < WORTH_A_CORE_BYTES:
            yield from blocks
            return
        with ThreadPoolExecutor(1, thread_name_prefix="look") as reader:
            ahead = reader.submit(next, blocks, None)
            while (block := ahead.result()) is not None:
                ahead = reader.submit(next, blocks, None)
                yield block

    def _look_at(self, raw: bytes) -> _Block:
        self._check.feed(raw)
        self._may_hold_commas = self._may_hold_commas or any(sign in raw for sign in self._telling)
        return _Block(len(raw), self._scanner.look(raw), self._check.bad_at)

    def _result(self) -> ScanResult:
        refused = self._nul is not None or self._stopped
        unclosed = not refused and self._scanner.inside
        return ScanResult(
            chunks=() if refused or unclosed else tuple(self._cutter.chunks),
            row_count=self._cutter.rows,
            carriage_returns=self._carriage_returns,
            breach=self._breach,
            nul=self._nul,
            bad=self._bad,
            open_quote=self._place(self._last_opening) if unclosed else None,
            may_hold_commas=self._may_hold_commas,
            too_large=self._too_large,
        )

    @property
    def _stopped(self) -> bool:
        """Parity no longer determines record ends, or they are no longer needed."""
        return not self._body.is_plain or self._breach is not None or self._too_large is not None

    def _scan(self, look: Look, at: int) -> None:
        if not self._stopped:
            for tile in self._scanner.scan(look):
                self._take(tile, at)
                if self._stopped:
                    return
                at += tile.units * self._unit

    def _take(self, tile: Tile, at: int) -> None:
        first = tile.first()
        seen = [] if tile.breach is None else [tile.breach.position]
        seen += [] if first is None else [first]
        if seen:
            self._measure(at + (min(seen) + 1) * self._unit)
        if self._too_large is None and tile.breach is not None:
            place = self._place(at + tile.breach.position * self._unit)
            self._breach = (place, tile.breach.kind)
        if self._stopped:
            return
        self._carriage_returns |= tile.carriage_returns
        if tile.last_opening is not None:
            self._last_opening = at + tile.last_opening * self._unit
        self._cutter.add(tile, at)
        self._measure(at + tile.units * self._unit)

    def _measure(self, end: int) -> None:
        """Check the limit for a record that extends at least to `end`."""
        if end - self._cutter.last_end > self._limit:
            self._too_large = self._place(self._cutter.last_end)

    def _finish(self, end: int) -> None:
        if self._stopped:
            return
        breach = self._scanner.finish()
        if breach is not None:
            self._breach = (self._place(end - self._unit), breach.kind)
        elif not self._scanner.inside:
            self._cutter.finish(end)

    def _note_bad(self, text_from: int, bad_at: int | None, before: Place) -> None:
        if self._bad is None and bad_at is not None:
            self._bad = replace(before, offset=text_from + bad_at)

    def _place(self, offset: int) -> Place:
        return Place(offset, self._cutter.last_end, self._cutter.rows + 1)
