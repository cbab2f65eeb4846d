import ast
import dataclasses
import re
from pathlib import Path

import pytest

import core
from core.settings import GIB, KIB, MIB, Settings
from core.wording import can_be_raised, counted, file_too_large, size_in_words, size_over_limit
from infra.local.configuration import TEMPLATE_PARAMETERS

CORE = Path(core.__path__[0])


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000, "1,000 rows")]
)
def test_a_number_of_things_has_its_noun_in_the_right_form(number: int, words: str) -> None:
    assert counted(number, "row") == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (KIB, "1 KiB"),
        (1536, "1.5 KiB"),
        (MIB - 1, "1,023.9 KiB"),
        (5 * GIB, "5 GiB"),
        (5 * GIB + 1, "5 GiB"),
        (10 * MIB, "10 MiB"),
    ],
)
def test_sizes_in_words_are_cut_never_rounded_up(size: int, words: str) -> None:
    assert size_in_words(size) == words


@pytest.mark.parametrize(
    ("size", "limit", "words"),
    [
        (5 * GIB + 1, 5 * GIB, "just over 5 GiB"),
        (200 * MIB + MIB // 20, 200 * MIB, "just over 200 MiB"),
        (201 * MIB, 200 * MIB, "201 MiB"),
        (12, 11, "12 bytes"),
    ],
)
def test_a_size_over_its_limit_never_reads_like_the_limit(
    size: int, limit: int, words: str
) -> None:
    assert size_over_limit(size, limit) == words
    assert words != size_in_words(limit)


def test_a_file_just_over_the_limit_is_not_told_the_limits_own_size() -> None:
    assert file_too_large("a.csv", 5 * GIB + 1, 5 * GIB) == (
        "The file “a.csv” is too large (just over 5 GiB): at most 5 GiB can be imported at once. "
        "Split it and upload the parts. An administrator can raise the limit: setting "
        "MAX_UPLOAD_BYTES."
    )


def named_in_calls() -> set[str]:
    """The settings that sentences name by `can_be_raised`."""
    calls = [
        node
        for path in CORE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == can_be_raised.__name__
    ]
    return {argument.value for call in calls for argument in call.args}  # type: ignore[attr-defined]


def test_an_administrator_can_raise_every_limit_of_which_this_is_said() -> None:
    """On AWS by a parameter of the template, on one machine by a variable of `make up`."""
    named = named_in_calls()

    assert len(named) >= 15
    assert named <= {field.name for field in dataclasses.fields(Settings)}
    assert {name.upper() for name in named} <= set(TEMPLATE_PARAMETERS)


def test_no_other_sentence_names_a_setting_of_a_limit() -> None:
    limits = {name.upper() for name in named_in_calls()}
    for path in CORE.rglob("*.py"):
        module = ast.parse(path.read_text())
        docstrings = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
        sentences = [
            node.value
            for node in ast.walk(module)
            if isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in docstrings
        ]
        assert not limits & set(re.findall("[A-Z_]+", " ".join(sentences))), path
