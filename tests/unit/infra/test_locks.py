"""The locks: complete, agreeing with one another, and free of any registry's address."""

from __future__ import annotations

import re

import pytest

from infra.staging import ROOT

REQUIREMENTS = ROOT / "requirements"
SETS = (
    "service",
    "columns",
    "catalogue",
    "enrichment",
    "validate",
    "local",
    "bench",
    "dev",
    "uv",
)


def pins(name: str) -> dict[str, str]:
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-zA-Z0-9_.-]+)==([^\s;\\]+)", text, re.MULTILINE))


@pytest.mark.parametrize("name", SETS)
def test_every_package_is_pinned_with_hashes(name: str) -> None:
    text = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8")
    entries = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]

    assert entries
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


@pytest.mark.parametrize("name", SETS)
def test_no_lock_names_a_registry(name: str) -> None:
    for suffix in ("in", "txt"):
        text = (REQUIREMENTS / f"{name}.{suffix}").read_text(encoding="utf-8")
        assert "://" not in text
        assert "index-url" not in text


@pytest.mark.parametrize("name", [name for name in SETS if name not in ("dev", "uv")])
def test_what_is_tested_is_what_runs(name: str) -> None:
    tested = pins("dev")

    assert pins(name).items() <= tested.items()


def test_the_functions_on_aws_carry_no_development_tool() -> None:
    for name in ("service", "columns", "catalogue", "enrichment"):
        assert not {"pytest", "moto", "ministack", "boto3", "pyarrow"} & pins(name).keys()
