"""The layout of a text, determined from its beginning: delimiter, line end, header row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from core.attributes.comparing import BLANKS
from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.whitespace import trim
from core.errors import FileRefused
from core.file_format import ReadingOptions, RecognisableProfile
from core.imports.table.columns import HEADER_CANDIDATES, choose_header_row, names_counter
from core.imports.table.header_rows import doubtful_header
from core.imports.table.known_headers import KnownHeaders
from core.imports.table.odd_rows import plain_text
from core.imports.text.dialects import chosen_dialect, detect_dialect, says_dialect
from core.imports.text.encodings import decode_leniently, encode_leniently
from core.imports.text.first_records import (
    BLANK_RECORDS_MAX,
    FirstRecords,
    Skipped,
    first_records,
    is_blank,
)
from core.imports.text.header_repair import refuse_damaged, says_repaired
from core.imports.text.tolerant import PLAIN, Dialect, Record, any_cell_size
from core.outcomes import Notice, RefusalCode

DELIMITER_SAMPLE_RECORDS = 100
DELIMITER_SAMPLE_CHARACTERS = 1024 * 1024

COMMON_DELIMITERS = (",", ";", "\t", "|")
RARE_DELIMITERS = ("^", "~", ":")
"""Only accepted if nothing else divides the records, or if it separates names of attributes."""
BLANK_DELIMITER = " "
"""Only accepted if it separates several names of attributes, and nearly all records agree."""
BLANK_DELIMITER_SHARE = 0.8

RECORDS_BELOW = 20
"""Compared with the header row for alignment."""
RECORDS_THAT_DISAGREE = 3
"""So many records, each with a number of cells of its own, are not divided by the delimiter."""
_NAMED_DELIMITERS = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "colon": ":",
    "space": " ",
}
_QUOTES = "\"'"
_SUFFIX_DELIMITERS = {"tsv": "\t", "tab": "\t", "psv": "|"}


@dataclass(frozen=True, slots=True)
class Layout:
    delimiter: str
    record_end: str
    """LF (also for CR LF) or CR."""
    header_index: int
    """Records above the header row."""
    headers: tuple[str, ...]
    """As written in the file."""
    header_bytes: int
    """From the text's start to the first record under the header row."""
    cr_lf: bool
    """The header row ends with CR LF."""
    dialect: Dialect
    below: tuple[tuple[str, ...], ...]
    """The first records under the header row."""
    notices: tuple[Notice, ...]


class HeadTooShort(Exception):
    """The beginning of the text is too short for the search; a longer one may suffice."""


def chosen_delimiter(option: str | None) -> str | None:
    """The delimiter that the caller names. Raises FileRefused INVALID_OPTIONS."""
    if option is None:
        return None
    delimiter = _NAMED_DELIMITERS.get(option.strip(" ").casefold() or option, option)
    if len(delimiter) == 1 and delimiter.isascii() and delimiter not in '"\r\n\0':
        return delimiter
    raise FileRefused(
        RefusalCode.INVALID_OPTIONS,
        f'"{option}" cannot be the delimiter: it must be one ASCII character other than a quote '
        "or a line end, or one of the words tab, comma, semicolon, pipe, colon, space.",
    )


