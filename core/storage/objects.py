"""One small interface over bulk data with two homes: S3, and a folder.

The folder serves the command line and property tests, which run the same core without AWS.
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
    """What the domain needs of S3. Every reading call raises ObjectMissing."""

    is_remote: bool
    """Reads wait for a network: several at once arrive sooner than one."""

    def __hash__(self) -> int:
        """By identity: what was read from one store is not what another holds."""
        ...

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo: ...
    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes: ...
    def get_range(
        self, bucket: str, key: str, start: int, end: int, version_id: str | None = None
    ) -> bytes:
        """Bytes `start` (included) to `end` (excluded); fewer where the object ends before."""
        ...

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None: ...
    def put_if_absent(self, bucket: str, key: str, data: bytes, content_type: str) -> bool:
        """Write once: False, and nothing changed, when the object exists already."""
        ...

    def writer(
        self, bucket: str, key: str, content_type: str
    ) -> AbstractContextManager[ObjectWriter]:
        """The object appears, whole, when the block ends without an exception; otherwise nothing
        appears."""
        ...

    def assemble(self, bucket: str, objects: Sequence[Assembly]) -> None:
        """Objects out of bytes and of spans of other objects of the bucket, side by side. Each
        appears whole or not at all. Raises ObjectMissing and ObjectShorter."""
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
    """All bytes of the span. Raises ObjectMissing, and ObjectShorter where some are not there."""
    data = store.get_range(bucket, span.key, span.start, span.end)
    if len(data) < span.size:
        raise ObjectShorter(bucket, span.key, span.end)
    return data
