"""Who makes a request: the bearer token of its header, checked by the function `verify_token`."""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable

from core.errors import Unauthenticated
from core.identity.callers import ANYONE, Caller
from handlers import environment

KNOWN_SECONDS = 300.0
"""How long a process trusts a checked token; never longer than the token is valid."""
KNOWN_TOKENS = 1000
MAX_TOKEN_CHARACTERS = 8192

_BEARER = re.compile(r"Bearer +([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)", re.IGNORECASE)
"""RFC 6750, of a signed token (RFC 7515)."""


class Authenticator:
    """Remembers the callers of a process by the hashes of their tokens, never by the tokens."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._known: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def caller_of(self, authorization: str | None) -> Caller:
        """Raises Unauthenticated, and ServiceUnavailable when tokens cannot be checked."""
        if environment.settings().auth_mode == "none":
            return ANYONE
        token = _token_in(authorization)
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None and self._now() < known[0]:
            return known[1]
        caller = environment.verify_function().caller_of(token)
        self._known[digest] = (min(self._now() + KNOWN_SECONDS, caller.expires_at), caller)
        while len(self._known) > KNOWN_TOKENS:
            self._known.popitem(last=False)
        return caller


def _token_in(authorization: str | None) -> str:
    if not authorization or not authorization.strip():
        raise Unauthenticated(
            "TOKEN_MISSING", "Sign in first: this needs the header Authorization: Bearer <token>."
        )
    found = _BEARER.fullmatch(authorization.strip())
    if found is None or len(authorization) > MAX_TOKEN_CHARACTERS:
        raise Unauthenticated("TOKEN_INVALID", "The access token is not valid here; sign in again.")
    return found[1]
