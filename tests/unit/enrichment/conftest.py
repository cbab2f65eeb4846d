from collections.abc import Iterator

import pytest

from tests.model_server import ModelServer
from tests.unit.enrichment.openai_calls import close_providers


@pytest.fixture(scope="session")
def running_server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def server(running_server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    """A model server without scripts."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    running_server.forget()
    yield running_server
    running_server.forget()
    close_providers()
