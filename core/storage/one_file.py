"""A folder as the store, and beside it one file of the user's that stays where it is."""

from __future__ import annotations

from pathlib import Path

from core.storage.folder import FolderStore


class FolderBesideFile(FolderStore):
    """Objects as in FolderStore, but `key` in `bucket` is `file`, which is only ever read."""

    def __init__(self, root: Path, bucket: str, key: str, file: Path) -> None:
        super().__init__(root)
        self._one = (bucket, key)
        self._file = file

    def _path(self, bucket: str, key: str) -> Path:
        return self._file if (bucket, key) == self._one else super()._path(bucket, key)
