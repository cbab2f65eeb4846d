"""Check: every machine as a graph. No linter of state machines finds a dangling name in each case,
and two of three engines that run machines do not see a name that is used twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from infra.checks.machines import Graph, Machine, graphs, is_end, machines_of, targets
from infra.checks.results import CheckResult

CHECK = "graph of the machines"
STATE_NAME_CHARACTERS = 80
"""Source: States Language."""


def check(template: Mapping[str, Any]) -> CheckResult:
    machines = machines_of(template)
    findings: list[str] = []
    states = 0
    for machine in machines:
        findings += [f"{machine.name}: {fault}" for fault in substitution_faults(machine)]
        try:
            scopes = graphs(machine.name, machine.definition())
        except ValueError as error:
            findings.append(f"{machine.name}: {error}")
            continue
        states += sum(len(scope.states) for scope in scopes)
        findings += faults_of(scopes)
    return CheckResult(CHECK, f"{len(machines)} machines, {states} states", tuple(findings))


def substitution_faults(machine: Machine) -> Iterator[str]:
    """CloudFormation leaves a placeholder that nothing fills as it is, and the machine fails when
    it comes to that state."""
    named, given = machine.placeholders(), set(machine.substitutions)
    for name in sorted(named - given):
        yield f"the template fills no ${{{name}}}"
    for name in sorted(given - named):
        yield f"the definition has no ${{{name}}}, which the template fills"


def faults_of(scopes: list[Graph]) -> list[str]:
    """Of all scopes of one machine."""
    names = Counter(name for scope in scopes for name in scope.states)
    found = [
        f"{scopes[0].name}: the state name {name} is used {times} times (DUPLICATE_STATE_NAME)"
        for name, times in names.items()
        if times > 1
    ]
    found += [
        f"{scopes[0].name}: the state name {name} has more than {STATE_NAME_CHARACTERS} characters"
        for name in names
        if len(name) > STATE_NAME_CHARACTERS
    ]
    for scope in scopes:
        found += [f"{scope.name}: {fault}" for fault in _faults_of_scope(scope)]
    return found


def _faults_of_scope(scope: Graph) -> Iterator[str]:
    states = scope.states
    named = {scope.start: "StartAt"}
    for name, state in states.items():
        named |= dict.fromkeys(targets(state), name)
    for target, source in named.items():
        if target not in states:
            yield f"{source} leads to {target}, which is no state of this scope"
    for name in states.keys() - _reached(scope):
        yield f"{name} cannot be reached"
    for name in states.keys() - _ending(states):
        yield f"{name} leads to no end"


def _reached(scope: Graph) -> set[str]:
    reached: set[str] = set()
    ahead = [scope.start]
    while ahead:
        name = ahead.pop()
        if name in scope.states and name not in reached:
            reached.add(name)
            ahead += targets(scope.states[name])
    return reached


def _ending(states: Mapping[str, Mapping[str, Any]]) -> set[str]:
    ends = {name for name, state in states.items() if is_end(state)}
    while more := {n for n, s in states.items() if n not in ends and ends & set(targets(s))}:
        ends |= more
    return ends
