"""What the measurements share: the scale, the files, the running stack."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import xlsxwriter

from tests.bench.generate import Shape, attributes, attributes_path, blocks, write
from tests.bench.local_stack import LocalStack, PipelineRun, running_stack
from tests.bench.scales import Scale

REPEATED_ROWS = 50_000
SMALL_ROWS = 200
WARMING_IMPORTS = 3


class Workroom:
    """A folder for one run of the benchmarks; files stay for the next run, the rest goes."""

    def __init__(
        self, scale: Scale, folder: Path, say: Callable[[str], None] = lambda _line: None
    ) -> None:
        self.scale = scale
        self.say = say
        self._files = folder / "files"
        self._scratch = folder / "scratch"
        self._ends = ExitStack()
        self._stack: LocalStack | None = None
        self._is_warm = False
        self._pipeline_runs: dict[Path, list[PipelineRun]] = {}

    def __enter__(self) -> Self:
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._files.mkdir(parents=True, exist_ok=True)
        self._scratch.mkdir(parents=True)
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def csv(self, rows: int, at_least_bytes: int = 0, *, distinct: bool = False) -> Path:
        """A benchmark file of the usual shape; with `at_least_bytes` its rows repeat, and with
        `distinct` not even its texts do."""
        shape = Shape(rows=rows, distinct=distinct)
        name = f"{rows}-distinct-rows" if distinct else f"{rows}-rows"
        path = self._path(shape, name, ".csv", at_least_bytes)
        if not path.exists():
            self.say(f"generating {path.name}")
            new = path.with_suffix(".new.csv")
            write(shape, new, at_least_bytes=at_least_bytes)
            attributes_path(new).replace(attributes_path(path))
            new.replace(path)
        return path

    def workbook(self, rows: int) -> Path:
        """The same rows as a workbook, its cells text as shops export them."""
        shape = Shape(rows=rows)
        path = self._path(shape, f"{rows}-rows", ".xlsx", 0)
        if not path.exists():
            self.say(f"generating {path.name}")
            new = path.with_suffix(".new.xlsx")
            _write_workbook(shape, new)
            attributes_path(path).write_text(json.dumps(attributes(shape)), encoding="utf-8")
            new.replace(path)
        return path

    def small_csv(self) -> Path:
        return self.csv(SMALL_ROWS)

    def large_csv(self) -> Path:
        """Of the scale's size. Its rows repeat: tasks look at a block or a chunk at a time."""
        return self.csv(REPEATED_ROWS, at_least_bytes=self.scale.large_bytes)

    def scratch(self, name: str) -> Path:
        """An empty folder."""
        path = self._scratch / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir()
        return path

    def stack(self) -> LocalStack:
        """The whole product on free ports, started once and stopped at the end."""
        if self._stack is None:
            self.say("starting a local stack")
            self._stack = self._ends.enter_context(running_stack(self.scratch("stack")))
        return self._stack

    def warm_stack(self) -> None:
        """Every function has run, and its process waits for more."""
        if not self._is_warm:
            file = self.small_csv()
            self.stack().define(file)
            for _ in range(WARMING_IMPORTS):
                self.stack().import_file(file)
            self._is_warm = True

    def pipeline_runs(self, file: Path) -> list[PipelineRun]:
        """The pipeline's runs over `file`, so far: measurements may share them."""
        return self._pipeline_runs.setdefault(file, [])

    def run_pipeline(self, file: Path) -> PipelineRun:
        stack = self.stack()
        run = stack.joined(stack.import_file(file))
        stack.forget(run)
        self.pipeline_runs(file).append(run)
        return run

    def _path(self, shape: Shape, name: str, ending: str, at_least_bytes: int) -> Path:
        """Named after what is in it, the generator's code included."""
        known = json.dumps([asdict(shape), at_least_bytes]).encode() + _GENERATOR
        return self._files / f"{name}-{hashlib.sha256(known).hexdigest()[:10]}{ending}"


def measured_runs(room: Workroom, file: Path) -> list[PipelineRun]:
    """The pipeline's runs so far, or else as many as the scale asks for."""
    if not room.pipeline_runs(file):
        room.warm_stack()
        room.stack().define(file)
        for _ in range(room.scale.heavy_repeats):
            room.run_pipeline(file)
    return room.pipeline_runs(file)


_GENERATOR = b"".join(
    Path(__file__).with_name(f"{name}.py").read_bytes()
    for name in ("columns", "draws", "generate", "words")
)


def _write_workbook(shape: Shape, path: Path) -> None:
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_urls": False,
        "strings_to_formulas": False,
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet("Products")
        line = 0
        for block in blocks(shape):
            if line == 0:
                sheet.write_row(0, 0, block.frame.columns)
            for row in block.frame.rows():
                line += 1
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write_string(line, column, cell)


def size_of(file: Path, rows: int) -> str:
    megabytes = file.stat().st_size / 1e6
    return f"{rows:,} rows × 15, {megabytes:,.0f} MB" if megabytes >= 1 else f"{rows:,} rows × 15"
