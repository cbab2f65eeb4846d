"""Every error this product raises on purpose.

    PortalError                      has `code`, `message`, `details`
    ├── RequestError                 the caller can correct it; has an HTTP status
    │   ├── InvalidRequest           400
    │   ├── Unauthenticated          401
    │   ├── Forbidden                403
    │   ├── NotFound                 404
    │   ├── Conflict                 409
    │   ├── PreconditionFailed       412; the caller named another revision by `If-Match`
    │   ├── PayloadTooLarge          413
    │   ├── UnsupportedMediaType     415
    │   └── TooManyRequests          429; a limit of the caller or of the day, with a time to wait
    ├── FileRefused                  a file that cannot be imported (a business failure:
    │                                `core.imports` catches it and returns it as data)
    └── ServiceUnavailable           503; infrastructure that does not respond, worth a retry

`code` is stable and documented; `message` is one sentence that a person can act on.
Any other exception is a defect or an infrastructure error. In the API it becomes a 500 without
details; in the pipeline it is retried, and then ends in FailJob.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

Detail = Mapping[str, Any]


class PortalError(Exception):
    """Base of the tree. `details` are JSON-ready objects, one per field or row at fault."""

    def __init__(self, code: str, message: str, details: Sequence[Detail] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details: list[Detail] = list(details)


class RequestError(PortalError):
    """The request must be changed. `http_status` is the status of the response."""

    http_status: ClassVar[int] = 400


class InvalidRequest(RequestError):
    http_status = 400


class Unauthenticated(RequestError):
    """The request has no token, or one that does not identify the caller."""

    http_status = 401


class Forbidden(RequestError):
    """The caller is known, and may not do this."""

    http_status = 403


class NotFound(RequestError):
    http_status = 404


class Conflict(RequestError):
    http_status = 409


class PreconditionFailed(RequestError):
    http_status = 412


class PayloadTooLarge(RequestError):
    http_status = 413


class UnsupportedMediaType(RequestError):
    http_status = 415


class TooManyRequests(RequestError):
    """A limit is reached; the call may succeed after a time."""

    http_status = 429

    def __init__(
        self,
        code: str,
        message: str,
        details: Sequence[Detail] = (),
        *,
        retry_after_seconds: int,
    ) -> None:
        super().__init__(code, message, details)
        self.retry_after_seconds = retry_after_seconds


class FileRefused(PortalError):
    """The file cannot be imported, and a retry does not help. `code` is a `RefusalCode`."""


class ServiceUnavailable(PortalError):
    """A required service (database, storage) does not respond."""

    http_status: ClassVar[int] = 503
    retry_after_seconds: ClassVar[int] = 5