def find_layout(
    head: bytes,
    whole: bool,
    encoding: str,
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
    suffix: str,
    profiles: Sequence[RecognisableProfile] = (),
) -> Layout | None:
    """The layout of a text that begins with `head`; None when all its records are blank.

    `whole`: nothing follows `head`; `suffix` is the file name's extension in lower case.
    Raises HeadTooShort, and FileRefused: INVALID_OPTIONS, HEADER_ROW_MISSING, HEADER_DAMAGED, and
    UNTERMINATED_QUOTE for a header row that never ends; ProfileRecognised.
    """
    text = decode_leniently(head, encoding)
    if not whole:
        text = text[: _end_of_lines(text)]
    delimiter = chosen_delimiter(options.delimiter)
    skip_blank = options.header_row is None
    above = _blank_lines(text) if skip_blank else Skipped(0, 0)
    table = text[above.characters :]
    with any_cell_size():
        names = KnownHeaders(definitions, options).written
        if delimiter is None:
            chosen = chosen_dialect(options, None)
            delimiter = detect_delimiter(
                table, whole, names, _SUFFIX_DELIMITERS.get(suffix), chosen
            )
        dialect = detect_dialect(table, whole, delimiter, options)
        wanted = max(HEADER_CANDIDATES, options.header_row or 0)
        skipped, records = first_records(
            table, whole, delimiter, wanted, skip_blank=skip_blank, dialect=dialect
        )
    if skipped.records == BLANK_RECORDS_MAX and (not whole or table.strip(BLANKS + delimiter)):
        raise FileRefused(
            RefusalCode.HEADER_ROW_MISSING,
            f"The first {BLANK_RECORDS_MAX:,} rows of the file have only empty cells. Remove "
            "them, so that the header row comes first.",
        )
    found = FirstRecords(table, skipped, records, delimiter, dialect)
    rows_above = above.records + skipped.records
    names_in = names_counter(definitions, options)
    lacking = not whole and len(records) < (options.header_row or 1)
    if lacking or not records:
        mended = found.mended_rest(names_in) if skip_blank and not whole else None
        if lacking and mended is None:
            raise HeadTooShort
        if mended is None:
            return None
        index = 0
    if records:
        index = choose_header_row([r.cells for r in records], definitions, options, profiles)
        mended = found.mended(index, names_in, only_it=not skip_blank)
    if mended is None and not records[index].terminated:
        raise FileRefused(
            RefusalCode.UNTERMINATED_QUOTE,
            f'The quote (") that opens cell {len(records[index].cells):,} of the header row (row '
            f"{rows_above + index + 1:,} of the file) is never closed. "
            "Close it, or double it if it belongs to the text.",
        )
    header = mended or found.header(index)
    header_row = rows_above + header.lines_before
    with any_cell_size():
        _, below = first_records(
            table[header.end :], whole, delimiter, RECORDS_BELOW, skip_blank=False, dialect=dialect
        )
    notices = []
    malformed = mended is not None or found.is_malformed(index)
    if malformed:
        notices.append(says_repaired(header_row + 1))
    elif skip_blank:
        cells = [record.cells for record in records[:HEADER_CANDIDATES]]
        notices += doubtful_header(cells, index, rows_above, names_in)
    if not dialect.is_plain and dialect != chosen_dialect(options, delimiter):
        notices.append(says_dialect(dialect))
    rows_below = tuple(tuple(record.cells) for record in below)
    refuse_damaged(header.cells, rows_below, names, mended=malformed)
    head_text = text[: above.characters + header.end]
    return Layout(
        delimiter=delimiter,
        record_end="\r" if _ends_with_cr(table, skipped.characters, records) else "\n",
        header_index=header_row,
        headers=tuple(plain_text(cell) for cell in header.cells),
        header_bytes=len(encode_leniently(head_text, encoding)),
        cr_lf=head_text.endswith("\r\n"),
        dialect=dialect,
        below=rows_below,
        notices=tuple(notices),
    )


