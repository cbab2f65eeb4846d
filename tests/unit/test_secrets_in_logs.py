"""The search for secrets finds each kind, so that finding none says something."""

from __future__ import annotations

import pytest

from tests.secrets_in_logs import secrets_in


@pytest.mark.parametrize(
    "secret",
    [
        "https://bucket/key?X-Amz-Signature=0f",
        '{"x-amz-signature": "0f"}',
        "X-Amz-Security-Token=abc",
        "Authorization: Bearer eyJhbGciOi",
        "eyJhbGciOiJS.eyJzdWIiOiJ1.c2lnbmF0dXJl",
        "mongodb://portal:geheim@db:27017",
        "mongodb+srv://portal:geheim@db",
        "ASIAABCDEFGHIJKLMNOP",
        '{"SecretAccessKey": "abc"}',
        "the password pass-word-1 was used",
    ],
)
def test_a_secret_is_found(secret: str) -> None:
    said = f"answered\n{{}} {secret}\nanswered"

    assert len(secrets_in(said, ["pass-word-1", ""])) == 1


def test_what_is_no_secret_is_not_found() -> None:
    assert secrets_in("GET /products 200\nmongodb://127.0.0.1:27017/?w=1\nuser:1234") == []
