"""The façade of this package: `open_workbook` gives the sheets of a workbook, checked and readable.

It copies the file, refuses what must not be parsed, passes the rest to the parser, and reads from
the parts of the file what the parser omits. `planning.py` needs no other module of the package.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.file_format import FileKind, SourceFile
from core.imports.workbooks.repackaging import repackage
from core.imports.workbooks.safety import damaged, refuse_large, refuse_unsafe
from core.imports.workbooks.sheets import Sheet, Workbook
from core.imports.workbooks.xls_cells import is_dangerous
from core.settings import Settings
from core.storage import ObjectStore
from core.storage.read_ahead import fetch_blocks

__all__ = ["Sheet", "Workbook", "open_workbook"]


@contextmanager
def open_workbook(
    store: ObjectStore, settings: Settings, source: SourceFile, kind: FileKind
) -> Iterator[Workbook]:
    """Raises FileRefused (WORKBOOK_DAMAGED, WORKBOOK_ENCRYPTED, WORKBOOK_TOO_LARGE) and
    ObjectMissing."""
    with _local_copy(store, settings, source, kind) as path:
        if kind is FileKind.XLS and is_dangerous(path.read_bytes()):
            raise damaged()
        refuse_unsafe(path, kind, settings)
        repackage(path, kind)
        yield Workbook(path, kind, settings)


@contextmanager
def _local_copy(
    store: ObjectStore, settings: Settings, source: SourceFile, kind: FileKind
) -> Iterator[Path]:
    """The workbook as a file: the parser then needs no second copy of it in memory, and goes by
    the suffix instead of trying one format after the other."""
    info = store.head(source.bucket, source.key, source.version_id)
    refuse_large(info.size, settings)
    with tempfile.TemporaryDirectory(prefix="workbook-") as folder:
        path = Path(folder) / f"workbook.{kind.value}"
        with path.open("wb") as file:
            for block in fetch_blocks(store, info, settings.read_block_bytes):
                file.write(block)
        yield path
