"""How the cells of a text are enclosed: its quote, its escape character, blanks before quotes.

RFC 4180 knows the double quote, doubled within a cell. If the beginning of a text (or the place at
which it stops being well-formed) gives a better table in another dialect, that one is used.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

from core.errors import FileRefused
from core.file_format import ReadingOptions
from core.imports.text.tolerant import Dialect, any_cell_size, read_records, split_lines
from core.outcomes import Notice, NoticeCode, RefusalCode

SAMPLE_CHARACTERS = 64 * 1024
FEWER_DEFECTS = 4
"""Times fewer than in the usual dialect, where another one has defects too."""
NONE = "none"
SINGLE_QUOTE, BACKSLASH = "'", "\\"


@dataclass(frozen=True, slots=True)
class Shape:
    """A text as read in a dialect."""

    defects: int
    """Cells whose quotes are not in order."""
    quoted: int
    """Cells enclosed by quotes."""
    enclosed: int
    """Those of them that hold more than blanks, on one line. Only they are evidence of a quote that
    is an apostrophe as well: two apostrophes on different lines enclose what is between."""
    filled: int
    first_quoted: bool
    """All cells of the first record are enclosed by quotes."""
    even: float
    """Share of the records that have the commonest number of cells."""


def chosen_dialect(options: ReadingOptions, delimiter: str | None) -> Dialect | None:
    """The caller's dialect; None if not given. Raises FileRefused INVALID_OPTIONS."""
    if (
        options.quote_char is None
        and options.escape_char is None
        and not options.skip_initial_space
    ):
        return None
    quote = _character("quote character", options.quote_char, '"')
    escape = _character("escape character", options.escape_char, None)
    if len({quote, escape, delimiter} - {None}) < sum(
        x is not None for x in (quote, escape, delimiter)
    ):
        raise FileRefused(
            RefusalCode.INVALID_OPTIONS,
            "The delimiter, the quote character and the escape character must differ.",
        )
    return Dialect(quote, escape, bool(options.skip_initial_space))


def _character(what: str, option: str | None, default: str | None) -> str | None:
    if option is None:
        return default
    if option.casefold() == NONE:
        return None
    if len(option) == 1 and option.isascii() and option.isprintable() and option != " ":
        return option
    raise FileRefused(
        RefusalCode.INVALID_OPTIONS,
        f'"{option}" cannot be the {what}: it must be one ASCII character other than a blank, or '
        f"the word {NONE}.",
    )


def detect_dialect(
    text: str, whole: bool, delimiter: str, options: ReadingOptions, *, single: bool = True
) -> Dialect:
    """The dialect of a text that begins with `text`, as far as the caller leaves it open. With
    `single` false, double quotes are known to enclose cells."""
    base = chosen_dialect(options, delimiter) or Dialect()
    if base.quote is None:
        return base
    sample = text[:SAMPLE_CHARACTERS]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1 or None]
    ended = whole and len(sample) == len(text)
    variants = _variants(base, options, sample)
    best, shape = base, shape_of(sample, delimiter, base, whole=ended)
    for candidate in variants if shape.defects else ():
        other = shape_of(sample, delimiter, candidate, whole=ended)
        better = not other.defects or (
            other.defects * FEWER_DEFECTS <= shape.defects
            and _closes_its_quotes(sample, delimiter, candidate)
        )
        if better and other.quoted:
            best, shape = candidate, other
        if not shape.defects:
            break
    if not single or options.quote_char is not None or shape.quoted or delimiter == SINGLE_QUOTE:
        return best
    if SINGLE_QUOTE not in sample:
        return best
    for candidate in [replace(dialect, quote=SINGLE_QUOTE) for dialect in (base, *variants)]:
        other = shape_of(sample, delimiter, candidate, whole=ended)
        mostly = other.first_quoted or 2 * other.quoted > other.filled
        if (other.enclosed and not other.defects) and (
            other.even > shape.even or (other.even == shape.even and mostly)
        ):
            return candidate
    return best


