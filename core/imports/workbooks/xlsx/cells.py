"""The special cells of an xlsx sheet, found in its XML by searching for characteristic bytes.

Other cells are never examined, so this costs a fraction of the parsing. The search supports the
form in which nearly all programs write a sheet. It reports any other form, and the whole sheet is
read by `xlsx.reading` instead.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from math import isfinite
from typing import IO

import numpy as np

from core.imports.workbooks.sheet_area import SIGNS_AT_ONCE, column_index, holds_pair
from core.imports.workbooks.special_cells import CellTexts, Styles, column_letters

BLOCK_BYTES = 4 * 1024 * 1024
TAG_MAX_BYTES = 256
CELL_MAX_BYTES = 128 * 1024
"""A formula has at most 8,192 characters and a text 32,767 (Excel's limits); an escape, 6 bytes."""
ERRORS_OF_THE_PARSER = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"}
)
SEARCHED_STYLES = 32
"""Each is a search of its own through the whole sheet; beyond, all cells with a style are read."""

_column_index = cache(column_index)

_USUAL_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([1-9]\d{0,6})"(?: s="(\d+)")?(?: t="(\w+)")?>'
    rb"(?:<f\b[^<>]*(?:/>|>[^<]*</f>))?<v>([^<]*)</v>"
)
"""As nearly all programs write it; any other spelling goes through the two patterns below."""
_CELL = re.compile(
    rb"<(?:\w+:)?c\s([^<>]*)>"
    rb"(?:<(?:\w+:)?f\b[^<>]*(?:/>|>[^<]*</(?:\w+:)?f>))?"
    rb"<(?:\w+:)?v\b[^<>]*>([^<]*)</"
)
_CELL_HEAD = re.compile(rb"<(?:\w+:)?c\s([^<>]*)>")
_ROOT = re.compile(rb"<(\w+:)?worksheet\b[^<>]*>")
_TEXT_END = re.compile(rb"</(?:\w+:)?t>")
_TEXT_START = re.compile(rb"<(?:\w+:)?t[\s>]")
_ATTRIBUTE = re.compile(rb"""(\w+)\s*=\s*["']([^"']*)["']""")
_REFERENCE = re.compile(rb"([A-Z]{1,3})([1-9]\d{0,6})")
_SETTINGS = re.compile(rb"<(?:\w+:)?(col|sheetFormatPr)\s([^<>]*)>")
_ESCAPE = re.compile(rb"_x[0-9A-Fa-f]{4}_")
"""The parser replaces it in shared texts only."""

_Cell = tuple[bytes, bytes, bytes, bytes, bytes]
"""Column letters, row number, type, style, value."""


class NotUnderstood(Exception):
    """The sheet is XML, but not written as the search expects."""


def find_special_xlsx_cells(
    archive: zipfile.ZipFile, part: str, styles: Styles, is_uncalculated: bool = False
) -> CellTexts:
    """Look through one sheet of an xlsx workbook; `part` is its name in the zip. For
    `is_uncalculated` see `ooxml.Package`. Raises NotUnderstood."""
    found = CellTexts()
    searches: _Searches | None = None
    with archive.open(part) as sheet:
        for buffer in _overlapping_blocks(sheet):
            if searches is None:
                searches = _Searches(buffer, styles, is_uncalculated)
            searches.look_through(buffer, found)
    if searches is not None and searches.has_results:
        found.zero_results.clear()
    return found


def find_xlsx_numbers(
    archive: zipfile.ZipFile,
    part: str,
    styles: Styles,
    columns: Mapping[int, Iterable[int]],
    found: CellTexts,
) -> None:
    """Take the numbers of these columns (column → styles) that the search above passed by."""
    with archive.open(part) as sheet:
        patterns: list[re.Pattern[bytes]] = []
        start = b""
        for buffer in _overlapping_blocks(sheet):
            if not start:
                root = _ROOT.search(buffer)
                start = b"<" + ((root[1] or b"") if root else b"") + b"c "
                patterns = [
                    re.compile(
                        rb'%br="%b\d+"[^<>]* s="(?:%b)"'
                        % (
                            start,
                            column_letters(column).encode(),
                            b"|".join(b"%d" % s for s in own),
                        )
                    )
                    for column, own in columns.items()
                ]
            for pattern in patterns:
                for cell in _cells_hit(buffer, pattern, start):
                    if cell[2] == b"n":
                        _take(cell, styles, found)


