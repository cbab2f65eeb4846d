"""What a loader needs of a shared library is all that `drop_symbols` leaves."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from infra.shrinking import drop_symbols


@pytest.mark.slow
def test_polars_without_symbols_works_and_is_smaller(tmp_path: Path) -> None:
    """An x86 or Arm library of this machine: what Lambda gets cannot be loaded here."""
    for name in ("polars", "_polars_runtime_32"):
        spec = find_spec(name)
        assert spec is not None and spec.origin is not None
        shutil.copytree(Path(spec.origin).parent, tmp_path / name)
    (library,) = (tmp_path / "_polars_runtime_32").glob("*.so")
    before = library.stat().st_size

    drop_symbols(library)

    assert library.stat().st_size < 0.85 * before
    query = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import polars as pl; "
        "assert pl.__file__.startswith(sys.path[0]); "
        "print(pl.LazyFrame({'a': ['x', 'y', 'x'], 'b': [1, 2, 4]})"
        ".group_by('a').agg(pl.col('b').sum()).sort('a').collect()['b'].to_list())"
    )
    run = subprocess.run([sys.executable, "-c", query], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[5, 2]"


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    spec = find_spec("_polars_runtime_32")
    assert spec is not None and spec.origin is not None
    (library,) = Path(spec.origin).parent.glob("*.so")
    copy = Path(shutil.copy(library, tmp_path))
    drop_symbols(copy)
    once = copy.read_bytes()

    drop_symbols(copy)

    assert copy.read_bytes() == once


@pytest.mark.parametrize("content", [b"", b"\x7fELF\x01\x01 of 32 bits", b"a text\n"])
def test_other_files_stay_as_they_are(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file.so"
    path.write_bytes(content)

    drop_symbols(path)

    assert path.read_bytes() == content
