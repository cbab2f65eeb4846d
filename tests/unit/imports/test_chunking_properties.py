"""Chunked equals unchunked, and both equal the csv module: for any table, dialect and cut."""

import csv
import io
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.attributes.rules.whitespace import trim
from core.file_format import ReadingOptions
from core.imports.table.odd_rows import plain_text
from core.outcomes import Refusal
from tests.unit.imports.text.text_imports import Imported, csv_rows, fitted, import_text, imported

Rows = list[list[str]]
Quoting = Literal[0, 1, 2]

CELL = st.text(
    st.one_of(
        st.sampled_from(',;\t|"\n\r \ufeff\u00a0'),
        st.sampled_from("abcxyz0189'#=\\^"),
        st.characters(exclude_categories=["Cs", "Cc"], max_codepoint=0x1F600),
    ),
    max_size=8,
)
LATIN_CELL = st.lists(st.sampled_from([*',;\t|"\n\r abéÜß', " €", " 20°"]), max_size=6).map("".join)
SMALL = st.integers(1, 40)
QUOTING = st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC])
DELIMITER = st.sampled_from([",", ";", "\t", "|"])
LINE_END = st.sampled_from(["\n", "\r\n", "\r"])


def written(rows: Rows, delimiter: str, quoting: Quoting, line_end: str) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=quoting, lineterminator=line_end)
    # Python before 3.13 leaves a CR unquoted when the line end is LF
    if quoting == csv.QUOTE_MINIMAL and any("\r" in c or "\n" in c for row in rows for c in row):
        writer = csv.writer(
            buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator=line_end
        )
    writer.writerows(rows)
    return buffer.getvalue()


def check_equals_csv_module(result: Imported, text: str, delimiter: str) -> None:
    skips = "there are blanks between" in result.notices.get("DIALECT_DETECTED", "")
    header, *rows = csv_rows(text, delimiter, skipinitialspace=skips)
    rows = [[plain_text(cell) for cell in row] for row in rows]
    width = len(header)
    assert result.rows == fitted(rows, width)
    assert [b.first_row for b in result.batches] == [c.first_row for c in result.chunks]
    assert sum(c.rows for c in result.chunks) == result.plan.row_count == len(rows)
    assert result.extra_cells == {
        n: tuple(row[width:])
        for n, row in enumerate(rows, start=1)
        if any(trim(cell) for cell in row[width:])
    }
    assert result.short_rows == [
        n for n, row in enumerate(rows, start=1) if len(row) < width and any(map(trim, row))
    ]


@pytest.mark.slow
@given(
    table=st.lists(st.lists(CELL, max_size=5), max_size=8),
    delimiter=DELIMITER,
    quoting=QUOTING,
    line_end=LINE_END,
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]),
    trailing=st.booleans(),
    chunk=SMALL,
    block=SMALL,
)
@example(
    table=[["", "'"], ["'"]],
    delimiter=",",
    quoting=0,
    line_end="\n",
    encoding="utf-8",
    trailing=False,
    chunk=1,
    block=1,
)
@example(
    table=[["", "'red"], ["blue'"]],
    delimiter=",",
    quoting=0,
    line_end="\n",
    encoding="utf-8",
    trailing=False,
    chunk=1,
    block=1,
)
@settings(max_examples=250, deadline=None)
def test_chunks_give_the_rows_of_the_csv_module_for_any_table_dialect_and_cut(
    table: Rows,
    delimiter: str,
    quoting: Quoting,
    line_end: str,
    encoding: str,
    trailing: bool,
    chunk: int,
    block: int,
) -> None:
    rows = [["a", "second", "third"], *table]
    text = written(rows, delimiter, quoting, line_end)
    if not trailing:
        text = text.removesuffix(line_end)
    option = encoding if encoding in ("utf-16-le", "utf-16-be") else None
    result = imported(
        text.encode(encoding),
        options=ReadingOptions(encoding=option),
        chunk_target_bytes=chunk,
        read_block_bytes=block,
    )
    assert result.plan.format.delimiter == delimiter
    if csv_rows(text, delimiter)[1:]:
        check_equals_csv_module(result, text, delimiter)


