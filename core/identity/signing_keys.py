"""The public keys of the issuer, kept for a while and fetched again when one is missing."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from core.errors import ServiceUnavailable
from core.settings import Settings

Key = dict[str, Any]
"""One JSON Web Key."""
Fetch = Callable[[], list[Key]]

MAX_AGE_SECONDS = 3600.0
"""After this a key that the issuer withdrew is no longer accepted."""
FETCH_PAUSE_SECONDS = 30.0
"""Tokens with invented key ids cause no more requests to the issuer than one in this time."""
FETCH_TIMEOUT_SECONDS = 5.0
MAX_ANSWER_BYTES = 1 << 20

_opener = urllib.request.build_opener()


class SigningKeys:
    """Keys by their id. A key that is not known is looked for once more, since an issuer may have
    changed its keys."""

    def __init__(self, fetch: Fetch, now: Callable[[], float] = time.monotonic) -> None:
        self._fetch = fetch
        self._now = now
        self._keys: dict[str, Key] = {}
        self._fetched_at: float | None = None
        self._tried_at: float | None = None

    def get(self, key_id: str | None) -> Key | None:
        """None: the issuer has no such key. Raises ServiceUnavailable `SIGNING_KEYS_UNAVAILABLE`
        when the issuer does not answer and no key is known that is young enough."""
        if key_id is None:
            return None
        if self._too_old() or key_id not in self._keys:
            self._renew()
        return self._keys.get(key_id)

    def _too_old(self) -> bool:
        return self._fetched_at is None or self._now() - self._fetched_at > MAX_AGE_SECONDS

    def _renew(self) -> None:
        tried = self._tried_at
        if tried is None or self._now() - tried > FETCH_PAUSE_SECONDS:
            self._tried_at = self._now()
            try:
                keys = self._fetch()
            except (OSError, ValueError, KeyError, TypeError) as error:
                if self._too_old():
                    raise _unavailable() from error
                return
            self._keys = {key["kid"]: key for key in keys if "kid" in key}
            self._fetched_at = self._now()
        elif self._too_old():
            raise _unavailable()


def keys_of_issuer(settings: Settings) -> list[Key]:
    """Fetch the keys: from `AUTH_KEYS_URL`, or from the address in the issuer's OpenID
    configuration. Raises OSError, ValueError, KeyError or TypeError."""
    url = settings.auth_keys_url
    if not url:
        issuer = settings.auth_issuer.rstrip("/")
        url = _json_at(f"{issuer}/.well-known/openid-configuration", settings)["jwks_uri"]
    keys: list[Key] = _json_at(url, settings)["keys"]
    return keys


def _json_at(url: str, settings: Settings) -> Any:
    allowed = ("https://", "http://") if settings.stage == "local" else ("https://",)
    if not url.startswith(allowed):
        raise ValueError("the issuer's addresses must begin with https://")
    with _opener.open(url, timeout=FETCH_TIMEOUT_SECONDS) as answer:
        return json.loads(answer.read(MAX_ANSWER_BYTES))


def _unavailable() -> ServiceUnavailable:
    return ServiceUnavailable(
        "SIGNING_KEYS_UNAVAILABLE",
        "The portal cannot check logins right now; try again in a few seconds.",
    )
