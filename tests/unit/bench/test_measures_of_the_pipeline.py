"""What each measurement of speed-up, pipeline, growth, commits and memory makes of given times and
peaks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.jobs.orders import CommitCounts
from tests.bench import commit_vs_bulk as approvals
from tests.bench.catalogue import CHANGED_EVERY
from tests.bench.children import Child
from tests.bench.goals import GOAL_OF, GOALS
from tests.bench.scales import TINY
from tests.unit.bench.measures_kit import (
    FAULTS,
    Clock,
    Room,
    children,
    measured,
    module_of,
    run,
    steps,
)


def test_the_speed_up_is_the_loops_time_over_ours(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = module_of("loop_speedup")
    steps(monkeypatch, "loop_speedup", check=clock.work(2, result=FAULTS))
    monkeypatch.setattr(loop, "loop_over", clock.work(20, result=FAULTS))
    children(monkeypatch, {"compare": lambda reported: Child(loop.compare(**reported), 50, 1)})

    assert measured("loop_speedup", room).value == 10


def test_a_loop_that_finds_other_faults_is_no_baseline(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = module_of("loop_speedup")
    steps(monkeypatch, "loop_speedup", check=clock.work(2, result=FAULTS))
    monkeypatch.setattr(loop, "loop_over", clock.work(20, result={"NOT_A_NUMBER": 2}))

    with pytest.raises(RuntimeError, match="finds other faults"):
        loop.compare("file", "folder", 1)


def test_the_pipeline_is_put_over_the_core_without_its_upload(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_of("pipeline_vs_core"), "import_alone", lambda *_: 10.0)
    room.coming = [run(22.0, PlanChunks=1.0)]

    reported = measured("pipeline_vs_core", room)

    assert reported.value == 2.2
    assert reported.details["uploadSeconds"] == 1


def test_only_the_import_of_the_file_itself_is_timed(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipeline = module_of("pipeline_vs_core")
    monkeypatch.setattr(pipeline, "import_whole", clock.work(99, 4))  # the small one comes first

    assert pipeline.timed_import("file", "folder", "small file") == 4


def test_growth_is_a_large_files_time_per_row_over_a_small_ones(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = {TINY.small_rows: 0.010 * TINY.small_rows, TINY.large_rows: 0.012 * TINY.large_rows}
    growth = module_of("growth_5m_vs_100k")
    monkeypatch.setattr(growth, "import_alone", lambda _room, file: seconds[int(file.stem)])

    assert measured("growth_5m_vs_100k", room).value == pytest.approx(1.2)


def test_assembling_is_a_share_of_the_whole_pipeline(room: Room) -> None:
    room.runs = [run(20.0, AggregateResults=3.0, ValidateChunks=15.0)]
    assert measured("assemble_share", room).value == 0.15

    room.runs = []  # then it imports for itself
    room.coming = [run(40.0, AggregateResults=2.0)]
    assert measured("assemble_share", room).value == 0.05


def test_a_commits_rate_is_put_over_the_bulk_rate(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, seconds = TINY.commit_rows, {"first": 2.0, "mixed": 0.5}

    class Approving:
        def __init__(self, *_: Any) -> None:
            self._seen: set[str] = set()

        def leave_import(self, *_: Any, **__: Any) -> None: ...

        def approve(self, name: str, *, beside: bool = False) -> Any:
            new = rows if not self._seen else 0
            changed = -(-rows // CHANGED_EVERY) if name == "mixed" else 0
            self._seen.add(name)
            counts = CommitCounts(
                rows=rows,
                created=new,
                updated=changed,
                unchanged=rows - new - changed,
                repeated=0,
                rejected=0,
            )
            took = seconds[name] if beside or name == "mixed" else 0.25
            return SimpleNamespace(counts=counts, seconds=took, bulk_seconds=1.5)

        def close(self) -> None: ...

    monkeypatch.setattr(approvals, "_Bench", Approving)
    monkeypatch.setattr(approvals, "database_server", lambda _: _Nothing())
    compare = module_of("commit_vs_bulk").compare
    children(monkeypatch, {"compare": lambda reported: Child(compare(**reported), 50, 1)})

    reported = measured("commit_vs_bulk", room)

    assert reported.value == 0.75  # 150 rows a second where the bulk has 200
    assert reported.details["firstRowsPerSecond"] == rows / 2
    assert reported.details["bulkRowsPerSecond"] == rows / 1.5
    assert reported.details["mixedRowsPerSecond"] == rows / 0.5


class _Nothing:
    def __enter__(self) -> str:
        return "mongodb://nowhere"

    def __exit__(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    "largest",
    ["plan_file", "first", "middle", "last", "find_repeats_validated", "aggregate_validated"],
)
def test_the_peak_of_any_task_is_that_of_the_largest(
    room: Room, monkeypatch: pytest.MonkeyPatch, largest: str
) -> None:
    chunks = {0: "first", 4: "middle", 8: "last"}

    def peak(name: str) -> float:
        return 345.0 if name == largest else 99.0

    steps(monkeypatch, "task_peak_mb", validate=lambda: None)
    children(
        monkeypatch,
        {
            "plan_file": lambda _: Child({"rows": 9, "chunks": 9}, peak("plan_file"), 1),
            "validate_planned": lambda reported: Child(9, peak(chunks[reported["chunk"]]), 1),
            "find_repeats_validated": lambda _: Child(9, peak("find_repeats_validated"), 1),
            "aggregate_validated": lambda _: Child(9, peak("aggregate_validated"), 1),
        },
    )

    assert measured("task_peak_mb", room).value == 345


def test_the_planners_peak_is_its_childs(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    children(monkeypatch, {"plan_file": lambda _: Child({"rows": 9, "chunks": 2}, 110.0, 1)})

    assert measured("planner_peak_mb", room).value == 110


@pytest.mark.parametrize(("planning", "chunk"), [(800.0, 300.0), (300.0, 800.0)])
def test_a_workbooks_peak_is_that_of_its_larger_task(
    room: Room, monkeypatch: pytest.MonkeyPatch, planning: float, chunk: float
) -> None:
    rows = {"rows": TINY.workbook_rows, "chunks": 1}
    children(
        monkeypatch,
        {
            "plan_file": lambda _: Child(rows, planning, 1),
            "validate_planned": lambda _: Child(9, chunk, 1),
        },
    )

    assert measured("xlsx_400k_peak_mb", room).value == 800


def test_a_small_files_time_is_that_behind_its_upload(room: Room) -> None:
    room.coming = [run(0.75)]

    assert measured("small_file_s", room).value == 0.75


def test_every_key_has_a_measurement_here() -> None:
    files = sorted(Path(__file__).parent.glob("test_measures*.py"))
    source = "".join(file.read_text(encoding="utf-8") for file in files)

    assert [goal.key for goal in GOALS if f'measured("{goal.key}", room)' not in source] == []


def test_only_rates_and_speeds_are_better_when_they_are_more() -> None:
    more = {key for key, goal in GOAL_OF.items() if goal.more_is_better}

    assert more == {"loop_speedup", "pipeline_rows_vs_floor", "commit_vs_bulk"}
    for goal in GOALS:
        assert goal.rating(goal.aim) == "aim"
        assert goal.rating(goal.at_least) == "ok"
