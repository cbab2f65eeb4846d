"""A sheet of an xlsx workbook read by an XML parser, however it is written.

For the few sheets that the search in `xlsx.cells` or the parser of workbooks does not understand:
cells without a place, blanks in values, comments, unknown errors. One pass finds the special cells
and writes the sheet again as nearly all programs would, for the parser. Cells that the parser
would refuse the whole workbook for become texts.
"""

from __future__ import annotations

import re
import zipfile
from math import isfinite
from typing import BinaryIO
from xml.parsers.expat import ParserCreate
from xml.sax.saxutils import escape

from core.imports.workbooks.ooxml import Package
from core.imports.workbooks.safety import damaged
from core.imports.workbooks.sheet_area import place_of
from core.imports.workbooks.special_cells import OTHER_ERROR, CellTexts, Styles, cell_name
from core.imports.workbooks.xml_parts import parse_part

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DATE_TIME = re.compile(r"(\d{4}-\d\d-\d\d)?T?(?:(\d\d:\d\d)(:\d\d(?:\.\d+)?)?Z?)?")
_LINE_ENDS = {"\r": "&#13;"}
"""That a parser would not keep."""
_TEXTS = frozenset({"str", "inlineStr"})
_TRUE, _FALSE = frozenset({"1", "true", "on"}), frozenset({"0", "false", "off"})
_HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
_TAIL = b"</sheetData></worksheet>"
WRITTEN_AT_ONCE = 10_000
"""Cells."""


def read_xlsx_sheet(
    archive: zipfile.ZipFile, part: str, package: Package, shared_texts: int, rewritten: BinaryIO
) -> CellTexts:
    """`shared_texts` is how many texts the workbook shares among its cells. Raises ExpatError, and
    FileRefused (WORKBOOK_DAMAGED) for a document type or a cell without a possible place."""
    parser = ParserCreate("utf-8")
    parser.buffer_text = True
    sheet = _Sheet(package.styles, shared_texts, rewritten)
    parser.StartElementHandler = sheet.start
    parser.EndElementHandler = sheet.end
    parser.CharacterDataHandler = sheet.text
    parser.StartDoctypeDeclHandler = sheet.declared
    rewritten.write(_HEAD)
    parse_part(parser, archive, part)
    sheet.flush()
    rewritten.write(_TAIL)
    if sheet.has_results or not package.is_uncalculated:
        sheet.found.zero_results.clear()
    return sheet.found


