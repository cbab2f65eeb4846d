"""Parsing, normalising, validating and wording faults, against the usual csv.DictReader loop. Both
have one thread, take turns in one process, and must find the same faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.bench import children
from tests.bench.core_work import Steps
from tests.bench.loop import loop_over
from tests.bench.measuring import Measured, take_turns
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    rows = room.scale.loop_rows
    file = room.csv(rows)
    arguments = {
        "file": str(file),
        "folder": str(room.scratch("loop")),
        "repeats": max(1, room.scale.repeats // 2),
    }
    details = children.run("tests.bench.measures.loop_speedup:compare", arguments, threads=1).value
    return Measured(value=details["speedup"], size=size_of(file, rows), details=details)


def compare(file: str, folder: str, repeats: int) -> dict[str, Any]:
    """Runs in a process of one thread. Raises RuntimeError where the two disagree."""
    steps = Steps(Path(file), Path(folder))
    ours, theirs = steps.check(), loop_over(Path(file), steps.definitions)
    if ours != theirs:
        raise RuntimeError(f"The loop finds other faults: {theirs}, and we {ours}")
    turns = take_turns(
        lambda: loop_over(Path(file), steps.definitions), steps.check, repeats, warm=False
    )
    return {
        "speedup": 1 / turns.ratio,
        **turns.as_details(),
        "faults": sum(ours.values()),
        "kindsOfFault": len(ours),
    }
