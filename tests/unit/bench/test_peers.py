"""The peers of the benchmarks run on the same file, and those who apply all rules agree."""

from pathlib import Path

import pytest

from tests.bench import peers
from tests.bench.generate import Shape, write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "products.csv"
    write(Shape(rows=400), file)
    return file


def test_ours_and_the_loop_find_the_same_number_of_faults(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(peers, "REST_SECONDS", 0)

    found = dict(_name_and_faults(line) for line in peers.measured(file, 1)[2:])

    assert found["ours"] == found["csv.DictReader loop"] != "0"
    assert found["polars, all as strings"] == ""
    assert 0 < int(found["polars, cast and compared"]) < int(found["ours"])


def test_a_peer_that_is_not_installed_is_left_out(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = peers.Peer("missing", "nothing", lambda *_: 0, "no-such-package")
    monkeypatch.setattr(peers, "PEERS", (missing,))
    monkeypatch.setattr(peers, "REST_SECONDS", 0)

    lines = peers.measured(file, 1)

    assert [_name_and_faults(line)[0] for line in lines[2:]] == ["ours"]


def _name_and_faults(line: str) -> tuple[str, str]:
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    return cells[0], cells[-1]
