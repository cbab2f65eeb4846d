"""What the caller of a command got wrong, in a sentence that the caller can act on."""

from __future__ import annotations


class UsageMistake(Exception):
    """Ends the command with exit code 2; its text is what the user reads."""


def because(error: OSError) -> str:
    """The system's reason, to stand behind a colon: `No such file or directory`."""
    return error.strerror or str(error)
