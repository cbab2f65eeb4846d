"""What each measurement makes of given times and peaks: a clock that only the work moves shows
which of the two is put over the other."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.jobs.orders import CommitCounts
from infra.local import engines
from tests.bench import commit_vs_bulk as approvals
from tests.bench import measuring
from tests.bench.catalogue import CHANGED_EVERY
from tests.bench.children import Child
from tests.bench.goals import GOAL_OF, GOALS
from tests.bench.inputs import KEYS
from tests.bench.local_stack import PipelineRun
from tests.bench.measuring import REST_SECONDS
from tests.bench.scales import TINY

FAULTS = {"NOT_A_NUMBER": 3}


class Clock:
    """Does not advance while nothing works."""

    def __init__(self) -> None:
        self.now = 0.0
        self.rests: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.rests.append(seconds)

    def perf_counter(self) -> float:
        return self.now

    def work(self, *seconds: float, result: Any = None) -> Callable[..., Any]:
        """Work that takes so long, each time the next of `seconds`, the last again and again."""
        left = list(seconds)

        def takes(*_arguments: Any, **_more: Any) -> Any:
            self.now += left.pop(0) if len(left) > 1 else left[0]
            return result

        return takes


class Room:
    """A workroom without files and stack."""

    scale = TINY

    def __init__(self, folder: Path) -> None:
        self._file = folder / "file.csv"
        self._file.write_bytes(b"x" * 2_000_000)
        self.runs: list[PipelineRun] = []
        self.coming: list[PipelineRun] = []

    def csv(self, rows: int, *, distinct: bool = False) -> Path:
        file = self._file.with_name(f"{rows}.csv")
        file.write_bytes(b"x")
        return file

    def small_csv(self) -> Path:
        return self._file

    large_csv = small_csv

    def workbook(self, _rows: int) -> Path:
        return self._file

    def scratch(self, name: str) -> Path:
        return self._file.with_name(name)

    def warm_stack(self) -> None: ...

    def stack(self) -> Any:
        return SimpleNamespace(define=lambda _file: None, import_file=lambda _file: self.next_run())

    def next_run(self) -> PipelineRun:
        return self.coming.pop(0)

    def pipeline_runs(self, _file: Path) -> list[PipelineRun]:
        return self.runs

    def run_pipeline(self, _file: Path) -> PipelineRun:
        self.runs.append(self.next_run())
        return self.runs[-1]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(measuring, "time", clock)
    return clock


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def module_of(key: str) -> Any:
    return importlib.import_module(f"tests.bench.measures.{key}")


def measured(key: str, room: Room) -> Any:
    return module_of(key).measure(room)


def run(seconds: float, **state_seconds: float) -> PipelineRun:
    return PipelineRun({}, 1.0, seconds, state_seconds)


def children(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, Callable[[dict[str, Any]], Child]]
) -> None:
    """What the processes would answer, by the name of their function."""

    def answer(function: str, arguments: dict[str, Any], threads: int | None = None) -> Child:
        return answers[function.partition(":")[2]](arguments)

    monkeypatch.setattr("tests.bench.children.run", answer)


def steps(monkeypatch: pytest.MonkeyPatch, key: str, **work: Any) -> None:
    made = SimpleNamespace(planned=(None, [1, 2]), definitions=[], **work)
    monkeypatch.setattr(module_of(key), "Steps", lambda *_: made)


def test_planning_is_put_over_the_floor(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_of("plan_vs_floor"), "floor", clock.work(99, 2))  # the first is warm
    steps(monkeypatch, "plan_vs_floor", plan=clock.work(99, 0.5))

    reported = measured("plan_vs_floor", room)

    assert reported.value == 0.25
    runs = len(reported.details["baselineSeconds"]) + len(reported.details["oursSeconds"])
    assert clock.rests == [REST_SECONDS] * runs  # no run pays for what the one before left


def test_judging_is_put_over_the_floor(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_of("rules_vs_floor"), "floor", clock.work(99, 2))
    steps(monkeypatch, "rules_vs_floor", check=clock.work(99, 5, result=FAULTS))

    reported = measured("rules_vs_floor", room)

    assert reported.value == 2.5
    assert reported.details["faults"] == 3


def test_judging_texts_that_never_repeat_is_put_over_the_floor(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_of("distinct_texts"), "floor", clock.work(99, 2))
    steps(monkeypatch, "distinct_texts", check=clock.work(99, 5))

    assert measured("distinct_texts", room).value == 2.5


def test_writing_and_gathering_all_results_is_put_over_the_floor(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of("results_vs_floor")
    monkeypatch.setattr(module, "floor", clock.work(99, 2))
    monkeypatch.setattr(module, "aggregate_results", clock.work(99, 1))
    steps(monkeypatch, "results_vs_floor", validate=clock.work(99, 5), store=None, settings=None)

    assert measured("results_vs_floor", room).value == 3


def test_all_kept_results_are_put_over_the_upload(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def importing(file: str, folder: str) -> None:
        Path(file).write_bytes(b"x" * 10)
        for key, size in ((KEYS.valid_rows, 2), (KEYS.result, 3), (KEYS.summary(0), 9)):
            path = Path(folder, "results", key)
            path.parent.mkdir(parents=True)
            path.write_bytes(b"x" * size)

    monkeypatch.setattr(module_of("result_bytes_vs_input"), "import_whole", importing)

    assert measured("result_bytes_vs_input", room).value == pytest.approx(0.5)


def test_the_rows_of_the_pipeline_are_put_over_those_of_the_floor(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_of("pipeline_rows_vs_floor"), "floor", clock.work(99, 2))
    room.runs = [run(8.0), run(20.0), run(40.0)]

    assert measured("pipeline_rows_vs_floor", room).value == 0.1


def test_planning_a_workbook_is_put_over_reading_it(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module_of("xlsx_plan_vs_fastexcel"), "read_strings", clock.work(99, 4))
    steps(monkeypatch, "xlsx_plan_vs_fastexcel", plan=clock.work(99, 6))

    assert measured("xlsx_plan_vs_fastexcel", room).value == 1.5


def test_the_peak_of_the_emulator_is_put_over_the_upload(
    room: Room, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    module = module_of("local_memory_vs_input")
    status = tmp_path / "7" / "status"
    status.parent.mkdir()

    def use(kib: int) -> None:
        status.write_text(f"VmPeak: 9 kB\nVmHWM:\t{kib} kB\n")

    class Stack(SimpleNamespace):
        def import_file(self, file: Path) -> None:
            use(1 if file == room.small_csv() else 4)

    pids = SimpleNamespace(pids={engines.EMULATOR: 7})
    running = Stack(define=lambda _file: None, stack=pids)
    monkeypatch.setattr(module, "running_stack", lambda _folder: nullcontext(running))
    monkeypatch.setattr(module, "PROC", tmp_path)

    told = measured("local_memory_vs_input", room)

    assert told.value == 4 * 1024  # of one byte


def test_exporting_is_put_over_the_floor_and_the_other_formats_too(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of("export_vs_floor")
    monkeypatch.setattr(module, "floor", clock.work(99, 2))
    exports = SimpleNamespace(export=clock.work(99, 3), row_count=7)
    monkeypatch.setattr(module, "Exports", lambda *_given: exports)

    reported = measured("export_vs_floor", room)

    assert reported.value == 1.5
    assert reported.details["ratioOfXlsx"] == 1.5
    assert reported.details["exportedRows"] == 7


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
    source = Path(__file__).read_text(encoding="utf-8")

    assert [goal.key for goal in GOALS if f'measured("{goal.key}", room)' not in source] == []


def test_only_rates_and_speeds_are_better_when_they_are_more() -> None:
    more = {key for key, goal in GOAL_OF.items() if goal.more_is_better}

    assert more == {"loop_speedup", "pipeline_rows_vs_floor", "commit_vs_bulk"}
    for goal in GOALS:
        assert goal.rating(goal.aim) == "aim"
        assert goal.rating(goal.at_least) == "ok"
