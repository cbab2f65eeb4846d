"""The console's page and its data, on loopback.

A page of another site must not use it: it may send requests to loopback, or give itself a name
that leads there. So a request must name this host, and one that changes something must carry a
header that no other site can set without being asked first.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Mapping
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from infra.client.rest import ApiError
from infra.errors import LauncherError
from infra.local.configuration import HOST
from infra.operations import story
from infra.operations.console import executions
from infra.operations.target import Target

PAGE = Path(__file__).with_name("page.html")
HEADER = "X-Console"
CONTENT_POLICY = "default-src 'self' 'unsafe-inline'; img-src data:"
"""The page has its script and style within, and needs nothing of any other host."""
MOST_BYTES = 1 << 20
"""Of the body of a request: a thousand job ids take 40 KB."""
STORY_COLUMNS = 160

Query = Mapping[str, str]


def jobs(target: Target, query: Query) -> Any:
    """The list of jobs as the REST API gives it, with the API's own filters."""
    return target.rest.call("GET", f"/processing-jobs?{urlencode(query)}")


def job(target: Target, query: Query) -> Any:
    return target.rest.job(query["id"])


def story_of(target: Target, query: Query) -> Any:
    """The lines of `make logs JOB=…`."""
    lines = io.StringIO()
    story.tell(target, {"JOB": query["id"]}, Console(file=lines, width=STORY_COLUMNS))
    return {"story": lines.getvalue()}


def machine(target: Target, query: Query) -> Any:
    return executions.executions(
        target, query["machine"], query.get("status", ""), query.get("next", "")
    )


READ: Mapping[str, Callable[[Target, Query], Any]] = {
    "/data/machines": lambda target, _: {
        "stack": target.stack_name,
        "machines": executions.machines(target),
    },
    "/data/executions": machine,
    "/data/execution": lambda target, query: executions.execution(target, query["arn"]),
    "/data/jobs": jobs,
    "/data/job": job,
    "/data/story": story_of,
}


def restart(target: Target, body: Mapping[str, Any]) -> Any:
    """`POST /processing-jobs/reprocess`, which restarts jobs by executions of their own."""
    return target.rest.call("POST", "/processing-jobs/reprocess", dict(body))


def stop(target: Target, body: Mapping[str, Any]) -> Any:
    """End a job as cancelled; its execution stops."""
    job_id = quote(str(body["jobId"]), safe="")
    return target.rest.call("POST", f"/processing-jobs/{job_id}/cancel")


CHANGE: Mapping[str, Callable[[Target, Mapping[str, Any]], Any]] = {
    "/act/restart": restart,
    "/act/stop": stop,
}


class Handler(BaseHTTPRequestHandler):
    """Answers of the console. Errors are JSON with the sentence that the API or AWS said."""

    protocol_version = "HTTP/1.1"

    def __init__(self, target: Target, *arguments: Any) -> None:
        self._target = target
        super().__init__(*arguments)

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        if not self._is_for_us():
            self._refuse(HTTPStatus.FORBIDDEN, "The console answers on its own address only.")
        elif address.path == "/":
            self._answer(HTTPStatus.OK, "text/html; charset=utf-8", PAGE.read_bytes())
        elif reader := READ.get(address.path):
            query = {name: values[-1] for name, values in parse_qs(address.query).items()}
            self._say(lambda: reader(self._target, query))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such page.")

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        body = (
            self.rfile.read(int(length))
            if length.isdecimal() and int(length) <= MOST_BYTES
            else b""
        )
        if not self._is_for_us() or self.headers.get(HEADER) is None:
            self._refuse(HTTPStatus.FORBIDDEN, "Only the console's own page may do this.")
        elif change := CHANGE.get(self.path):
            self._say(lambda: change(self._target, json.loads(body)))
        else:
            self._refuse(HTTPStatus.NOT_FOUND, "There is no such command.")

    def _is_for_us(self) -> bool:
        port = self.connection.getsockname()[1]
        return self.headers.get("Host") in (f"{HOST}:{port}", f"localhost:{port}")

    def _say(self, make: Callable[[], Any]) -> None:
        try:
            answer = make()
        except ApiError as error:
            self._refuse(HTTPStatus(error.status), str(error))
        except (LauncherError, ClientError, BotoCoreError) as error:
            self._refuse(HTTPStatus.BAD_GATEWAY, str(error))
        except (KeyError, ValueError, TypeError) as error:
            self._refuse(HTTPStatus.BAD_REQUEST, f"The request is not understood: {error!r}")
        else:
            self._answer(HTTPStatus.OK, "application/json", json.dumps(answer).encode())

    def _refuse(self, status: HTTPStatus, sentence: str) -> None:
        self._answer(status, "application/json", json.dumps({"error": sentence}).encode())

    def _answer(self, status: HTTPStatus, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", CONTENT_POLICY)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing: the terminal shows the address alone."""


class Server(ThreadingHTTPServer):
    """One that does not report a browser that left before its answer came."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def server_for(target: Target, port: int) -> Server:
    """A server of the console for this stack, on loopback; with port 0 on a free one."""
    return Server((HOST, port), partial(Handler, target))
