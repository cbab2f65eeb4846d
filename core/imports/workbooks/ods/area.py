"""How many cells and how much text an OpenDocument spreadsheet would need, before it is parsed, and
which of its cells are special; both in one pass.

Rows and cells have repetition counts, and the parser expands every repetition, for all sheets at
once and as soon as the file is opened: less than a KiB could need terabytes. Blank rows and columns
only count if a value follows, so those that fill each sheet up to its end are free.

Source: OpenDocument 1.3 part 3 (9.1.2 table, 9.1.3 table-row, 9.1.4 table-cell, 6.1.3 text:s).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.parsers.expat import ExpatError, ParserCreate, XMLParserType

from core.errors import FileRefused
from core.imports.workbooks.ods.cells import NUMBERS, put_ods_cell
from core.imports.workbooks.safety import damaged, encrypted, opened_zip
from core.imports.workbooks.sheet_area import refuse_area
from core.imports.workbooks.special_cells import CellTexts
from core.imports.workbooks.xml_parts import parse_part
from core.outcomes import RefusalCode
from core.settings import Settings
from core.wording import can_be_raised, size_in_words

CONTENT, MANIFEST = "content.xml", "META-INF/manifest.xml"
BLOCK_BYTES = 1024 * 1024
REPEATED_MAX_DIGITS = 12
TAG_NAME_MAX_BYTES = 64
_TAB = re.compile(rb":tab[\s/>]")
_RUNS = (b" <", b"  ", b"\n", b"\t", b"\r")
_RUN = re.compile(rb"(?:  |[\n\t\r])\s*+[^\s<]|[^\s>](?:  |[\n\t\r])| (?:<[^<>]{0,200}>)+ ")
"""A run of blanks that touches a text."""

_CELLS = frozenset({"table-cell", "covered-table-cell"})
_OF_TABLES = frozenset({*_CELLS, "table-row", "table"})
_DRAWN = frozenset(
    {
        *("frame", "text-box", "custom-shape", "rect", "ellipse", "circle", "line", "polyline"),
        *("polygon", "path", "connector", "caption", "g", "control", "measure", "regular-polygon"),
        "ruby-text",
    }
)
"""Drawings, and the pronunciation that is set above a text."""
_BREAKS = {"line-break": "\n", "tab": "\t"}
_READ_KINDS = NUMBERS | {"boolean", "time", "date", "error"}
KINDS = _READ_KINDS | {"string"}
LEFT_OUT_OF_CELLS = _DRAWN | _OF_TABLES
PLAIN_MAX_CHARACTERS = 10
"""Of a number that the parser writes exactly."""
NAMES_REMEMBERED = 1_000
CELL_MAX_CHARACTERS = 32_767
"""LibreOffice takes more; none of them is spaces in a row."""
_VALUES = frozenset(
    {"value-type", "value", "string-value", "date-value", "time-value", "boolean-value", "formula"}
)


class NotAsShown(Exception):
    """The parser would read other texts than the cells show: it leaves out those of cells without a
    known type, keeps runs of blanks, which count as one, and adds the texts of drawings. Of a table
    within a cell, it would read the rows as those of the sheet."""

    def __init__(self, with_tables: Mapping[str, set[tuple[int, int]]]) -> None:
        """Sheet → row and column of the cells that hold tables."""
        super().__init__()
        self.with_tables = with_tables


def read_ods_cells(path: Path, settings: Settings) -> dict[str, CellTexts]:
    """Sheet → its special cells. Streams through the content. Raises FileRefused:
    WORKBOOK_TOO_LARGE for more cells or text than the limits allow, WORKBOOK_ENCRYPTED, and
    WORKBOOK_DAMAGED for what is not XML, which other readers may understand in other ways. Raises
    NotAsShown for a content that must be rewritten first."""
    with opened_zip(path) as archive:
        if CONTENT not in archive.namelist():
            raise damaged()
        parser = ParserCreate("utf-8")
        parser.buffer_text = True
        has_breaks, has_runs = _breaks_and_runs(archive)
        area = _Area(parser, settings, has_breaks=has_breaks)
        parser.StartElementHandler = area.start
        parser.EndElementHandler = area.end
        parser.StartDoctypeDeclHandler = area.declared
        try:
            parse_part(parser, archive, CONTENT)
        except ExpatError as error:
            raise (encrypted() if _is_encrypted(archive) else damaged()) from error
        with_tables = {name: of.with_tables for name, of in area.found.items() if of.with_tables}
        if area.has_untyped_texts or area.has_other_content or has_runs:
            raise NotAsShown(with_tables)
        return area.found


def _breaks_and_runs(archive: zipfile.ZipFile) -> tuple[bool, bool]:
    """Whether some text has a line break or tab, and some a run of blanks. The parser drops the
    breaks, so its texts are then not used."""
    tail, has_breaks, has_runs = b"", False, False
    with archive.open(CONTENT) as content:
        while block := content.read(BLOCK_BYTES):
            buffer = tail + block
            has_breaks = has_breaks or b"line-break" in buffer or bool(_TAB.search(buffer))
            has_runs = has_runs or (
                any(signs in buffer for signs in _RUNS) and bool(_RUN.search(buffer))
            )
            tail = block[-TAG_NAME_MAX_BYTES:]
    return has_breaks, has_runs


def _is_encrypted(archive: zipfile.ZipFile) -> bool:
    """Only the parts of an encrypted spreadsheet are; its zip is like any other."""
    if MANIFEST not in archive.namelist():
        return False
    with archive.open(MANIFEST) as manifest:
        return b"encryption-data" in manifest.read(BLOCK_BYTES)


class _Area:
    """Adds up the needs of the elements as they are read."""

    def __init__(self, parser: XMLParserType, settings: Settings, *, has_breaks: bool) -> None:
        self._parser, self._settings = parser, settings
        self.found: dict[str, CellTexts] = {}
        """By the names of the tables."""
        self._cells_of_table = CellTexts()
        self._read_kinds = _READ_KINDS | {"string"} if has_breaks else _READ_KINDS
        self._shown: list[str] | None = None
        """The text of a cell that is read, piece by piece."""
        self._attributes: dict[str, str] = {}
        self._has_break = self._is_repeated = self._is_hidden = False
        self._is_untyped = self.has_untyped_texts = False
        self.has_other_content = False
        """Drawings or tables in cells."""
        self._passed_over = 0
        """Open elements of these."""
        self._notes = 0
        """That are open: their paragraphs are no text of the cell."""
        self._placed = 0
        """Special cells, repetitions included."""
        self._tables = self._table_columns = 0
        """That are open: one is another's content where it is linked from elsewhere."""
        self._in_row = self._in_cell = False
        self._row_repeats = self._cell_repeats = 0
        self._rows = self._column = 0
        """Rows that are over in this table, cells that are over in this row."""
        self._last_row = self._width = self._row_width = 0
        """Up to the last that has a value."""
        self._cells = self._characters = 0
        """In all tables, repetitions included."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _LOCAL[name]
        if self._in_cell and local in _OF_TABLES:
            self._start_table_in_cell()
            return
        if local == "p":  # the most frequent by far, with the cells
            if self._shown and not self._notes:
                self._shown.append("\n")
            elif self._shown is not None and not self._notes:
                self._shown.append("")
            return
        if local in _CELLS:
            self._start_cell(attributes)
        elif local == "table-row":
            if self._in_row:
                raise damaged()
            self._in_row = True
            self._row_repeats = _repeats(attributes, "number-rows-repeated")
            self._is_hidden = _is_hidden(attributes)
            self._column = self._row_width = 0
        else:
            self._start_other(local, attributes)

    def _start_other(self, local: str, attributes: dict[str, str]) -> None:
        if local == "table-column" and self._tables == 1:
            count = _repeats(attributes, "number-columns-repeated")
            if _is_hidden(attributes):
                last = self._table_columns + count - 1
                self._cells_of_table.hide_columns(self._table_columns, last)
            self._table_columns += count
        elif local == "table":
            self._table_columns = 0
            self._tables += 1
            if self._tables == 1:
                names = [value for key, value in attributes.items() if _LOCAL[key] == "name"]
                self._cells_of_table = self.found.setdefault("".join(names[:1]), CellTexts())
        elif local == "s":
            count = _repeats(attributes, "c")
            self._add_text(count)
            self._put_sign(" " * min(count, CELL_MAX_CHARACTERS))
        elif local in _BREAKS:
            self._has_break = True
            self._put_sign(_BREAKS[local])
        elif local == "annotation":
            self._notes += 1
        elif self._in_cell and not self._notes and local in _DRAWN:
            self._pass_over()

    def _start_table_in_cell(self) -> None:
        if not self._notes and self._tables == 1:
            self._cells_of_table.with_tables.add((self._rows, self._column - self._cell_repeats))
        self._pass_over()

    def _pass_over(self) -> None:
        """What the rewriting leaves out, up to the end of this element."""
        self.has_other_content = True
        self._passed_over = 1
        self._parser.StartElementHandler = self._start_passed_over
        self._parser.EndElementHandler = self._end_passed_over
        self._parser.CharacterDataHandler = None

    def _start_passed_over(self, name: str, attributes: dict[str, str]) -> None:
        self._passed_over += 1

    def _end_passed_over(self, name: str) -> None:
        self._passed_over -= 1
        if not self._passed_over:
            self._parser.StartElementHandler = self.start
            self._parser.EndElementHandler = self.end

    def end(self, name: str) -> None:
        local = _LOCAL[name]
        if local == "p":
            return
        if local in _CELLS:
            if self._shown is not None:
                self._end_cell("".join(self._shown))
            self._in_cell = self._is_repeated = False
            self._shown = None
            self._parser.CharacterDataHandler = None
        elif local == "annotation":
            self._notes -= 1
        elif local == "table-row":
            self._in_row = False
            if self._is_hidden and self._row_width and self._takes(self._row_repeats):
                rows = range(self._rows, self._rows + self._row_repeats)
                self._cells_of_table.hidden_rows.update(rows)
            self._rows += self._row_repeats
            if self._row_width:
                self._last_row = self._rows
                self._width = max(self._width, self._row_width)
        elif local == "table":
            self._tables -= 1
            if not self._tables:
                self._end_table()

    def text(self, characters: str) -> None:
        if self._is_repeated:
            self._add_text(len(characters))
        self._put_sign(characters)

    def _put_sign(self, characters: str) -> None:
        if self._shown is not None and not self._notes:
            self._shown.append(characters)

    def _takes(self, cells: int) -> bool:
        """May so many more be placed? Beyond the limit of the sheet, it is refused anyway."""
        self._placed += cells
        return self._placed <= self._settings.max_workbook_cells

    def _end_cell(self, shown: str) -> None:
        if self._is_untyped:
            self.has_untyped_texts |= bool(shown.strip())
            return
        if self._attributes.get("value") == shown and len(shown) < PLAIN_MAX_CHARACTERS:
            return  # shown as it is
        if self._tables != 1 or not self._takes(self._cell_repeats * self._row_repeats):
            return
        places = [
            (row, column)
            for row in range(self._rows, self._rows + self._row_repeats)
            for column in range(self._column - self._cell_repeats, self._column)
        ]
        put_ods_cell(self._cells_of_table, places, self._attributes, shown, self._has_break)

    def declared(self, *_: object) -> None:
        raise damaged()  # no spreadsheet program writes a document type: it could redefine texts

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if not self._in_row:
            raise damaged()
        self._in_cell = True
        self._cell_repeats = 1
        kind, own = "", {}
        characters = 0
        for name, value in attributes.items():
            local = _LOCAL[name]
            if local in _VALUES:
                characters += len(value)
                if local == "value-type":
                    local = "calcext-type" if local in own else local
                    kind = "error" if value == "error" else kind or value
                own[local] = value
            elif local == "number-columns-repeated":
                self._cell_repeats = _repetitions(value)
        self._column += self._cell_repeats
        self._is_repeated = self._cell_repeats * self._row_repeats > 1
        if own:
            self._row_width = self._column
            if self._is_repeated:
                self._add_text(characters)
        self._is_untyped = kind not in KINDS and "formula" not in own
        if kind in self._read_kinds or "formula" in own or self._is_untyped:
            self._attributes, self._shown, self._has_break = own, [], False
            self._parser.CharacterDataHandler = self.text
        elif (
            self._is_repeated
        ):  # otherwise its text is in the file once, and the size of the file is limited
            self._parser.CharacterDataHandler = self.text

    def _end_table(self) -> None:
        refuse_area(self._last_row, self._width, self._settings)
        self._cells += self._last_row * self._width
        if self._cells > self._settings.max_workbook_cells:
            raise FileRefused(
                RefusalCode.WORKBOOK_TOO_LARGE,
                f"The sheets of the workbook span {self._cells:,} cells or more together; at most "
                f"{self._settings.max_workbook_cells:,} cells can be imported from a workbook of "
                "this kind. Delete the sheets that are not needed, or save the sheet as CSV, which "
                f"has no such limit. {can_be_raised('max_workbook_cells')}",
            )
        self._rows = self._last_row = self._width = 0

    def _add_text(self, characters: int) -> None:
        self._characters += characters * self._cell_repeats * self._row_repeats
        if self._characters > self._settings.max_workbook_unzipped_bytes:
            limit = size_in_words(self._settings.max_workbook_unzipped_bytes)
            raise FileRefused(
                RefusalCode.WORKBOOK_TOO_LARGE,
                "With its repeated cells written out, the workbook would have more than "
                f"{limit} of text. Save the sheet as CSV, which has no such limit. "
                f"{can_be_raised('max_workbook_unzipped_bytes')}",
            )


class _LocalNames(dict[str, str]):
    """Names without their prefixes, each worked out once."""

    def __missing__(self, name: str) -> str:
        local = name.rpartition(":")[2]
        if len(self) < NAMES_REMEMBERED:
            self[name] = local
        return local


_LOCAL = _LocalNames()


def _is_hidden(attributes: dict[str, str]) -> bool:
    return any(
        _LOCAL[key] == "visibility" and value in ("collapse", "filter")
        for key, value in attributes.items()
    )


def _repeats(attributes: dict[str, str], local: str) -> int:
    """The number that the attribute states, 1 without it."""
    for name, value in attributes.items():
        if _LOCAL[name] == local:
            return _repetitions(value)
    return 1


def _repetitions(value: str) -> int:
    if not (value.isascii() and value.isdecimal()) or len(value) > REPEATED_MAX_DIGITS:
        raise damaged()
    return int(value)
