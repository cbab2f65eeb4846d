"""Calls of the REST API through failures of the service."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from infra.client.rest import ApiError, Rest

DIED = (502, {"message": "Worker process died"})
"""As a gateway answers for a function that was killed."""


class Service:
    """Gives these answers one after the other, and counts the calls."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, Any]]] = []
        self.calls = 0
        service = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, body = service.answers[service.calls]
                service.calls += 1
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = answer  # noqa: N815 (the server's own names)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.server.serve_forever)
    thread.start()
    yield service
    service.server.shutdown()
    thread.join()
    service.server.server_close()


@pytest.fixture
def rest(service: Service) -> Rest:
    return Rest(f"http://127.0.0.1:{service.server.server_port}")


def test_a_job_is_read_again_after_a_function_was_killed(service: Service, rest: Rest) -> None:
    service.answers = [DIED, (200, {"_id": "7d1c"})]

    assert rest.job("7d1c") == {"_id": "7d1c"}
    assert service.calls == 2


def test_a_call_that_changes_something_is_made_once_and_its_failure_is_a_sentence(
    service: Service, rest: Rest
) -> None:
    service.answers = [DIED]

    with pytest.raises(ApiError, match="POST /attributes answered 502; try again"):
        rest.create_attribute({"name": "Name", "type": "short_text"})
    assert service.calls == 1


def test_a_refusal_is_not_asked_for_again(service: Service, rest: Rest) -> None:
    service.answers = [(404, {"code": "JOB_NOT_FOUND", "error": "There is no such job."})]

    with pytest.raises(ApiError, match="no such job"):
        rest.job("nothing")
