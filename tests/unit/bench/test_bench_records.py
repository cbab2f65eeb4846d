"""Goals, records and the page: what is reported for any figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.goals import GOAL_OF, GOALS
from tests.bench.measuring import Measured, Turns, take_turns
from tests.bench.plot import draw, share_of_bound
from tests.bench.publishing import BEGIN, END, publish
from tests.bench.records import Records
from tests.sources import ROOT

DOCS = ROOT / "docs"
MACHINE = {
    "cores": 2,
    "cpu": "Some CPU",
    "memoryGb": 24.0,
    "system": "Linux x86_64",
    "python": "3.11",
    **dict.fromkeys(("polars", "numpy", "fastexcel", "emulator", "database"), "1"),
}
CIRCUMSTANCES = {
    "day": "2026-11-25",
    "tookSeconds": 3.0,
    "loadBefore": [0.5, 0.4, 0.3],
    "loadAfter": [0.5, 0.4, 0.3],
    "machine": MACHINE,
}


def recorded(
    folder: Path, values: dict[str, float], scale: str = "full"
) -> dict[str, dict[str, Any]]:
    records = Records(folder, scale)
    for key, value in values.items():
        measured = Measured(value=value, size="9 rows", details={"baselineSeconds": [1.5, 2.0]})
        records.add(key, measured, CIRCUMSTANCES)
    return records.details()


def test_the_median_run_of_ours_is_put_over_that_of_the_baseline() -> None:
    assert Turns(baseline=[1.0, 9.0, 2.0], ours=[3.0, 4.0, 100.0]).ratio == 2.0


def test_baseline_and_ours_take_turns() -> None:
    order: list[str] = []

    turns = take_turns(lambda: order.append("a"), lambda: order.append("b"), 2)

    assert order == ["a", "b"] * 3  # once to warm up
    assert len(turns.baseline) == len(turns.ours) == 2


@pytest.mark.parametrize(
    ("key", "value", "rating"),
    [
        ("plan_vs_floor", 0.25, "aim"),
        ("plan_vs_floor", 0.35, "ok"),
        ("plan_vs_floor", 0.36, "missed"),
        ("loop_speedup", 15, "aim"),
        ("loop_speedup", 12, "ok"),
        ("loop_speedup", 11.9, "missed"),
    ],
)
def test_a_rating_knows_which_way_is_better(key: str, value: float, rating: str) -> None:
    assert GOAL_OF[key].rating(value) == rating


def test_a_bound_is_used_up_at_one_whichever_way_it_counts() -> None:
    for goal in GOALS:
        assert share_of_bound(goal, goal.at_least) == 1
        assert share_of_bound(goal, goal.aim) < 1


def test_figures_are_on_disk_after_every_key_and_later_runs_add_to_them(tmp_path: Path) -> None:
    recorded(tmp_path, {"loop_speedup": 8.0})
    recorded(tmp_path, {"plan_vs_floor": 0.3})

    figures = json.loads((tmp_path / "bench.json").read_text())

    assert figures == {"plan_vs_floor": 0.3, "loop_speedup": 8.0}


def test_the_page_tells_every_key_its_size_and_the_machine(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.md").write_text(f"before\n{BEGIN}\nold figures\n{END}\nafter\n")
    details = recorded(tmp_path, {"plan_vs_floor": 0.5, "task_peak_mb": 345.6})

    publish(details, tmp_path)
    first = (tmp_path / "benchmarks.md").read_text()
    assert first.startswith("before\n") and first.endswith("after\n") and "old" not in first
    assert "| 0.500 | ≤ 0.35 | ≤ 0.25 | **missed** | 9 rows | – |" in first
    assert "| 346 MB |" in first
    assert all(f"| `{goal.key}` |" in first for goal in GOALS)
    assert "2 cores (Some CPU), 24.0 GB memory" in first
    assert "baselineSeconds 1.5 2" in first


def test_the_page_shows_each_figure_beside_the_one_that_it_showed_before(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    page.write_text(f"{BEGIN}\n{END}\n")
    publish(recorded(tmp_path, {"plan_vs_floor": 0.5, "task_peak_mb": 345.6}), tmp_path)

    publish(recorded(tmp_path, {"plan_vs_floor": 0.3}), tmp_path)

    rows = {line.split("`")[1]: line for line in page.read_text().splitlines() if "| `" in line}
    assert rows["plan_vs_floor"].endswith(
        "| 0.300 | ≤ 0.35 | ≤ 0.25 | ok | 9 rows | 0.500 (9 rows) |"
    )
    assert rows["task_peak_mb"].endswith("| 346 MB (9 rows) |")
    assert "not measured" in rows["loop_speedup"]


def test_a_page_without_its_marks_is_refused(tmp_path: Path) -> None:
    (tmp_path / "benchmarks.md").write_text("nothing to be found")

    with pytest.raises(ValueError, match="lost the marks"):
        publish({}, tmp_path)


def test_the_real_page_has_its_marks_and_explains_every_key() -> None:
    page = (DOCS / "benchmarks.md").read_text(encoding="utf-8")

    assert page.index(BEGIN) < page.index(END)
    explained = page.partition("## What is compared")[2]
    assert all(f"`{goal.key}`" in explained for goal in GOALS)


def test_the_picture_shows_every_key_and_is_always_the_same(tmp_path: Path) -> None:
    details = recorded(tmp_path, {goal.key: goal.at_least for goal in GOALS})

    draw(details, tmp_path / "a.svg")
    draw(details, tmp_path / "b.svg")

    picture = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(goal.key in picture for goal in GOALS)
    assert picture == (tmp_path / "b.svg").read_text(encoding="utf-8")
