"""The folder of the results: what is replaced in it, and what is not."""

import errno
import fcntl
import os
from pathlib import Path
from typing import Any

import pytest

from core.imports.command_line import validating
from core.imports.command_line.validating import result_names
from core.storage import ImportKeys
from tests.unit.imports.command_line.command_line_kit import CLEAN, FAULTY, Run


def test_results_of_a_former_run_never_stay_beside_a_refusal(run: Run) -> None:
    run(CLEAN)
    (run.out / "notes.txt").write_text("mine")

    assert run(b"\x00\x01\x02" * 50) == 2

    assert run.files == {"notes.txt": b"mine"}


def test_products_of_a_former_run_never_stay_beside_a_file_with_too_many_faults(run: Run) -> None:
    run(CLEAN)
    assert "products.ndjson" in run.files

    assert run(FAULTY, "--max-faulty-percent", "10") == 1
    assert set(run.files) == {"faults.ndjson", "rejected.csv"}

    assert run(CLEAN) == 0
    assert "result.json" in run.files


@pytest.mark.parametrize("content", [CLEAN, FAULTY, b"\x00\x01\x02" * 50])
@pytest.mark.parametrize("others", [("products.csv",), ("products.csv", "result.json")])
def test_files_that_no_run_left_are_not_replaced_whatever_their_names(
    run: Run, content: str | bytes, others: tuple[str, ...]
) -> None:
    run.out.mkdir()
    for name in others:
        (run.out / name).write_text("mine")

    assert run(content) == 2

    assert "no run wrote it in this form" in run.complained
    assert run.files == dict.fromkeys(others, b"mine")


@pytest.mark.parametrize("content", [CLEAN, b"\x00\x01\x02" * 50])
def test_a_result_that_was_changed_since_is_not_replaced(run: Run, content: str | bytes) -> None:
    run(FAULTY)
    (run.out / "rejected.csv").write_text("Name,Price\nTable,20\n")
    before = run.files

    assert run(content) == 2

    assert "rejected.csv would be replaced" in run.complained
    assert run.files == before


def test_a_link_that_leads_nowhere_is_not_replaced(run: Run) -> None:
    run.out.mkdir()
    (run.out / "result.json").symlink_to("nowhere")

    assert run(CLEAN) == 2

    assert (run.out / "result.json").is_symlink()


@pytest.mark.parametrize("moved", range(6))
def test_what_a_run_killed_while_it_hands_over_leaves_is_replaced_by_the_next(
    run: Run, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    run(FAULTY)
    replace, done = Path.replace, 0

    def killed(self: Path, target: Path) -> Path:
        nonlocal done
        if target.parent == run.out and not target.name.startswith("."):
            if done == moved:
                raise KeyboardInterrupt
            done += 1
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        run(CLEAN)
    assert len(run.files) == moved

    assert run(CLEAN) == 0
    assert "result.json" in run.files


@pytest.mark.parametrize("out", ["", " ", "\t "])
def test_a_blank_out_is_no_folder(run: Run, out: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(run.folder)

    assert run(CLEAN, "--out", out) == 2
    assert "--out is empty" in run.complained
    assert {path.name for path in run.folder.iterdir()} == {"attributes.json", "products.csv"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere, so nothing is refused")
def test_a_folder_that_cannot_be_written_is_told(run: Run) -> None:
    run.out.mkdir(mode=0o500)

    assert run(CLEAN) == 2
    assert "Permission denied" in run.complained


def test_a_run_that_cannot_begin_destroys_nothing(run: Run) -> None:
    run(FAULTY)
    (run.out / "rejected.csv").unlink()
    (run.out / "rejected.csv").mkdir()
    others = {path.name: path.read_bytes() for path in run.out.iterdir() if path.is_file()}

    assert run(CLEAN) == 2

    assert "rejected.csv is a folder" in run.complained
    assert others and others == {
        path.name: path.read_bytes() for path in run.out.iterdir() if path.is_file()
    }


def test_two_runs_never_write_to_one_folder_at_once(run: Run) -> None:
    run(FAULTY)
    former = run.files
    folder = os.open(run.out, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        assert run(CLEAN) == 2
    finally:
        os.close(folder)

    assert f"Another run writes to {run.out}" in run.complained
    assert run.files == former
    assert run(CLEAN) == 0


def test_a_run_that_breaks_keeps_the_results_of_the_former_one(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(FAULTY)
    former = run.files

    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(validating, "run_import", full)

    assert run(CLEAN) == 2
    assert "No space left on device" in run.complained
    assert run.files == former


def test_what_a_killed_run_left_is_removed_by_the_next(run: Run) -> None:
    left = run.out / ".validating-abc" / "results"
    left.mkdir(parents=True)
    (left / "products.ndjson").write_text("half")

    assert run(CLEAN) == 0

    assert list(run.out.glob(".validating-*")) == []


def test_the_file_is_never_replaced_by_its_own_results(run: Run) -> None:
    run(FAULTY)
    rejected = run.files["rejected.csv"]

    assert run(run.out / "rejected.csv") == 2

    assert "name another --out" in run.complained
    assert run.files["rejected.csv"] == rejected


def test_every_result_file_that_there_is_comes_out(run: Run) -> None:
    run(CLEAN)

    assert set(run.files) <= set(result_names(ImportKeys("any", 1)))
    assert {"result.json", "products.ndjson", "faults.ndjson", "rejected.csv"} <= set(run.files)


def test_what_comes_out_can_be_read_by_whoever_may(run: Run) -> None:
    run(CLEAN)

    plain = run.folder / "plain"
    plain.touch()
    assert {path.stat().st_mode for path in run.out.iterdir()} == {plain.stat().st_mode}
