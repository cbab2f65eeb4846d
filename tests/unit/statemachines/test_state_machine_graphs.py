"""Every state machine, as a graph: no dead end, no dangling name, no task without a safety net.

What any machine must hold is checked by `infra.checks.graph`, whose own test plants mistakes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.fan_out import (
    EVENTS_AROUND_THE_MAPS,
    EVENTS_OF_A_TURN,
    HISTORY_EVENTS,
    FanOut,
    choose_map,
)
from core.imports.task_model import PASSES
from core.job_control.reprocessing_turns import MAX_TURNS
from infra.checks.graph import faults_of
from infra.checks.machines import Graph, graphs
from infra.checks.quotas import EVENTS_OF_AN_ITERATION, events_of
from infra.checks.template import read_template
from tests.unit.statemachines.machine_files import (
    AT_SCALE,
    FILES,
    NUMBERS,
    placeholders,
    read,
    without_scale,
)

KNOWN_SUBSTITUTIONS = NUMBERS | {
    f"{function}FunctionArn"
    for function in (
        "OpenJob",
        "PlanChunks",
        "ValidateChunk",
        "FindRepeats",
        "CheckCatalogue",
        "AggregateResults",
        "CloseJob",
        "RejectJob",
        "FailJob",
        "OpenCommit",
        "CommitChunk",
        "CloseCommit",
        "FailCommit",
        "OpenEnrichment",
        "SuggestValues",
        "CloseEnrichment",
        "FailEnrichment",
        "RestartJobs",
        "FailRestarts",
        "OpenExport",
        "ExportPart",
        "CloseExport",
        "FailExport",
        "OpenProposal",
        "PlanProposal",
        "GatherEvidence",
        "DecideProposals",
        "CloseProposal",
        "FailProposal",
    )
}
ALLOWED = {
    "Task": {
        *("Type", "Comment", "Resource", "Parameters", "TimeoutSeconds", "ResultSelector"),
        *("ResultPath", "InputPath", "OutputPath", "Retry", "Catch", "Next", "End"),
    },
    "Choice": {"Type", "Comment", "Choices", "Default"},
    "Map": {
        *("Type", "Comment", "ItemsPath", "ItemReader", "ItemSelector", "ItemProcessor", "Label"),
        *("MaxConcurrency", "ResultSelector", "ResultPath"),
        *("Retry", "Catch", "Next", "End"),
    },
    "Pass": {"Type", "Comment", "InputPath", "Result", "ResultPath", "Next", "End"},
    "Wait": {"Type", "Comment", "SecondsPath", "Next", "End"},
    "Succeed": {"Type", "Comment"},
    "Fail": {"Type", "Comment", "Error", "Cause", "ErrorPath", "CausePath"},
}
"""Fields in use. `…Path` variants of Map fields, variables and JSONata are missing on purpose: not
all engines that run our machines know them."""

INFRASTRUCTURE_ERRORS = {
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
    "States.Timeout",
    "States.TaskFailed",
}

FUNCTION_TIMED_OUT = "Sandbox.Timedout"
"""What a function is called that reached its own limit, which lies below that of its state."""


GOES_ON = {"CommitChunk", "SuggestValues"}
"""Tasks whose repetition finds what the one before did, and has less to do."""

BRIEF_SECONDS = 90
"""Tasks up to here read and write a record: they run out of time for the database's reasons, and
not for the size of the job."""


THROTTLED = ["Lambda.TooManyRequestsException"]


def behaviour(state: Any, renamed: Callable[[str], str] = str) -> Any:
    """A state without its comments and without how often it is repeated after throttling, which
    another test holds; the states that it leads to by other names."""
    if isinstance(state, list):
        return [behaviour(item, renamed) for item in state]
    if not isinstance(state, dict):
        return state
    if state.get("ErrorEquals") == THROTTLED:
        state = state | {"MaxAttempts": None}
    return {
        name: renamed(value) if name in ("Next", "Default") else behaviour(value, renamed)
        for name, value in state.items()
        if name != "Comment"
    }


ALL_GRAPHS = [graph for path in FILES for graph in graphs(path.stem, read(path))]
ALL_STATES = [(graph, name, state) for graph in ALL_GRAPHS for name, state in graph.states.items()]
TASKS = [(graph, name, state) for graph, name, state in ALL_STATES if state["Type"] == "Task"]
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
each_state = pytest.mark.parametrize(
    ("graph", "name", "state"), ALL_STATES, ids=[f"{g.name}/{name}" for g, name, _ in ALL_STATES]
)
each_task = pytest.mark.parametrize(
    ("graph", "name", "state"), TASKS, ids=[f"{g.name}/{name}" for g, name, _ in TASKS]
)


def test_there_are_state_machines_to_check() -> None:
    assert {path.name for path in FILES} >= {"product-commit.asl.json", "product-import.asl.json"}


@each_file
def test_every_placeholder_is_one_that_the_template_fills(path: Path) -> None:
    assert placeholders(path) <= KNOWN_SUBSTITUTIONS


@each_file
def test_a_whole_execution_has_a_time_limit(path: Path) -> None:
    assert read(path)["TimeoutSeconds"] > 0


@each_file
def test_names_are_unique_and_every_state_is_reached_and_comes_to_an_end(path: Path) -> None:
    """A name counts over the whole machine, the processors of its Maps included: Step Functions
    refuses one that is used twice (DUPLICATE_STATE_NAME), and no engine that we test on does."""
    assert faults_of(graphs(path.stem, read(path))) == []


@each_file
def test_both_maps_of_a_machine_run_the_same_states(path: Path) -> None:
    """Only the names differ, since they are unique: those of the distributed Map end in AtScale."""
    processors: dict[str, dict[str, Any]] = {
        graph.inside_map["ItemProcessor"]["ProcessorConfig"]["Mode"]: graph.states
        for graph in graphs(path.stem, read(path))
        if graph.inside_map is not None
    }
    if path.stem == "product-reprocess.asl":
        assert processors == {}
        return
    inline = {name: behaviour(state) for name, state in processors["INLINE"].items()}
    at_scale = {
        without_scale(name): behaviour(state, without_scale)
        for name, state in processors["DISTRIBUTED"].items()
    }
    assert all(AT_SCALE in name for name in processors["DISTRIBUTED"])
    assert at_scale == inline


@each_state
def test_a_state_says_what_it_is_for_and_where_it_leads(
    graph: Graph, name: str, state: dict[str, Any]
) -> None:
    assert len(state.get("Comment", "")) > 20
    assert set(state) <= ALLOWED[state["Type"]]
    if state["Type"] in ("Task", "Map", "Pass", "Wait"):
        assert ("Next" in state) != (state.get("End") is True)
    if state["Type"] == "Choice":
        assert state["Default"], "an unforeseen answer would end the execution without a word"


@each_task
def test_a_task_has_a_time_limit_and_is_retried_with_growing_pauses(
    graph: Graph, name: str, state: dict[str, Any]
) -> None:
    assert state["Resource"] == "arn:aws:states:::lambda:invoke"
    assert state["TimeoutSeconds"] > 0
    retried = set()
    for retrier in state["Retry"]:
        retried |= set(retrier["ErrorEquals"])
        assert retrier["BackoffRate"] > 1
        assert retrier["JitterStrategy"] == "FULL"
        throttled = retrier["ErrorEquals"] == THROTTLED
        assert (
            retrier["MaxAttempts"] == throttled_attempts(graph, name)
            if throttled
            else (0 < retrier["MaxAttempts"] <= 8)
        )
        assert retrier["MaxDelaySeconds"] >= retrier["IntervalSeconds"] > 0
    assert retried - {FUNCTION_TIMED_OUT} == INFRASTRUCTURE_ERRORS


def throttled_attempts(graph: Graph, name: str) -> int:
    """A full account is no failure: waiting for some 15 minutes is better than failing, as
    `tests.bench.simulation` shows for ten imports of 100 GB at once. Where a history holds the
    attempts of many tasks or turns, it has no room for so many."""
    inline = (
        graph.inside_map is not None
        and graph.inside_map["ItemProcessor"]["ProcessorConfig"]["Mode"] == "INLINE"
    )
    return 8 if inline or name in {"SuggestValuesAtScale", "RestartJobs"} else 30


CHEAP = {
    *("OpenJob", "CloseJob", "RejectJob", "FailJob", "ValidateChunk", "ValidateChunkAtScale"),
    *("CommitChunk", "CommitChunkAtScale", "CloseCommit", "FailCommit"),
    *("SuggestValues", "SuggestValuesAtScale", "CloseEnrichment", "FailEnrichment"),
}
"""Tasks of seconds, or whose repetition has less to do."""


@each_task
def test_a_task_that_is_cheap_to_repeat_outlives_kills_every_second_or_two(
    graph: Graph, name: str, state: dict[str, Any]
) -> None:
    if name in CHEAP:
        assert attempts_after(state, "States.TaskFailed") >= 8


def attempts_after(state: dict[str, Any], error: str) -> int:
    """Of the first retrier that matches: `States.TaskFailed` is every error but a state's limit."""
    names = {error} if error == "States.Timeout" else {error, "States.TaskFailed"}
    for retrier in state["Retry"]:
        if names & set(retrier["ErrorEquals"]):
            attempts: int = retrier["MaxAttempts"]
            return attempts
    return 0


