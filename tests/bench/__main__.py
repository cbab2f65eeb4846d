"""`python -m tests.bench [--full] [--keys a,b] [--publish]`, which `make bench` calls.

Measures every key of goals.py (or those named), prints a table, writes `.local/bench.json`.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.goals import GOAL_OF, GOALS, Goal
from tests.bench.machine import load, machine
from tests.bench.measuring import Measured
from tests.bench.publishing import Details, publish
from tests.bench.records import Records
from tests.bench.scales import FULL, QUICK, Scale
from tests.bench.workroom import Workroom

ROOT = Path(__file__).parents[2]
STYLES = {"aim": "green", "ok": "yellow", "missed": "red"}


def main(arguments: list[str] | None = None) -> int:
    """0; 1 when a figure could not be measured or misses its bound; 2 for a wrong command."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__.partition("\n\n")[0]
    )
    parser.add_argument("--full", action="store_true", help="1 and 5 million rows; some 20 minutes")
    parser.add_argument("--keys", default="", help=f"some of {', '.join(GOAL_OF)}")
    parser.add_argument("--publish", action="store_true", help="write docs/benchmarks.md too")
    reported = parser.parse_args(arguments)
    keys = [key.strip() for key in reported.keys.split(",") if key.strip()]
    if reported.keys.strip() and not keys:
        parser.error(f"--keys {reported.keys!r} names none; there are {', '.join(GOAL_OF)}")
    if unknown := [key for key in keys if key not in GOAL_OF]:
        parser.error(f"there is no {', '.join(unknown)}; there are {', '.join(GOAL_OF)}")
    if reported.publish and keys:
        parser.error("--publish takes no --keys: a page tells of one run, and that of all keys")
    state = Path(os.environ.get("LOCAL_STATE") or ROOT / ".local").absolute()
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    scale = FULL if reported.full else QUICK
    records = Records(state, scale.name)
    goals = [goal for goal in GOALS if not keys or goal.key in keys]
    if not keys:
        records.clear()  # a run of all keys mixes with none before it
    broken = run(goals, scale, records, state / "bench", console.print)
    details = {k: d for k, d in records.details().items() if not keys or k in keys}
    console.print(_table(goals, details, broken))
    console.print(
        f"written to {records.figures_file.name} and {records.details_file.name}, which hold "
        f"figures of the scale “{scale.name}” alone"
    )
    if reported.publish and not broken:
        publish(details, ROOT / "docs")
        console.print("docs/benchmarks.md is written anew")
    missed = [key for key, d in details.items() if GOAL_OF[key].rating(d["value"]) == "missed"]
    if missed:
        console.print(f"missed: {', '.join(missed)}")
    return 1 if broken or missed else 0


def run(
    goals: Sequence[Goal],
    scale: Scale,
    records: Records,
    folder: Path,
    say: Callable[[str], None],
) -> list[str]:
    """Measure, one after the other, and record each at once. Returns the keys that broke."""
    broken = []
    with Workroom(scale, folder, lambda line: say(f"  {line}")) as room:
        for goal in goals:
            say(f"{goal.key} …")
            before, started = load(), time.perf_counter()
            try:
                measured = measure(goal.key, room)
            except Exception:
                traceback.print_exc()
                broken.append(goal.key)
                records.drop(goal.key)  # a figure of before would pass for one of this run
                continue
            circumstances = {
                "day": datetime.now(UTC).date().isoformat(),
                "tookSeconds": round(time.perf_counter() - started, 1),
                "loadBefore": before,
                "loadAfter": load(),
                "machine": machine(),
            }
            records.add(goal.key, measured, circumstances)
            say(f"  {measured.value:.3f}  ({circumstances['tookSeconds']} s)")
    return broken


def measure(key: str, room: Workroom) -> Measured:
    measured: Measured = importlib.import_module(f"tests.bench.measures.{key}").measure(room)
    return measured


def _table(goals: Sequence[Goal], known: Details, broken: Sequence[str]) -> Table:
    """`known`: what this run measured."""
    table = Table(box=None, pad_edge=False)
    for name in ("key", "measured", "at least", "aim", "rating", "measured with"):
        right = name in ("measured", "at least", "aim")
        table.add_column(name, justify="right" if right else "left", no_wrap=name == "key")
    for goal in goals:
        bounds = (goal.bound(goal.at_least), goal.bound(goal.aim))
        if goal.key not in known:
            why = "broken" if goal.key in broken else "not measured"
            table.add_row(goal.key, "–", *bounds, f"[red]{why}[/]", "")
            continue
        value, rating = known[goal.key]["value"], goal.rating(known[goal.key]["value"])
        shown = f"{value:,.0f}" if goal.unit == "MB" else f"{value:.3f}"
        reported = f"[{STYLES[rating]}]{rating}[/]"
        size = f"{known[goal.key]['size']} ({known[goal.key]['scale']})"
        table.add_row(goal.key, f"{shown} {goal.unit}".strip(), *bounds, reported, size)
    return table


if __name__ == "__main__":
    sys.exit(main())
