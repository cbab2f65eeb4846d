"""One key pair for all tests: making one takes a while."""

from collections.abc import Iterator

import pytest

from tests.unit.identity.identity_kit import Issuer, LambdaInProcess, logged_in_api


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def functions(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Iterator[LambdaInProcess]:
    with logged_in_api(monkeypatch, issuer) as functions:
        yield functions
