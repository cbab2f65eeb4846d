"""The pieces that objects are assembled from, and the errors of reading them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class ObjectMissing(Exception):
    """No such object (or object version)."""

    def __init__(self, bucket: str, key: str) -> None:
        super().__init__(f"s3://{bucket}/{key} does not exist")
        self.bucket = bucket
        self.key = key

    def __reduce__(self) -> tuple[type[ObjectMissing], tuple[str, str]]:
        """So that the exception can be pickled."""
        return type(self), (self.bucket, self.key)


class ObjectShorter(Exception):
    """An object ends before the requested bytes."""

    def __init__(self, bucket: str, key: str, end: int) -> None:
        super().__init__(f"s3://{bucket}/{key} is shorter than the expected {end} bytes")
        self.bucket = bucket
        self.key = key
        self.end = end

    def __reduce__(self) -> tuple[type[ObjectShorter], tuple[str, str, int]]:
        """So that the exception can be pickled."""
        return type(self), (self.bucket, self.key, self.end)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` (included) to `end` (excluded) of the object `key`."""

    key: str
    start: int
    end: int

    @property
    def size(self) -> int:
        return self.end - self.start

    def head(self, size: int) -> Span:
        return Span(self.key, self.start, self.start + size)

    def tail(self, size: int) -> Span:
        """The rest after `head` of the same size."""
        return Span(self.key, self.start + size, self.end)


Piece = bytes | Span


@dataclass(frozen=True, slots=True)
class Assembly:
    """An object to be assembled from pieces, in order."""

    key: str
    content_type: str
    pieces: Sequence[Piece]


def size_of(piece: Piece) -> int:
    """The size in bytes."""
    return piece.size if isinstance(piece, Span) else len(piece)
