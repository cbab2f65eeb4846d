"""Usage errors, and text in a form that every output stream accepts."""

from __future__ import annotations

import json
import re
from pathlib import Path


class UsageMistake(Exception):
    """Ends the command with exit code 2; the user reads its text."""


def because(error: OSError) -> str:
    """The system's reason, as the end of a sentence: `No such file or directory`."""
    return error.strerror or str(error)


_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def printable(name: str | Path) -> str:
    """A file name from the system as text. Bytes that are not UTF-8 become `\\xff`."""
    return str(name).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def fitting(line: str, encoding: str, *, is_json: bool) -> str:
    """The line, with characters that the encoding lacks as escapes. In JSON they are JSON escapes,
    so that the content stays the same."""
    try:
        line.encode(encoding)
    except UnicodeEncodeError:
        if is_json:
            return _BEYOND_ASCII.sub(lambda found: json.dumps(found[0])[1:-1], line)
        return line.encode(encoding, "backslashreplace").decode(encoding)
    return line
