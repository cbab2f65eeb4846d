"""Objects in S3 (or a folder): the only way the domain reads and writes bulk data."""

from core.storage.keys import CommitKeys, ImportKeys, upload_key
from core.storage.objects import (
    FolderStore,
    ObjectInfo,
    ObjectMissing,
    ObjectStore,
    ObjectWriter,
    S3Store,
)

__all__ = [
    "CommitKeys",
    "FolderStore",
    "ImportKeys",
    "ObjectInfo",
    "ObjectMissing",
    "ObjectStore",
    "ObjectWriter",
    "S3Store",
    "upload_key",
]
