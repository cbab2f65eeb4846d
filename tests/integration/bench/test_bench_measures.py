"""Every measurement of the benchmarks runs, at sizes that take seconds, and gives a figure. What
the figures are says nothing on a machine that others use as well."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import __main__ as bench
from tests.bench import children
from tests.bench.goals import GOALS
from tests.bench.inputs import definitions_of, import_in_folder
from tests.bench.loop import validated_rows
from tests.bench.records import Records
from tests.bench.scales import TINY
from tests.bench.workroom import Workroom


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Records]:
    """Of one run of all measurements, over a local stack of their own."""
    folder = tmp_path_factory.mktemp("bench")
    records = Records(folder / "state", TINY.name)
    said: list[str] = []
    broken = bench.run(GOALS, TINY, records, folder / "room", said.append)
    assert broken == [], said
    yield records
    assert not (folder / "room" / "scratch").exists()


def test_every_key_of_the_goals_is_measured_and_nothing_else(records: Records) -> None:
    figures = json.loads(records.figures_file.read_text())

    assert list(figures) == [goal.key for goal in GOALS]
    assert all(math.isfinite(value) and value > 0 for value in figures.values())
    assert figures["assemble_share"] < 1
    assert figures["planner_peak_mb"] <= figures["task_peak_mb"] * 1.2


def test_every_figure_tells_its_size_its_runs_and_the_machine(records: Records) -> None:
    for reported in records.details().values():
        assert "rows" in reported["size"] or "products" in reported["size"]
        assert reported["details"]
        assert reported["scale"] == "tiny"
        assert reported["machine"]["cores"] > 0
        assert len(reported["loadBefore"]) == 3


def test_nothing_told_of_the_machine_names_it(records: Records) -> None:
    import platform

    text = records.details_file.read_text()
    assert str(Path.home()) not in text
    assert platform.node() not in text


def test_the_loop_finds_the_faults_and_products_that_the_import_finds(tmp_path: Path) -> None:
    with Workroom(TINY, tmp_path) as room:
        file = room.csv(1_000)
        imported = import_in_folder(file, room.scratch("import"))
        lines = imported.store.get("results", _key("all_products")).splitlines()
        faults = imported.store.get("results", _key("all_faults")).splitlines()

        rows = list(validated_rows(file, definitions_of(file)))

    places = [(f["row"], f["column"], f["code"]) for _, found in rows for f in found]
    assert places == [(f["row"], f["column"], f["code"]) for f in map(json.loads, faults)]
    assert [product for product, _ in rows if product is not None] == list(map(json.loads, lines))


def _key(name: str) -> str:
    from tests.bench.inputs import KEYS

    return str(getattr(KEYS, name))


def test_a_child_tells_its_own_peak_and_not_its_parents() -> None:
    held = bytearray(b"x") * 400_000_000

    child = children.run("platform:python_version", {})

    assert child.value
    assert 1 < child.peak_mb < 100 < len(held) / 1e6


def test_a_child_that_fails_says_why() -> None:
    with pytest.raises(children.ChildFailed, match="no_such_function"):
        children.run("platform:no_such_function", {})


def test_a_measurement_that_breaks_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.bench.measuring import Measured

    def measure(key: str, _: Workroom) -> Measured:
        if key == GOALS[0].key:
            raise RuntimeError("broken")
        return Measured(value=1.0, size="1 rows", details={"runs": [1]})

    monkeypatch.setattr(bench, "measure", measure)
    records = Records(tmp_path / "state", TINY.name)

    broken = bench.run(GOALS, TINY, records, tmp_path / "room", lambda _: None)

    assert broken == [GOALS[0].key]
    assert list(records.details()) == [goal.key for goal in GOALS[1:]]


def test_a_key_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        bench.main(["--keys", "plan_vs_flor"])

    assert ended.value.code == 2
    assert "there is no plan_vs_flor" in capsys.readouterr().err