class _Searches:
    """The patterns for one sheet, which go by the prefix of its elements."""

    def __init__(self, head: bytes, styles: Styles, is_uncalculated: bool) -> None:
        root = _ROOT.search(head)
        prefix = (root[1] or b"") if root else b""
        self._begin = root.end() if root else len(head)
        self._styles = styles
        self._cell_start = b"<" + prefix + b"c "
        self._patterns = _patterns(prefix, styles)
        self._attributed_value = b"<" + prefix + b"v "
        self._formula_behind = b"</%bv><%bf" % (prefix, prefix)
        self._formula_start = b"<" + prefix + b"f"
        p = re.escape(prefix)
        self._row = re.compile(rb"<%brow(?=[\s/>])([^<>]*)>" % p)
        own, shared = rb"</%bf>" % p, rb"<%bf [^<>]*/>" % p
        nothing = rb"(?:</%bc>|<%bv ?/>|<%bv></)" % (p, p, p)
        self._no_result = [re.compile(formula + nothing) for formula in (own, shared)]
        self._result = re.compile(own + rb"<%bv>([^<]+)</" % p) if is_uncalculated else None
        self.has_results = False
        """Did some formula have another result than 0?"""

    def look_through(self, buffer: bytes, found: CellTexts) -> None:
        if _has_unusual_signs(buffer, self._begin, self._attributed_value):
            raise NotUnderstood
        if self._formula_behind in buffer or (b"_x" in buffer and _ESCAPE.search(buffer)):
            raise NotUnderstood
        if self._begin:
            _take_settings(buffer, found)
        self._begin = 0
        for pattern in self._patterns:
            for cell in _cells_hit(buffer, pattern, self._cell_start):
                _take(cell, self._styles, found)
        if self._has_formulas(buffer):
            self._find_formulas_without_result(buffer, found)
        if b" hidden=" in buffer:
            for row in self._row.finditer(buffer):
                _take_row(row[1], found)

    def _has_formulas(self, buffer: bytes) -> bool:
        start = self._formula_start
        return holds_pair(buffer, start) if len(start) == 2 else start in buffer

    def _find_formulas_without_result(self, buffer: bytes, found: CellTexts) -> None:
        for pattern in self._no_result:
            for hit in pattern.finditer(buffer):
                self._put_formula(buffer, hit, found.without_result)
        if self._result is None or self.has_results:
            return
        for hit in self._result.finditer(buffer):
            if hit[1] != b"0":
                self.has_results = True
                return
            self._put_formula(buffer, hit, found.zero_results)

    def _put_formula(
        self, buffer: bytes, hit: re.Match[bytes], places: set[tuple[int, int]]
    ) -> None:
        begins = buffer.rfind(self._cell_start, max(0, hit.start() - CELL_MAX_BYTES), hit.end())
        head = _CELL_HEAD.match(buffer, begins) if begins >= 0 else None
        if head is None:
            return
        attributes = dict(_ATTRIBUTE.findall(head[1]))
        place = _REFERENCE.fullmatch(attributes.get(b"r", b""))
        if place is None:
            raise NotUnderstood
        has_value = not hit[0].endswith(b"c>")
        if attributes.get(b"t") != b"str" or not has_value:  # an empty text is a result
            places.add((int(place[2]) - 1, _column_index(place[1])))


def _has_unusual_signs(buffer: bytes, begin: int, attributed_value: bytes) -> bool:
    """Whether there is a blank next to a tag, a value with attributes, a comment, CDATA section or
    numeric reference. Blanks at the ends of an inline text do not count."""
    signs = np.frombuffer(buffer, np.uint8)
    for start in range(begin, len(buffer), SIGNS_AT_ONCE):
        some = signs[start : start + SIGNS_AT_ONCE + 1]
        blank, opens, closes = some <= 0x20, some == 0x3C, some == 0x3E
        before = blank[:-1] & opens[1:]
        behind = closes[:-1] & blank[1:]
        fingerprints = (opens[:-1] & (some[1:] == 0x21)) | (
            (some[:-1] == 0x26) & (some[1:] == 0x23)
        )
        if fingerprints.any():
            return True
        if ((some[:-1] == 0x76) & blank[1:]).any() and attributed_value in buffer:
            return True
        if before.any() and not _are_texts(_TEXT_END, buffer, start + 1 + np.flatnonzero(before)):
            return True
        if behind.any():
            tags = [
                buffer.rfind(b"<", max(0, start + int(at) - TAG_MAX_BYTES), start + int(at))
                for at in np.flatnonzero(behind)
            ]
            if not _are_texts(_TEXT_START, buffer, tags):
                return True
    return False


def _are_texts(tag: re.Pattern[bytes], buffer: bytes, places: Iterable[int]) -> bool:
    return all(tag.match(buffer, max(0, int(at))) for at in places)


