"""What several modules ask for: machines that run (`import_machine.py` says how they work), and
handlers on a test's own database."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from core.jobs.repository import JobRepository
from core.storage import S3Store
from handlers import environment
from tests.integration.approvals_kit import DRAFTS
from tests.integration.commit_machine import CommitMachine, commit_machine
from tests.integration.direct_uploads_api import uploads_bucket
from tests.integration.import_machine import ImportMachine, StartMachine, running_machine
from tests.integration.uploads_api import buckets_and_queue, queued


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


@pytest.fixture
def jobs(database: Database[dict[str, Any]]) -> JobRepository:
    return JobRepository(database)


@pytest.fixture(scope="module")
def services() -> Iterator[None]:
    with buckets_and_queue():
        yield


@pytest.fixture
def uploads_api(
    services: None, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handlers of uploads and jobs on this test's own database, and an empty queue."""
    queued()
    monkeypatch.setattr(environment, "database", lambda: database)


@pytest.fixture(scope="module")
def direct_uploads_bucket() -> Iterator[None]:
    with uploads_bucket():
        yield


@pytest.fixture
def direct_uploads(
    direct_uploads_bucket: None, database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The handlers of uploads and jobs on this test's own database, with the usual settings."""
    monkeypatch.setattr(environment, "database", lambda: database)
    environment.settings.cache_clear()
    yield
    environment.settings.cache_clear()


@pytest.fixture
def store(uploads_api: None) -> S3Store:
    return environment.store()


@pytest.fixture
def attributes_api(
    database: Database[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The handler of attributes on this test's own database."""
    environment.forget()
    monkeypatch.setattr(environment, "database", lambda: database)
    yield
    monkeypatch.undo()
    environment.forget()
