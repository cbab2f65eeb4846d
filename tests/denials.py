"""Where the roles of functions are enforced: whether one lacked a right."""

from __future__ import annotations


def denials_in(said: str) -> list[str]:
    """What the policies of the functions refused them, as the functions tell it."""
    return [
        line
        for line in said.splitlines()
        if "AccessDenied" in line or "operation: Forbidden" in line  # HEAD has no code
    ]
