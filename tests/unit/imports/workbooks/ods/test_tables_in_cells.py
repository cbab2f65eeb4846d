"""A table within a cell of an ods is no part of the sheet, and condemns neither cell nor file."""

from pathlib import Path

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import FileKind
from tests.unit.imports.workbooks.workbook_files import Read, ods, read

NAMES = ("ProductSKU", "It")
DEFINITIONS = [AttributeDefinition(name, AttributeType.SHORT_TEXT) for name in NAMES]


def cell(text: str, more: str = "", attributes: str = "") -> str:
    return (
        f'<table:table-cell office:value-type="string"{attributes}><text:p>{text}</text:p>{more}'
        "</table:table-cell>"
    )


def row(*cells: str, attributes: str = "") -> str:
    return f"<table:table-row{attributes}>{''.join(cells)}</table:table-row>"


def sheet(*rows: str) -> str:
    return f'<table:table table:name="P">{"".join(rows)}</table:table>'


INNER = (
    '<table:table table:name="Inner"><table:table-column table:number-columns-repeated="2"/>'
    f"{row(cell('inner 1'), cell('inner 2'))}{row(cell('inner 3'), cell('inner 4'))}</table:table>"
)
HEADER = row(*map(cell, NAMES))


def read_ods(xml: str, folder: Path) -> Read:
    return read(ods(xml), folder, kind=FileKind.ODS, definitions=DEFINITIONS)


@pytest.mark.parametrize(
    "odd",
    [
        INNER,
        INNER.replace("<table:table ", '<table:table table:is-sub-table="true" '),
        INNER.replace("inner 4", "").replace("<text:p></text:p>", INNER),
        row(cell("inner")),
        cell("inner"),
        "<table:covered-table-cell/>",
        INNER * 3,
        "<table:table/>",
        "<text:table><text:p>inner</text:p></text:table>",
        INNER.replace("<table:table-row>", '<table:table-row table:number-rows-repeated="9999">'),
        INNER.replace("inner 1", "in<text:line-break/>ner<text:s/>1"),
    ],
)
def test_the_outer_table_is_read_and_the_cell_told(odd: str, tmp_path: Path) -> None:
    rows = [row(cell("A1"), cell("x", odd)), row(cell("A2"), cell("y"))]
    found = read_ods(sheet(HEADER, *rows), tmp_path)
    assert found.rows == [("A1", "x"), ("A2", "y")]
    assert found.notices == {
        "ODD_CELLS": 'Cell B2 (column "It") holds a table of its own, which was not read; the text '
        "beside it was. Move what is needed to cells of the sheet."
    }


def test_a_cell_with_nothing_but_a_table_is_empty(tmp_path: Path) -> None:
    bare = f"<table:table-cell>{INNER}</table:table-cell>"
    found = read_ods(sheet(HEADER, row(cell("A1"), bare), row(cell("A2"), bare)), tmp_path)
    assert found.rows == [("A1", ""), ("A2", "")]
    assert "2 cells hold tables of their own, the first is cell B2" in found.notices["ODD_CELLS"]


def test_the_values_behind_it_keep_their_kinds(tmp_path: Path) -> None:
    error = cell("#DIV/0!", attributes=' table:formula="of:=1/0"').replace("string", "float")
    rows = [row(cell("A1"), cell("x", INNER)), row(cell("A2"), error)]
    found = read_ods(sheet(HEADER, *rows), tmp_path)
    assert found.rows == [("A1", "x"), ("A2", "#DIV/0!")]
    assert "Cell B3 holds the error" in found.notices["ERROR_CELLS"]


def test_a_table_in_a_drawing_belongs_to_the_drawing(tmp_path: Path) -> None:
    draw = 'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    drawn = f"<draw:frame {draw}><draw:object>{INNER}</draw:object></draw:frame>"
    found = read_ods(sheet(HEADER, row(cell("A1"), cell("x", drawn))), tmp_path)
    assert (found.rows, found.notices) == ([("A1", "x")], {})