def detect_delimiter(
    text: str,
    whole: bool,
    names: Collection[str],
    hint: str | None,
    dialect: Dialect | None = None,
) -> str:
    """The delimiter of a text that begins with `text`.

    The best evidence is a record with many attribute names among its cells. Without it, the
    delimiter is the one that cuts most records into the same number of cells, then into most
    cells; `hint` (of the file name) goes before a tie. Use it inside `any_cell_size`.
    """
    preferred = [hint] if hint else []
    candidates = list(dict.fromkeys((*preferred, *COMMON_DELIMITERS, *RARE_DELIMITERS)))
    dialect = dialect or PLAIN
    candidates = [d for d in candidates if d not in (dialect.quote, dialect.escape)]
    sample = text[:DELIMITER_SAMPLE_CHARACTERS]
    sampled_whole = whole and len(sample) == len(text)
    evidence = {d: _Evidence.of(d, sample, sampled_whole, names, dialect) for d in candidates}
    named = max(e.named for e in evidence.values())
    if not named and '"' in sample:  # one in the header row may hide all that follows
        bare = sample.replace('"', "")
        hidden = {d: _Evidence.of(d, bare, sampled_whole, names, dialect) for d in candidates}
        if max(e.named for e in hidden.values()) > 1:
            evidence, named = hidden, max(e.named for e in hidden.values())
    if named < 2 and BLANK_DELIMITER in sample:
        blank = _Evidence.of(BLANK_DELIMITER, sample, sampled_whole, names, dialect)
        if blank.named > max(named, 1) and blank.share >= BLANK_DELIMITER_SHARE:
            return BLANK_DELIMITER
    if named:
        candidates = [d for d in candidates if evidence[d].named == named]
    else:
        candidates = [d for d in candidates if d not in RARE_DELIMITERS] + [
            d for d in RARE_DELIMITERS if evidence[d].share > 0.9 and d != ":"
        ]
    dividing = [d for d in candidates if evidence[d].cells > 1 and (evidence[d].begins or not hint)]
    if not dividing:
        # one column: any delimiter that no cell contains will do
        unused = [d for d in candidates if evidence[d].widest <= 1]
        return next(iter(preferred + [d for d in COMMON_DELIMITERS if d in unused]), ",")
    return max(dividing, key=lambda d: (evidence[d].rank, -candidates.index(d)))


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The first records as divided by a delimiter."""

    named: int
    """Most attribute names among the cells of one of the first records."""
    cells: int
    """The commonest number of cells in a record; where names are found, that of their record."""
    share: float
    """Share of the records that have as many cells."""
    widest: int
    begins: bool
    """The first record has as many cells, and is not alone with them: the header of prices with
    decimal commas has not as many, and one with lists in it (`Tags (x,y,z)`) is alone."""

    @property
    def rank(self) -> tuple[bool, float, int]:
        return (self.begins, round(self.share, 1), self.cells)

    @classmethod
    def of(
        cls, delimiter: str, sample: str, whole: bool, names: Collection[str], dialect: Dialect
    ) -> _Evidence:
        wanted = DELIMITER_SAMPLE_RECORDS
        _, records = first_records(
            sample, whole, delimiter, wanted, skip_blank=True, dialect=dialect
        )
        rows = [record.cells for record in records if not is_blank(record.cells)]
        if not rows:
            return cls(named=0, cells=0, share=0.0, widest=0, begins=False)
        found = [
            len({trim(c).strip(_QUOTES) for c in row} & set(names))
            for row in rows[:HEADER_CANDIDATES]
        ]
        named = max(found)
        widths = Counter(map(len, rows))
        cells = len(rows[found.index(named)]) if named else widths.most_common(1)[0][0]
        agreed = widths[cells] > 1 or len(rows) < RECORDS_THAT_DISAGREE
        begins = named > 0 or (len(rows[0]) == cells and agreed)
        return cls(named, cells, widths[cells] / len(rows), max(widths), begins)


def _blank_lines(text: str) -> Skipped:
    """Lines at the beginning that hold nothing but blanks; there may be millions."""
    blanks = text[: len(text) - len(text.lstrip(BLANKS))]
    lines = blanks[: max(blanks.rfind("\n"), blanks.rfind("\r")) + 1]
    records = lines.count("\n") + lines.count("\r") - lines.count("\r\n")
    return Skipped(records, len(lines))


def _end_of_lines(text: str) -> int:
    """Where the last complete line of a cut text ends; its last character may be half of CR LF."""
    return max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1


def _ends_with_cr(text: str, start: int, records: Iterable[Record]) -> bool:
    """Whether records (the first begins at `start`) end with a lone CR, and none with LF."""
    end, lone_cr = start, False
    for record in records:
        end += record.characters
        if text[end - 1] == "\n":
            return False
        lone_cr |= text[end - 1] == "\r"
    return lone_cr
