"""A run under the quotas of an account, simulated: `python -m tests.bench.simulation`.

It prints time, cost and the narrow place for files of 1, 10, 100 and 280 GB and 1, 10 and 100
imports at once, for the pace of one quota (`--quota`, 1000). What one chunk takes comes from the
measurements in docs/cost.md; limits from AWS's documentation; what is assumed is marked below.
Nothing of it was measured on AWS.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import re
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from core.imports.sizing import text_chunk_bytes
from core.settings import Settings
from infra.aws.pace import Pace, pace_for
from infra.staging import ROOT
from tests.bench.cost import PAGE, lambda_dollars, read_inputs, request_dollars

GB = 10**9
SIZES_GB = (1, 10, 100, 280)
AT_ONCE = (1, 10, 100)
SEED = 20_261_129

PLANNER_BYTES_A_SECOND = 320 * 10**6
"""Assumed: four ranges in flight of some 80 MB/s each (docs/scaling.md)."""
FUNCTION_SECONDS = 900
"""Lambda's longest."""
COLD_START_SECONDS = 1.5
"""Assumed, for a function with polars."""
SHORT_STATES_SECONDS = 3.0
"""Assumed: opening and closing a job, with what Step Functions takes between states."""
GROWTH_A_SECOND, GROWTH_AT_ONCE = 100, 1_000
"""Lambda: 1,000 further executions of a function every 10 s."""
S3_PUTS_A_SECOND = 3_500
"""S3: of one prefix, before it has been split. An attempt has a prefix of its own."""
PUTS_OF_A_CHUNK = 22
"""Of 32 MiB (docs/scaling.md)."""
FRAGMENTS_OF_A_CHUNK = 5
COPIES_AT_ONCE, COPY_SECONDS = 16, 0.12
"""The first from the code, the second assumed."""


@dataclass(frozen=True, slots=True)
class Retries:
    """Of a throttled task, as the machine says."""

    interval: float
    backoff: float
    attempts: int
    longest: float

    def wait(self, attempt: int, draws: random.Random) -> float:
        """With full jitter."""
        return draws.uniform(0, min(self.longest, self.interval * self.backoff**attempt))


def retries_of_the_machine() -> tuple[Retries, Retries]:
    """Of the chunk tasks in the inline Map, and of those in the distributed one."""
    text = (ROOT / "statemachines" / "product-import.asl.json").read_text(encoding="utf-8")
    machine = json.loads(re.sub(r'(?<!")\$\{\w+\}', "1", text))
    inline, distributed = (
        Retries(
            retrier["IntervalSeconds"],
            retrier["BackoffRate"],
            retrier["MaxAttempts"],
            retrier["MaxDelaySeconds"],
        )
        for task in _tasks(machine)
        for retrier in task.get("Retry", ())
        if "ValidateChunk" in str(task["Parameters"])
        and "Lambda.TooManyRequestsException" in retrier["ErrorEquals"]
    )
    return inline, distributed


