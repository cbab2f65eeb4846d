"""Check: asl-validator, the validator of the States Language, where Node.js is installed."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from infra.checks.machines import Machine, machines_of
from infra.checks.results import CheckResult
from infra.staging import ROOT

CHECK = "asl-validator"
LOCK = Path(__file__).parent / "node"
INSTALLED = ROOT / ".local" / "asl-validator"


def check(template: Mapping[str, Any]) -> CheckResult:
    return check_machines(machines_of(template))


def check_machines(machines: Sequence[Machine], installed: Path = INSTALLED) -> CheckResult:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return CheckResult(
            CHECK, "nothing", skipped="Node.js and npm are not installed; it needs both."
        )
    problem = _install(npm, installed)
    if problem:
        return CheckResult(CHECK, "nothing", skipped=f"npm could not install it: {problem}")
    program = installed / "node_modules" / "asl-validator" / "dist" / "bin" / "asl-validator.js"
    findings = tuple(
        f"{machine.name}: {line}" for machine in machines for line in _run(node, program, machine)
    )
    return CheckResult(CHECK, f"{len(machines)} machines", findings)


def _install(npm: str, folder: Path) -> str:
    """Install what the lock names, once. What went wrong, or nothing."""
    lock = LOCK / "package-lock.json"
    done = folder / "installed.json"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(LOCK / name, folder / name)
    installing = subprocess.run(
        [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if installing.returncode:
        return (installing.stderr.strip().splitlines() or ["no reason was given"])[-1]
    shutil.copy(lock, done)
    return ""


def _run(node: str, program: Path, machine: Machine) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{machine.name}.json"
        try:
            path.write_text(json.dumps(machine.definition()), encoding="utf-8")
        except ValueError as error:
            return [str(error)]
        done = subprocess.run(
            [node, str(program), "--json-path", str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
    if not done.returncode:
        return []
    said = (done.stdout + done.stderr).replace(str(path), machine.name)
    return [line.strip() for line in said.splitlines() if line.strip()]
