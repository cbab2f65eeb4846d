"""The picture of docs/benchmarks.md: how much of each bound is used up."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.bench.goals import GOALS, Goal

mpl.use("Agg")
mpl.rcParams["svg.hashsalt"] = "benchmarks"  # the same figures give the same file
mpl.rcParams["svg.fonttype"] = "none"

COLORS = {"aim": "#3a7d44", "ok": "#d9a441", "missed": "#b23a48"}
WORDS = {"aim": "aim reached", "ok": "bound kept", "missed": "bound missed"}


def share_of_bound(goal: Goal, value: float) -> float:
    """1.0 is just the bound; less is better, whichever way the key counts."""
    return goal.at_least / value if goal.more_is_better else value / goal.at_least


def draw(details: Mapping[str, Mapping[str, Any]], path: Path) -> None:
    """Write the SVG for the keys that were measured."""
    goals = [goal for goal in GOALS if goal.key in details]
    figure = Figure(figsize=(9, 0.5 * len(goals) + 1.5), layout="constrained")
    axes = figure.subplots()
    shares = [share_of_bound(goal, details[goal.key]["value"]) for goal in goals]
    right = max(1.25, *shares) * 1.12
    seen = set()
    for line, (goal, share) in enumerate(zip(goals, shares, strict=True)):
        value = details[goal.key]["value"]
        rating = goal.rating(value)
        label = None if rating in seen else WORDS[rating]
        seen.add(rating)
        axes.barh(line, share, height=0.6, color=COLORS[rating], label=label)
        aim = share_of_bound(goal, goal.aim)
        axes.plot([aim, aim], [line - 0.4, line + 0.4], color="black", linewidth=1.5)
        shown = f"{value:,.0f}" if goal.unit == "MB" else f"{value:.2f}"
        axes.text(
            share + right * 0.01,
            line,
            f"{shown} {goal.unit}".strip(),
            va="center",
            backgroundcolor="white",
        )
    axes.plot([], [], color="black", linewidth=1.5, label="the aim")
    axes.axvline(1, color="black", linewidth=1, linestyle=":", label="the bound")
    axes.set_yticks(range(len(goals)), [goal.key for goal in goals])
    axes.invert_yaxis()
    axes.set_xlim(0, right)
    axes.set_xlabel("share of the bound that is used up (shorter is better)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=5, frameon=False)
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