def _tasks(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [task for item in node for task in _tasks(item)]
    if not isinstance(node, dict):
        return []
    own = [node] if node.get("Type") == "Task" else []
    return own + [task for value in node.values() for task in _tasks(value)]


@dataclass(slots=True)
class Import:
    chunks: int
    began: float = 0.0
    waiting: int = 0
    """Chunks that no task has begun."""
    open: int = 0
    """Children of the Map: at work, or waiting to try again."""
    working: int = 0
    done: int = 0
    ended: float = math.inf
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    chunks: int
    first_seconds: float
    all_seconds: float
    dollars: float
    throttles: int
    failed: int
    narrow: str


@dataclass
class Run:
    """Events in order of their time. `narrow` adds up the seconds that each limit cost."""

    file_bytes: int
    imports: int
    pace: Pace
    retries: tuple[Retries, Retries]
    """In an inline Map, in a distributed one."""
    seed: int = SEED
    narrow: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def __post_init__(self) -> None:
        settings = Settings(target_chunk_count=40)
        self.chunk_bytes = text_chunk_bytes(settings, self.file_bytes)
        self.chunks = max(1, -(-self.file_bytes // self.chunk_bytes))
        prices = read_inputs(PAGE.read_text(encoding="utf-8"))
        share = min(self.chunk_bytes, self.file_bytes) / (prices["upload_gb"] * GB)
        self.chunk_seconds = prices["validate_cpu_s"] * prices["wait_factor"] * share
        self.prices = prices
        inline = self.chunks <= settings.inline_map_max_chunks
        self.retry = self.retries[not inline]
        pace = self.pace
        self.of_a_map = pace.inline_max_concurrency if inline else pace.distributed_max_concurrency
        self.transitions_of_a_chunk = 1 if inline else 2
        others = pace.imports_at_once + pace.start_import_max_concurrency + 2
        self.capacity = pace.chunk_reserved_concurrency or max(1, pace.quota - others)
        self.draws = random.Random(self.seed)  # a simulation, repeatable
        self.events: list[tuple[float, int, int, int]] = []
        self.number = self.running = self.warm = self.throttles = 0
        self.grown_at, self.growth = 0.0, float(GROWTH_AT_ONCE)

    def run(self) -> Outcome:
        imports = [Import(self.chunks) for _ in range(self.imports)]
        line = list(range(self.imports))
        self.admitted = self.pace.imports_at_once
        for name in line[: self.admitted]:
            self._plan(imports[name], name, 0.0)
        line = line[self.admitted :]
        while self.events:
            now, _, name, attempt = heapq.heappop(self.events)
            job = imports[name]
            if attempt == FINISHED:
                self.running -= 1
                job.working -= 1
                job.open -= 1
                job.done += 1
            elif attempt == PLANNED:
                job.waiting = job.chunks
            elif attempt == ENDED:
                job.ended = now
                if line:
                    following = line.pop(0)
                    self.narrow["imports at once"] += now
                    self._plan(imports[following], following, now)
                continue
            elif not job.failed:
                self._begin(job, name, now, attempt)
            while job.waiting and job.open < self.of_a_map and not job.failed:
                job.waiting -= 1
                job.open += 1
                self._begin(job, name, now, 0)
            if (job.done == job.chunks or (job.failed and not job.working)) and math.isinf(
                job.ended
            ):
                job.ended = now  # once
                self._push(now + self._gathering(), name, ENDED)
        return self._outcome(imports)

    def _plan(self, job: Import, name: int, now: float) -> None:
        job.began = now
        seconds = self.file_bytes / PLANNER_BYTES_A_SECOND
        self.narrow["the planner's reading"] += seconds
        if seconds > FUNCTION_SECONDS:
            job.failed = "planner"
            self._push(now + FUNCTION_SECONDS, name, ENDED)
            return
        self._push(now + SHORT_STATES_SECONDS + seconds, name, PLANNED)

    def _begin(self, job: Import, name: int, now: float, attempt: int) -> None:
        if not self._has_room(now):
            self.throttles += 1
            if attempt >= self.retry.attempts:
                job.failed = "throttled"
                job.open -= 1
                return
            wait = self.retry.wait(attempt, self.draws)
            self.narrow["Lambda's concurrency"] += wait / self.of_a_map
            self._push(now + wait, name, attempt + 1)
            return
        cold = self.running >= self.warm
        self.running += 1
        self.warm = max(self.warm, self.running)
        job.working += 1
        puts = job.working * PUTS_OF_A_CHUNK / self.chunk_seconds
        slower = max(1.0, puts / S3_PUTS_A_SECOND)
        seconds = self.chunk_seconds * self.draws.uniform(0.8, 1.4)
        self.narrow["S3's requests"] += seconds * (slower - 1) / self.of_a_map
        self.narrow["the tasks' own work"] += seconds / self.of_a_map
        self._push(now + seconds * slower + cold * COLD_START_SECONDS, name, FINISHED)

    def _has_room(self, now: float) -> bool:
        if self.running >= self.capacity:
            return False
        if self.running < self.warm:
            return True
        grown = (now - self.grown_at) * GROWTH_A_SECOND
        self.growth = min(float(GROWTH_AT_ONCE), self.growth + grown)
        self.grown_at = now
        if self.growth < 1:
            return False
        self.growth -= 1
        return True

    def _gathering(self) -> float:
        seconds = self.chunks * FRAGMENTS_OF_A_CHUNK * COPY_SECONDS / COPIES_AT_ONCE
        self.narrow["gathering the results"] += seconds
        return seconds + SHORT_STATES_SECONDS

    def _push(self, when: float, name: int, attempt: int) -> None:
        self.number += 1
        heapq.heappush(self.events, (when, self.number, name, attempt))

    def _outcome(self, imports: Iterable[Import]) -> Outcome:
        imports = list(imports)
        ends = [job.ended for job in imports]
        factor = self.file_bytes / (self.prices["upload_gb"] * GB)
        of_one = (lambda_dollars(self.prices) + request_dollars(self.prices)) * factor
        states = self.prices["transitions_a_file"] + self.transitions_of_a_chunk * self.chunks
        transitions = states * self.imports + self.throttles
        per_transition = self.prices["thousand_transitions"] / 1e3
        return Outcome(
            chunks=self.chunks,
            first_seconds=min(ends),
            all_seconds=max(ends),
            dollars=of_one * self.imports + transitions * per_transition,
            throttles=self.throttles,
            failed=sum(bool(job.failed) for job in imports),
            narrow=max(self.narrow, key=lambda limit: self.narrow[limit]),
        )


FINISHED, PLANNED, ENDED = -1, -2, -3


def simulate(file_gb: float, imports: int, pace: Pace) -> Outcome:
    return Run(int(file_gb * GB), imports, pace, retries_of_the_machine()).run()


def table(pace: Pace, sizes: Iterable[float] = SIZES_GB, at_once: Iterable[int] = AT_ONCE) -> str:
    lines = [
        "| GB | imports | chunks each | first, s | all, s | dollars | throttles | narrow place |",
        "|---|---|---|---|---|---|---|---|",
    ]
    at_once = tuple(at_once)
    for size in sizes:
        for imports in at_once:
            o = simulate(size, imports, pace)
            failed = f"; {o.failed} failed" if o.failed else ""
            lines.append(
                f"| {size:g} | {imports} | {o.chunks:,} | {o.first_seconds:,.0f} | "
                f"{o.all_seconds:,.0f} | {o.dollars:,.2f} | {o.throttles:,} | {o.narrow}{failed} |"
            )
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quota", type=int, default=1_000, help="concurrent Lambda executions")
    pace = pace_for(parser.parse_args(arguments).quota)
    print(f"The pace of an account with {pace.quota} concurrent executions:\n")
    print(table(pace))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
