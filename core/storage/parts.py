"""Divides an assembled object into parts, so that S3 itself copies as much as possible.

A part of a multipart upload has at least 5 MiB, except the last one, and an upload has at most
10,000 parts. S3 copies a piece that is large enough. Smaller pieces are gathered in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.storage.pieces import Piece, Span, size_of

MIB = 1024 * 1024
LEAST_PART_BYTES = 5 * MIB
"""S3 refuses smaller parts, except the last."""
GATHERED_PART_BYTES = 8 * MIB
MOST_COPIED_BYTES = 512 * MIB
"""S3 copies up to 5 GiB at once; parts of this size are copied in parallel."""
MOST_PARTS = 10_000
"""Of one multipart upload."""
PARTS_IN_FLIGHT = 4
"""Bounds memory: this many gathered parts are being sent, and as many are being gathered."""
HELD_BYTES = 64 * MIB
"""Limit for the gathered parts that are being sent, and again for those being gathered. The larger
the parts, the fewer are in flight."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """A part made of these pieces, which go through memory."""

    pieces: tuple[Piece, ...]


Part = Span | Gathered
"""S3 itself copies a span."""


def parts_of(pieces: Sequence[Piece]) -> list[Part]:
    """At most MOST_PARTS parts, each except the last of at least LEAST_PART_BYTES.

    A span is copied if it is large enough for a part, after the bytes that the part before it still
    needs. If that gives too many parts, as few neighbours as possible are gathered.
    """
    total = sum(map(size_of, pieces))
    copied = max(MOST_COPIED_BYTES, -(-total * 2 // MOST_PARTS))
    parts: list[Part] = []
    gathered: list[Piece] = []
    held = 0
    for piece in pieces:
        lacking = max(0, LEAST_PART_BYTES - held) if held else 0
        if isinstance(piece, Span) and piece.size - lacking >= LEAST_PART_BYTES:
            if lacking:
                gathered.append(piece.head(lacking))
            if gathered:
                parts.append(Gathered(tuple(gathered)))
                gathered, held = [], 0
            parts += _copied(piece.tail(lacking), copied)
            continue
        for run in _runs(piece, GATHERED_PART_BYTES):
            gathered.append(run)
            held += size_of(run)
            if held >= GATHERED_PART_BYTES:
                parts.append(Gathered(tuple(gathered)))
                gathered, held = [], 0
    if gathered:
        parts.append(Gathered(tuple(gathered)))
    return _few_enough(parts)


def _few_enough(parts: list[Part]) -> list[Part]:
    """The same bytes in at most MOST_PARTS parts. Small neighbours are joined first, since joined
    parts go through memory."""
    largest = 2 * GATHERED_PART_BYTES
    while len(parts) > MOST_PARTS:
        parts = _joined_up_to(largest, parts, len(parts) - MOST_PARTS)
        largest *= 2
    return parts


def _joined_up_to(largest: int, parts: Sequence[Part], superfluous: int) -> list[Part]:
    """Up to `superfluous` fewer parts: joins neighbours of together at most `largest` bytes."""
    joined: list[Part] = []
    sizes: list[int] = []
    for part in parts:
        size = size_of_part(part)
        if superfluous and sizes and sizes[-1] + size <= largest:
            joined[-1] = Gathered((*_pieces_of(joined[-1]), *_pieces_of(part)))
            sizes[-1] += size
            superfluous -= 1
        else:
            joined.append(part)
            sizes.append(size)
    return joined


def _pieces_of(part: Part) -> Iterable[Piece]:
    return _runs(part, GATHERED_PART_BYTES) if isinstance(part, Span) else part.pieces


def size_of_part(part: Part) -> int:
    return part.size if isinstance(part, Span) else sum(map(size_of, part.pieces))


def _copied(span: Span, most: int) -> Iterator[Span]:
    """The span in runs of about equal size, at most `most`, each copied by one request."""
    runs = -(-span.size // most)
    bounds = [span.start + span.size * at // runs for at in range(runs + 1)]
    for start, end in pairwise(bounds):
        yield Span(span.key, start, end)


def _runs(piece: Piece, size: int) -> Iterator[Piece]:
    """The piece in runs of at most `size` bytes, to bound the memory that it takes."""
    for start in range(0, size_of(piece), size):
        if isinstance(piece, Span):
            yield Span(piece.key, piece.start + start, min(piece.start + start + size, piece.end))
        else:
            yield piece[start : start + size]


def parts_at_once(parts: Sequence[Part]) -> int:
    """How many parts may be in flight, so that the gathered ones stay within HELD_BYTES."""
    largest = max((size_of_part(p) for p in parts if isinstance(p, Gathered)), default=0)
    return max(1, min(PARTS_IN_FLIGHT, HELD_BYTES // max(1, largest)))
