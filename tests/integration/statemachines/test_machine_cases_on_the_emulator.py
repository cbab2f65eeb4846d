"""Every path of every state machine, run by the emulator with mocked tasks: the same cases that
`make test-stepfunctions-local` runs on Amazon's image."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.checks.machines import graphs
from infra.local import engines
from infra.local.configuration import Port
from infra.local.deployment import client
from tests.statemachines.running import (
    MOCKS,
    Case,
    create_machines,
    definitions,
    entered,
    read_cases,
    start_case,
    wait_for,
)

CASES = read_cases()
DEFINITIONS = definitions()
SECONDS = 60


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    state = tmp_path_factory.mktemp("emulator")
    port = engines.choose_port(Port("AWS_PORT", 0, named=False))
    no_waits = {"SFN_MOCK_CONFIG": str(MOCKS), "SFN_WAIT_SCALE": "0"}
    daemon = engines.start_emulator(state, port, auth=False, keep=False, more=no_waits)
    try:
        engines.wait_until_well(daemon, lambda: engines.emulator_is_well(port), f"port {port}")
        yield port
    finally:
        daemon.stop()


@pytest.fixture(scope="module")
def executions(port: int) -> dict[str, tuple[str, list[str]]]:
    """Case → how it ended, and the states outside of Maps: the emulator's history has no others.
    All run at once."""
    machines, s3 = (client(name, port) for name in ("stepfunctions", "s3"))
    s3.create_bucket(Bucket="results")
    s3.put_object(Bucket="results", Key="work/chunks.json", Body=b'[{"index": 0}]')
    arns = create_machines(machines, DEFINITIONS)
    started = {case.id: start_case(machines, arns, case) for case in CASES}
    return {
        case: (wait_for(machines, execution, SECONDS), list(entered(machines, execution)))
        for case, execution in started.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_machine_takes_the_path_of_the_case(
    case: Case, executions: dict[str, tuple[str, list[str]]]
) -> None:
    inside = {
        name
        for scope in graphs(case.machine, DEFINITIONS[case.machine])
        if scope.inside_map is not None
        for name in scope.states
    }
    outside = [name for name in case.path if name not in inside]

    assert executions[case.id] == (case.status, outside)
