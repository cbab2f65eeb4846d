"""An issuer of tokens in this process, and the handlers of the API that trust it."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from core.identity.signing_keys import SigningKeys
from core.identity.tokens import TokenVerifier
from core.settings import Settings
from handlers import environment
from handlers.clients import VerifyFunction
from handlers.identity import verify_token
from tests.api_calls import Context

ISSUER = "https://issuer.example.test/pool"
CLIENT = "portal-client"
MACHINE = "machine-client"
COGNITO = Settings(
    auth_mode="cognito", auth_issuer=ISSUER, auth_audience=f"{CLIENT},{MACHINE}", stage="dev"
)
OIDC = Settings(auth_mode="oidc", auth_issuer=ISSUER, auth_audience="portal-api", stage="dev")


class Issuer:
    """Signs tokens as Cognito writes them."""

    def __init__(self, key_id: str = "key-1") -> None:
        self.key_id = key_id
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @property
    def public(self) -> dict[str, Any]:
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self._private.public_key(), as_dict=True)
        return {**key, "kid": self.key_id, "alg": "RS256", "use": "sig"}

    def token(self, *groups: str, without: str = "", **claims: Any) -> str:
        """An access token of a user; claims replace or add to its own."""
        now = int(time.time())
        given = {
            "sub": "subject-1",
            "iss": ISSUER,
            "token_use": "access",
            "client_id": CLIENT,
            "iat": now,
            "exp": now + 600,
            "cognito:groups": list(groups),
            **claims,
        }
        given.pop(without, None)
        return self.signed(given)

    def signed(self, claims: Mapping[str, Any]) -> str:
        headers = {"kid": self.key_id}
        return jwt.encode(dict(claims), self._private, algorithm="RS256", headers=headers)


def verifier(settings: Settings, *issuers: Issuer) -> TokenVerifier:
    return TokenVerifier(settings, SigningKeys(lambda: [issuer.public for issuer in issuers]))


class LambdaInProcess:
    """What boto3's Lambda client does for us, with the function `verify_token` behind it."""

    def __init__(self) -> None:
        self.calls = 0
        self.broken = False

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.calls += 1
        if self.broken:
            return {"FunctionError": "Unhandled", "Payload": io.BytesIO(b"{}")}
        said = verify_token.handler(json.loads(call["Payload"]), Context())
        return {"Payload": io.BytesIO(json.dumps(said).encode())}


@contextmanager
def logged_in_api(
    patch: pytest.MonkeyPatch, issuer: Issuer, settings: Settings = COGNITO
) -> Iterator[LambdaInProcess]:
    """Every handler asks for tokens of this issuer."""
    environment.forget()
    functions = LambdaInProcess()
    verify = VerifyFunction(functions, "verify-token")
    accepts = verifier(settings, issuer)
    patch.setattr(environment, "settings", lambda: settings)
    patch.setattr(environment, "token_verifier", lambda: accepts)
    patch.setattr(environment, "verify_function", lambda: verify)
    yield functions
    patch.undo()
    environment.forget()
