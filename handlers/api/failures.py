"""The one mapper from errors to HTTP: status, headers and the contract's error shape."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError
from pymongo.errors import (
    ConnectionFailure,
    ExecutionTimeout,
    OperationFailure,
    WaitQueueTimeoutError,
)

from core.errors import RequestError, ServiceUnavailable, TooManyRequests, Unauthenticated

_AWAY = (
    ConnectionFailure,
    ExecutionTimeout,
    WaitQueueTimeoutError,
    HTTPClientError,
    ConnectionError,
)
"""The service did not respond. (botocore's `ConnectionError`, not Python's.)"""

_AWAY_CODES = frozenset(
    {
        *("Throttling", "ThrottlingException", "RequestThrottled", "TooManyRequestsException"),
        *("SlowDown", "RequestLimitExceeded", "RequestTimeout", "InternalError"),
        *("ServiceUnavailable", "ServiceUnavailableException", "KmsThrottled", "503"),
    }
)
"""AWS responded, but requests a later retry."""

_LOGIN_REFUSED_CODE = 18
"""MongoDB's "authentication failed": the login rotates, and is read again a little later
(`core/database_login.py`)."""

_NOT_PRIMARY_CODES = frozenset({91, 189, 10107, 11600, 11602, 13435, 13436})
"""MongoDB's "node is shutting down or recovering" and "not primary": a failover is in progress."""

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="product-portal"'}
"""Which HTTP wants of every 401 (RFC 9110)."""


@dataclass(frozen=True, slots=True)
class Failure:
    status: int
    code: str
    message: str
    details: list[Any] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return {"error": self.message, "code": self.code, "details": self.details}


def failure_of(error: Exception) -> Failure:
    """The response to the caller. An unexpected error is reported without any detail."""
    if isinstance(error, RequestError):
        headers = _headers_of(error)
        return Failure(error.http_status, error.code, error.message, error.details, headers)
    if isinstance(error, ServiceUnavailable):
        return _unavailable(error.code, error.message)
    if _is_away(error):
        return _unavailable(
            "SERVICE_UNAVAILABLE",
            "The portal cannot reach one of its services right now; try again in a few seconds.",
        )
    return Failure(
        500,
        "INTERNAL_ERROR",
        "Something went wrong on our side; try again, and contact support if it happens again.",
    )


def _headers_of(error: RequestError) -> dict[str, str]:
    if isinstance(error, Unauthenticated):
        return dict(_CHALLENGE)
    if isinstance(error, TooManyRequests):
        return {"Retry-After": str(error.retry_after_seconds)}
    return {}


def _unavailable(code: str, message: str) -> Failure:
    wait = {"Retry-After": str(ServiceUnavailable.retry_after_seconds)}
    return Failure(ServiceUnavailable.http_status, code, message, headers=wait)


def _is_away(error: Exception) -> bool:
    if isinstance(error, _AWAY):
        return True
    if isinstance(error, ClientError):
        return error.response.get("Error", {}).get("Code") in _AWAY_CODES
    later = _NOT_PRIMARY_CODES | {_LOGIN_REFUSED_CODE}
    return isinstance(error, OperationFailure) and error.code in later
