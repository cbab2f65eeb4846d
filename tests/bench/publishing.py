"""The measured part of docs/benchmarks.md, between its two marks, and its picture."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.bench.goals import GOAL_OF, GOALS
from tests.bench.plot import draw

BEGIN, END = "<!-- measured: make bench-full PUBLISH=1 -->", "<!-- end of measured -->"
RATINGS = {"aim": "aim", "ok": "ok", "missed": "**missed**"}

Details = Mapping[str, Mapping[str, Any]]


def publish(details: Details, docs: Path) -> None:
    """Write the part anew, and the picture. Raises ValueError for a page without its marks."""
    page = docs / "benchmarks.md"
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page.name} has lost the marks of its measured part.")
    draw(details, docs / "benchmarks.svg")
    former = _former(rest.partition(END)[0])
    measured = "\n".join(_measured(details, former))
    page.write_text(f"{before}{BEGIN}\n{measured}\n{END}{after}", encoding="utf-8")


def _former(part: str) -> dict[str, str]:
    """What the page said before: by key, the figure and what it was measured with."""
    rows = ([cell.strip() for cell in line.split("|")] for line in part.splitlines())
    return {
        cells[1].strip("`"): f"{cells[3]} ({cells[7]})"
        for cells in rows
        if len(cells) > 7 and cells[1].strip("`") in GOAL_OF and cells[7]
    }


def _measured(details: Details, former: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield "| key | what | measured | at least | aim | rating | measured with | before |"
    yield "|---|---|---|---|---|---|---|---|"
    for goal in GOALS:
        bounds = f"{goal.bound(goal.at_least)} | {goal.bound(goal.aim)}"
        if goal.key not in details:
            yield f"| `{goal.key}` | {goal.what} | – | {bounds} | not measured | | |"
            continue
        result = details[goal.key]
        value = result["value"]
        shown = f"{value:,.0f}" if goal.unit == "MB" else f"{value:.3f}"
        rating = RATINGS[goal.rating(value)]
        measured = f"{shown} {goal.unit}".strip()
        size = result["size"] if result["scale"] == "full" else f"{result['size']} (`make bench`)"
        before = former.get(goal.key, "–")
        cells = (f"`{goal.key}`", goal.what, measured, bounds, rating, size, before)
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield "![how much of each bound is used up](benchmarks.svg)"
    yield ""
    yield from _circumstances(details)
    yield from _explanations(details)


def _circumstances(details: Details) -> Iterator[str]:
    """One line for each machine that took part; one, as a rule."""
    machines: dict[str, list[str]] = {}
    for key, measured in details.items():
        facts = measured["machine"]
        described = (
            f"{facts['cores']} cores ({facts['cpu']}), {facts['memoryGb']} GB memory, "
            f"{facts['system']}, Python {facts['python']}, polars {facts['polars']}, "
            f"numpy {facts['numpy']}, fastexcel {facts['fastexcel']}, {facts['emulator']}, "
            f"{facts['database']}"
        )
        machines.setdefault(described, []).append(key)
    for described, keys in machines.items():
        some = "" if len(machines) == 1 else f" ({', '.join(f'`{key}`' for key in keys)})"
        days = sorted({details[key]["day"] for key in keys})
        loads = [details[key]["loadBefore"][0] for key in keys]
        yield _wrapped(
            f"Measured {' to '.join(dict.fromkeys((days[0], days[-1])))} on {described}{some}. "
            f"Load before the measurements, average of a minute: {min(loads):g} to {max(loads):g} "
            f"(the measurements themselves are part of it)."
        )
        yield ""


def _explanations(details: Details) -> Iterator[str]:
    """Every run behind the medians."""
    yield "<details><summary>The single runs</summary>"
    yield ""
    for key, measured in details.items():
        parts = "; ".join(f"{name} {_plain(value)}" for name, value in measured["details"].items())
        yield _wrapped(f"- `{key}`, {measured['tookSeconds']:g} s: {parts}", indent="  ")
    yield ""
    yield "</details>"
    yield ""


def _wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(
        text, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " ".join(map(_plain, value))
    if isinstance(value, float):
        return f"{value:.4g}" if value < 1000 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
