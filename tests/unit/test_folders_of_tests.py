"""The tests of units and of integration lie in folders that mirror those of the code."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.sources import ROOT, python_files

BOTH = ("tests/unit", "tests/integration")
OUTSIDE_CORE = ("handlers", "infra", "samples", "statemachines")
"""Folders of the repository whose tests have a folder of the same name."""


def mirrored(folder: Path) -> Path:
    """The folder of code whose tests lie in a folder below `tests/unit` or `tests/integration`."""
    top = folder.parts[0] if folder.parts else ""
    if top == "bench":
        return Path("tests") / folder
    return folder if top in OUTSIDE_CORE else Path("core") / folder


def misplaced(tests: Iterable[Path], modules: Iterable[Path]) -> dict[str, list[str]]:
    """Tests that have the name of a module and lie in no folder of such a module, with the folders
    where they belong. Both are paths from the root; `ods/area.py` is also known as `ods_area`."""
    homes: dict[str, set[str]] = {}
    for module in modules:
        name, folder = module.stem, module.parent
        for known in (name, f"{folder.name}_{name}"):
            homes.setdefault(known, set()).add(str(folder))
    found = {}
    for test in tests:
        home = homes.get(test.stem.removeprefix("test_"))
        folder = mirrored(test.parent.relative_to("tests/unit"))
        if home is not None and str(folder) not in home:
            found[str(test)] = sorted(home)
    return found


def files(*folders: str) -> list[Path]:
    return [path.relative_to(ROOT) for folder in folders for path in python_files(folder)]


@pytest.mark.parametrize("tests", BOTH)
def test_each_folder_of_tests_mirrors_a_folder_of_code(tests: str) -> None:
    folders = {path.parent.relative_to(ROOT / tests) for path in python_files(tests)}

    assert [str(f) for f in sorted(folders) if not (ROOT / mirrored(f)).is_dir()] == []


def test_the_tests_of_a_module_lie_where_the_module_does() -> None:
    tests = [path for path in files("tests/unit") if path.name.startswith("test_")]

    assert misplaced(tests, files("core", "handlers", "infra", "tests/bench")) == {}


def test_a_misplaced_test_is_found() -> None:
    modules = [Path("core/imports/ods/area.py"), Path("core/products/sizes.py")]
    tests = ["imports/test_ods_area.py", "imports/ods/test_area.py", "products/test_area.py"]

    assert misplaced([Path("tests/unit", test) for test in tests], modules) == {
        "tests/unit/imports/test_ods_area.py": ["core/imports/ods"],
        "tests/unit/products/test_area.py": ["core/imports/ods"],
    }
