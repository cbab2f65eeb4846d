"""`GET /health`: what it checks, and its answer when something is unavailable."""

import threading
import time

import pytest

from core.health import run_checks
from handlers import environment
from handlers.api.health import handler
from tests.api_calls import call


@pytest.fixture(autouse=True)
def _services(uploads_api: None) -> None:
    pass


def test_all_is_well() -> None:
    reply = call(handler, "GET", "/health")

    assert (reply.status, reply.json["status"]) == (200, "ok")
    checks = {check["name"]: check["ok"] for check in reply.json["checks"]}
    assert checks == {"database": True, "queue": True, "storage": True}


def test_what_is_away_is_named_and_nothing_of_its_error_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse() -> None:
        raise ConnectionError("mongodb://user:secret@host")

    monkeypatch.setattr(environment, "database", refuse)

    reply = call(handler, "GET", "/health")

    assert (reply.status, reply.json["code"]) == (503, "UNHEALTHY")
    assert reply.json["details"] == [{"check": "database"}]
    assert reply.json["error"] == "Not available: database."
    assert "secret" not in reply.text


def test_a_check_that_hangs_holds_up_neither_the_answer_nor_the_others() -> None:
    release, reported = threading.Event(), list[str]()
    started = time.monotonic()

    checks = run_checks(
        {"hangs": lambda: release.wait(30), "well": lambda: None},
        on_error=lambda name, error: reported.append(name),
        seconds=0.2,
    )

    release.set()
    assert time.monotonic() - started < 5
    assert [(check.name, check.ok) for check in checks] == [("hangs", False), ("well", True)]
    assert reported == ["hangs"]
