"""A call that is sent again with the same `Idempotency-Key` is carried out once.

The first call with a key claims it, and its answer is kept for a day; the same call with the same
key gets that answer. Only success is kept: after a failure, the call may be sent again, corrected
or not. A caller's keys are its own. The header is that of the IETF's draft
draft-ietf-httpapi-idempotency-key-header.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, PyMongoError

from core import clock
from core.actors import Actor
from core.database import IDEMPOTENCY_KEYS, collection_of
from core.errors import Conflict, InvalidRequest

CLAIM_TIME = timedelta(seconds=60)
"""After that, a call without an answer was interrupted: API Gateway waits for 29 s."""

_KEY = re.compile(r"[!-~]{1,255}")
"""Visible ASCII characters."""

_log = logging.getLogger(__name__)


class KeptAnswer(msgspec.Struct, frozen=True):
    """An HTTP answer, with its body as it was sent."""

    status: int
    body: str
    headers: dict[str, str]


class IdempotencyKeys:
    """The keys of one caller."""

    def __init__(self, database: Database[dict[str, Any]], caller: Actor) -> None:
        self._keys = collection_of(database, IDEMPOTENCY_KEYS)
        self._caller = caller

    def claim(self, key: str, call: str) -> KeptAnswer | None:
        """None when the call is to be carried out now; otherwise the answer that it had. `call`
        is all that the call says: its method, path, parameters and body.

        Raises InvalidRequest `INVALID_IDEMPOTENCY_KEY`, Conflict `IDEMPOTENCY_KEY_REUSED` (by
        another call) and `IDEMPOTENCY_KEY_IN_USE` (the first call is not finished).
        """
        if not _KEY.fullmatch(key):
            raise InvalidRequest(
                "INVALID_IDEMPOTENCY_KEY",
                "“Idempotency-Key” must have 1 to 255 visible ASCII characters, such as a UUID.",
            )
        now, digest = clock.now(), hashlib.sha256(call.encode()).hexdigest()
        claim = {"_id": self._id(key), "call": digest, "at": now}
        try:
            self._keys.insert_one(claim)
        except DuplicateKeyError:
            return self._claim_again(claim, now)
        return None

    def _claim_again(self, claim: Mapping[str, Any], now: datetime) -> KeptAnswer | None:
        known = self._keys.find_one({"_id": claim["_id"]})
        if known is not None and known["call"] != claim["call"]:
            raise Conflict(
                "IDEMPOTENCY_KEY_REUSED",
                "Another call had this “Idempotency-Key”. Each call needs a new one; only its "
                "repetitions have the same.",
            )
        if known is not None and "answer" in known:
            return msgspec.convert(known["answer"], KeptAnswer)
        interrupted = {"_id": claim["_id"], "at": {"$lt": now - CLAIM_TIME}, "answer": None}
        if known is not None and self._keys.replace_one(interrupted, claim).modified_count:
            return None
        raise Conflict(
            "IDEMPOTENCY_KEY_IN_USE",
            "The first call with this “Idempotency-Key” is not finished. Try again in a moment.",
        )

    def keep(self, key: str, answer: KeptAnswer) -> None:
        """A failure is only logged: the call was carried out, and its caller must hear of it."""
        try:
            self._keys.update_one(
                {"_id": self._id(key)}, {"$set": {"answer": msgspec.to_builtins(answer)}}
            )
        except PyMongoError as error:
            _log.warning("the answer of a repeatable call was not kept: %s", type(error).__name__)

    def release(self, key: str) -> None:
        """The call failed. If this fails as well, the claim ends by itself."""
        try:
            self._keys.delete_one({"_id": self._id(key), "answer": None})
        except PyMongoError as error:
            _log.warning("a key was not released: %s", type(error).__name__)

    def _id(self, key: str) -> str:
        return hashlib.sha256(f"{self._caller.id}\n{key}".encode()).hexdigest()