class _Sheet:
    """Follows the elements. A row or cell without a reference follows the one before
    (ECMA-376 part 1, 18.3.1.4 and 18.3.1.73)."""

    def __init__(self, styles: Styles, shared_texts: int, rewritten: BinaryIO) -> None:
        self.found = CellTexts()
        self._styles, self._shared_texts, self._rewritten = styles, shared_texts, rewritten
        self._row = self._column = 0
        self._cell_row = self._cell_column = 0
        self._is_row_misplaced = self._is_misplaced = False
        self._kind = self._style = ""
        self._has_formula = self._has_value = False
        self._in_phonetic = self._in_extension = False
        self.has_results = False
        """Did some formula have another result than 0?"""
        self._text: list[str] | None = None
        """Of the value that is being read."""
        self._value = ""
        self._inline: str | None = None
        """The text in the cell itself (`<is>`); some writers add a `<v>` that is not shown."""
        self._written: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if self._in_extension:
            return
        if local == "c":
            self._start_cell(attributes)
        elif local == "extLst":
            self._in_extension = True
        elif local in ("v", "t") and not self._in_phonetic:
            self._text = []
        elif local == "f":
            self._has_formula = True
        elif local == "rPh":
            self._in_phonetic = True
        elif local in ("col", "sheetFormatPr"):
            self.found.take_settings(local, attributes)
        elif local == "row":
            place = place_of("A" + attributes.get("r", ""))
            self._row = place[0] if place else self._row
            self._is_row_misplaced = place is None and bool(attributes.get("r", "").strip())
            if attributes.get("hidden", "").strip().lower() in _TRUE:
                self.found.hidden_rows.add(self._row)

    def end(self, name: str) -> None:
        local = name.rpartition(":")[2]
        if self._in_extension:
            self._in_extension = local != "extLst"
        elif local in ("v", "t") and self._text is not None:
            text = "".join(self._text)
            if local == "v":
                self._value += text
                self._has_value = True
            else:
                self._inline = (self._inline or "") + text
            self._text = None
        elif local == "c":
            self._end_cell()
        elif local == "rPh":
            self._in_phonetic = False
        elif local == "row":
            self._row += 1
            self._column = 0

    def text(self, characters: str) -> None:
        if self._text is not None:
            self._text.append(characters)

    def declared(self, *_: object) -> None:
        raise damaged()  # OPC forbids document types

    def flush(self) -> None:
        self._rewritten.write("".join(self._written).encode("utf-8"))
        self._written.clear()

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._cell_row = self._row
        place = place_of(attributes.get("r", ""))
        if place is not None:
            self._cell_row, self._column = place
        stated = attributes.get("r", "").strip()
        self._is_misplaced = place is None and (bool(stated) or self._is_row_misplaced)
        self._cell_column = self._column
        self._column += 1
        self._kind = attributes.get("t", "n").strip() or "n"
        self._style = attributes.get("s", "").strip()
        self._has_formula = self._has_value = False
        self._value, self._inline = "", None

    def _end_cell(self) -> None:
        row, column, kind = self._cell_row, self._cell_column, self._kind
        text = self._value if self._inline is None or kind != "inlineStr" else self._inline
        value = unescaped(text) if kind in _TEXTS else text.strip()
        if not (value if kind in _TEXTS else (self._has_value and kind == "e") or value):
            # a formula can have an empty text as its result
            if self._has_formula and not (kind in _TEXTS and self._has_value):
                self.found.without_result.add((row, column))
            return
        if self._is_misplaced:
            self.found.misplaced.add((row, column))
        if self._has_formula and value == "0":
            self.found.zero_results.add((row, column))
        elif self._has_formula:
            self.has_results = True
        if kind == "n":
            self._put_number(value)
        elif kind == "b" and value.lower() in _TRUE | _FALSE:
            is_true = value.lower() in _TRUE
            self.found.put_truth(row, column, value=is_true)
            self._write("b", "1" if is_true else "0")
        elif kind == "s" and value.isdecimal() and int(value) < self._shared_texts:
            self._write("s", str(int(value)))
        elif kind in ("e", "s"):
            text = (value if kind == "e" else "") or OTHER_ERROR
            self.found.put_error(row, column, text)
            self._write("str", text)
        elif kind == "d":
            self._write("str", _date_time(value))
        elif value:
            self._write("str", value)

    def _put_number(self, value: str) -> None:
        try:
            number = float(value)
        except ValueError:
            self._write("str", value)  # not a number: unchanged
            return
        if not isfinite(number):  # too large for a number, or none: `1e400`, `NaN`
            self._write("str", value)
            return
        style = int(self._style) if self._style.isdecimal() else 0
        self.found.put_number(self._cell_row, self._cell_column, number, style, self._styles)
        self._write("n", value)

    def _write(self, kind: str, value: str) -> None:
        style = f' s="{self._style}"' if self._style.isdecimal() else ""
        name = cell_name(self._cell_row, self._cell_column)
        self._written.append(
            f'<c r="{name}"{style} t="{kind}"><v>{escape(value, _LINE_ENDS)}</v></c>'
        )
        if len(self._written) >= WRITTEN_AT_ONCE:
            self.flush()


def unescaped(text: str) -> str:
    """`_x000D_` as the character, and `_x005F_` as the `_` that keeps a text from being an escape
    (ECMA-376 part 1, 22.9.2.19, ST_Xstring)."""
    if "_x" not in text:
        return text
    units = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _date_time(value: str) -> str:
    """A date of ISO 8601 as other dates are read; what is none stays as it is."""
    parts = _DATE_TIME.fullmatch(value)
    if parts is None or not any(parts.groups()):
        return value
    day, minutes, seconds = (part or "" for part in parts.groups())
    seconds = seconds.rstrip("0").rstrip(".") if "." in seconds else seconds
    if not day:
        return minutes + (seconds if seconds != ":00" else "")
    is_midnight = minutes in ("", "00:00") and seconds in ("", ":00")
    return day if is_midnight else f"{day} {minutes}{seconds or ':00'}"
