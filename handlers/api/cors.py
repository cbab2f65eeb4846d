"""CORS: which browser pages may read a response, and the response to a preflight."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

EXPOSED_HEADERS = "Retry-After, Allow, WWW-Authenticate, ETag, Idempotent-Replayed"
PREFLIGHT_SECONDS = 600
DEFAULT_REQUEST_HEADERS = (
    "Content-Type, Authorization, X-Requested-With, X-Correlation-Id, If-Match, Idempotency-Key"
)

_SIMPLE_TYPES = ("", "text/plain", "multipart/form-data", "application/x-www-form-urlencoded")
"""Types of bodies that a browser sends to any origin without a preflight (Fetch standard)."""


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """The origin of a request, by its headers."""

    origin: str | None
    host: str | None
    has_own_header: bool
    """Authorization or X-Requested-With, which a page cannot send without a preflight."""


_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(\s*,\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
"""A list of tokens (RFC 9110). Nothing else may be echoed in a header."""


def answer_headers(allowed_origins: str, origin: str | None) -> dict[str, str]:
    """Headers of every response, errors included.

    `allowed_origins` is `*` or a comma-separated list. The origin of the request is echoed if it is
    on the list; any other origin gets no permission. `Vary` keeps a shared cache from giving one
    origin the permission of another.
    """
    headers = {"Vary": "Origin", "Access-Control-Expose-Headers": EXPOSED_HEADERS}
    allowed = [entry.strip().rstrip("/") for entry in allowed_origins.split(",") if entry.strip()]
    if "*" in allowed:
        headers["Access-Control-Allow-Origin"] = "*"
    elif origin is not None and origin in allowed:
        headers["Access-Control-Allow-Origin"] = origin
    return headers


def is_cross_site_write(
    method: str, content_type: str, allowed_origins: str, event: RequestOrigin
) -> bool:
    """A write that a page of a foreign origin sends without a preflight, as browsers do for the
    types of HTML forms. Origins that are allowed by name, and the API's own, are not foreign."""
    if method != "POST" or event.origin is None or event.has_own_header:
        return False
    if content_type not in _SIMPLE_TYPES:
        return False
    if allowed_origins.strip() == "*":  # a preflight would be granted to every page
        return False
    named = {entry.strip().rstrip("/") for entry in allowed_origins.split(",")}
    return event.origin not in named and event.origin.partition("://")[2] != event.host


def preflight_headers(methods: Iterable[str], requested_headers: str | None) -> dict[str, str]:
    """Headers of the response to OPTIONS, in addition to `answer_headers`. Requested headers are
    granted by name, since `*` would not cover Authorization."""
    granted = DEFAULT_REQUEST_HEADERS
    if requested_headers and _HEADER_NAMES.fullmatch(requested_headers.strip()):
        granted = requested_headers.strip()
    return {
        "Access-Control-Allow-Methods": ", ".join(sorted({*methods, "OPTIONS"})),
        "Access-Control-Allow-Headers": granted,
        "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        "Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    }
