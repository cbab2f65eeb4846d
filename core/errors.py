"""Every error this product raises on purpose.

    PortalError                      has `code`, `message`, `details`
    ├── RequestError                 the caller can mend it; knows its HTTP status
    │   ├── InvalidRequest           400
    │   ├── NotFound                 404
    │   ├── Conflict                 409
    │   ├── PayloadTooLarge          413
    │   └── UnsupportedMediaType     415
    ├── FileRefused                  a file that cannot be imported (a business failure:
    │                                caught at the border of `core.imports`, returned as data)
    └── ServiceUnavailable           503; infrastructure that is away, worth a retry

`code` is stable and documented; `message` is one sentence a person can act on.
Everything else that escapes is a defect or a broken infrastructure: it becomes a 500
without detail in the API and a retry, then FailJob, in the pipeline.
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
    """The request cannot be served as it stands. `http_status` is what HTTP answers."""

    http_status: ClassVar[int] = 400


class InvalidRequest(RequestError):
    http_status = 400


class NotFound(RequestError):
    http_status = 404


class Conflict(RequestError):
    http_status = 409


class PayloadTooLarge(RequestError):
    http_status = 413


class UnsupportedMediaType(RequestError):
    http_status = 415


class FileRefused(PortalError):
    """The file itself cannot be imported; retrying cannot help. `code` is a `RefusalCode`."""


class ServiceUnavailable(PortalError):
    """A service we depend on (database, storage) does not answer."""

    http_status: ClassVar[int] = 503
    retry_after_seconds: ClassVar[int] = 5
