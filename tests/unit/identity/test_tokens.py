"""Who is named by a token, and which tokens name nobody."""

from __future__ import annotations

import base64
import time
from typing import Any

import jwt
import pytest

from core.errors import Unauthenticated
from core.identity.callers import Caller, Role
from core.identity.tokens import LEEWAY_SECONDS
from tests.unit.identity.identity_kit import (
    CLIENT,
    COGNITO,
    MACHINE,
    OIDC,
    Issuer,
    verifier,
)


def caller_of(issuer: Issuer, token: str, settings: Any = COGNITO) -> Caller:
    return verifier(settings, issuer).caller_of(token)


def refusal_of(issuer: Issuer, token: str, settings: Any = COGNITO) -> str:
    with pytest.raises(Unauthenticated) as refused:
        caller_of(issuer, token, settings)
    return refused.value.code


def test_a_user_has_the_roles_that_are_among_the_groups(issuer: Issuer) -> None:
    caller = caller_of(issuer, issuer.token("editor", "tea-kitchen"))

    assert (caller.subject, caller.kind, caller.roles) == ("subject-1", "user", (Role.EDITOR,))
    assert caller.actor.id == "user:subject-1"
    assert caller_of(issuer, issuer.token()).roles == ()


@pytest.mark.parametrize("groups", ["[admin viewer]", "admin,viewer", ["viewer", "admin"]])
def test_groups_are_read_however_they_are_written(issuer: Issuer, groups: Any) -> None:
    token = issuer.token(**{"cognito:groups": groups})

    assert caller_of(issuer, token).roles == (Role.VIEWER, Role.ADMIN)


def test_a_system_has_the_roles_of_its_scopes(issuer: Issuer) -> None:
    token = issuer.token(
        sub=MACHINE, client_id=MACHINE, scope="portal/editor portal/other", without="cognito:groups"
    )

    caller = caller_of(issuer, token)

    assert (caller.actor.id, caller.roles) == (f"client:{MACHINE}", (Role.EDITOR,))


def test_a_user_gains_nothing_by_scopes(issuer: Issuer) -> None:
    assert caller_of(issuer, issuer.token("viewer", scope="portal/admin")).roles == (Role.VIEWER,)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": int(time.time()) - LEEWAY_SECONDS - 60}, "TOKEN_EXPIRED"),
        ({"nbf": int(time.time()) + 3600}, "TOKEN_INVALID"),
        ({"client_id": "of-another-portal"}, "TOKEN_INVALID"),
        ({"iss": "https://issuer.example.test/other"}, "TOKEN_INVALID"),
        ({"token_use": "id", "aud": CLIENT}, "TOKEN_INVALID"),
        ({"without": "exp"}, "TOKEN_INVALID"),
        ({"without": "sub"}, "TOKEN_INVALID"),
        ({"without": "client_id"}, "TOKEN_INVALID"),
        ({"sub": ["a", "list"]}, "TOKEN_INVALID"),
    ],
)
def test_a_token_that_is_old_or_meant_for_others_names_nobody(
    issuer: Issuer, claims: dict[str, Any], code: str
) -> None:
    assert refusal_of(issuer, issuer.token("admin", **claims)) == code


def test_a_token_of_another_key_names_nobody(issuer: Issuer) -> None:
    assert refusal_of(issuer, Issuer(issuer.key_id).token("admin")) == "TOKEN_INVALID"
    assert refusal_of(issuer, Issuer("unknown").token("admin")) == "TOKEN_INVALID"


def test_a_changed_token_names_nobody(issuer: Issuer) -> None:
    header, _, signature = issuer.token("viewer").split(".")
    _, claims, _ = issuer.token("admin").split(".")

    assert refusal_of(issuer, f"{header}.{claims}.{signature}") == "TOKEN_INVALID"


def test_a_token_without_signature_or_with_a_shared_secret_names_nobody(issuer: Issuer) -> None:
    claims = jwt.decode(issuer.token("admin"), options={"verify_signature": False})
    headers = {"kid": issuer.key_id}
    public = issuer.public["n"]

    unsigned = jwt.encode(claims, "", algorithm="none", headers=headers)
    shared = jwt.encode(claims, public, algorithm="HS256", headers=headers)

    assert refusal_of(issuer, unsigned) == "TOKEN_INVALID"
    assert refusal_of(issuer, shared) == "TOKEN_INVALID"


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "..", base64.b64encode(b"{}").decode() + ".."])
def test_what_is_no_token_names_nobody(issuer: Issuer, text: str) -> None:
    assert refusal_of(issuer, text) == "TOKEN_INVALID"


def test_any_openid_provider_names_its_audience_and_roles(issuer: Issuer) -> None:
    for audience in ("portal-api", ["other", "portal-api"]):
        token = issuer.token(aud=audience, roles=["editor"])
        assert caller_of(issuer, token, OIDC).roles == (Role.EDITOR,)

    assert refusal_of(issuer, issuer.token(aud="other", roles=["admin"]), OIDC) == "TOKEN_INVALID"
    assert refusal_of(issuer, issuer.token(roles=["admin"]), OIDC) == "TOKEN_INVALID"
