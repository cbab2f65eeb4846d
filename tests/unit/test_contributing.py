"""CONTRIBUTING.md names files and make targets that exist, and hooks and CI run what it says."""

import re

import pytest
import yaml

from infra.staging import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
FOLDERS = "core|handlers|infra|schemas|statemachines|tests|docs"
PATHS = {
    *re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", TEXT),
    *re.findall(r"\]\(([\w./-]+)\)", TEXT),
}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_file_that_contributors_are_sent_to_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_make_target_for_contributors_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z0-9-]+)", TEXT))

    assert {"test-fast", "test-unit", "test-integration", "test-e2e"} <= named
    assert named <= TARGETS


def test_the_hooks_are_local_programs_and_check_what_lint_checks() -> None:
    text = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    repositories = yaml.safe_load(text)["repos"]
    hooks = [hook for each in repositories for hook in each["hooks"]]

    assert {each["repo"] for each in repositories} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    for hook in hooks:
        command = hook["entry"].removeprefix(".venv/bin/python ").removesuffix(" --force-exclude")
        assert f"@$(PY) {command}" in MAKEFILE


def test_ci_runs_the_same_script_on_the_oldest_and_the_newest_python() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
    job = workflow["jobs"]["test"]

    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.13"]
    assert "bash .ci/run" in [step.get("run") for step in job["steps"]]
