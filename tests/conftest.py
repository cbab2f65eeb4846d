"""Fixtures that every folder of tests may ask for."""

import gc
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from pymongo import monitoring
from pymongo.database import Database
from xdist.scheduler.loadscope import LoadScopeScheduling

from core.database import connect, ensure_indexes
from core.settings import Settings
from tests import skips
from tests.documentdb import CommandChecker

COMMANDS = CommandChecker()
monitoring.register(COMMANDS)
"""Of every client from here on: those of the product are made by the product."""

SERVER_START_SECONDS = 120
"""On a machine that is busy with other things; a server that ends is noticed at once."""

# How long an example takes says nothing on a machine that others use as well.
settings.register_profile(
    "product",
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("few", settings.get_profile("product"), max_examples=20)
settings.load_profile("product")


class Groups(LoadScopeScheduling):
    """One worker has the whole stack, and the tests of one file share what it has set up. The
    groups of `--dist loadgroup` have no effect in pytest 9.2: xdist 3.8 writes them to a field that
    pytest no longer reads. A test is no group: for each one that ends, xdist goes through all
    groups that it has handed out."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        return "e2e" if "e2e" in path.split("/") else path


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return Groups(config, log)


def pytest_collection_finish(session: pytest.Session) -> None:
    """The profile "few", which `make test-fast` asks for, lowers the numbers of examples that tests
    state as it lowers the default of 100, to a fifth."""
    stated = "_hypothesis_internal_use_settings"
    wanted = settings.get_current_profile_name()
    percent = settings.get_profile(wanted).max_examples
    for function in {getattr(item, "obj", None) for item in session.items}:
        if (own := getattr(function, stated, None)) is not None:
            examples = max(own.max_examples * percent // 100, 1)
            setattr(function, stated, settings(own, max_examples=examples))
    # What was collected stays until the end: no collection of garbage has to walk through it.
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skips.summarise(terminalreporter)


@pytest.fixture(scope="session", autouse=True)
def no_real_aws() -> Iterator[None]:
    """No test may reach an account, even where the machine has credentials for one."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session", autouse=True)
def open_api() -> Iterator[None]:
    """The API knows no login in tests that are not about logins."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTH_MODE", "none")
        yield


@pytest.fixture(autouse=True)
def what_documentdb_would_refuse_or_not_use() -> Iterator[None]:
    """No command that a test leads to may be one that only MongoDB serves well."""
    COMMANDS.faults.clear()
    yield
    assert COMMANDS.faults == []


@pytest.fixture(scope="session")
def mongodb_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server with the MongoDB wire protocol, for the whole test session."""
    folder = tmp_path_factory.mktemp("mongodb")
    port = _free_port()
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(
            [
                # by this interpreter, whatever the script's first line names
                sys.executable,
                Path(sys.executable).with_name("secantusd-py"),
                *("--host", "127.0.0.1", "--port", str(port)),
                *("--storage-path", folder / "data", "--cache-size", "64M"),
            ],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        _wait_until_listening(server, port, folder / "server.log")
        yield f"mongodb://127.0.0.1:{port}/?directConnection=true"
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture
def database(mongodb_uri: str) -> Iterator[Database[dict[str, Any]]]:
    """An empty database of this test's own, with the indexes of production."""
    settings = Settings(mongodb_uri=mongodb_uri, mongodb_database=f"test_{uuid.uuid4().hex}")
    database = connect(settings)
    ensure_indexes(database)
    yield database
    database.client.drop_database(database.name)
    database.client.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_listening(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + SERVER_START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"the database server did not start:\n{log.read_text(errors='replace')[-2000:]}")
