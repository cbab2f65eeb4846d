"""A stack is deployed again exactly when something that it runs has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.deployment import fingerprint, stage
from infra.staging import FIXED_TIME, mark_release

PARAMETERS = {"Stage": "local"}


@pytest.fixture
def staged(tmp_path: Path) -> Path:
    stage(tmp_path / "first")
    return tmp_path / "first"


def test_what_the_template_names_lies_where_it_looks_for_it(staged: Path) -> None:
    assert (staged / "infra" / "template.yaml").is_file()
    assert (staged / "infra" / "../statemachines/product-import.asl.json").is_file()
    for part in ("core/settings.py", "handlers/environment.py", "schemas"):
        assert (staged / "infra" / "../build/code" / part).exists()
    for layer in ("service", "columns"):
        assert (staged / "infra" / "../build/layers" / layer).is_dir()


def test_tests_tools_and_caches_are_no_part_of_a_function(staged: Path) -> None:
    code = staged / "build" / "code"

    assert {path.name for path in code.iterdir()} == {"core", "handlers", "schemas"}
    assert not list(code.rglob("__pycache__"))


def test_the_same_tree_has_the_same_fingerprint(staged: Path, tmp_path: Path) -> None:
    stage(tmp_path / "second")

    assert fingerprint(tmp_path / "second", PARAMETERS) == fingerprint(staged, PARAMETERS)


def test_the_mark_of_a_release_is_a_file_of_the_package_that_changes_with_it(staged: Path) -> None:
    mark = staged / "build" / "code" / "release"
    mark_release(mark.parent, "one")
    one = mark.read_text()
    mark_release(mark.parent, "two")

    assert one != mark.read_text()
    assert mark.stat().st_mtime == FIXED_TIME


def test_a_changed_line_or_parameter_changes_the_fingerprint(staged: Path) -> None:
    before = fingerprint(staged, PARAMETERS)
    other_parameter = fingerprint(staged, {**PARAMETERS, "ChunkTargetBytes": "1"})
    with (staged / "build/code/core/settings.py").open("a") as file:
        file.write("# changed\n")

    assert len({before, other_parameter, fingerprint(staged, PARAMETERS)}) == 3
