"""A function run in a process of its own, for its peak of memory and its number of threads.

`run("tests.bench.core_work:plan", {"file": …})` in the parent; the child is `python -m
tests.bench.children`, and what the function returns comes back as JSON.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class ChildFailed(RuntimeError):
    """The function raised, or the process was killed; its text is what the child said."""


@dataclass(frozen=True, slots=True)
class Child:
    value: Any
    peak_mb: float
    """Largest resident set, in units of 1,000,000 bytes, Python and its libraries included."""
    cpu_seconds: float


def run(function: str, arguments: Mapping[str, Any], threads: int | None = None) -> Child:
    """`function` is `module:name`; `threads` is what polars may use (None: all cores)."""
    environment = dict(os.environ)
    environment.pop("POLARS_MAX_THREADS", None)
    if threads is not None:
        environment["POLARS_MAX_THREADS"] = str(threads)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.children", function, json.dumps(arguments)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise ChildFailed(f"{function} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    reported = json.loads(done.stdout.splitlines()[-1])
    return Child(reported["value"], reported["peakBytes"] / 1e6, reported["cpuSeconds"])


def peak_bytes() -> int:
    """Of this process so far. On Linux `ru_maxrss` would begin with the parent's peak."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def main() -> None:
    module, _, name = sys.argv[1].partition(":")
    value = getattr(importlib.import_module(module), name)(**json.loads(sys.argv[2]))
    used = resource.getrusage(resource.RUSAGE_SELF)
    reported = {
        "value": value,
        "peakBytes": peak_bytes(),
        "cpuSeconds": used.ru_utime + used.ru_stime,
    }
    print(json.dumps(reported))


if __name__ == "__main__":
    main()
