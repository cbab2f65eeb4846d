"""Every way out of every state is taken by a case that has a name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.checks.graph import faults_of
from infra.checks.machines import graphs
from tests.statemachines.__main__ import distributed_maps, without_distributed_maps
from tests.statemachines.running import Case, definitions, read_cases

CASES = read_cases()
DEFINITIONS = definitions()


def states_of(machine: str) -> dict[str, dict[str, Any]]:
    scopes = graphs(machine, DEFINITIONS[machine])
    return {name: state for scope in scopes for name, state in scope.states.items()}


def ways_out(machine: str) -> Iterator[tuple[str, str, str]]:
    """State, how it is left, where to."""
    for name, state in states_of(machine).items():
        if state["Type"] == "Map":
            yield name, "begins", state["ItemProcessor"]["StartAt"]
        for kind in ("Next", "Default"):
            if kind in state:
                yield name, kind, state[kind]
        for number, choice in enumerate(state.get("Choices", ())):
            yield name, f"choice {number}", choice["Next"]
        for catcher in state.get("Catch", ()):
            yield name, "Catch", catcher["Next"]


def ways_taken(case: Case) -> Iterator[tuple[str, str, str]]:
    states = states_of(case.machine)
    inside: str | None = None  # the Map that we are in
    for name, following in zip(case.path, case.path[1:], strict=False):
        state = states[name]
        if state["Type"] == "Map":
            inside = name
            yield name, "begins", following
            continue
        left = name
        if inside and following not in states[inside]["ItemProcessor"]["States"]:
            left, inside = inside, None
        yield _how(case, states, left, name, following)


def _how(
    case: Case, states: dict[str, dict[str, Any]], left: str, last: str, following: str
) -> tuple[str, str, str]:
    state = states[left]
    failed = states[last]["Type"] == "Fail" or (last in case.broken and left != last)
    if failed or (last in case.broken and "Catch" in state):
        return left, "Catch", following
    for number, choice in enumerate(state.get("Choices", ())):
        if choice["Next"] == following:
            return left, f"choice {number}", following
    return left, "Next" if state.get("Next") == following else "Default", following


@pytest.mark.parametrize("machine", sorted(DEFINITIONS))
def test_every_choice_every_catch_and_every_step_is_part_of_a_case(machine: str) -> None:
    taken = {way for case in CASES if case.machine == machine for way in ways_taken(case)}

    assert sorted(taken) == sorted(set(ways_out(machine)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_case_goes_from_the_start_to_an_end(case: Case) -> None:
    definition, states = DEFINITIONS[case.machine], states_of(case.machine)

    assert case.path[0] == definition["StartAt"]
    assert states[case.path[-1]]["Type"] == {"SUCCEEDED": "Succeed", "FAILED": "Fail"}[case.status]
    tasks = {name for name in case.path if states[name]["Type"] == "Task"}
    assert case.broken <= tasks


@pytest.mark.parametrize("machine", sorted(DEFINITIONS))
def test_step_functions_local_gets_no_distributed_map_and_a_sound_machine(machine: str) -> None:
    definition = DEFINITIONS[machine]
    replaced = without_distributed_maps(definition)

    assert len(distributed_maps(definition)) == (machine != "product-reprocess")
    assert "ItemReader" not in str(replaced)
    assert faults_of(graphs(machine, replaced)) == []
