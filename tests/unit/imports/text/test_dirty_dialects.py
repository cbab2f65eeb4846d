"""Quotes behind blanks, single quotes, backslashes before quotes, blanks as delimiters."""

from typing import Any

import pytest

from core.outcomes import Refusal
from tests.unit.imports.dirty_files import read, tried
from tests.unit.imports.text.text_imports import imported


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('A, B, C\n1, 2, "x, y"\n', ["1|2|x, y"]),
        ('A, "B", C\n1, "2", 3\n', ["1|2|3"]),
        ('A;  B;  C\n1;  2;  "x; y"\n', ["1|2|x; y"]),
        ('A, B, C\n1, "x\ny", 3\n', ["1|x\ny|3"]),
        ('A, B, C\n1, "say ""no""", 3\n', ['1|say "no"|3']),
        ("A,B,C\n1,2,'x, y'\n3,4,5\n", ["1|2|x, y", "3|4|5"]),
        ("'A','B','C'\n'1','2','3'\n", ["1|2|3"]),
        ("A,B,C\n1,'it''s, so',3\n4,5,6\n", ["1|it's, so|3", "4|5|6"]),
        ("A,B,C\n'a','b','c'\n'd','e','f'\n", ["a|b|c", "d|e|f"]),
        ("A, B, C\n1, 'x, y', 3\n", ["1|x, y|3"]),
        ('A,B,C\n1,"24\\" wide",3\n', ['1|24" wide|3']),
        ('A,B,C\n1,"24\\"",3\n4,5,6\n', ['1|24"|3', "4|5|6"]),
        ('A,B,C\n1,"a \\"b, c\\" d",3\n', ['1|a "b, c" d|3']),
        ('A,B,C\n1,"c:\\new \\"x\\"",3\n', ['1|c:\\new "x"|3']),
        ('A,B,C\n1,"a\\\\",3\n4,"24\\"",6\n', ["1|a\\|3", '4|24"|6']),
        ("A B C\n1 2 3\n4 5 6\n", ["1|2|3", "4|5|6"]),
        ('A B C\n1 "x y" 3\n4 5 6\n', ["1|x y|3", "4|5|6"]),
    ],
)
def test_the_dialect_is_detected(text: str, rows: list[str]) -> None:
    result = read(text)
    assert result.rows() == rows
    assert ("DIALECT_DETECTED" in result.notices) != text.startswith("A B")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("A,B,C\n1,don't,3\n", ["1|don't|3"]),
        # apostrophes on two lines enclose nothing
        ("A,B,C\n1,2,'\n'\n", ["1|2|'", "'"]),
        ("A,B,C\n1,2,'tis\n4,5,dogs'\n", ["1|2|'tis", "4|5|dogs'"]),
        ("A,B,C\n,'red\nblue'\n", ["'red", "blue'"]),
        ("A,B,C\n'tis,'n',3\n4,5,6\n", ["'tis|'n'|3", "4|5|6"]),
        ("A,B,C\n1,6' 2\",3\n", ["1|6' 2\"|3"]),
        ('A,B,C\n1,"C:\\dir\\",3\n', ["1|C:\\dir\\|3"]),
        ('A,B,C\n1,"x\\ny",3\n', ["1|x\\ny|3"]),
        ("A,B,C\n1,C:\\dir,3\n", ["1|C:\\dir|3"]),
        ('A,B,C\n1,5" screen,3\n', ['1|5" screen|3']),
        ("A,B,C\n1, 2,3\n", ["1|2|3"]),
        ("A B\n1\n2\n", None),
        ("A,B,C\n1,\"it's\",3\n4,'x',6\n", ["1|it's|3", "4|'x'|6"]),
    ],
)
def test_an_ordinary_file_keeps_its_characters(text: str, rows: list[str] | None) -> None:
    result = read(text)
    assert rows is None or result.rows() == rows
    assert "DIALECT_DETECTED" not in result.notices


@pytest.mark.parametrize(
    ("text", "options", "rows"),
    [
        ("A,B\n1,'x, y'\n", {"quote_char": "'"}, ["1|x, y"]),
        ("A,B\n1,|x, y|\n", {"quote_char": "|"}, ["1|x, y"]),
        ('A,B\n1,"x"\n', {"quote_char": "none"}, ['1|"x"']),
        ('A,B\n1,"x\n', {"quote_char": "none"}, ['1|"x']),
        ("A,B,C\n'1','2','3'\n", {"quote_char": '"'}, ["'1'|'2'|'3'"]),
        ('A,B\n1,"a~"b"\n', {"escape_char": "~"}, ['1|a"b']),
        ("A,B\n1,a\\,b\n", {"escape_char": "\\"}, ["1|a,b"]),
        ('A,B\n1,"24\\" x"\n', {"escape_char": "none"}, ['1|24\\ x"']),
        ('A,B\n1, "x"\n', {"skip_initial_space": False}, ['1|"x"']),
        ('A,B\n1, "x, y"\n', {"skip_initial_space": True}, ["1|x, y"]),
        ("A,B\n1, 'x, y'\n", {"quote_char": "'", "skip_initial_space": True}, ["1|x, y"]),
        ("A;B\n1;'x; y'\n", {"quote_char": "'", "delimiter": ";"}, ["1|x; y"]),
    ],
)
def test_what_the_caller_says_wins(text: str, options: dict[str, Any], rows: list[str]) -> None:
    result = read(text, **options)
    assert result.rows() == rows


@pytest.mark.parametrize(
    "options",
    [
        {"quote_char": "ab"},
        {"quote_char": ""},
        {"quote_char": " "},
        {"quote_char": "é"},
        {"escape_char": "\n"},
        {"quote_char": ",", "delimiter": ","},
        {"quote_char": "'", "escape_char": "'"},
    ],
)
def test_an_option_that_cannot_be_is_refused(options: dict[str, str]) -> None:
    refusal = tried("A,B\n1,2\n", **options)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "INVALID_OPTIONS"


@pytest.mark.parametrize("odd", ['1, "x, y"', '1,"24\\", so"', '1,"24\\""'])
def test_the_dialect_shows_far_below_too(odd: str) -> None:
    rows = "1,plain text without any quote\n" * 4_000
    text = f"A,B\n{rows}{odd}\n1,2\n"
    result = imported(text.encode(), ("A", "B"), chunk_target_bytes=50_000)
    assert result.rows[-2][1] in {"x, y", '24", so', '24"'}
    assert "DIALECT_DETECTED" in result.notices
