"""What the console shows of state machines: a reading of the Step Functions API, for one page.

The history of an execution is read as a whole, up to Step Functions' own limit of 25,000 events:
https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from infra.operations.target import Target

EXECUTIONS_SHOWN = 50
TILES_SHOWN = 1_000
CHARACTERS_SHOWN = 20_000
"""Of an input or output; Step Functions takes 256 KiB."""

_UNFINISHED = {"RUNNING": "running", "ABORTED": "stopped"}
"""What a state is that was entered and never left, by the status of its execution; else failed."""
_ITERATION_ENDS = {
    "MapIterationSucceeded": "SUCCEEDED",
    "MapIterationFailed": "FAILED",
    "MapIterationAborted": "ABORTED",
}


def machines(target: Target) -> list[dict[str, str]]:
    """The state machines of the stack, by name."""
    pages = target.client("stepfunctions").get_paginator("list_state_machines").paginate()
    found = (machine for page in pages for machine in page["stateMachines"])
    prefix = f"{target.stack_name}-"
    return sorted(
        (
            {"arn": machine["stateMachineArn"], "name": machine["name"].removeprefix(prefix)}
            for machine in found
            if machine["name"].startswith(prefix)
        ),
        key=lambda machine: machine["name"],
    )


def executions(target: Target, machine: str, status: str, token: str) -> dict[str, Any]:
    """A page of a machine's executions, the newest first, and the token of the next page."""
    choice = {"statusFilter": status} if status else {}
    place = {"nextToken": token} if token else {}
    answer = target.client("stepfunctions").list_executions(
        stateMachineArn=machine, maxResults=EXECUTIONS_SHOWN, **choice, **place
    )
    shown = [_listed(execution) for execution in answer["executions"]]
    return {"executions": shown, "next": answer.get("nextToken")}


def execution(target: Target, arn: str) -> dict[str, Any]:
    """One execution: how it stands, its graph, what happened in each state, the chunks of Maps."""
    client = target.client("stepfunctions")
    told = client.describe_execution(executionArn=arn)
    definition = _definition(client, told)
    states = definition["States"]
    pages = client.get_paginator("get_execution_history").paginate(
        executionArn=arn, includeExecutionData=True
    )
    history = History(states, told["status"])
    for event in (event for page in pages for event in page["events"]):
        history.add(event)
    return {
        **_listed(told),
        "jobId": _job_id(told.get("input")),
        "input": _short(told.get("input")),
        "output": _short(told.get("output")),
        "error": told.get("error"),
        "cause": _short(told.get("cause")),
        "graph": graph(definition),
        "seen": history.seen(),
        "taken": sorted(history.taken),
        "chunks": {**history.chunks(), **_map_runs(client, arn, states)},
    }


def _definition(client: Any, told: Mapping[str, Any]) -> dict[str, Any]:
    """The machine of an execution; of one that a Map started, what the Map does with an item."""
    parent = told["executionArn"]
    if map_run := told.get("mapRunArn"):
        parent = client.describe_map_run(mapRunArn=map_run)["executionArn"]
    described = client.describe_state_machine_for_execution(executionArn=parent)
    definition: dict[str, Any] = json.loads(described["definition"])
    if map_run:
        return dict(definition["States"][_map_of(map_run, definition["States"])]["ItemProcessor"])
    return definition


def _map_of(map_run: str, states: Mapping[str, Any]) -> str:
    """The state that a Map run is of: `arn:…:mapRun:machine/Label:id` has its label."""
    label = map_run.rpartition("/")[2].partition(":")[0]
    return next(
        name
        for name, state in states.items()
        if _is_map(state, "DISTRIBUTED") and state.get("Label", name) == label
    )


def graph(definition: Mapping[str, Any]) -> dict[str, Any]:
    """States with their type, comment and the states that may follow, Maps with a graph inside."""
    return {
        "startAt": definition["StartAt"],
        "states": {
            name: {
                "type": state["Type"],
                "comment": state.get("Comment", ""),
                "next": list(_followers(state)),
                **({"inside": graph(state["ItemProcessor"])} if "ItemProcessor" in state else {}),
            }
            for name, state in definition["States"].items()
        },
    }


