"""Planning whole files: empty, huge and missing ones."""

from typing import Any

import msgspec
import pytest

from core.file_format import ReadingOptions
from core.imports.planning import plan_import
from core.outcomes import Refusal
from core.storage import FolderStore
from tests.unit.imports.text.text_imports import (
    KEYS,
    RESULTS,
    attributes,
    imported,
    refused,
    settings,
    stored,
)


@pytest.mark.parametrize(
    "data",
    [b"", b"\n\n \r\n", b",,,\n,\n", "\ufeff".encode(), "\ufeff \n".encode("utf-16"), b'""\n'],
)
def test_a_file_without_any_value_is_empty(data: bytes) -> None:
    result = imported(data)
    assert list(result.notices) == ["EMPTY_FILE"]
    assert (result.chunks, result.plan.row_count, result.plan.data) == ([], 0, None)


@pytest.mark.parametrize("header_row", [1, 3])
def test_a_file_of_no_bytes_is_empty_whatever_its_header_row_should_be(header_row: int) -> None:
    """Found by make fuzz."""
    result = imported(b"", options=ReadingOptions(header_row=header_row))
    assert list(result.notices) == ["EMPTY_FILE"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\r"])
def test_a_file_of_headers_alone_says_so(end: str) -> None:
    result = imported(f"a,b{end}".encode())
    assert list(result.notices) == ["HEADER_ONLY"]
    assert result.plan.original_headers == ("a", "b")
    assert (result.chunks, result.plan.row_count) == ([], 0)


def test_blank_lines_under_the_headers_are_rows_but_the_file_is_still_headers_alone() -> None:
    result = imported(b"a,b\n\n,\n \n")
    assert list(result.notices) == ["HEADER_ONLY"]
    assert result.plan.row_count == 3
    assert result.rows == [["", ""], ["", ""], [" ", ""]]


@pytest.mark.parametrize(
    ("rows", "changes"),
    [
        (",,\n \u00a0,,\n,,\n", {"chunk_target_bytes": 4}),
        (",,\n" * 200_000, {}),
        ("\u3000,,\n" * 70_000, {}),  # characters of three bytes lie across what is read at once
    ],
)
def test_blank_rows_are_headers_alone_however_many_and_however_they_are_cut(
    rows: str, changes: dict[str, Any]
) -> None:
    result = imported(f"a,b,c\n{rows}".encode(), **changes)
    assert list(result.notices) == ["HEADER_ONLY"]
    assert result.plan.row_count == rows.count("\n")


def test_one_value_after_many_blank_rows_is_not_headers_alone() -> None:
    result = imported(b"a,b\n" + b",\n" * 200_000 + b",x\n", chunk_target_bytes=100_000)
    assert list(result.notices) == []


def test_a_file_without_a_matching_column_names_its_headers_and_what_was_perhaps_meant() -> None:
    result = imported(b"colour,prise\nred,1\nblue,2\n", ("Colour", "Price"))
    assert list(result.notices) == ["NO_MATCHING_COLUMN"]
    assert '"colour" (did you mean "Colour"?)' in result.notices["NO_MATCHING_COLUMN"]
    assert "Its 2 rows were not read." in result.notices["NO_MATCHING_COLUMN"]
    assert (result.chunks, result.plan.chunk_count, result.plan.row_count) == ([], 0, 2)


def test_two_columns_for_one_attribute_are_refused() -> None:
    assert refused(b"a,b,a\n1,2,3\n").code == "DUPLICATE_HEADER"


def test_a_required_attribute_without_a_column_stands_in_the_plan() -> None:
    store, source = stored(b"a,b\n1,2\n")
    needed = [msgspec.structs.replace(attributes("SKU")[0], is_required=True), *attributes("a")]
    plan = plan_import(store, settings(), KEYS, source, ReadingOptions(), needed)
    assert not isinstance(plan, Refusal)
    assert plan.missing_required == ("SKU",)


def test_a_file_over_the_limit_is_refused_with_both_sizes() -> None:
    refusal = refused(b"a,b\n" + b"1,2\n" * 999, max_upload_bytes=2_048)
    assert refusal.code == "FILE_TOO_LARGE"
    assert "3.9 KiB" in refusal.message
    assert "2 KiB" in refusal.message


def test_an_object_that_vanished_is_refused_not_an_error() -> None:
    store, source = stored(b"a,b\n1,2\n")
    gone = msgspec.structs.replace(source, key="user-uploads/gone.csv")
    plan = plan_import(store, settings(), KEYS, gone, ReadingOptions(), attributes("a"))
    assert isinstance(plan, Refusal)
    assert plan.code == "OBJECT_MISSING"


def test_too_many_columns_are_refused() -> None:
    data = ",".join(f"c{n}" for n in range(60)).encode() + b"\n"
    assert refused(data, ("c1",), max_columns=50).code == "TOO_MANY_COLUMNS"


def test_two_thousand_columns_are_read() -> None:
    names = [f"c{n}" for n in range(2_000)]
    row = [f'"v, {n}"' if n % 3 == 0 else str(n) for n in range(2_000)]
    data = "\n".join([",".join(names), *[",".join(row)] * 20]).encode()
    result = imported(data, ("c7",), chunk_target_bytes=100_000)
    assert len(result.chunks) > 1
    assert result.rows == [[cell.strip('"') for cell in row]] * 20


@pytest.mark.parametrize("column", [0, 1], ids=["first", "last"])
def test_a_cell_of_five_megabytes_is_read_whole(column: int) -> None:
    cell = 'line of "text"\n' * 350_000
    quoted = '"' + cell.replace('"', '""') + '"'
    cells = ["x", "y"]
    cells[column] = quoted
    data = f"a,b\n1,2\n{','.join(cells)}\n3,4\n".encode()
    result = imported(data, chunk_target_bytes=1_000_000, read_block_bytes=1_000_000)
    assert result.rows[1][column] == cell
    assert [chunk.rows for chunk in result.chunks] == [2, 1]


def test_a_header_row_of_a_megabyte_is_read() -> None:
    header = "h" * 1_000_000
    result = imported(f"{header},a\n1,2\n".encode())
    assert result.rows == [["1", "2"]]


def test_chunks_are_cut_at_the_first_record_end_past_the_target() -> None:
    data = b"a,b\n" + b"1,2\n" * 10
    result = imported(data, chunk_target_bytes=10)
    assert [(c.start, c.end, c.first_row, c.rows) for c in result.chunks] == [
        (4, 16, 1, 3),
        (16, 28, 4, 3),
        (28, 40, 7, 3),
        (40, 44, 10, 1),
    ]


def test_large_files_are_fetched_ahead_in_order() -> None:
    rows = "".join(f"{n},value of {n}\n" for n in range(100_000))
    data = f"a,b\n{rows}".encode()
    result = imported(data, read_block_bytes=64 * 1024, chunk_target_bytes=300_000)
    assert result.rows == [[str(n), f"value of {n}"] for n in range(100_000)]


def test_the_same_input_writes_the_same_bytes() -> None:
    written = []
    for block in (10, 1_000):
        imported(b"a,b\r\n1,2\r\n3,4\r\n", chunk_target_bytes=4, read_block_bytes=block)
        store, _ = stored(b"")
        written.append((store.get(RESULTS, KEYS.plan), store.get(RESULTS, KEYS.chunks)))
    assert written[0] == written[1]


def test_a_missing_object_of_our_own_is_an_error_to_retry(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from core.storage import ObjectMissing

    store, source = stored(b'a,b\n1,x"y\n')
    head = FolderStore.head

    def losing(self: FolderStore, bucket: str, key: str, version_id: str | None = None) -> Any:
        if bucket == RESULTS:
            raise ObjectMissing(bucket, key)
        return head(self, bucket, key, version_id)

    monkeypatch.setattr(FolderStore, "head", losing)
    with pytest.raises(ObjectMissing):
        plan_import(store, settings(), KEYS, source, ReadingOptions(), attributes("a"))
