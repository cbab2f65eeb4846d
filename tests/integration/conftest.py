"""The import machine for tests that run it; `import_machine.py` says how it works."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from approvals import DRAFTS
from commit_machine import CommitMachine, commit_machine
from import_machine import ImportMachine, running_machine
from pymongo.database import Database

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft

StartMachine = Callable[..., ImportMachine]


@pytest.fixture
def start_machine(
    monkeypatch: pytest.MonkeyPatch, mongodb_uri: str, database: Database[dict[str, Any]]
) -> Iterator[StartMachine]:
    """Start the machine; time limits of states, in seconds, may be shortened. Name and Price are
    defined as attributes."""
    with ExitStack() as stack:

        def start(**limits: int) -> ImportMachine:
            machine = stack.enter_context(
                running_machine(monkeypatch, mongodb_uri, database, limits)
            )
            machine.define(
                AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT, is_required=True),
                AttributeDraft(name="Price", type=AttributeType.NUMBER),
            )
            return machine

        yield start


@pytest.fixture
def machine(start_machine: StartMachine) -> ImportMachine:
    return start_machine()


@pytest.fixture
def commits(machine: ImportMachine) -> Iterator[CommitMachine]:
    machine.define(*DRAFTS)
    with commit_machine(machine) as commits:
        yield commits