@pytest.mark.slow
@given(
    table=st.lists(st.lists(LATIN_CELL, min_size=1, max_size=4), min_size=1, max_size=8),
    delimiter=DELIMITER,
    line_end=LINE_END,
    chunk=SMALL,
    block=SMALL,
)
@settings(max_examples=150, deadline=None)
def test_windows_text_is_detected_and_read_whole(
    table: Rows, delimiter: str, line_end: str, chunk: int, block: int
) -> None:
    text = written([["a", "Größe"], *table], delimiter, csv.QUOTE_MINIMAL, line_end)
    result = imported(
        text.encode("cp1252"), ("a", "Größe"), chunk_target_bytes=chunk, read_block_bytes=block
    )
    assert result.plan.format.encoding == "cp1252"
    check_equals_csv_module(result, text, delimiter)


@pytest.mark.slow
@given(
    junk=st.text(st.sampled_from('a,"\n\r é'), max_size=40),
    chunk=SMALL,
    block=st.integers(1, 12),
    header=st.sampled_from(["a,b\n", "a,b\r\n", "a,b\r"]),
)
@example(junk='a,"b"c,"\n', chunk=1, block=7, header="a,b\n")
@example(junk='"a\r\n', chunk=1, block=7, header="a,b\n")
@example(junk="a\r", chunk=1, block=7, header="a,b\n")
@settings(max_examples=400, deadline=None)
def test_any_junk_reads_as_in_the_csv_module_or_is_refused_for_its_open_quote(
    junk: str, chunk: int, block: int, header: str
) -> None:
    text = header + junk
    result = import_text(
        text.encode(),
        options=ReadingOptions(delimiter=","),
        chunk_target_bytes=chunk,
        read_block_bytes=block,
    )
    if isinstance(result, Imported) and "DIALECT_DETECTED" in result.notices:
        check_equals_csv_module(result, text, ",")
        return
    unclosed = ends_inside_quotes(text)
    if isinstance(result, Refusal):
        assert (result.code, unclosed) == ("UNTERMINATED_QUOTE", True), result
    else:
        assert not unclosed
        check_equals_csv_module(result, text, ",")


def ends_inside_quotes(text: str) -> bool:
    """A line after the text would become part of its last record."""
    return csv_rows(text + "\nmark")[-1:] != [["mark"]]


@pytest.mark.slow
@given(
    table=st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6),
    chunk=st.integers(1, 60),
)
@settings(max_examples=60, deadline=None)
def test_the_plan_is_the_same_however_the_file_is_fetched(table: Rows, chunk: int) -> None:
    data = written([["a", "b", "c"], *table], ",", csv.QUOTE_MINIMAL, "\n").encode()
    plans = {
        (result.plan, tuple(result.chunks))
        for block in (3, 64, 1_000_000)
        for result in [imported(data, chunk_target_bytes=chunk, read_block_bytes=block)]
    }
    assert len(plans) == 1


PIECES = b'a|,|"|\n|\r|\r\n|\xe9|\xc3\xa9|\xe2\x82\xac|\x81|\xff|\xf0\x9f\x98\x80|\0|"q",r\n'.split(
    b"|"
)
BYTES = st.lists(st.sampled_from([*PIECES, b"1,2\n" * 9, b"x" * 40]), max_size=40).map(b"".join)


@pytest.mark.slow
@given(
    junk=BYTES,
    start=st.sampled_from(
        [b"a,b\n", b"a,b\r\n", b"a,b\r", b"", b"\xef\xbb\xbfa,b\n", b"\xff\xfea\0"]
    ),
    encoding=st.sampled_from([None, None, "utf-8", "cp1252", "shift_jis", "utf-16"]),
    limit=st.sampled_from([60, 1_000_000]),
    block=st.integers(1, 70),
)
@settings(max_examples=200, deadline=None)
def test_any_bytes_get_one_answer_however_they_are_fetched(
    junk: bytes, start: bytes, encoding: str | None, limit: int, block: int
) -> None:
    answers: list[object] = []
    for size in (block, 1_000_000):
        result = import_text(
            start + junk,
            options=ReadingOptions(encoding=encoding),
            chunk_target_bytes=20,
            read_block_bytes=size,
            max_record_bytes=limit,
        )
        if isinstance(result, Refusal):
            answers.append(result)
        else:
            answers.append((result.plan, result.chunks, result.rows))
    assert answers[0] == answers[1]
