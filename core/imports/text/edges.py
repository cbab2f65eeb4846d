"""Marks of other systems at the start and the end of a text, which are not part of it."""

from __future__ import annotations

import codecs
import re

from core.outcomes import Notice, NoticeCode
from core.storage import ObjectInfo, ObjectStore

END_MARK = "\x1a"
"""Control-Z: the end of a text for CP/M, DOS and what descends from them. Some fill the last block
with it, some end the line after it."""
TAIL_BYTES = 4096

_HEADER = rb"(?:content|mime)-[\w-]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n){0,5}"
_FORM = re.compile(
    rb"\s*(?:(?:%b){1,10}\s*)?--[^\r\n]{1,200}\r?\n(?:%b){1,10}\r?\n" % (_HEADER, _HEADER),
    re.I,
)
"""RFC 7578, RFC 2046: a boundary, then the headers of the first part and a blank line. The headers
of the whole may go before it."""


def is_wrapped_form(head: bytes) -> bool:
    """The file begins like the body of a form, so it was stored together with its wrapping."""
    return _FORM.match(head) is not None


def repeated_marks(head: bytes, mark: bytes) -> int:
    """Bytes at the beginning of what follows a byte order mark that only repeat it."""
    at = 0
    while mark and head.startswith(mark, at):
        at += len(mark)
    return at


def end_of_text(store: ObjectStore, info: ObjectInfo, head: bytes, encoding: str | None) -> int:
    """Length of the text without the end-of-file marks of DOS at its very end. `head` is the
    beginning of the file, perhaps all of it."""
    start = max(0, info.size - TAIL_BYTES)
    if len(head) >= info.size:
        tail = head[start:]
    else:
        tail = store.get_range(info.bucket, info.key, start, info.size, info.version_id)
    mark, ends = (character.encode(_units(encoding)) for character in (END_MARK, "\r\n"))
    unit = len(mark)
    end, after_line_ends = len(tail), len(tail)
    while end >= unit:
        last = tail[end - unit : end]
        if last == mark:
            end = after_line_ends = end - unit
        elif last in (ends[:unit], ends[unit:]) and mark in tail[:end]:
            end -= unit
        else:
            break
    return start + after_line_ends if after_line_ends < len(tail) else info.size


def _units(encoding: str | None) -> str:
    """A codec that writes a control character as `encoding` does, without a mark before it."""
    return encoding if encoding and codecs.lookup(encoding).name.startswith("utf-") else "ascii"


def says_end_mark() -> Notice:
    return Notice(
        code=NoticeCode.END_OF_FILE_MARK,
        message="The file ends with the end-of-file character of DOS (0x1A), which is no part of "
        "the table and was left out.",
    )
