"""Recognising a text by what its profile says of reading it, where that is not detected."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import FileRefused
from core.file_format import RecognisableProfile
from core.imports.recognition import by_their_options
from core.imports.text.code_pages import likely_encoding
from core.imports.text.encodings import text_start
from core.imports.text.layouts import HeadTooShort, find_layout
from core.imports.text.planning import HEAD_BYTES
from core.storage import ObjectInfo, ObjectStore

_OPTIONS = ("delimiter", "encoding", "quote_char", "escape_char", "skip_initial_space")


def recognise_text(
    store: ObjectStore, info: ObjectInfo, profiles: Sequence[RecognisableProfile]
) -> None:
    """Raises ProfileRecognised for a profile that says how its files are read and remembers the
    headers of the text, of which only the beginning is read. Raises ObjectMissing."""
    trials = by_their_options(profiles, _OPTIONS)
    if not trials:
        return
    head = store.get_range(info.bucket, info.key, 0, HEAD_BYTES, info.version_id)
    whole = len(head) >= info.size
    for options, those in trials:
        try:
            start = text_start(head, options.encoding)
            text = head[start.mark_bytes :]
            encoding = start.encoding or likely_encoding(text, whole)
            find_layout(text, whole, encoding, options, (), suffix="", profiles=those)
        except (FileRefused, HeadTooShort, UnicodeError):
            continue  # not a file of these profiles