def _followers(state: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    ways = [
        *(("next", choice.get("Next")) for choice in state.get("Choices", ())),
        ("next", state.get("Default")),
        ("next", state.get("Next")),
        *(("catch", caught["Next"]) for caught in state.get("Catch", ())),
    ]
    for kind, to in dict.fromkeys(ways):
        if to is not None:
            yield {"to": to, "kind": kind}


class History:
    """What the events of one execution say about the states of its machine, and about the chunks
    of its inline Maps. Add the events in their order."""

    def __init__(self, states: Mapping[str, Any], status: str) -> None:
        self._states = states
        self._status = status
        self._seen: dict[str, dict[str, Any]] = {}
        self._place: dict[int, tuple[str | None, tuple[str, int] | None]] = {0: (None, None)}
        """By event: the state of the machine that it belongs to, and the Map and index."""
        self._chunks: dict[str, dict[int, dict[str, Any]]] = {}
        self._tasks: dict[str, Counter[str]] = {}
        """By Map: its tasks that began, succeeded and failed, where no event names an index."""
        self._last: str | None = None
        self.taken: set[tuple[str, str]] = set()
        """Transitions between the states of the machine."""

    def add(self, event: Mapping[str, Any]) -> None:
        # An event names the one that led to it; the local engine leaves that out.
        before = event.get("previousEventId", event["id"] - 1)
        state, chunk = self._place.get(before, (None, None))
        kind: str = event["type"]
        details: Mapping[str, Any] = next(
            (event[key] for key in event if key.endswith("EventDetails")), {}
        )
        if kind.endswith("StateEntered") and details["name"] in self._states:
            state, chunk = details["name"], None
            self._enter(details["name"], event, details)
        elif kind == "MapIterationStarted":
            chunk = (details["name"], details["index"])
            self._chunks.setdefault(chunk[0], {})[chunk[1]] = {"status": "RUNNING"}
        elif kind in _ITERATION_ENDS:
            self._chunks[details["name"]][details["index"]]["status"] = _ITERATION_ENDS[kind]
            chunk = None
        elif kind.endswith("StateExited") and details["name"] in self._states:
            seen = self._seen[details["name"]]
            seen |= {"left": True, "ended": _moment(event), "output": _short(details.get("output"))}
            chunk = None
        elif "error" in details and state is not None:
            self._failed(state, chunk, details)
        if chunk is None and state is not None and kind.startswith("Task"):
            self._tasks.setdefault(state, Counter())[kind] += 1
        self._place[event["id"]] = (state, chunk)

    def _enter(self, name: str, event: Mapping[str, Any], details: Mapping[str, Any]) -> None:
        times = self._seen.get(name, {}).get("times", 0) + 1
        self._seen[name] = {
            "times": times,
            "left": False,
            "failures": 0,
            "began": _moment(event),
            "items": _items(self._states[name], details.get("input")),
            "input": _short(details.get("input")),
        }
        if self._last is not None:
            self.taken.add((self._last, name))
        self._last = name

    def _failed(
        self, state: str, chunk: tuple[str, int] | None, details: Mapping[str, Any]
    ) -> None:
        reason = {"error": details["error"], "cause": _short(details.get("cause"))}
        if chunk is not None:
            self._chunks[chunk[0]][chunk[1]] |= reason
        seen = self._seen[state]
        seen |= {"failures": seen["failures"] + 1, **reason}

    def seen(self) -> dict[str, dict[str, Any]]:
        """By state that was entered: its status (`running`, `succeeded`, `caught`, `failed`,
        `stopped`), times, failures, input, output, error and cause of the last time."""
        return {
            name: {**seen, "status": self._status_of(name)} for name, seen in self._seen.items()
        }

    def _status_of(self, name: str) -> str:
        if not self._seen[name]["left"]:
            if self._states[name]["Type"] == "Succeed":
                return "succeeded"
            return _UNFINISHED.get(self._status, "failed")
        caught = {way["to"] for way in _followers(self._states[name]) if way["kind"] == "catch"}
        others = {way["to"] for way in _followers(self._states[name]) if way["kind"] == "next"}
        went = {to for come, to in self.taken if come == name}
        return "caught" if went & (caught - others) and not went & others else "succeeded"

    def chunks(self) -> dict[str, dict[str, Any]]:
        """By inline Map that was entered: a tile for each chunk in their order. Where the engine
        names no chunk, the tiles are not in order, and `counted` says so."""
        found: dict[str, dict[str, Any]] = {}
        for name in self._seen:
            if not _is_map(self._states[name], "INLINE"):
                continue
            if chunks := self._chunks.get(name):
                tiles = [{"name": str(index), **chunks[index]} for index in sorted(chunks)]
                found[name] = {"tiles": tiles[:TILES_SHOWN], "counted": False}
            else:
                found[name] = {"tiles": self._counted(name)[:TILES_SHOWN], "counted": True}
        return found

    def _counted(self, name: str) -> list[dict[str, Any]]:
        count, seen = self._tasks.get(name, Counter()), self._seen[name]
        done = count["TaskSucceeded"]
        ended = done + count["TaskFailed"] + count["TaskTimedOut"]
        if seen["left"] or self._status != "RUNNING":
            running, rest = 0, "FAILED" if seen["failures"] else "ABORTED"
        else:
            running, rest = count["TaskScheduled"] - ended, "WAITING"
        statuses = ["SUCCEEDED"] * done + ["RUNNING"] * running
        left = seen["items"] - len(statuses)
        return [{"name": "", "status": status} for status in [*statuses, *[rest] * left]]


def _items(state: Mapping[str, Any], given: str | None) -> int:
    """How many items an inline Map has by its input; 0 for other states."""
    try:
        value: Any = json.loads(given or "")
        for part in state["ItemsPath"].removeprefix("$.").split("."):
            value = value[part]
        return len(value)
    except (ValueError, KeyError, TypeError):
        return 0


def _map_runs(client: Any, arn: str, states: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By Distributed Map that ran: a tile for each of its executions in the order of their start,
    then one for each item that waits."""
    found: dict[str, dict[str, Any]] = {}
    if not any(_is_map(state, "DISTRIBUTED") for state in states.values()):
        return found
    for run in client.list_map_runs(executionArn=arn)["mapRuns"]:
        name = _map_of(run["mapRunArn"], states)
        listed = client.list_executions(mapRunArn=run["mapRunArn"], maxResults=TILES_SHOWN)
        tiles = [_listed(child) for child in listed["executions"]]
        tiles.sort(key=lambda tile: tile["started"])
        waiting = client.describe_map_run(mapRunArn=run["mapRunArn"])["itemCounts"]["pending"]
        tiles += [{"name": "", "status": "WAITING"}] * min(waiting, TILES_SHOWN - len(tiles))
        found[name] = {"tiles": tiles, "counted": False}
    return found


def _is_map(state: Mapping[str, Any], mode: str) -> bool:
    processor = state.get("ItemProcessor", {})
    return bool(processor) and processor.get("ProcessorConfig", {}).get("Mode", "INLINE") == mode


def _listed(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "arn": told["executionArn"],
        "name": told["name"],
        "status": told["status"],
        "started": told["startDate"].isoformat(timespec="milliseconds"),
        "ended": told["stopDate"].isoformat(timespec="milliseconds")
        if "stopDate" in told
        else None,
    }


def _job_id(given: str | None) -> str | None:
    try:
        value = json.loads(given or "")
    except ValueError:
        return None
    job_id = value.get("jobId") if isinstance(value, dict) else None
    return job_id if isinstance(job_id, str) else None


def _moment(event: Mapping[str, Any]) -> str:
    return str(event["timestamp"].isoformat(timespec="milliseconds"))


def _short(text: str | None) -> str | None:
    if text is None or len(text) <= CHARACTERS_SHOWN:
        return text
    return f"{text[:CHARACTERS_SHOWN]}… ({len(text):,} characters)"
