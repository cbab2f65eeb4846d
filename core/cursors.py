"""Cursors: opaque, signed positions at which a list continues.

A cursor is valid only for its own list: it contains a fingerprint of the filters and the order. It
is signed, so that clients cannot query the database with positions that they made up.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec

from core.errors import InvalidRequest
from core.settings import Settings

CURSOR_MAX_CHARACTERS = 8_192
_SIGNATURE_BYTES = 16
_PURPOSE = b"product-portal cursor 1"

Scalar = bool | int | float | str | None


class Position(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """The item after which the next page begins. An array in JSON, to keep cursors short."""

    fingerprint: str
    """Of the filters and the order."""
    values: tuple[Scalar | tuple[str], ...]
    """The item's values of the sort keys, `_id` last. A time is wrapped in a tuple."""
    page: int
    """The number of the page that begins here."""
    total: int
    """Items in the whole list, as counted for its first page."""

    @property
    def key_values(self) -> tuple[Any, ...]:
        return tuple(
            datetime.fromisoformat(v[0]) if isinstance(v, tuple) else v for v in self.values
        )


def encoded_value(value: Any) -> Scalar | tuple[str]:
    """A document's value in the form that a position holds."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC).isoformat(),)
    scalar: Scalar = value
    return scalar


class CursorSigner:
    """Writes and reads cursors with the key of these settings."""

    def __init__(self, settings: Settings) -> None:
        secret = settings.cursor_secret or settings.mongodb_uri
        if not secret:
            raise ValueError("neither CURSOR_SECRET nor MONGODB_URI is set")
        self._key = hmac.digest(secret.encode(), _PURPOSE, hashlib.sha256)

    def write(self, position: Position) -> str:
        payload = msgspec.json.encode(position)
        signed = self._signature(payload) + payload
        return base64.urlsafe_b64encode(signed).rstrip(b"=").decode()

    def read(self, cursor: str, fingerprint: str) -> Position:
        """Raises InvalidRequest `INVALID_CURSOR`."""
        position = self._decode(cursor)
        if position is None:
            raise InvalidRequest(
                "INVALID_CURSOR",
                "The cursor is not valid or has expired; start again without a cursor.",
                [{"field": "cursor", "message": "is not valid"}],
            )
        if position.fingerprint != fingerprint:
            raise InvalidRequest(
                "INVALID_CURSOR",
                "The cursor belongs to a list with other filters or another order; "
                "start this list without a cursor.",
                [{"field": "cursor", "message": "belongs to another list"}],
            )
        return position

    def _decode(self, cursor: str) -> Position | None:
        if len(cursor) > CURSOR_MAX_CHARACTERS:
            return None
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            signed = base64.b64decode(padded, altchars=b"-_", validate=True)
        except (UnicodeEncodeError, binascii.Error):
            return None
        signature, payload = signed[:_SIGNATURE_BYTES], signed[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(payload)):
            return None
        try:
            return msgspec.json.decode(payload, type=Position)
        except msgspec.DecodeError:  # signed by an older version of this software
            return None

    def _signature(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, hashlib.sha256)[:_SIGNATURE_BYTES]
