"""How much memory the processes of a local stack take."""

from __future__ import annotations

from collections.abc import Collection

from infra.local.processes import PROC, process_table

GIB = 2**30


def memory_of_groups(groups: Collection[int]) -> int:
    """Bytes of all processes of these process groups. What processes share is counted once. Linux
    only: elsewhere it is 0."""
    total = 0
    for process in process_table():
        if process.group in groups:
            try:
                lines = (PROC / str(process.pid) / "smaps_rollup").read_text().splitlines()
            except OSError:
                continue  # it ended while we looked
            total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total * 1024
