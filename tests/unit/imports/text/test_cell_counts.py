"""How many cells records have, as the csv module counts them, whatever tiles they fall into."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.imports.survey import TextSurvey
from core.imports.text import cell_counts
from core.imports.text.cell_counts import RecordCells, cells_of_first

DELIMITERS = st.sampled_from(",;\t|")
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])
PLAIN = st.text(st.sampled_from("ab é"), max_size=40)
QUOTED = st.text(st.sampled_from('a,;\t|\n\r"é'), max_size=40).map(
    lambda inside: '"' + inside.replace('"', '""') + '"'
)
RECORDS = st.lists(st.lists(PLAIN | QUOTED, min_size=1, max_size=5), max_size=30)


@pytest.fixture(autouse=True)
def tiles_of_one_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_counts, "TILE_UNITS", 64)


@given(RECORDS, DELIMITERS, LINE_ENDS, st.booleans())
def test_cells_are_counted_as_the_csv_module_counts_them(
    records: list[list[str]], delimiter: str, line_end: str, ends_whole: bool
) -> None:
    text = line_end.join(map(delimiter.join, records)) + (line_end if ends_whole else "")
    read = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    counts = [max(1, len(record)) for record in read]

    found = RecordCells.of(text.encode(), delimiter, line_end[-1])

    assert found.cells.tolist() == counts
    assert [found.record(row) for row, cells in enumerate(read) if cells] == [r for r in read if r]
    counted = TextSurvey.of(text.encode(), delimiter, line_end[-1])
    assert counted.delimiters == sum(counts) - len(counts)
    assert counted.multi_line.tolist() == [
        row
        for row, record in enumerate(read)
        for cell in record
        for _ in range(cell.count(line_end[-1]))
    ]
    assert cells_of_first(text.encode(), delimiter) == (len(read[0]) if read else 0)