def _variants(base: Dialect, options: ReadingOptions, sample: str) -> list[Dialect]:
    """Other dialects with the quote of `base`, as the caller allows."""
    may_escape = options.escape_char is None and BACKSLASH in sample
    escapes = (base.escape, BACKSLASH) if may_escape else (base.escape,)
    skips = (False, True) if options.skip_initial_space is None else (base.skip_blanks,)
    found = [Dialect(base.quote, escape, skip) for escape in escapes for skip in skips]
    return [dialect for dialect in found if dialect != base]


def _closes_its_quotes(text: str, delimiter: str, dialect: Dialect) -> bool:
    with any_cell_size():
        lines = split_lines([text], len(text))
        return all(r.terminated for r in read_records(lines, delimiter, len(text), dialect))


@lru_cache(maxsize=64)
def _cell_pattern(delimiter: str, dialect: Dialect) -> re.Pattern[str]:
    d = re.escape(delimiter)
    q = re.escape(dialect.quote) if dialect.quote else ""
    e = re.escape(dialect.escape) if dialect.escape else ""
    escaped = rf"|{e}[\s\S]" if e else ""
    skip = " *" if dialect.skip_blanks else ""
    # a single quote within a word is an apostrophe, a double quote there is a defect
    inner = q if dialect.quote == '"' else ""
    begin = rf"(?!{skip}{q})" if q else ""
    bare = rf"{begin}(?P<bare>(?:[^{d}{inner}{e}\r\n]{escaped})*+)"
    quoted = rf"{skip}(?P<quoted>{q}(?:[^{q}{e}]|{q}{q}{escaped})*+{q})|" if q else ""
    return re.compile(rf"(?:{quoted}{bare})(?P<end>{d}|\r\n|\n|\r|\Z)")


def shape_of(text: str, delimiter: str, dialect: Dialect, *, whole: bool) -> Shape:
    """`whole`: the last cell ends at the end of the text."""
    match = _cell_pattern(delimiter, dialect).match
    rest = re.compile(rf"[^{re.escape(delimiter)}\r\n]*(?:{re.escape(delimiter)}|\r\n|\n|\r|\Z)")
    widths: Counter[int] = Counter()
    defects = quoted = enclosed = filled = at = cells = quoted_in_record = 0
    first_quoted = False
    while at < len(text):
        found = match(text, at)
        cells += 1
        if found is None:
            quote = dialect.quote or ""
            begins = text[at:].lstrip(" ") if dialect.skip_blanks else text[at : at + 1]
            if not whole and at * 2 > len(text) and begins.startswith(quote):
                break  # the text is cut within this cell
            defects += 1
            beyond = rest.match(text, at)
            at = beyond.end() if beyond else len(text)
            ended = text[at - 1] in "\r\n" or at == len(text)
        else:
            content = found.groupdict().get("quoted")
            is_quoted = content is not None
            quoted += is_quoted
            enclosed += content is not None and _is_on_one_line(content.strip()[1:-1])
            quoted_in_record += is_quoted
            filled += is_quoted or bool(found["bare"].strip())
            at = found.end()
            ended = found["end"] != delimiter
        if ended:
            if not widths:
                first_quoted = quoted_in_record == cells
            widths[cells] += 1
            cells = quoted_in_record = 0
    even = widths.most_common(1)[0][1] / widths.total() if widths else 1.0
    return Shape(defects, quoted, enclosed, filled, first_quoted, even)


def _is_on_one_line(content: str) -> bool:
    return bool(content.strip()) and "\n" not in content and "\r" not in content


def says_dialect(dialect: Dialect) -> Notice:
    parts = []
    if dialect.quote != '"':
        parts.append(
            f"cells are enclosed by {dialect.quote}" if dialect.quote else "quotes are text"
        )
    if dialect.escape is not None:
        parts.append(f"{dialect.escape} precedes quotes that belong to the text")
    if dialect.skip_blanks:
        parts.append("there are blanks between delimiters and quotes")
    return Notice(
        code=NoticeCode.DIALECT_DETECTED,
        message=f"The file was read as follows: {'; '.join(parts)}. If values look wrong, "
        "name quoteChar, escapeChar or skipInitialSpace and process the file again.",
    )
