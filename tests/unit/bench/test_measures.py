"""What each measurement of the core makes of given times: a clock that only the work moves shows
which of the two is put over the other."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.local import engines
from tests.bench.inputs import KEYS
from tests.bench.measuring import REST_SECONDS
from tests.unit.bench.measures_kit import (
    FAULTS,
    Clock,
    Room,
    measured,
    module_of,
    run,
    steps,
)


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


def test_chunks_read_by_a_profile_are_put_over_those_without(
    clock: Clock, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = module_of("profile_vs_plain")
    plain, profiled = clock.work(99, 2), clock.work(99, 2.5)
    monkeypatch.setattr(module, "_as_supplied", lambda *_: Path("supplied.csv"))

    def of_options(*_: object, options: object = None) -> SimpleNamespace:
        return SimpleNamespace(plan=clock.work(1), validate=profiled if options else plain)

    monkeypatch.setattr(module, "Steps", of_options)

    assert measured("profile_vs_plain", room).value == 1.25


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
