"""Wording that messages share: numbers of things, and sizes."""

from __future__ import annotations

from core.settings import GIB, KIB, MIB


def counted(number: int, noun: str) -> str:
    """`1 row`, `2,000 rows`; for nouns whose plural only adds an s."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def size_in_words(size_bytes: int) -> str:
    """`5 GiB`, `1.5 MiB`, `1 byte`: at most one decimal, never rounded up to a limit."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size_bytes >= unit:
            tenths = size_bytes * 10 // unit
            return f"{tenths // 10:,}.{tenths % 10} {name}".replace(".0 ", " ")
    return counted(size_bytes, "byte")


def size_over_limit(size_bytes: int, limit_bytes: int) -> str:
    """The size in words, distinct from the limit in words."""
    size = size_in_words(size_bytes)
    return f"just over {size}" if size == size_in_words(limit_bytes) else size


def file_too_large(file_name: str, size_bytes: int, limit_bytes: int) -> str:
    """The sentence of `FILE_TOO_LARGE`, used by every check."""
    return (
        f"The file “{file_name}” is too large ({size_over_limit(size_bytes, limit_bytes)}): "
        f"at most {size_in_words(limit_bytes)} can be imported at once. "
        f"Split it and upload the parts. {can_be_raised('max_upload_bytes')}"
    )


def can_be_raised(*settings: str) -> str:
    """The last sentence of an error over a limit that is a setting: who reads it in the portal
    cannot change it. `settings` are fields of Settings."""
    names = " or ".join(name.upper() for name in settings)
    return f"An administrator can raise the limit: setting {names}."


def shortened(text: str, max_characters: int = 60) -> str:
    """A text of the caller as a sentence quotes it: cut with an ellipsis."""
    return text if len(text) <= max_characters else f"{text[:max_characters]}…"