@each_task
def test_what_ran_out_of_time_is_repeated_once_unless_a_repetition_has_less_to_do(
    graph: Graph, name: str, state: dict[str, Any]
) -> None:
    """The same work takes as long again: five times 15 minutes would only delay the bad news."""
    assert attempts_after(state, "States.Timeout") == 1
    repeated_more = without_scale(name) in GOES_ON or state["TimeoutSeconds"] <= BRIEF_SECONDS
    repetitions = attempts_after(state, FUNCTION_TIMED_OUT)
    assert repetitions > 1 if repeated_more else repetitions == 1


@each_task
def test_a_task_that_fails_for_good_is_caught(
    graph: Graph, name: str, state: dict[str, Any]
) -> None:
    """By itself, or by the Map that it is in, which then fails as a whole."""
    net = state if graph.inside_map is None else graph.inside_map
    (catcher,) = net["Catch"]
    assert catcher["ErrorEquals"] == ["States.ALL"]
    assert catcher["ResultPath"].startswith("$."), "the state's own input must survive"


@each_state
def test_a_map_tolerates_no_failure_and_keeps_no_results(
    graph: Graph, name: str, state: dict[str, Any]
) -> None:
    if state["Type"] == "Map":
        assert isinstance(state["MaxConcurrency"], int)
        assert not [name for name in state if name.startswith("Tolerated")], "the default is none"
        assert state["ResultPath"] is None
        mode = state["ItemProcessor"]["ProcessorConfig"]
        assert mode in ({"Mode": "INLINE"}, {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"})
        assert ("ItemReader" in state) == (mode["Mode"] == "DISTRIBUTED")


def test_every_history_fits_with_all_repetitions_and_the_most_turns_that_can_be_chosen() -> None:
    """An inline Map writes into the history of its execution, a distributed one does not."""
    parameters = read_template()["Parameters"]
    turns = {
        "product-import.asl": (PASSES, PASSES),
        "product-commit.asl": (1, 1),
        "product-export.asl": (1, 1),
        "attribute-proposal.asl": (1, 1),
        "product-enrich.asl": (1, parameters["EnrichmentMaxWaits"]["MaxValue"] + 1),
    }
    for path in FILES:
        outer, *maps = graphs(path.stem, read(path))
        if not maps:
            assert path.stem == "product-reprocess.asl"
            turn = ("RestartJobs", "AllEnded?", "WaitForJobs")
            of_a_turn = sum(events_of(outer.states[name]) for name in turn)
            around = sum(events_of(state) for state in outer.states.values())
            assert MAX_TURNS * of_a_turn + around <= HISTORY_EVENTS
            continue
        around = sum(events_of(state) for state in outer.states.values())
        assert around * PASSES <= EVENTS_AROUND_THE_MAPS
        (inside,) = (g.states for g in maps if "ItemReader" not in (g.inside_map or {}))
        of_a_turn = EVENTS_OF_AN_ITERATION + sum(events_of(state) for state in inside.values())
        assert of_a_turn <= EVENTS_OF_A_TURN
        most_turns = max(turns[path.stem])
        assert most_turns * of_a_turn + 2 <= HISTORY_EVENTS, "of a child of the distributed Map"
        for times in turns[path.stem]:
            most = max(
                chunks
                for chunks in range(parameters["InlineMapMaxChunks"]["MaxValue"] + 1)
                if choose_map(chunks, chunks, turns=times) is FanOut.INLINE
            )
            assert around * PASSES + most * times * of_a_turn <= HISTORY_EVENTS


@pytest.mark.parametrize(
    ("chunks", "at_most", "turns", "chosen"),
    [
        (40, 40, 1, FanOut.INLINE),
        (41, 40, 1, FanOut.DISTRIBUTED),
        (1000, 1000, 1, FanOut.DISTRIBUTED),
        (11, 40, 31, FanOut.INLINE),
        (12, 40, 31, FanOut.DISTRIBUTED),
        (1, 40, 901, FanOut.DISTRIBUTED),
        (0, 0, 901, FanOut.INLINE),
    ],
)
def test_the_map_is_chosen_by_the_setting_and_by_the_room_in_the_history(
    chunks: int, at_most: int, turns: int, chosen: FanOut
) -> None:
    assert choose_map(chunks, at_most, turns=turns) is chosen
