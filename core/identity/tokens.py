"""Access tokens: validates one, and returns its caller.

Only the function `verify_token` imports this module: PyJWT and its cryptography are in its layer
alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jwt

from core.errors import Unauthenticated
from core.identity.callers import Caller, roles_in
from core.identity.signing_keys import SigningKeys
from core.settings import Settings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures with a public key. Neither `none` nor a shared secret can ever be accepted."""

LEEWAY_SECONDS = 30
"""By which the clocks of the issuer and of our functions may differ."""


class TokenVerifier:
    def __init__(self, settings: Settings, keys: SigningKeys) -> None:
        self._settings = settings
        self._keys = keys
        self._audience = {a.strip() for a in settings.auth_audience.split(",") if a.strip()}

    def caller_of(self, token: str) -> Caller:
        """Raises Unauthenticated `TOKEN_EXPIRED` or `TOKEN_INVALID`, and ServiceUnavailable when
        the issuer's keys cannot be fetched."""
        claims = self._genuine(token)
        if self._settings.auth_mode == "cognito":
            return self._cognito_caller(claims)
        return self._oidc_caller(claims)

    def _genuine(self, token: str) -> Mapping[str, Any]:
        """The claims, once signature, issuer and times are right."""
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            key = self._keys.get(key_id)
            if key is None:
                raise _invalid()
            claims: dict[str, Any] = jwt.decode(
                token,
                jwt.PyJWK(key),
                algorithms=list(ALGORITHMS),
                issuer=self._settings.auth_issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "sub"], "verify_aud": False},
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthenticated(
                "TOKEN_EXPIRED", "The access token has expired; sign in again."
            ) from error
        except jwt.PyJWTError as error:
            raise _invalid() from error
        return claims

    def _cognito_caller(self, claims: Mapping[str, Any]) -> Caller:
        """An access token of one of our app clients. An ID token tells a page who signed in, and
        is not meant for an API."""
        client = claims.get("client_id")
        if claims.get("token_use") != "access" or client not in self._audience:
            raise _invalid()
        if claims["sub"] == client:  # client credentials: no person is behind them
            prefix = self._settings.auth_scope_prefix
            scopes = _words(claims.get("scope"))
            roles = [s.removeprefix(prefix) for s in scopes if s.startswith(prefix)]
            return _caller("client", claims, roles)
        return _caller("user", claims, _words(claims.get(self._roles_claim)))

    def _oidc_caller(self, claims: Mapping[str, Any]) -> Caller:
        if not self._audience & set(_words(claims.get("aud"))):
            raise _invalid()
        return _caller("user", claims, _words(claims.get(self._roles_claim)))

    @property
    def _roles_claim(self) -> str:
        default = "cognito:groups" if self._settings.auth_mode == "cognito" else "roles"
        return self._settings.auth_roles_claim or default


def _caller(kind: Any, claims: Mapping[str, Any], roles: list[str]) -> Caller:
    return Caller(
        subject=claims["sub"],
        kind=kind,
        roles=roles_in(roles),
        expires_at=float(claims["exp"]) + LEEWAY_SECONDS,
    )


def _words(value: Any) -> list[str]:
    """A claim of several texts: issuers write a list, or one text with blanks or commas."""
    if isinstance(value, str):
        return value.strip("[]").replace(",", " ").split()
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return []


def _invalid() -> Unauthenticated:
    return Unauthenticated("TOKEN_INVALID", "The access token is not valid here; sign in again.")
