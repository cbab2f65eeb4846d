"""The content of an OpenDocument spreadsheet written again as nearly all programs would.

For the few files that the parser refuses although they are sound: blanks between tags, other
prefixes of the namespaces; or for one odd cell: a numeric cell whose value is not a number becomes
a text. What is no part of a table is left out: pictures, charts, text boxes, tables within cells.

Source: OpenDocument 1.3 part 3 (6.1.2 white space, appendix A for the namespaces).
"""

from __future__ import annotations

import re
from math import isfinite
from pathlib import Path
from typing import BinaryIO
from xml.parsers.expat import ExpatError, ParserCreate
from xml.sax.saxutils import escape, quoteattr

from core.errors import FileRefused
from core.imports.workbooks.ods.area import CONTENT, KINDS, LEFT_OUT_OF_CELLS
from core.imports.workbooks.ods.cells import NUMBERS
from core.imports.workbooks.safety import damaged, opened_zip, replace_part
from core.imports.workbooks.xml_parts import parse_part

_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:{}:1.0"
_PREFIXES = {_NAMESPACE.format(name): name for name in ("office", "table", "text", "style")}
_CALC = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
_ATTRIBUTE_PREFIXES = {**_PREFIXES, _CALC: "calcext"}
_DECLARED = "".join(
    f' xmlns:{prefix}="{namespace}"' for namespace, prefix in _ATTRIBUTE_PREFIXES.items()
)
_BLANKS = re.compile("[ \t\r\n]+")
CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_SIGNS = frozenset({"text:s", "text:tab", "text:line-break"})
WRITTEN_AT_ONCE = 10_000
"""Pieces."""


def rewrite_ods(path: Path) -> bool:
    """Write the content in the file anew. False where that is impossible, and the file is as it
    was."""
    rewritten = path.with_suffix(".content")
    try:
        with opened_zip(path) as archive, rewritten.open("wb") as file:
            parser = ParserCreate("utf-8", namespace_separator=" ")
            parser.buffer_text = True
            content = _Content(file)
            parser.StartElementHandler = content.start
            parser.EndElementHandler = content.end
            parser.CharacterDataHandler = content.text
            parser.StartDoctypeDeclHandler = content.declared
            parse_part(parser, archive, CONTENT)
            content.flush()
        replace_part(path, CONTENT, rewritten)
    except (ExpatError, FileRefused, KeyError):
        return False
    finally:
        rewritten.unlink(missing_ok=True)
    return True


class _Content:
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._pieces = ['<?xml version="1.0" encoding="UTF-8"?>']
        self._is_root = True
        self._skipped = 0
        """Open elements that are left out."""
        self._in_cell = False
        self._untyped_at: int | None = None
        """The piece that opens a cell without a type, while it has no text."""
        self._paragraphs = 0
        self._has_blank = self._has_text = False
        """Of the paragraph: blanks that only count if a text follows, and a text."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        own = _prefixed(name, _PREFIXES)
        is_left_out = self._in_cell and name.rpartition(" ")[2] in LEFT_OUT_OF_CELLS
        if self._skipped or own is None or is_left_out:
            self._skipped += 1
            return
        self._in_cell |= own in CELLS
        if own in ("text:p", "text:h"):
            self._paragraphs += 1
            self._has_blank = self._has_text = False
        elif own in _SIGNS:
            self._put_blank()
            self._has_text = True
        named = {_prefixed(key, _ATTRIBUTE_PREFIXES): value for key, value in attributes.items()}
        if (
            own in CELLS
            and named.get("office:value-type") not in KINDS
            and "table:formula" not in named
        ):
            named.pop("office:value-type", None)
            self._untyped_at = len(self._pieces)
        elif named.get("office:value-type") in NUMBERS and not _is_number(
            named.get("office:value")
        ):
            named["office:value-type"] = "string"  # what it shows is read
            named.pop("office:value", None)
        written = "".join(f" {key}={quoteattr(value)}" for key, value in named.items() if key)
        self._pieces.append(f"<{own}{_DECLARED if self._is_root else ''}{written}>")
        self._is_root = False

    def end(self, name: str) -> None:
        if self._skipped:
            self._skipped -= 1
            return
        own = _prefixed(name, _PREFIXES)
        self._paragraphs -= own in ("text:p", "text:h")
        self._pieces.append(f"</{own}>")
        if own in CELLS:
            self._in_cell = False
            self._untyped_at = None
            if len(self._pieces) >= WRITTEN_AT_ONCE:
                self.flush()

    def text(self, characters: str) -> None:
        if self._skipped or not self._paragraphs:
            return
        for at, part in enumerate(_BLANKS.split(characters)):
            self._has_blank |= at > 0
            if part:
                self._put_blank()
                self._pieces.append(escape(part))
                self._put_type()
                self._has_text = True

    def declared(self, *_: object) -> None:
        raise damaged()  # as when it was looked through before

    def flush(self) -> None:
        self._file.write("".join(self._pieces).encode("utf-8"))
        self._pieces.clear()

    def _put_type(self) -> None:
        """A cell without a type has a text, which the parser would leave out."""
        if self._untyped_at is not None:
            start = self._pieces[self._untyped_at].removesuffix(">")
            self._pieces[self._untyped_at] = f'{start} office:value-type="string">'
            self._untyped_at = None

    def _put_blank(self) -> None:
        if self._has_blank and self._has_text:
            self._pieces.append(" ")
        self._has_blank = False


def _is_number(value: str | None) -> bool:
    try:
        return value is not None and bool(value.strip()) and isfinite(float(value))
    except ValueError:
        return False


def _prefixed(name: str, prefixes: dict[str, str]) -> str | None:
    namespace, _, local = name.rpartition(" ")
    prefix = prefixes.get(namespace)
    return f"{prefix}:{local}" if prefix else None
