"""Chunked equals unchunked for texts put together from what makes files dirty: `read` compares."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.imports.dirty_files import tried

ROWS = (
    *(
        "1,2,3",
        "4,,5,6",
        "7",
        "A,B,C",
        "\ufeffA,B,C",
        '"A","B","C"',
        "A, B, C",
        "Total,,4",
        ",,",
        "",
    ),
    *(
        '="007",2,3',
        '1,"=""x""",3',
        '1, "x, y",3',
        "1,'x, y',3",
        '1,"a\\"b",3',
        '1,"24"",9',
        '2,13",8',
    ),
    *("a,b,c", "C,A,B", "b, a ,c", '"C","B","A"', ",C,B,A", "A,,B,C", "Total,A,B,C"),
    *("kg,m,l", "a_b,c_d,e_f", "1,2,3,", "1 2 3", '"two\nlines",2,3', "\x1aA,B,C", "1,2,3\x1a"),
)
HEADERS = (
    "A,B,C",
    '"A","B","C"',
    "\ufeffA,B,C",
    ",A,B,C",
    'A,"B,"C"',
    'A,B,"C',
    "AB,C",
    "A, B, C",
    "A,,B,C",
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "quote_char": st.sampled_from(["'", '"', "none"]),
        "escape_char": st.sampled_from(["\\", "none"]),
        "skip_initial_space": st.booleans(),
    },
)


@pytest.mark.slow
@given(
    st.sampled_from(HEADERS),
    st.lists(st.sampled_from(ROWS), max_size=7),
    st.sampled_from(["\n", "\r\n", "\r"]),
    st.sampled_from(["", "\x1a", "\x1a\r\n"]),
    OPTIONS,
    st.sampled_from(["A B C", "A:number B C:measure"]),
)
@example(",A,B,C", ["4,,5,6", "A,B,C"], "\n", "", {}, "A B C")
@settings(max_examples=120, deadline=None)
def test_a_dirty_file_reads_the_same_in_the_smallest_chunks(
    header: str, rows: list[str], line_end: str, end: str, options: dict[str, object], names: str
) -> None:
    tried(line_end.join([header, *rows, ""]) + end, names, **options)
