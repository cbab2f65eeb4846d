"""Who may use the console's server, and what it says when something is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from infra.client.rest import ApiError, Rest
from infra.errors import LauncherError
from infra.operations.__main__ import main
from infra.operations.console.server import HEADER, server_for
from infra.operations.target import Target

OURS = {HEADER: "1"}


class Api(Rest):
    """The REST API, which writes down what it is asked."""

    def __init__(self) -> None:
        super().__init__("http://nowhere.invalid")
        self.asked: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        self.asked.append((method, path, body))
        if "missing" in path:
            raise ApiError(404, "JOB_NOT_FOUND", "There is no such job.", [])
        if "away" in path:
            raise LauncherError("Nothing answers.")
        return {"message": "done"}


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def url(api: Api) -> Iterator[str]:
    target = Target("portal", api, "queue", "dead", lambda service: None)
    with server_for(target, 0) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def get(url: str, **headers: str) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", url, headers=headers)


def post(url: str, body: Any, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
    return urllib3.request("POST", url, body=json.dumps(body).encode(), headers=headers)


def test_the_page_comes_and_needs_no_other_host(url: str) -> None:
    answer = get(f"{url}/")

    assert answer.status == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    text = answer.data.decode()
    assert "src=" not in text
    assert "innerHTML" not in text


def test_filters_of_jobs_reach_the_api_as_they_are(url: str, api: Api) -> None:
    assert get(f"{url}/data/jobs?status=FAILED&code=A%26B").json() == {"message": "done"}
    assert api.asked == [("GET", "/processing-jobs?status=FAILED&code=A%26B", None)]


def test_a_restart_and_a_stop_are_calls_of_the_api(url: str, api: Api) -> None:
    body = {"jobIds": ["a"], "dryRun": True}
    assert post(f"{url}/act/restart", body, OURS).status == 200
    assert post(f"{url}/act/stop", {"jobId": "a/b"}, OURS).status == 200
    assert api.asked == [
        ("POST", "/processing-jobs/reprocess", body),
        ("POST", "/processing-jobs/a%2Fb/cancel", None),
    ]


@pytest.mark.parametrize("headers", [{}, {**OURS, "Host": "evil.example"}])
def test_a_page_of_another_site_changes_nothing(
    url: str, api: Api, headers: dict[str, str]
) -> None:
    answer = post(f"{url}/act/stop", {"jobId": "a"}, headers)

    assert (answer.status, api.asked) == (403, [])


def test_a_name_that_leads_to_loopback_sees_nothing(url: str, api: Api) -> None:
    answer = get(f"{url}/data/jobs", Host="evil.example:80")

    assert (answer.status, api.asked) == (403, [])


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        ("/act/stop", {"jobId": "missing"}, 404, "There is no such job."),
        ("/act/stop", {"jobId": "away"}, 502, "Nothing answers."),
        ("/act/stop", {}, 400, "jobId"),
        ("/act/stop", [], 400, "not understood"),
        ("/act/nothing", {}, 404, "no such command"),
    ],
)
def test_what_cannot_be_done_is_said(
    url: str, path: str, body: Any, status: int, sentence: str
) -> None:
    answer = post(f"{url}{path}", body, OURS)

    assert answer.status == status
    assert sentence in answer.json()["error"]


def test_an_unknown_page_is_said(url: str) -> None:
    assert get(f"{url}/nothing").status == 404


def test_without_a_stack_it_does_not_open(
    tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["console"], {"LOCAL_STATE": str(tmp_path)}) == 1
    assert "No stack is running" in capsys.readouterr().err
