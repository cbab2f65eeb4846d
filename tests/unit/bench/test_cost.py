"""docs/cost.md says what its own table gives, and its table says what the template says."""

import re

import pytest

from tests.bench import cost
from tests.bench.cost_inputs import measured_inputs
from tests.sources import ROOT

PAGE = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
TEMPLATE = (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")

OTHER_FILES = ("valid_rows", "results", "work", "export")
ROUND = {
    **dict.fromkeys(("plan_cpu_s", "aggregate_cpu_s"), 0.0),
    "validate_cpu_s": 100.0,
    **dict.fromkeys(("plan_memory_mb", "validate_memory_mb", "aggregate_memory_mb"), 2048.0),
    "wait_factor": 2.0,
    "small_function_s": 0.0,
    "small_memory_mb": 512.0,
    "chunks": 90.0,
    "other_calls": 10.0,
    "transitions_a_file": 20.0,
    "transitions_a_chunk": 2.0,
    "s3_puts": 1000.0,
    "s3_gets": 2000.0,
    "upload_gb": 1.0,
    "upload_days": 365 / 12,
    **{f"{kind}_{unit}": 0.0 for kind in OTHER_FILES for unit in ("gb", "days")},
    "lambda_gb_second": 0.00001,
    "lambda_million_calls": 1.0,
    "thousand_transitions": 0.01,
    "s3_thousand_puts": 0.005,
    "s3_thousand_gets": 0.0005,
    "s3_gb_month": 0.02,
    "s3_infrequent_gb_month": 0.02,
    "s3_thousand_transitions": 0.01,
    "s3_thousand_monitored": 0.002,
    "tiered_objects": 0.0,
    "ec2_hour": 0.1,
    "ec2_cores": 2.0,
    "ec2_disk_gb": 10.0,
    "ec2_disk_gb_month": 0.1,
}
"""Numbers that can be reckoned in the head."""


def test_the_page_says_what_its_table_gives() -> None:
    assert cost.with_computed(PAGE) == PAGE


def test_every_input_of_the_arithmetic_is_in_the_table_and_no_other() -> None:
    assert set(cost.read_inputs(PAGE)) == set(ROUND)


def test_the_arithmetic_is_right() -> None:
    assert cost.lambda_dollars(ROUND) == pytest.approx(100 * 2 * 2 * 0.00001 + 100 * 1e-6)
    assert cost.transition_dollars(ROUND) == pytest.approx(200 * 0.01 / 1000)
    assert cost.request_dollars(ROUND) == pytest.approx(0.005 + 0.001)
    assert cost.storage_dollars(ROUND) == pytest.approx(0.02)
    assert cost.machine_dollars_a_month(ROUND) == pytest.approx(74)
    assert cost.machine_capacity_rows(ROUND) == pytest.approx(2 * 730 * 36 * 1e6)
    per_million = 0.0041 + 0.002 + 0.006
    assert cost.break_even_rows(ROUND) == pytest.approx(74 / per_million * 1e6)


def test_what_nobody_reads_for_a_month_costs_less_after_it() -> None:
    month = cost.DAYS_A_MONTH
    prices = {"s3_gb_month": 0.02 * month, "s3_infrequent_gb_month": 0.01 * month}
    longer = {**ROUND, **prices, "upload_days": 32.0}

    assert cost.kind_dollars(longer, "upload") == pytest.approx(30 * 0.02 + 2 * 0.01)
    assert cost.kind_dollars({**longer, "work_gb": 1.0, "work_days": 60.0}, "work") == (
        pytest.approx(60 * 0.02)
    )
    objects = {**ROUND, "tiered_objects": 1000.0, "upload_days": 5 * month}
    assert cost.tiering_dollars(objects) == pytest.approx(0.01 + 5 * 0.002)


def test_the_template_moves_the_kinds_of_files_that_the_page_counts_as_moved() -> None:
    rules = re.findall(r"- Id: ([a-z-]+)-expires?\n((?: {12}.*\n)*)", TEMPLATE)

    moved = {name for name, rule in rules if "INTELLIGENT_TIERING" in rule}

    assert moved == {"uploads", "valid-rows", "results"}
    assert cost.TIERED == ("upload", "valid_rows", "results")


def test_less_memory_than_a_core_needs_takes_longer_and_costs_no_less() -> None:
    halved = {**ROUND, "validate_memory_mb": cost.MB_OF_ONE_CORE / 2}
    whole = {**ROUND, "validate_memory_mb": float(cost.MB_OF_ONE_CORE)}

    assert cost.lambda_dollars(halved) == pytest.approx(cost.lambda_dollars(whole))


def test_a_changed_input_changes_the_result_and_nothing_else() -> None:
    dearer = re.sub(r"(\| `ec2_hour` \|) [\d.]+ \|", r"\1 0.5 |", PAGE)

    changed = cost.with_computed(dearer)

    assert cost.read_inputs(changed)["ec2_hour"] == 0.5
    assert "| dollars a month | 373.00 |" in changed
    assert changed.partition(cost.BEGIN)[0] == dearer.partition(cost.BEGIN)[0]


@pytest.mark.parametrize(
    ("function", "key"),
    [
        ("PlanChunksFunction", "plan_memory_mb"),
        ("ValidateChunkFunction", "validate_memory_mb"),
        ("AggregateResultsFunction", "aggregate_memory_mb"),
        ("Globals", "small_memory_mb"),
    ],
)
def test_the_memory_is_what_the_template_gives(function: str, key: str) -> None:
    block = TEMPLATE.partition(f"\n{'' if function == 'Globals' else '  '}{function}:\n")[2]
    memory = re.search(r"MemorySize: (\d+)", block)

    assert memory is not None
    assert cost.read_inputs(PAGE)[key] == float(memory[1])


@pytest.mark.parametrize(
    ("parameter", "key"),
    [
        ("UploadRetentionDays", "upload_days"),
        ("ValidRowsRetentionDays", "valid_rows_days"),
        ("ResultRetentionDays", "results_days"),
        ("WorkRetentionDays", "work_days"),
        ("ExportRetentionDays", "export_days"),
    ],
)
def test_the_days_are_what_the_template_keeps(parameter: str, key: str) -> None:
    default = re.search(
        rf"^  {parameter}:\n(?:    .*\n)*?    Default: (\d+)", TEMPLATE, re.MULTILINE
    )

    assert default is not None
    assert cost.read_inputs(PAGE)[key] == float(default[1])


def test_the_measured_inputs_can_be_measured() -> None:
    measured = measured_inputs(rows=1_000)

    page = cost.with_inputs(PAGE, measured)
    assert set(measured) <= set(ROUND)
    assert all(value > 0 for value in measured.values())
    assert cost.read_inputs(page)["s3_puts"] == pytest.approx(measured["s3_puts"], rel=1e-4)
