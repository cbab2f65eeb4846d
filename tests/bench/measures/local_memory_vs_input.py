"""The peak memory of the local stack's emulator, which keeps all objects, over the size of the
upload: one import on a stack of its own. Linux only."""

from __future__ import annotations

from infra.local import engines
from infra.local.processes import PROC
from tests.bench.local_stack import running_stack
from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom, size_of


def measure(room: Workroom) -> Measured:
    file = room.csv(room.scale.rows)
    with running_stack(room.scratch("memory")) as stack:
        stack.define(file)
        stack.import_file(room.small_csv())
        process = PROC / str(stack.stack.pids[engines.EMULATOR]) / "status"
        before = _peak_bytes(process.read_text())
        stack.import_file(file)
        peak = _peak_bytes(process.read_text())
    return Measured(
        value=peak / file.stat().st_size,
        size=size_of(file, room.scale.rows),
        details={"peakMb": round(peak / 1e6), "peakMbBefore": round(before / 1e6)},
    )


def _peak_bytes(status: str) -> int:
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
