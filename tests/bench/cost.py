"""What an import costs on AWS, computed from the table of inputs in docs/cost.md.

`python -m tests.bench.cost` writes the computed part of the page anew from its table, so change an
input there and run it. With `--measure` the measured inputs are measured first (a minute; needs the
development packages). A test holds the page to the arithmetic.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "cost.md"
BEGIN, END = "<!-- computed: python -m tests.bench.cost -->", "<!-- end of computed -->"
ROW = re.compile(r"^\| `(\w+)` \| ([\d.,e-]+) \|", re.MULTILINE)
HOURS_A_MONTH = 730
DAYS_A_MONTH = HOURS_A_MONTH / 24
MB_OF_ONE_CORE = 1_769
"""Lambda gives a whole core at this memory."""

STORED = {
    "upload": "the upload",
    "valid_rows": "the valid rows",
    "results": "faults, rejected rows, the result file",
    "work": "work files",
    "export": "one export as CSV, if somebody asks for it",
}
"""Kinds of files, each with a retention of its own."""
TIERED = ("upload", "valid_rows", "results")
"""Kinds that the template moves to Intelligent-Tiering."""
IDLE_DAYS = 30
"""After so many days without a reader, an object there costs the price of infrequent access."""

Inputs = Mapping[str, float]


def read_inputs(page: str) -> dict[str, float]:
    return {name: float(value.replace(",", "")) for name, value in ROW.findall(page)}


def lambda_dollars(inputs: Inputs) -> float:
    """For a million rows. A function is billed for its time, longer than its CPU's by what it waits
    for S3; memory above one core's worth is paid for, and its second core is not counted on."""

    def task(cpu_seconds: float, memory_mb: float) -> float:
        slower = max(1.0, MB_OF_ONE_CORE / memory_mb)
        seconds = cpu_seconds * inputs["wait_factor"] * slower
        return seconds * memory_mb / 1024 * inputs["lambda_gb_second"]

    work = (
        task(inputs["plan_cpu_s"], inputs["plan_memory_mb"])
        + task(inputs["validate_cpu_s"], inputs["validate_memory_mb"])
        + task(inputs["aggregate_cpu_s"], inputs["aggregate_memory_mb"])
    )
    small = inputs["small_function_s"] * inputs["small_memory_mb"] / 1024
    calls = inputs["chunks"] + inputs["other_calls"]
    return work + small * inputs["lambda_gb_second"] + calls * inputs["lambda_million_calls"] / 1e6


def transition_dollars(inputs: Inputs) -> float:
    count = inputs["transitions_a_file"] + inputs["transitions_a_chunk"] * inputs["chunks"]
    return count * inputs["thousand_transitions"] / 1e3


def request_dollars(inputs: Inputs) -> float:
    return (
        inputs["s3_puts"] * inputs["s3_thousand_puts"]
        + inputs["s3_gets"] * inputs["s3_thousand_gets"]
    ) / 1e3


def kind_dollars(inputs: Inputs, kind: str) -> float:
    """The storage of one kind of file, for as long as it is kept."""
    days = inputs[f"{kind}_days"]
    idle = max(0.0, days - IDLE_DAYS) if kind in TIERED else 0.0
    day = (days - idle) * inputs["s3_gb_month"] + idle * inputs["s3_infrequent_gb_month"]
    return inputs[f"{kind}_gb"] * day / DAYS_A_MONTH


def tiering_dollars(inputs: Inputs) -> float:
    """The move of the objects to Intelligent-Tiering, and their monitoring for as long as the
    longest is kept."""
    months = max(inputs[f"{kind}_days"] for kind in TIERED) / DAYS_A_MONTH
    each = inputs["s3_thousand_transitions"] + months * inputs["s3_thousand_monitored"]
    return inputs["tiered_objects"] * each / 1e3


def storage_dollars(inputs: Inputs) -> float:
    return sum(kind_dollars(inputs, kind) for kind in STORED) + tiering_dollars(inputs)


def machine_dollars_a_month(inputs: Inputs) -> float:
    """One machine that is always on, with a disk for work files."""
    return inputs["ec2_hour"] * HOURS_A_MONTH + inputs["ec2_disk_gb"] * inputs["ec2_disk_gb_month"]


def machine_capacity_rows(inputs: Inputs) -> float:
    """Rows in a month when it is never idle."""
    cpu = inputs["plan_cpu_s"] + inputs["validate_cpu_s"] + inputs["aggregate_cpu_s"]
    return inputs["ec2_cores"] * HOURS_A_MONTH * 3_600 / cpu * 1e6


def computing_dollars(inputs: Inputs) -> float:
    """What one machine would save: all but the storage."""
    return lambda_dollars(inputs) + transition_dollars(inputs) + request_dollars(inputs)


def break_even_rows(inputs: Inputs) -> float:
    """Rows in a month above which the machine is cheaper."""
    return machine_dollars_a_month(inputs) / computing_dollars(inputs) * 1e6


def computed(inputs: Inputs) -> Iterator[str]:
    computing, storage = computing_dollars(inputs), storage_dollars(inputs)
    yield "| a million rows | dollars |"
    yield "|---|---|"
    yield f"| Lambda | {lambda_dollars(inputs):.5f} |"
    yield f"| Step Functions | {transition_dollars(inputs):.5f} |"
    yield f"| S3 requests | {request_dollars(inputs):.5f} |"
    yield f"| **computing** | **{computing:.5f}** |"
    for kind, name in STORED.items():
        days = f"{inputs[f'{kind}_days']:g} days"
        yield f"| S3 storage, {days}: {name} | {kind_dollars(inputs, kind):.5f} |"
    yield f"| S3 Intelligent-Tiering: moving, monitoring | {tiering_dollars(inputs):.5f} |"
    yield f"| **storage** | **{storage:.5f}** |"
    yield f"| **all** | **{computing + storage:.5f}** |"
    yield ""
    rows, capacity = break_even_rows(inputs), machine_capacity_rows(inputs)
    yield "| one machine instead | |"
    yield "|---|---|"
    yield f"| dollars a month | {machine_dollars_a_month(inputs):,.2f} |"
    yield f"| rows a month when it is never idle | {capacity / 1e6:,.0f} million |"
    yield f"| **cheaper above, rows a month** | **{rows / 1e6:,.0f} million** |"
    yield f"| how busy it then is | {rows / capacity:.0%} |"


def with_computed(page: str) -> str:
    """The page with its computed part as its table says. Raises ValueError without the marks."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("docs/cost.md has lost the marks of its computed part.")
    lines = "\n".join(computed(read_inputs(page)))
    return f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}"


def with_inputs(page: str, measured: Inputs) -> str:
    """The page with other values in its table."""

    def renewed(row: re.Match[str]) -> str:
        if row[1] not in measured:
            return row[0]
        return f"| `{row[1]}` | {measured[row[1]]:.6g} |"

    return ROW.sub(renewed, page)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cost", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="measure the measured inputs first")
    page = PAGE.read_text(encoding="utf-8")
    if parser.parse_args(arguments).measure:
        from tests.bench.cost_inputs import measured_inputs

        page = with_inputs(page, measured_inputs())
    page = with_computed(page)
    PAGE.write_text(page, encoding="utf-8")
    print("\n".join(computed(read_inputs(page))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
