"""What the command prints: usage errors, and text that any stream can carry."""

from __future__ import annotations

import json
import re
from pathlib import Path


class UsageMistake(Exception):
    """Ends the command with exit code 2; its text is what the user reads."""


def because(error: OSError) -> str:
    """The system's reason, to stand behind a colon: `No such file or directory`."""
    return error.strerror or str(error)


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def printable(name: str | Path) -> str:
    """A name as Python has it from the system, as text: bytes that are not UTF-8 become `\\xff`,
    and all else stays."""
    return str(name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def fitting(line: str, encoding: str, *, is_json: bool) -> str:
    """The line, in which what the encoding does not have is written as an escape: in JSON as one of
    JSON, so that it reads as the same."""
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        if is_json:
            return _BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], line)
        return line.encode(encoding, "backslashreplace").decode(encoding)
    return line
