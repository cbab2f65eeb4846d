"""Objects as files in a folder."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import IO

from core.storage.objects import ObjectInfo, ObjectWriter
from core.storage.pieces import Assembly, ObjectMissing, ObjectShorter, Span

COPIED_AT_ONCE_BYTES = 256 * 1024
"""Block size of copies between files; fits into the processor's cache."""


class FolderStore:
    """Objects as files under `root/{bucket}/{key}`. Keeps one version of each object."""

    is_remote = False

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, bucket: str, key: str) -> Path:
        path = (self._root / bucket / key).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise ValueError(f"key {key!r} leaves the folder")
        return path

    def head(self, bucket: str, key: str, version_id: str | None = None) -> ObjectInfo:
        path = self._path(bucket, key)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            raise ObjectMissing(bucket, key) from None
        etag = hashlib.sha256(os.fsencode(f"{path}:{size}")).hexdigest()[:32]
        return ObjectInfo(bucket=bucket, key=key, size=size, version_id=None, etag=etag)

    def get(self, bucket: str, key: str, version_id: str | None = None) -> bytes:
        try:
            return self._path(bucket, key).read_bytes()
        except FileNotFoundError:
            raise ObjectMissing(bucket, key) from None

    def get_range(
        self, bucket: str, key: str, start: int, end: int, version_id: str | None = None
    ) -> bytes:
        try:
            with self._path(bucket, key).open("rb") as file:
                file.seek(start)
                return file.read(max(0, end - start))
        except FileNotFoundError:
            raise ObjectMissing(bucket, key) from None

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        with self.writer(bucket, key, content_type) as sink:
            sink.write(data)

    def put_if_absent(self, bucket: str, key: str, data: bytes, content_type: str) -> bool:
        path = self._path(bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        try:
            os.link(name, path)  # fails if the name exists, unlike a rename
        except FileExistsError:
            return False
        finally:
            Path(name).unlink()
        return True

    def writer(
        self, bucket: str, key: str, content_type: str
    ) -> AbstractContextManager[ObjectWriter]:
        return _written(self._path(bucket, key))

    def assemble(self, bucket: str, objects: Sequence[Assembly]) -> None:
        buffer = memoryview(bytearray(COPIED_AT_ONCE_BYTES))
        for assembly in objects:
            with _written(self._path(bucket, assembly.key)) as sink:
                for piece in assembly.pieces:
                    if isinstance(piece, bytes):
                        sink.write(piece)
                    else:
                        self._copy(bucket, piece, sink, buffer)

    def _copy(self, bucket: str, span: Span, sink: IO[bytes], buffer: memoryview) -> None:
        """Copies through a buffer that is reused: new memory costs more than the copying."""
        try:
            with self._path(bucket, span.key).open("rb", buffering=0) as file:
                file.seek(span.start)
                left = span.size
                while left:
                    read = file.readinto(buffer[: min(left, len(buffer))])
                    if not read:
                        raise ObjectShorter(bucket, span.key, span.end)
                    sink.write(buffer[:read])
                    left -= read
        except FileNotFoundError:
            raise ObjectMissing(bucket, span.key) from None

    def list_keys(self, bucket: str, prefix: str) -> Iterator[str]:
        base = self._root / bucket
        keys = (p.relative_to(base).as_posix() for p in base.rglob("*") if p.is_file())
        yield from sorted(key for key in keys if key.startswith(prefix))


@contextmanager
def _written(path: Path) -> Iterator[IO[bytes]]:
    """Writes to a temporary file and renames it at the end, so a reader never sees half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
    except BaseException:
        Path(name).unlink()
        raise
    Path(name).replace(path)


class FolderBesideFile(FolderStore):
    """Objects as in FolderStore, except that `key` in `bucket` is `file`, which is only read."""

    def __init__(self, root: Path, bucket: str, key: str, file: Path) -> None:
        super().__init__(root)
        self._one = (bucket, key)
        self._file = file

    def _path(self, bucket: str, key: str) -> Path:
        return self._file if (bucket, key) == self._one else super()._path(bucket, key)
