"""`make disk` and `make free`: only what is made again goes by itself, data when it is named."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from rich.console import Console

from infra.client import downloads
from infra.errors import LauncherError
from infra.local import disk
from infra.local.configuration import Configuration

KILOBYTES = 40_000


@pytest.fixture
def configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Configuration:
    """One file in each place, and none of this checkout."""
    monkeypatch.setattr(disk.places, "__defaults__", (tmp_path / "root",))
    configuration = Configuration.from_environment({"LOCAL_STATE": str(tmp_path / "state")})
    for folder in ("state/results/job", "state/s3/bucket", "state/services", "state/mongodb"):
        fill(tmp_path / folder / "file")
    for folder in ("root/build", "root/.mypy_cache", "root/.venv-model"):
        fill(tmp_path / folder / "file")
    downloads.record(tmp_path / "state/results/job", [tmp_path / "state/results/job/file"])
    fill(tmp_path / "state" / "ministack.log.1")
    fill(tmp_path / "state" / "ministack.log")
    return configuration


def fill(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * KILOBYTES)


def said(
    command: Callable[[Configuration, Mapping[str, str], Console], int],
    configuration: Configuration,
    **environment: str,
) -> str:
    sink = io.StringIO()
    assert command(configuration, environment, Console(file=sink, width=120)) == 0
    return sink.getvalue()


def left(configuration: Configuration) -> set[str]:
    return {place.name for place in disk.places(configuration) if place.size}


def test_every_place_is_shown_with_its_size(configuration: Configuration) -> None:
    lines = said(disk.show, configuration).splitlines()
    for place in disk.places(configuration):
        (line,) = [line for line in lines if line.split()[2:3] == [place.name]]
        assert line.split()[1] == "kB"


def test_what_is_made_again_is_freed_and_data_stay(configuration: Configuration) -> None:
    assert "kB freed" in said(disk.free, configuration)
    assert left(configuration) == {"environments", "files", "database"}
    assert (configuration.state / "ministack.log").exists()


def test_a_copy_that_was_edited_stays_and_is_named(configuration: Configuration) -> None:
    results = configuration.results
    edited, as_written = (results / "import" / name for name in ("rejected.csv", "faults.ndjson"))
    fill(edited)
    fill(as_written)
    downloads.record(edited.parent, [edited, as_written])
    edited.write_text("corrected by hand")
    added = results / "mine" / "notes.txt"
    fill(added)
    output = said(disk.free, configuration)
    assert {path for path in results.rglob("*") if path.is_file()} >= {edited, added}
    assert not as_written.exists()
    assert not (results / "job").exists()
    assert "rejected.csv" in output
    assert "notes.txt" in output


def test_data_that_are_named_are_freed(configuration: Configuration) -> None:
    said(disk.free, configuration, WHAT="files, database")
    assert left(configuration) == {"results", "logs", "build", "caches", "environments"}


def test_data_that_a_stack_uses_stay(
    configuration: Configuration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.local.disk.read_stack", lambda _configuration: object())
    with pytest.raises(LauncherError, match="make down"):
        said(disk.free, configuration, WHAT="results,database")
    assert left(configuration) >= {"results", "database"}


def test_a_place_that_does_not_exist_is_refused_before_anything_goes(
    configuration: Configuration,
) -> None:
    with pytest.raises(LauncherError, match="WHAT must be some of results, logs"):
        said(disk.free, configuration, WHAT="results,reslts")
    assert "results" in left(configuration)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1_500, "1.5 kB"),
        (4.2e7, "42 MB"),
        (3e15, "3000.0 TB"),
    ],
)
def test_sizes_are_shown_in_units_that_people_read(size: float, text: str) -> None:
    assert disk.shown(size) == text
