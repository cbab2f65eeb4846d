"""A clock that only the work moves, and a workroom without files and stack."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.bench.children import Child
from tests.bench.local_stack import PipelineRun
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

    process_time = perf_counter

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
    monkeypatch.setattr(module_of(key), "Steps", lambda *_, **__: made)
