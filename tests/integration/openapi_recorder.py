"""Calls of the API on the real handlers, recorded as examples that no two runs tell apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from core.api_description.operations import OPERATIONS
from handlers.api import attributes, enrichment, health, jobs, products, profiles, uploads
from tests.api_calls import Context, event, reply_of

HANDLERS = {
    "attributes": attributes.handler,
    "profiles": profiles.handler,
    "uploads": uploads.handler,
    "jobs": jobs.handler,
    "products": products.handler,
    "enrichment": enrichment.handler,
    "audit": attributes.handler,
    "health": health.handler,
}
BY_ID = {operation.id: operation for operation in OPERATIONS}

SIGNED = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=0123456789abcdef"
MADE_EQUAL = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", "2026-03-02T09:30:00.000+00:00"),
    (r"\?[^\"]*X-Amz-Signature[^\"]*", f"?{SIGNED}"),
    (r"(?<=[0-9a-f]{12}-)[0-9a-f]{16}\b", "0123456789abcdef"),  # the version in an execution's name
    (r'"milliseconds": \d+', '"milliseconds": 3'),
)
SECRETS = {
    "policy": "eyJleHBpcmF0aW9uIjogIjIwMjYtMDMtMDJUMTA6MzA6MDBaIn0=",
    "x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20260302/eu-central-1/s3/aws4_request",
    "x-amz-date": "20260302T093000Z",
    "x-amz-signature": "0123456789abcdef",
    "uploadId": "VXBsb2FkIElE",
    "etag": '"0123456789abcdef0123456789abcdef"',
    "nextCursor": "eyJwYWdlIjoyfQ.c2lnbmF0dXJl",
}
"""Fields whose value is made up by S3, or signed."""


class Recorder:
    """Makes calls, and keeps the first body and the first answer of each status."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}

    def __call__(
        self,
        operation_id: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **path_values: str,
    ) -> dict[str, Any]:
        operation = BY_ID[operation_id]
        path = operation.path.format(**path_values)
        call = event(operation.method.upper(), path, body, headers)
        call["queryStringParameters"] = dict(query or {}) or None
        answer = reply_of(HANDLERS[operation.tag](call, Context()))
        kept = self.kept.setdefault(operation_id, {})
        if answer.status < 300 and body is not None:
            kept.setdefault("body", body)
        kept.setdefault("answers", {}).setdefault(str(answer.status), answer.json)
        return answer.json

    def stable(self) -> dict[str, str]:
        """The files, by operation."""
        text = json.dumps(without_secrets(self.kept), ensure_ascii=False)
        for pattern, replacement in MADE_EQUAL:
            text = re.sub(pattern, replacement, text)
        ids: dict[str, str] = {}

        def numbered(match: re.Match[str]) -> str:
            number = len(ids) + 1
            return ids.setdefault(match.group(), f"{number:08x}-0000-4000-8000-{number:012x}")

        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", numbered, text)
        files: dict[str, Any] = json.loads(text)
        return {
            name: json.dumps(recorded, indent=2, ensure_ascii=False) + "\n"
            for name, recorded in files.items()
        }


def without_secrets(value: Any) -> Any:
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: SECRETS[name] if item and name in SECRETS else without_secrets(item)
        for name, item in value.items()
    }
