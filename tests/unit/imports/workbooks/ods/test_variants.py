"""One table gives one result in ods, however its XML is written."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import FileRefused
from tests.unit.imports.workbooks.ods.variants_kit import check, table


@given(
    repeats=st.booleans(),
    groups=st.sampled_from(["", "table-row-group", "table-header-rows", "table-rows"]),
    hidden=st.sampled_from([None, 1, 2, 3, 5]),
    end=st.booleans(),
    spans=st.booleans(),
    blanks=st.sampled_from(["", " ", "\n", "\r\n  "]),
    quote=st.sampled_from(['"', "'"]),
    order=st.booleans(),
    comments=st.booleans(),
    styles=st.booleans(),
)
@settings(max_examples=30)
def test_any_mix_of_spellings_gives_the_same(
    repeats: bool,
    groups: str,
    hidden: int | None,
    end: bool,
    spans: bool,
    blanks: str,
    quote: str,
    order: bool,
    comments: bool,
    styles: bool,
) -> None:
    xml = table(
        repeats=repeats,
        groups=groups,
        hidden=hidden,
        end=end,
        spans=spans,
        blanks=blanks,
        quote=quote,
        order=order,
        comments=comments,
        styles=styles,
    )
    with tempfile.TemporaryDirectory() as folder:
        check(xml, Path(folder), hidden=hidden)


@pytest.mark.parametrize("repeats", [False, True])
def test_other_prefixes_of_the_namespaces_give_the_same(repeats: bool, tmp_path: Path) -> None:
    check(table(repeats=repeats), tmp_path, prefixes=True)


def test_pictures_and_their_texts_are_no_part_of_a_rewritten_table(tmp_path: Path) -> None:
    drawing = (
        ' <d:frame xmlns:d="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"><d:text-box>'
        "<text:p>caption</text:p></d:text-box></d:frame> "
    )
    xml = table(blanks="\n").replace("<text:p>x</text:p>", f"{drawing}<text:p>x</text:p>")
    assert "caption" in xml
    check(xml, tmp_path)


@pytest.mark.parametrize("spoiled", ["</table:table>", "<text:p>"])
def test_what_is_no_xml_is_still_refused(spoiled: str, tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="damaged"):
        check(table(blanks="\n").replace(spoiled, "", 1), tmp_path)
