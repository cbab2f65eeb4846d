"""The portal's REST API as a client sees it: nothing here knows that the stack is local."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import urllib3

from infra.errors import LauncherError

CONNECT_SECONDS = 5
ANSWER_SECONDS = 120
READ_AGAIN = urllib3.Retry(
    total=None,
    connect=0,
    read=0,
    redirect=0,
    other=0,
    status=4,
    status_forcelist=(500, 502, 503, 504),
    allowed_methods=("GET",),
    backoff_factor=0.5,
    raise_on_redirect=False,
    raise_on_status=False,
)
"""A call that only reads is repeated for some seconds after a failure of the service: a command
that waits for a job outlives a function that is killed."""


class ApiError(LauncherError):
    """The API refused a call; the message is its own sentence."""

    def __init__(self, status: int, code: str, message: str, details: list[Any]) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.details = details


class Rest:
    """Calls of `docs`' REST contract. Every call raises ApiError, or LauncherError when nothing
    answers."""

    def __init__(self, api_url: str, token: str | None = None) -> None:
        self._api_url = api_url.rstrip("/")
        self._token = token
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=ANSWER_SECONDS),
            retries=READ_AGAIN,
        )

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        response = self._request(
            method,
            self._api_url + path,
            body=None if body is None else json.dumps(body).encode(),
            headers=self._headers(),
        )
        try:
            answer = json.loads(response.data)
        except ValueError:
            answer = {}
        if response.status >= 400:
            raise ApiError(
                response.status,
                answer.get("code", ""),
                answer.get("error") or f"{method} {path} answered {response.status}; try again.",
                answer.get("details", []),
            )
        return dict(answer)

    def _headers(self) -> dict[str, str]:
        """Of calls of the API alone: the storage gets no token."""
        login = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return {"Content-Type": "application/json", **login}

    def create_attribute(self, body: dict[str, Any]) -> bool:
        """Define an attribute; False when one of that name exists already."""
        try:
            self.call("POST", "/attributes", body)
        except ApiError as error:
            if error.code == "ATTRIBUTE_EXISTS":
                return False
            raise
        return True

    def attributes(self) -> list[dict[str, Any]]:
        return list(self.call("GET", "/attributes")["data"])

    def presigned_upload(
        self, file_name: str, options: dict[str, Any], profile: str | None = None
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"fileName": file_name}
        if profile:
            body["profile"] = profile
        if options:
            body["options"] = options
        return self.call("POST", "/uploads/presigned-url", body)

    def upload(self, url: str, headers: dict[str, str], file: Path) -> None:
        """PUT the file's bytes, streamed."""
        with file.open("rb") as content:
            length = str(file.stat().st_size)
            response = self._request(
                "PUT", url, body=content, headers={**headers, "Content-Length": length}
            )
        if response.status >= 300:
            raise LauncherError(
                f"The storage refused the upload of {file.name} with status {response.status}."
            )

    def process_file(self, s3_key: str) -> str:
        return str(self.call("POST", "/uploads/process-file", {"s3Key": s3_key})["jobId"])

    def approve_import(self, job_id: str) -> str:
        """Start taking an import's valid rows into the catalogue; the id of the approval."""
        return str(self.call("POST", "/products/approve", {"jobId": job_id})["jobId"])

    def job(self, job_id: str) -> dict[str, Any]:
        return self.call("GET", self._job_path(job_id))

    def job_url(self, job_id: str) -> str:
        return self._api_url + self._job_path(job_id)

    @staticmethod
    def _job_path(job_id: str) -> str:
        return f"/processing-jobs/{quote(job_id, safe='')}"

    def json_at(self, url: str) -> dict[str, Any]:
        """The JSON object that a presigned URL leads to."""
        response = self._request("GET", url)
        if response.status != 200:
            raise LauncherError(f"The result could not be fetched: {response.status}.")
        return dict(json.loads(response.data))

    def download(self, url: str, target: Path) -> Path:
        target.parent.mkdir(parents=True, exist_ok=True)
        response = self._request("GET", url, preload_content=False)
        try:
            if response.status != 200:
                raise LauncherError(f"{target.name} could not be fetched: {response.status}.")
            with target.open("wb") as file:
                for block in response.stream(1 << 20):
                    file.write(block)
        finally:
            response.release_conn()
        return target

    def _request(self, method: str, url: str, **more: Any) -> urllib3.BaseHTTPResponse:
        try:
            return self._http.request(method, url, **more)
        except urllib3.exceptions.HTTPError as error:
            raise LauncherError(
                f"Nothing answers at {self._api_url}. Is the stack up? `make up` starts it."
            ) from error