def _take_settings(head: bytes, found: CellTexts) -> None:
    """Of columns and rows, which come before all cells."""
    for hit in _SETTINGS.finditer(head, 0, max(head.find(b"sheetData>"), 0)):
        named = {key.decode(): value.decode() for key, value in _ATTRIBUTE.findall(hit[2])}
        found.take_settings(hit[1].decode(), named)


def _take_row(attributes: bytes, found: CellTexts) -> None:
    if b"hidden" not in attributes:
        return
    named = dict(_ATTRIBUTE.findall(attributes))
    if named.get(b"hidden") in (b"1", b"true"):
        if not named.get(b"r", b"").isdigit():
            raise NotUnderstood
        found.hidden_rows.add(int(named[b"r"]) - 1)


def _cells_hit(buffer: bytes, pattern: re.Pattern[bytes], start: bytes) -> Iterator[_Cell]:
    """The cells in which the pattern hits. No byte is searched twice for the beginning of a cell,
    and no cell is read twice, however often the pattern hits in it."""
    at, searched = -1, 0
    read: tuple[_Cell, int] | None = None
    for hit in pattern.finditer(buffer):
        low = hit.start() - CELL_MAX_BYTES
        begins = buffer.rfind(start, max(0, low, searched), hit.end())
        searched = hit.end() - len(start) + 1
        if begins >= 0:
            at, read = begins, _cell_at(buffer, begins)
        if read is not None and low <= at and hit.start() < read[1]:
            yield read[0]


def _overlapping_blocks(part: IO[bytes]) -> Iterator[bytes]:
    """Each block with the end of the one before, so that no cell is cut; finding a cell twice
    changes nothing."""
    tail = b""
    while block := part.read(BLOCK_BYTES):
        buffer = tail + block
        yield buffer
        tail = buffer[-CELL_MAX_BYTES:]


def _patterns(prefix: bytes, styles: Styles) -> list[re.Pattern[bytes]]:
    """Each begins with literal bytes, which `re` finds at the speed of memory."""
    own = re.escape(prefix)
    value = b"<" + own + b"v>"
    number = (
        rb"-?(?!\d{1,6}+(?:\.\d{1,9}+)?<)(?:[\d.]++[Ee]|0?\.0000|\d{16}|\d{7,}+\.|"
        rb"(?=0\.\d{10,15}<|[1-9][\d.]{11,15}<)\d++\.\d{9}(?!00|99)\d)"
    )
    shown = sorted(styles.watched)
    each = [rb"\d+"] if len(shown) > SEARCHED_STYLES else [b"%d" % style for style in shown]
    return [
        re.compile(rb't="(?:[ebd]"|inlineStr"><%bv>|s"><%bv>(?!\d{0,9}<))' % (own, own)),
        re.compile(value + number),
        *(re.compile(b's="' + style + b'"') for style in each),
    ]


def _cell_at(buffer: bytes, at: int) -> tuple[_Cell, int] | None:
    """The cell that begins at `at`, and where its value ends, if it has a place and a value."""
    usual = _USUAL_CELL.match(buffer, at)
    if usual is not None:
        column, row, style, kind, value = usual.groups()
        return (column, row, kind or b"n", style or b"0", value), usual.end()
    cell = _CELL.match(buffer, at)
    if cell is None:
        return None
    attributes = dict(_ATTRIBUTE.findall(cell[1]))
    place = _REFERENCE.fullmatch(attributes.get(b"r", b""))
    if place is None:
        return None
    kind, style = attributes.get(b"t", b"n"), attributes.get(b"s", b"0")
    return (place[1], place[2], kind, style, cell[2]), cell.end()


def _take(cell: _Cell, styles: Styles, found: CellTexts) -> None:
    letters, number, kind, style, raw = cell
    column, row = _column_index(letters), int(number) - 1
    if kind == b"e":
        text = html.unescape(raw.decode("utf-8", "replace"))
        if text not in ERRORS_OF_THE_PARSER:
            raise NotUnderstood  # the parser would refuse the workbook
        found.put_error(row, column, text)
    elif kind == b"b":
        if raw not in (b"0", b"1"):
            raise NotUnderstood
        found.put_truth(row, column, value=raw == b"1")
    elif kind == b"inlineStr":
        raise NotUnderstood  # the parser leaves out a text that is not where such texts belong
    elif kind == b"s":
        raise NotUnderstood  # no index of a shared text, which the parser takes for 0
    elif kind == b"d":
        raise NotUnderstood  # a date as text, which the parser leaves in the form of ISO 8601
    elif kind == b"n":
        try:
            value, style_index = float(raw), int(style)
        except ValueError:
            return  # not a number: the parser decides
        if isfinite(value):
            found.put_number(row, column, value, style_index, styles)
        else:
            found.texts[column][row] = raw.decode("utf-8", "replace")
