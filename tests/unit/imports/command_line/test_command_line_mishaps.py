"""Mishaps: a file that changes while it is read, a defect, a variable left blank, a
stderr that takes nothing."""

import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.imports.command_line import main, validating
from core.imports.sizing import TARGET_CHUNKS_ON_ONE_MACHINE
from core.storage import FolderStore, ObjectMissing, ObjectShorter
from tests.sources import ROOT
from tests.unit.imports.command_line.command_line_kit import Run

ROWS = "Name,Price\n" + "Chair,10\n" * 100_000


class Panic(BaseException):
    """As a library in Rust has it: no Exception."""


def cut_short(file: Path) -> None:
    os.truncate(file, 100)


def written_anew(file: Path) -> None:
    file.write_text("Name,Price\n" + "Chair 10\n" * 50_000 + "Chair 10 " * 50_000)


@pytest.mark.parametrize(
    ("change", "reads_to_come"), [(cut_short, 3), (cut_short, 2), (cut_short, 1), (written_anew, 1)]
)
def test_a_file_that_changes_while_it_is_read_is_told_in_a_sentence(
    change: Callable[[Path], None], reads_to_come: int, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = run.folder / "changing.csv"
    file.write_text(ROWS)
    read = FolderStore.get_range
    reads, changes_at = 0, 0

    def changing(
        self: FolderStore, bucket: str, key: str, start: int, end: int, version: str | None = None
    ) -> bytes:
        nonlocal reads
        reads += bucket == validating.UPLOADS
        if bucket == validating.UPLOADS and reads == changes_at:
            change(file)
        return read(self, bucket, key, start, end, version)

    monkeypatch.setattr(FolderStore, "get_range", changing)
    assert run(file) == 0
    changes_at = 2 * reads - reads_to_come + 1

    assert run(file) == 2
    assert run.complained.strip() == f"{file} changed while it was read."


def test_what_an_object_lacks_is_told_from_process_to_process() -> None:
    for error in (ObjectMissing("bucket", "key"), ObjectShorter("bucket", "key", 7)):
        again = pickle.loads(pickle.dumps(error))
        assert (type(again), str(again)) == (type(error), str(error))


def test_a_panic_of_a_library_is_no_finding_about_the_file(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def panicking(*_: object) -> None:
        raise Panic

    monkeypatch.setattr(main, "validate", panicking)

    assert run(ROWS) == 2
    assert "Panic" in run.complained


@pytest.mark.parametrize(("reported", "target"), [("", TARGET_CHUNKS_ON_ONE_MACHINE), ("40", 40)])
def test_a_variable_that_is_blank_is_not_told(
    reported: str, target: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TARGET_CHUNK_COUNT", reported)
    assert validating.local_settings().target_chunk_count == target


@pytest.mark.parametrize("lacks", ["ImportError('cannot map it')", "MemoryError()"])
@pytest.mark.parametrize("where", ["", "2>/dev/full", "2>&-"])
def test_a_command_that_cannot_start_tells_nothing_about_the_file(lacks: str, where: str) -> None:
    code = f"""
import runpy, sys

class Lacking:
    def find_spec(self, name, path=None, target=None):
        if name == "polars":
            raise {lacks}

sys.meta_path.insert(0, Lacking())
runpy.run_module("core.imports", run_name="__main__", alter_sys=True)
"""

    done = subprocess.run(
        ["bash", "-c", f'"$0" -c "$1" {where}', sys.executable, code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    if not where:
        reported = lacks.replace("('", ": ").rstrip("')(")
        assert done.stderr.startswith(f"The command cannot start ({reported}). Install ")
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("where", ["2>/dev/full", "2>&-"])
def test_a_mistake_that_cannot_be_told_is_no_finding_about_the_file(where: str) -> None:
    command = (
        f"PYTHONIOENCODING=ascii {sys.executable} -m core.imports validate fäults.csv "
        f"--attributes samples/attributes.json --out nowhere {where}"
    )

    done = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (2, b"")
