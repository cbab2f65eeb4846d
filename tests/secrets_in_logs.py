"""What no log may hold: whatever lets its reader in."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SECRET = re.compile(
    r"X-Amz-(?:Signature|Security-Token|Credential)"  # of a signed URL or form, in any case
    r"|Bearer ey[\w-]+"
    r"|\bey[\w-]{8,}\.ey[\w-]{8,}\.[\w-]{8,}"  # a token, however it got there
    r"|mongodb(?:\+srv)?://[^\s:/@]*:[^\s@]+@"  # a login of the database
    r"|\bA[KS]IA[A-Z0-9]{16}\b"
    r"|aws_secret_access_key|SecretAccessKey|SessionToken",
    re.IGNORECASE,
)


def secrets_in(said: str, known: Iterable[str] = ()) -> list[str]:
    """The lines with a key, token, signature or password, or with one of the `known` texts."""
    texts = [text for text in known if text]
    return [
        line
        for line in said.splitlines()
        if _SECRET.search(line) or any(text in line for text in texts)
    ]
