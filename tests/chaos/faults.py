"""What breaks things while the product works. Each is a context, and stops with its block."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from typing import Any

from tests.chaos.portal import Portal

LOOK_SECONDS = 0.15

STARTER = frozenset({"start-import"})
"""What it was given comes back after the queue's 180 seconds: too long for a short run."""


@contextlib.contextmanager
def repeatedly(action: Callable[[], object], seconds: float) -> Iterator[None]:
    """Does it every so many seconds. What it raises is raised at the end of the block."""
    ends = threading.Event()
    raised: list[Exception] = []

    def loop() -> None:
        while not ends.wait(seconds):
            try:
                action()
            except Exception as error:
                raised.append(error)
                return

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()
    if raised:
        raise raised[0]


class Killer:
    """kill -9 of workers: of each function `each` of those that start, some moment after they were
    seen first. Counted by function and not by the clock, so that a slow machine gets on as well."""

    def __init__(
        self,
        portal: Portal,
        each: int,
        *,
        sparing: Collection[str] = (),
        within: float = 1.5,
        seed: int = 3,
    ) -> None:
        self.killed: Counter[str] = Counter()
        self._portal = portal
        self._each = each
        self._sparing = sparing
        self._within = within
        self._drawn = random.Random(seed)
        self._due: dict[int, float] = {}

    def __call__(self) -> None:
        now = time.monotonic()
        for process, function in self._portal.workers():
            if self.killed[function] >= self._each or function in self._sparing:
                continue
            due = self._due.setdefault(process.pid, now + self._drawn.random() * self._within)
            if now >= due:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)
                    self.killed[function] += 1


@contextlib.contextmanager
def workers_killed(portal: Portal, *, each: int, sparing: Collection[str] = ()) -> Iterator[Killer]:
    killer = Killer(portal, each, sparing=sparing)
    with repeatedly(killer, LOOK_SECONDS):
        yield killer


class Outages:
    """The database goes away for some seconds: at once, and then whenever an execution is in a
    state in which none was seen before."""

    def __init__(self, portal: Portal, seconds: float) -> None:
        self._portal = portal
        self._seconds = seconds
        self._seen: set[str] = set()

    def __call__(self) -> None:
        phases = {"upload", *self._states()} - self._seen
        if not phases:
            return
        self._seen |= phases
        self._portal.mongodb.injected["outages"] += 1
        self._portal.mongodb.go_away()
        time.sleep(self._seconds)
        self._portal.mongodb.come_back()

    def _states(self) -> Iterator[str]:
        return (state for _, state in running_executions(self._portal))


@contextlib.contextmanager
def database_away_in_each_phase(portal: Portal, *, seconds: float) -> Iterator[None]:
    try:
        with repeatedly(Outages(portal, seconds), LOOK_SECONDS):
            yield
    finally:
        portal.mongodb.come_back()


class Disturber:
    """Stops executions, restarts them after a stop, and starts a second one of the same input
    beside one that runs: each once in every state in which one is seen, some moment after that."""

    ACTIONS = ("stopped", "stopped and restarted", "doubled")

    def __init__(self, portal: Portal, *, within: float = 0.4, seed: int = 8) -> None:
        self.done: Counter[str] = Counter()
        self.states: set[tuple[str, str]] = set()
        """Machine and state in which an execution was disturbed."""
        self._portal = portal
        self._within = within
        self._drawn = random.Random(seed)
        self._left: dict[tuple[str, str], list[str]] = {}

    @property
    def machines(self) -> set[str]:
        return {machine for machine, _ in self.states}

    def __call__(self) -> None:
        running = list(running_executions(self._portal))
        self._drawn.shuffle(running)
        for execution, state in running:
            place = (execution["stateMachineArn"].rpartition(":")[2], state)
            actions = [*self.ACTIONS]
            self._drawn.shuffle(actions)
            left = self._left.setdefault(place, actions)
            if left:
                time.sleep(self._drawn.random() * self._within)
                self._disturb(execution, left.pop())
                self.states.add(place)
                return  # what the others do has changed meanwhile

    def _disturb(self, execution: dict[str, Any], action: str) -> None:
        machines = self._portal.client("stepfunctions")
        arn = execution["executionArn"]
        given = machines.describe_execution(executionArn=arn)["input"]
        with contextlib.suppress(machines.exceptions.ClientError):  # it ended meanwhile
            if action != "doubled":
                machines.stop_execution(executionArn=arn)
        if action != "stopped":
            machines.start_execution(stateMachineArn=execution["stateMachineArn"], input=given)
        self.done[action] += 1


@contextlib.contextmanager
def executions_disturbed(portal: Portal) -> Iterator[Disturber]:
    disturber = Disturber(portal)
    with repeatedly(disturber, LOOK_SECONDS):
        yield disturber


def running_executions(portal: Portal) -> Iterator[tuple[dict[str, Any], str]]:
    """Each with the state that it entered last. Of all machines; children of Maps are not among
    them."""
    client = portal.client("stepfunctions")
    for machine in client.list_state_machines()["stateMachines"]:
        found = client.list_executions(
            stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING"
        )
        for execution in found["executions"]:
            arn = execution["executionArn"]
            history = client.get_execution_history(executionArn=arn, reverseOrder=True)
            for event in history["events"]:
                if "stateEnteredEventDetails" in event:
                    yield execution, event["stateEnteredEventDetails"]["name"]
                    break
