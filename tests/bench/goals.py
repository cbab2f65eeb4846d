"""What must be reached: the keys of `.local/bench.json`, and when a figure is good enough."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goal:
    key: str
    what: str
    at_least: float
    """The bound that must hold: an upper one, or a lower one where more is better."""
    aim: float
    more_is_better: bool = False
    unit: str = ""
    """Empty for a ratio against a baseline of the same run."""

    def rating(self, value: float) -> str:
        """`aim`, `ok` or `missed`."""
        if self._reaches(value, self.aim):
            return "aim"
        return "ok" if self._reaches(value, self.at_least) else "missed"

    def _reaches(self, value: float, bound: float) -> bool:
        return value >= bound if self.more_is_better else value <= bound

    def bound(self, value: float) -> str:
        return f"{'≥' if self.more_is_better else '≤'} {value:g}"


GOALS: tuple[Goal, ...] = (
    Goal("plan_vs_floor", "planning a CSV, time over that of polars.read_csv", 0.35, 0.25),
    Goal("rules_vs_floor", "parse, normalise, rules and faults, time over the same", 1.5, 1.3),
    Goal("distinct_texts", "the same, for a file whose texts never repeat", 2.2, 1.8),
    Goal(
        "profile_vs_plain", "chunks read by a profile, processor time over those without", 1.33, 1.2
    ),
    Goal("results_vs_floor", "the core with all that a run writes, time over the same", 3.5, 2.5),
    Goal("loop_speedup", "that, speed over a csv.DictReader loop's, one thread each", 12, 15, True),
    Goal("export_vs_floor", "exporting the valid rows as CSV, time over the floor", 3, 1.5),
    Goal("pipeline_vs_core", "pipeline on the local stack, time over one process's", 2.0, 1.5),
    Goal(
        *("pipeline_rows_vs_floor", "pipeline's rows a second, over the floor's", 0.10, 0.20, True)
    ),
    Goal("result_bytes_vs_input", "all kept results, bytes over the upload's", 0.6, 0.3),
    Goal("local_memory_vs_input", "the emulator's peak memory, over the upload's bytes", 4, 2.5),
    Goal("growth_5m_vs_100k", "time per row, large file over small one", 1.2, 1.05),
    Goal("assemble_share", "assembling the results, share of the pipeline's time", 0.10, 0.03),
    Goal("commit_vs_bulk", "approving rows, rate over the database's bulk rate", 0.7, 0.9, True),
    Goal("task_peak_mb", "peak memory of any task of a CSV", 500, 350, unit="MB"),
    Goal("planner_peak_mb", "peak memory of planning a large CSV", 200, 120, unit="MB"),
    Goal("xlsx_plan_vs_fastexcel", "planning a workbook, time over fastexcel's", 1.6, 1.3),
    Goal("xlsx_400k_peak_mb", "peak memory of any task of a large workbook", 1200, 800, unit="MB"),
    Goal("small_file_s", "a 200-row file on a warm stack, end of upload to final", 3, 1, unit="s"),
)
GOAL_OF = {goal.key: goal for goal in GOALS}
