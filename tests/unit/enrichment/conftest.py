from collections.abc import Iterator

import pytest
from openai_calls import close_providers

from tests.model_server import ModelServer


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
