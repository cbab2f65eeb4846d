"""Mistakes in a state machine, each planted into one of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.checks import asl_validator
from infra.checks.graph import faults_of, substitution_faults
from infra.checks.machines import Machine, graphs, machines_of
from infra.checks.results import CheckResult
from infra.checks.template import read_template

TEMPLATE = read_template()
MACHINES = {machine.name: machine for machine in machines_of(TEMPLATE)}
COMMIT = MACHINES["ProductCommit"]


def planted(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    definition = COMMIT.definition()
    change(definition["States"])
    return definition


def use_a_name_twice(states: dict[str, Any]) -> None:
    processor = states["CommitChunksAtScale"]["ItemProcessor"]
    processor["States"] = {"CommitChunk": processor["States"]["CommitChunkAtScale"]}
    processor["StartAt"] = "CommitChunk"


def lead_nowhere(states: dict[str, Any]) -> None:
    states["CloseCommit"]["Next"] = "StilOwner?"


def leave_a_state_alone(states: dict[str, Any]) -> None:
    states["FanOut?"]["Choices"].pop()


def run_in_a_circle(states: dict[str, Any]) -> None:
    states["FailCommit"] |= {"Next": "FailCommit", "Catch": []}


@pytest.mark.parametrize(
    ("mistake", "finding"),
    [
        (use_a_name_twice, "the state name CommitChunk is used 2 times (DUPLICATE_STATE_NAME)"),
        (lead_nowhere, "CloseCommit leads to StilOwner?, which is no state of this scope"),
        (leave_a_state_alone, "CommitChunksAtScale cannot be reached"),
        (run_in_a_circle, "FailCommit leads to no end"),
    ],
)
def test_a_planted_mistake_is_found(
    mistake: Callable[[dict[str, Any]], None], finding: str
) -> None:
    faults = faults_of(graphs("ProductCommit", planted(mistake)))

    assert f"ProductCommit: {finding}" in faults


def test_a_placeholder_that_nothing_fills_is_found_and_so_is_one_too_many() -> None:
    given = {n: v for n, v in COMMIT.substitutions.items() if n != "CommitMaxConcurrency"}
    machine = Machine(COMMIT.name, COMMIT.text, given | {"Unused": 1})

    assert list(substitution_faults(machine)) == [
        "the template fills no ${CommitMaxConcurrency}",
        "the definition has no ${Unused}, which the template fills",
    ]
    assert list(substitution_faults(COMMIT)) == []


def test_a_state_that_is_written_twice_is_found_and_not_read_once() -> None:
    machine = Machine("Any", '{"States": {"One": {}, "One": {}}}', {})
    with pytest.raises(ValueError, match="twice in one object: One"):
        machine.definition()


@pytest.mark.slow
def test_the_validator_of_the_states_language_finds_a_name_that_is_used_twice() -> None:
    result = _validated(json.dumps(planted(use_a_name_twice)))
    if result.skipped:
        pytest.skip(result.skipped)
    assert any("CommitChunk" in finding for finding in result.findings)
    assert _validated(COMMIT.text).findings == ()


def _validated(text: str) -> CheckResult:
    return asl_validator.check_machines([Machine("ProductCommit", text, {})])


def test_without_node_the_validator_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    assert asl_validator.check(TEMPLATE).skipped.startswith("Node.js and npm are not installed")
