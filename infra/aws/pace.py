"""How much runs at once, for an account's quota of concurrent Lambda executions.

An account may begin with a quota of 10. `make deploy` takes the row of the account's quota for a
new stack; `make check-aws` proves that each row fits its quota and what the database carries.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

UNRESERVED_MINIMUM = 100
"""Lambda leaves so many executions of an account unreserved, and refuses a reservation beyond.
Source: Lambda developer guide, configuring reserved concurrency."""

APPROVALS_AT_ONCE = ENRICHMENTS_AT_ONCE = EXPORTS_AT_ONCE = 1
"""Assumed: nothing limits them but who calls. Each further one takes as many executions as its
parameter says, from those of the API. A proposal of attributes counts as an export."""

POOLED, MONITORING = 1, 2
"""Connections of a function with the database: one to work with, two that watch the server."""

COMPARING = 4
"""Connections of CheckCatalogue, which has so many queries in flight (`QUERIES_IN_FLIGHT`)."""


@dataclass(frozen=True, slots=True)
class Pace:
    """One row. The names are those of the template's parameters, in lower case."""

    quota: int
    """Concurrent executions of the account, at least."""
    inline_max_concurrency: int
    distributed_max_concurrency: int
    imports_at_once: int
    small_imports_at_once: int
    start_import_max_concurrency: int
    commit_max_concurrency: int
    enrich_max_concurrency: int
    export_max_concurrency: int
    chunk_reserved_concurrency: int
    """Of the chunk tasks of all imports together; 0 for no reservation."""
    database_min_capacity: float
    """Of DocumentDB serverless, in DCU."""

    @property
    def parameters(self) -> dict[str, str]:
        return {
            "InlineMaxConcurrency": str(self.inline_max_concurrency),
            "DistributedMaxConcurrency": str(self.distributed_max_concurrency),
            "ImportsAtOnce": str(self.imports_at_once),
            "SmallImportsAtOnce": str(self.small_imports_at_once),
            "StartImportMaxConcurrency": str(self.start_import_max_concurrency),
            "CommitMaxConcurrency": str(self.commit_max_concurrency),
            "EnrichMaxConcurrency": str(self.enrich_max_concurrency),
            "ExportMaxConcurrency": str(self.export_max_concurrency),
            "ChunkReservedConcurrency": str(self.chunk_reserved_concurrency),
            "DatabaseMinCapacity": f"{self.database_min_capacity:g}",
        }


PACES = (
    Pace(10, 1, 1, 1, 1, 2, 1, 1, 1, 0, 1),
    Pace(50, 8, 8, 2, 4, 2, 2, 2, 2, 0, 2),
    Pace(100, 16, 20, 2, 8, 3, 4, 4, 4, 0, 4),
    Pace(500, 40, 100, 4, 10, 5, 4, 4, 8, 250, 4),
    Pace(1000, 40, 200, 10, 20, 5, 4, 4, 8, 600, 8),
)
"""By quota, ascending."""


def pace_for(quota: int) -> Pace:
    """The row of an account; the first also for a quota that is smaller than all."""
    return max((pace for pace in PACES if pace.quota <= quota), default=PACES[0], key=_by_quota)


def _by_quota(pace: Pace) -> int:
    return pace.quota


def chunk_tasks(pace: Pace) -> int:
    """Of all imports, at most. A small file is one chunk."""
    at_once = max(pace.inline_max_concurrency, pace.distributed_max_concurrency)
    wanted = pace.imports_at_once * at_once + pace.small_imports_at_once
    return min(wanted, pace.chunk_reserved_concurrency or wanted)


def executions(pace: Pace) -> Mapping[str, int]:
    """What may run at once beside the API, by what it is for. An import is in its Map or in one
    other state; where the chunk tasks are capped, other imports may be in other states."""
    capped = pace.chunk_reserved_concurrency > 0
    imports = pace.imports_at_once + pace.small_imports_at_once
    return {
        "chunk tasks": chunk_tasks(pace),
        "other states of imports": imports if capped else 0,
        "starters": pace.start_import_max_concurrency,
        "approvals": APPROVALS_AT_ONCE * pace.commit_max_concurrency,
        "enrichments": ENRICHMENTS_AT_ONCE * pace.enrich_max_concurrency,
        "exports": EXPORTS_AT_ONCE * pace.export_max_concurrency,
        "sweep": 1,
    }


def api_calls(pace: Pace) -> int:
    """Calls of the API that the quota leaves room for at the same moment. Each takes two
    executions: its function, and the one that checks the token."""
    return (pace.quota - sum(executions(pace).values())) // 2


def connections(pace: Pace) -> int:
    """Of the database, at most. A function that has run keeps its connections while it is warm, so
    each function of the pipeline counts with all imports."""
    imports = pace.imports_at_once + pace.small_imports_at_once
    states_of_an_import = 5  # OpenJob, CheckCatalogue, CloseJob, RejectJob, FailJob
    functions = (
        states_of_an_import * imports
        + pace.start_import_max_concurrency
        + APPROVALS_AT_ONCE * (pace.commit_max_concurrency + 3)
        + ENRICHMENTS_AT_ONCE * 3
        + EXPORTS_AT_ONCE * (pace.export_max_concurrency + 3)
        + 3  # a proposal of attributes
        + 3  # the sweep, the restarts and their end
        + max(api_calls(pace), 1)
    )
    return functions * (POOLED + MONITORING) + (COMPARING - POOLED) * imports


def cursors(pace: Pace) -> int:
    """Open at once, at most. A query whose answer is one batch leaves none, as those of lists,
    approvals and of CheckCatalogue's look-ups; reading a small catalogue whole leaves one."""
    return pace.imports_at_once + pace.small_imports_at_once + 2  # an enrichment, the sweep


def main(arguments: Sequence[str]) -> int:
    """Print the row of a quota as `Name=value …`, for `infra/deploy.sh`."""
    pace = pace_for(int(arguments[0]))
    print(" ".join(f"{name}={value}" for name, value in pace.parameters.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
