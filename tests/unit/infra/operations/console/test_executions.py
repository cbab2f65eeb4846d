"""What the console says of an execution, by histories of both engines: Step Functions' own, whose
events name what led to them and each chunk, and the local one's, whose events do neither."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.operations.console.executions import CHARACTERS_SHOWN, History, graph

MACHINE: dict[str, Any] = {
    "StartAt": "Plan",
    "States": {
        "Plan": {
            "Type": "Task",
            "Comment": "Cuts the file.",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Fail job"}],
            "Next": "How many?",
        },
        "How many?": {
            "Type": "Choice",
            "Choices": [{"Next": "Chunks"}, {"Next": "Chunks"}],
            "Default": "Done",
        },
        "Chunks": {
            "Type": "Map",
            "ItemsPath": "$.plan.chunks",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "INLINE"},
                "StartAt": "Validate",
                "States": {"Validate": {"Type": "Task", "End": True}},
            },
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Fail job"}],
            "Next": "Done",
        },
        "Done": {"Type": "Succeed"},
        "Fail job": {"Type": "Task", "Next": "Failed"},
        "Failed": {"Type": "Fail"},
    },
}
BEGAN = datetime(2026, 11, 1, tzinfo=UTC)


Event = tuple[str, dict[str, Any]]
"""Its type, and its details under their name."""


def entered(kind: str, name: str, given: Any = None) -> Event:
    details = {"name": name, "input": json.dumps(given)}
    return f"{kind}StateEntered", {"stateEnteredEventDetails": details}


def left(kind: str, name: str) -> Event:
    return f"{kind}StateExited", {"stateExitedEventDetails": {"name": name, "output": "{}"}}


def iteration(what: str, index: int) -> Event:
    details = {"name": "Chunks", "index": index}
    return f"MapIteration{what}", {f"mapIteration{what}EventDetails": details}


def failed(error: str) -> Event:
    return "TaskFailed", {"taskFailedEventDetails": {"error": error, "cause": "why"}}


def of_aws(status: str, *events: tuple[int, Event]) -> History:
    """Each event with the number of the one before it."""
    history = History(MACHINE["States"], status)
    for number, (before, (kind, details)) in enumerate(events, start=1):
        moment = BEGAN + timedelta(seconds=number)
        history.add(
            {"id": number, "previousEventId": before, "timestamp": moment, "type": kind, **details}
        )
    return history


def of_the_local_engine(status: str, *events: Event) -> History:
    history = History(MACHINE["States"], status)
    for number, (kind, details) in enumerate(events, start=1):
        history.add({"id": number, "timestamp": BEGAN, "type": kind, **details})
    return history


CHUNKS = {"plan": {"chunks": [0, 1, 2]}}
BEFORE_THE_MAP: tuple[tuple[int, Event], ...] = (
    (0, ("ExecutionStarted", {})),
    (1, entered("Task", "Plan")),
    (2, left("Task", "Plan")),
    (3, entered("Choice", "How many?")),
    (4, left("Choice", "How many?")),
    (5, entered("Map", "Chunks", CHUNKS)),
    (6, ("MapStateStarted", {"mapStateStartedEventDetails": {"length": 3}})),
)


def statuses(history: History) -> dict[str, str]:
    return {name: seen["status"] for name, seen in history.seen().items()}


def test_a_graph_has_each_way_once_and_what_a_map_does_inside() -> None:
    shown = graph(MACHINE)

    assert shown["startAt"] == "Plan"
    assert shown["states"]["Plan"]["comment"] == "Cuts the file."
    assert shown["states"]["Plan"]["next"] == [
        {"to": "How many?", "kind": "next"},
        {"to": "Fail job", "kind": "catch"},
    ]
    assert [way["to"] for way in shown["states"]["How many?"]["next"]] == ["Chunks", "Done"]
    assert list(shown["states"]["Chunks"]["inside"]["states"]) == ["Validate"]


def test_chunks_whose_events_mix_are_told_apart() -> None:
    history = of_aws(
        "RUNNING",
        *BEFORE_THE_MAP,
        (7, iteration("Started", 0)),  # 8
        (7, iteration("Started", 1)),  # 9
        (8, entered("Task", "Validate")),  # 10
        (9, entered("Task", "Validate")),  # 11
        (11, failed("Out.OfMemory")),  # 12, of chunk 1
        (10, ("TaskSucceeded", {"taskSucceededEventDetails": {}})),  # 13
        (13, left("Task", "Validate")),  # 14
        (14, iteration("Succeeded", 0)),  # 15
    )

    tiles = history.chunks()["Chunks"]
    assert tiles == {
        "counted": False,
        "tiles": [
            {"name": "0", "status": "SUCCEEDED"},
            {"name": "1", "status": "RUNNING", "error": "Out.OfMemory", "cause": "why"},
        ],
    }
    assert statuses(history) == {"Plan": "succeeded", "How many?": "succeeded", "Chunks": "running"}
    assert history.seen()["Chunks"]["failures"] == 1
    assert history.taken == {("Plan", "How many?"), ("How many?", "Chunks")}


def test_a_map_whose_chunk_failed_for_good_is_caught() -> None:
    history = of_aws(
        "FAILED",
        *BEFORE_THE_MAP,
        (7, iteration("Started", 0)),
        (8, entered("Task", "Validate")),
        (9, failed("Broken")),
        (10, iteration("Failed", 0)),
        (11, ("MapStateFailed", {"mapStateFailedEventDetails": {"error": "Broken", "cause": "w"}})),
        (12, left("Map", "Chunks")),
        (13, entered("Task", "Fail job")),
        (14, left("Task", "Fail job")),
        (15, entered("Fail", "Failed")),
        (16, ("ExecutionFailed", {"executionFailedEventDetails": {"error": "E"}})),
    )

    assert statuses(history)["Chunks"] == "caught"
    assert statuses(history)["Fail job"] == "succeeded"
    assert statuses(history)["Failed"] == "failed"
    assert history.chunks()["Chunks"]["tiles"][0]["status"] == "FAILED"


def test_where_the_engine_names_no_chunk_they_are_counted() -> None:
    scheduled = ("TaskScheduled", {"taskScheduledEventDetails": {"resource": "r"}})
    succeeded = ("TaskSucceeded", {"taskSucceededEventDetails": {"resource": "r"}})
    begin: tuple[Event, ...] = (
        ("ExecutionStarted", {}),
        entered("Task", "Plan"),
        scheduled,
        succeeded,
        left("Task", "Plan"),
        entered("Map", "Chunks", CHUNKS),
        scheduled,
        scheduled,
        succeeded,
    )

    running = of_the_local_engine("RUNNING", *begin).chunks()["Chunks"]
    done = of_the_local_engine("SUCCEEDED", *begin, scheduled, succeeded, succeeded)
    broken = of_the_local_engine("FAILED", *begin, failed("Broken"))

    assert running["counted"]
    assert [tile["status"] for tile in running["tiles"]] == ["SUCCEEDED", "RUNNING", "WAITING"]
    assert [tile["status"] for tile in done.chunks()["Chunks"]["tiles"]] == ["SUCCEEDED"] * 3
    assert [tile["status"] for tile in broken.chunks()["Chunks"]["tiles"]] == [
        "SUCCEEDED",
        "FAILED",
        "FAILED",
    ]


def test_a_state_that_an_operator_stopped_is_no_failure() -> None:
    history = of_the_local_engine("ABORTED", entered("Task", "Plan"))

    assert statuses(history) == {"Plan": "stopped"}


def test_a_state_that_came_twice_counts_and_shows_the_last_time() -> None:
    history = of_the_local_engine(
        "SUCCEEDED",
        entered("Task", "Plan", 1),
        failed("Once"),
        left("Task", "Plan"),
        entered("Task", "Plan", 2),
        left("Task", "Plan"),
        entered("Choice", "How many?"),
    )

    seen = history.seen()["Plan"]
    assert (seen["times"], seen["input"], seen["failures"], "error" in seen) == (2, "2", 0, False)


def test_a_long_input_is_cut_with_its_length_and_still_counted() -> None:
    many = {"plan": {"chunks": list(range(10_000))}}
    history = of_the_local_engine("RUNNING", entered("Map", "Chunks", many))

    shown = history.seen()["Chunks"]["input"]
    assert len(shown) < CHARACTERS_SHOWN + 40
    assert shown.endswith(f"({len(json.dumps(many)):,} characters)")
    assert history.seen()["Chunks"]["items"] == 10_000
