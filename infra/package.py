"""Stage what AWS gets into build/: the code, and one layer of locked packages per kind of
function. `make package`; `make deploy` then uploads it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.shrinking import drop_symbols
from infra.staging import LAYERS, ROOT, fix_times, stage_code

BUILD = ROOT / "build"
PYTHON_VERSION = "3.13"
PLATFORM = "aarch64-manylinux_2_34"
"""Amazon Linux 2023 on arm64: the template's Runtime and Architectures."""

LAMBDA_LIMIT_BYTES = 250 * 1024 * 1024
"""AWS: a function and its layers, unzipped."""

CODE_AT, LAYER_AT = "/var/task", "/opt"
"""Where Lambda lays the code, and each layer."""

USELESS = ("tests", "test", "__pycache__", "bin", "include")
"""Folders of packages that no function reads."""


def build_layer(name: str, build: Path = BUILD) -> Path:
    """Install `requirements/{name}.txt` for Lambda, whatever machine this is. Wheels only: a
    source package would be built for this machine."""
    target = build / "layers" / name / "python"
    subprocess.run(
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet"),
            *("--target", str(target)),
            *("--python-version", PYTHON_VERSION, "--python-platform", PLATFORM),
            *("--only-binary", ":all:", "--require-hashes", "--link-mode", "copy"),
            *("--requirement", str(ROOT / "requirements" / f"{name}.txt")),
        ],
        check=True,
    )
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_dir() and path.name in USELESS:
            shutil.rmtree(path)
        elif path.suffix in (".pyi", ".c", ".h", ".pxd", ".pyx", ".a"):
            path.unlink()
        elif path.is_file() and ".so" in path.suffixes:
            drop_symbols(path)
    fix_times(target.parent)
    return target.parent


def find_python() -> str | None:
    """An interpreter of Lambda's version: bytecode of another one is not read there. `PYTHON313`
    names one that is neither on the PATH nor one of pyenv's."""
    version = "import sys; print('%d.%d' % sys.version_info[:2])"
    names = (os.environ.get("PYTHON313", ""), f"python{PYTHON_VERSION}", sys.executable)
    for name in (*names, *sorted(map(str, _pyenv_pythons()))):
        if name and shutil.which(name):
            answer = subprocess.run(
                [name, "-c", version], capture_output=True, text=True, check=False
            )
            if answer.stdout.strip() == PYTHON_VERSION:
                return name
    return None


def _pyenv_pythons() -> Iterator[Path]:
    if shutil.which("pyenv"):
        root = subprocess.run(["pyenv", "root"], capture_output=True, text=True, check=False)
        yield from Path(root.stdout.strip(), "versions").glob(f"{PYTHON_VERSION}.*/bin/python")


def compile_all(python: str, folder: Path, at: str) -> None:
    """Write bytecode next to the modules of `folder`, which Lambda will have under `at`: it cannot
    write any itself, and would compile each module again at each cold start. Unchecked: it is not
    compared with the sources, whose times are all the same. Files that do not compile, such as
    templates in packages, are reported and remain without.
    """
    subprocess.run(
        [
            *(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", str(folder), "-p", at, str(folder)),
        ],
        check=False,
        env=os.environ | {"PYTHONHASHSEED": "0"},
    )
    fix_times(folder)


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main() -> int:
    shutil.rmtree(BUILD, ignore_errors=True)
    code = BUILD / "code"
    stage_code(code)
    python = find_python()
    if python is None:
        print(
            f"No Python {PYTHON_VERSION} was found (PYTHON313=… names one), so the packages have "
            "no bytecode: they run all the same, but a cold start takes up to a second longer.",
            file=sys.stderr,
        )
    else:
        compile_all(python, code, CODE_AT)
    code_bytes = size_of(code)
    too_large = False
    for name in LAYERS:
        layer = build_layer(name)
        if python is not None:
            compile_all(python, layer, LAYER_AT)
        total = size_of(layer) + code_bytes
        too_large |= total > LAMBDA_LIMIT_BYTES
        share = f"{total / 2**20:.0f} of {LAMBDA_LIMIT_BYTES / 2**20:.0f} MiB"
        print(f"build/layers/{name}: with the code {share}, unzipped")
    if too_large:
        print("Lambda will refuse this: a layer is too large.", file=sys.stderr)
    return 1 if too_large else 0


if __name__ == "__main__":
    sys.exit(main())
