"""What `make package` makes of modules, and with which interpreter."""

from __future__ import annotations

import importlib.util
import marshal
import subprocess
import sys
from pathlib import Path

import pytest

from infra import package
from infra.staging import FIXED_TIME


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    return a_layer(tmp_path / "layer")


def a_layer(folder: Path) -> Path:
    module = folder / "python" / "small" / "answer.py"
    module.parent.mkdir(parents=True)
    module.write_text("ANSWER = 42\nNAMES = {'a', 'b', 'c'}\n\ndef ask():\n    return ANSWER\n")
    return folder


def bytecode(folder: Path) -> Path:
    (found,) = folder.rglob("*.pyc")
    return found


def test_bytecode_lies_where_python_looks_and_is_not_compared_with_its_source(layer: Path) -> None:
    package.compile_all(sys.executable, layer, package.LAYER_AT)

    module = layer / "python" / "small" / "answer.py"
    assert bytecode(layer) == Path(importlib.util.cache_from_source(str(module)))
    head, code = bytecode(layer).read_bytes()[:16], bytecode(layer).read_bytes()[16:]
    assert head[:4] == importlib.util.MAGIC_NUMBER
    assert int.from_bytes(head[4:8], "little") == 0b01, "by hash, unchecked"
    assert marshal.loads(code).co_filename == "/opt/python/small/answer.py"
    assert bytecode(layer).stat().st_mtime == FIXED_TIME
    module.write_text("a source that no Python could compile\n")
    command = "from small.answer import ask; print(ask())"
    path = str(layer / "python")
    requested = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {path!r}); {command}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert requested.stdout.strip() == "42"


def test_the_same_sources_make_the_same_bytecode_wherever_they_are_staged(tmp_path: Path) -> None:
    made = set()
    for name in ("one", "another place"):
        folder = a_layer(tmp_path / name)
        package.compile_all(sys.executable, folder, package.LAYER_AT)
        made.add(bytecode(folder).read_bytes())

    assert len(made) == 1


def test_only_an_interpreter_of_lambdas_version_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, version in (("older", "3.12"), ("right", package.PYTHON_VERSION), ("broken", "")):
        (tmp_path / name).write_text(f"#!/bin/sh\necho {version}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "older"))

    assert package.find_python() is None
    versions = tmp_path / "versions"
    (tmp_path / "pyenv").write_text(f"#!/bin/sh\necho {tmp_path}\n")
    (tmp_path / "pyenv").chmod(0o755)
    assert package.find_python() is None
    ours = versions / f"{package.PYTHON_VERSION}.7" / "bin" / "python"
    ours.parent.mkdir(parents=True)
    ours.write_text((tmp_path / "right").read_text())
    ours.chmod(0o755)
    assert package.find_python() == str(ours)
    ours.unlink()
    monkeypatch.setenv("PYTHON313", str(tmp_path / "broken"))
    assert package.find_python() is None
    monkeypatch.setenv("PYTHON313", str(tmp_path / "right"))
    assert package.find_python() == str(tmp_path / "right")
    monkeypatch.delenv("PYTHON313")
    (tmp_path / "right").rename(tmp_path / f"python{package.PYTHON_VERSION}")
    assert package.find_python() == f"python{package.PYTHON_VERSION}"
