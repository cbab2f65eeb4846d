"""One small interface to bulk data with two implementations: S3, and a folder.

The command line and property tests use the folder, and run the same core without AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from core.storage.pieces import Assembly, ObjectShorter, Span


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    bucket: str
    key: str
    size: int
    """Bytes."""
    version_id: str | None
    etag: str
    content_type: str = "application/octet-stream"


class ObjectWriter(Protocol):
    """A sink for an object of unknown size."""

    def write(self, data: bytes) -> object: ...


class ObjectStore(Protocol):
    """The storage operations of the domain. Every method that reads raises ObjectMissing."""

    is_remote: bool
    """Reads wait for a network, so parallel reads are faster."""

    def __hash__(self) -> int:
        """By identity: two stores never share content."""
        ...

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo: ...
    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes: ...
    def get_range(
        self, bucket: str, key: str, start: int, end: int, version_id: str | None = None
    ) -> bytes:
        """Bytes `start` (included) to `end` (excluded); fewer if the object ends before `end`."""
        ...

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None: ...
    def put_if_absent(self, bucket: str, key: str, data: bytes, content_type: str) -> bool:
        """Write once. False, without any change, if the object exists already."""
        ...

    def writer(
        self, bucket: str, key: str, content_type: str
    ) -> AbstractContextManager[ObjectWriter]:
        """The whole object appears when the block ends without an exception; otherwise nothing
        does."""
        ...

    def assemble(self, bucket: str, objects: Sequence[Assembly]) -> None:
        """Assemble objects, in parallel, from bytes and from spans of other objects of the bucket.
        Each appears whole or not at all. Raises ObjectMissing and ObjectShorter."""
        ...

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """Keys under a prefix, in lexicographic order."""
        ...


def read_blocks(
    store: ObjectStore, info: ObjectInfo, block_bytes: int, start: int = 0
) -> Iterator[bytes]:
    """The object from `start` in blocks of `block_bytes`, by ranged reads."""
    for offset in range(start, info.size, block_bytes):
        end = min(offset + block_bytes, info.size)
        yield store.get_range(info.bucket, info.key, offset, end, info.version_id)


def read_span(store: ObjectStore, bucket: str, span: Span) -> bytes:
    """All bytes of the span. Raises ObjectMissing, and ObjectShorter if some are missing."""
    data = store.get_range(bucket, span.key, span.start, span.end)
    if len(data) < span.size:
        raise ObjectShorter(bucket, span.key, span.end)
    return data
