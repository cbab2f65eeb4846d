"""Approving rows against the database's own bulk inserts, side by side on one server."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.bench import children
from tests.bench.commit_vs_bulk import measure_commit
from tests.bench.measuring import Measured
from tests.bench.workroom import Workroom


def measure(room: Workroom) -> Measured:
    rows = room.scale.commit_rows
    reported = children.run("tests.bench.measures.commit_vs_bulk:compare", {"rows": rows}).value
    return Measured(
        value=reported["commit_vs_bulk"],
        size=f"{rows:,} products",
        details={
            f"{name}RowsPerSecond": round(reported[f"{name}_rate"])
            for name in ("bulk", "first", "unchanged", "mixed")
        },
    )


def compare(rows: int) -> dict[str, Any]:
    reported: dict[str, Any] = msgspec.to_builtins(measure_commit(rows))
    return reported
