"""Check: what runs at once, for each quota of an account that `infra/aws/pace.py` has a row for,
against that quota and against what the database carries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.imports.uniqueness.catalogue import QUERIES_IN_FLIGHT
from infra.aws import pace as paces
from infra.aws.pace import PACES, Pace
from infra.checks.limits import LIMITS, SERVERLESS
from infra.checks.machines import graphs, machines_of
from infra.checks.results import CheckResult

CHECK = "concurrency"

API_CALLS_AT_LEAST = 1
"""At the same moment, whatever else runs."""

IN_A_MAP = {
    "ValidateChunkFunction": "chunk tasks",
    "CommitChunkFunction": "approvals",
    "SuggestValuesFunction": "enrichments",
    "ExportPartFunction": "exports",
    "GatherEvidenceFunction": "exports",
}
"""Functions of which one execution runs several at once, and where they are counted."""


def check(template: Mapping[str, Any], rows: Iterable[Pace] = PACES) -> CheckResult:
    rows = tuple(rows)
    findings = [finding for row in rows for finding in of_row(row)]
    findings += of_template(template, rows)
    if paces.COMPARING != QUERIES_IN_FLIGHT:
        findings.append(
            f"CheckCatalogue has {QUERIES_IN_FLIGHT} queries in flight, "
            f"and is counted with {paces.COMPARING}"
        )
    quotas = ", ".join(str(row.quota) for row in rows)
    return CheckResult(CHECK, f"quotas of {quotas} executions", tuple(findings))


def of_row(row: Pace) -> Iterator[str]:
    name = f"with a quota of {row.quota}"
    left = paces.api_calls(row)
    if left < API_CALLS_AT_LEAST:
        counted = ", ".join(f"{n} {what}" for what, n in paces.executions(row).items())
        yield f"{name} the API is left {left} calls at once, beside {counted}"
    unreserved = row.quota - row.chunk_reserved_concurrency
    if row.chunk_reserved_concurrency and unreserved < paces.UNRESERVED_MINIMUM:
        yield f"{name} a reservation leaves {unreserved}, and Lambda wants 100"
    reserve = SERVERLESS.get(row.database_min_capacity)
    if reserve is None:
        yield f"{name} the database has {row.database_min_capacity} DCU, of which no limit is known"
        return
    busy = (
        sum(n for what, n in paces.executions(row).items() if what != "chunk tasks")
        + row.imports_at_once * paces.COMPARING
        + max(left, 0)
    )
    for what, ours, most in (
        ("connections", paces.connections(row), reserve.connections),
        ("open cursors", paces.cursors(row), reserve.cursors),
        ("active connections", busy, reserve.active),
    ):
        if ours > most:
            yield (
                f"{name} the database has {ours} {what}, "
                f"and {row.database_min_capacity:g} DCU carry {most}"
            )


def of_template(template: Mapping[str, Any], rows: Iterable[Pace]) -> Iterator[str]:
    """That the rows set parameters of the template, within their bounds, that the smallest account
    is the first row, and that what runs in a Map is counted."""
    rows = tuple(rows)
    parameters = template["Parameters"]
    for row in rows:
        for name, value in row.parameters.items():
            declared = parameters.get(name)
            if declared is None:
                yield f"the template has no parameter {name}"
                continue
            low, high = declared.get("MinValue", 0), declared.get("MaxValue", 2**53)
            if not float(low) <= float(value) <= float(high):
                yield f"with a quota of {row.quota}, {name} is {value}: not from {low} to {high}"
    smallest = LIMITS["executions at once in a new account"].most
    if not rows or rows[0].quota != smallest:
        yield f"no row is for a new account, of {smallest} executions"
    if str(parameters["ChunkReservedConcurrency"]["Default"]) != "0":
        yield "a reservation by default is refused in an account of 10 executions"
    counted = set(paces.executions(PACES[0]))
    for machine in machines_of(template):
        for scope in graphs(machine.name, machine.definition())[1:]:
            for state in scope.states.values():
                if state["Type"] != "Task":
                    continue
                function = str(state["Parameters"]["FunctionName"]).rpartition(":")[2]
                if IN_A_MAP.get(function) not in counted:
                    yield f"{function} runs in a Map of {machine.name}, and is not counted"
