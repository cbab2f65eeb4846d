"""CONTRIBUTING.md and docs/architecture.md name files and make targets that exist, the tree in the
latter is complete, and hooks and CI run what the former says."""

import re

import pytest
import yaml

from infra.staging import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z0-9-]+):", MAKEFILE, re.MULTILINE))
FOLDERS = "core|handlers|infra|schemas|statemachines|tests|docs"
PATHS = {
    *re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", TEXT + ARCHITECTURE),
    *re.findall(r"\]\(([\w./-]+)\)", TEXT),
    *(f"docs/{path}" for path in re.findall(r"\]\(([\w./-]+)", ARCHITECTURE)),
}


@pytest.mark.parametrize("path", sorted(PATHS))
def test_every_file_that_contributors_are_sent_to_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_tree_of_packages_is_the_one_of_the_code() -> None:
    tree = ARCHITECTURE.split("```\n", 2)[1]
    drawn, above = set(), [""]
    for indent, name in re.findall(r"^( *)(\w+)/", tree, re.MULTILINE):
        above = [*above[: len(indent) // 2 + 1], name]
        drawn.add("/".join(above[1:]))

    packages = {
        str(path.parent.relative_to(ROOT))
        for root in ("core", "handlers")
        for path in (ROOT / root).rglob("__init__.py")
    }
    inner = {f"core/imports/workbooks/{name}" for name in ("formats", "ods", "xlsx")}
    assert packages - drawn == inner
    assert all((ROOT / folder).is_dir() for folder in drawn)


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
