"""`validate --profile`: the file is read as an upload by the profile would be."""

import pytest

from tests.unit.imports.command_line.command_line_kit import CLEAN, Run


def test_a_profile_reads_loosely_and_an_option_goes_before_it(run: Run) -> None:
    profile = run.folder / "profile.json"
    profile.write_text('{"name": "nordic", "options": {"delimiter": ";"}}')
    content = "NAME;Price\nChair;129,90\n"

    assert run(content, "--profile", str(profile)) == 0
    assert run(content, "--profile", str(profile), "--headers", "exact") == 1
    assert run(content) == 1


@pytest.mark.parametrize("content", ["[]", "{", '{"name": "nordic"}'])
def test_a_file_that_is_no_profile_is_said(run: Run, content: str) -> None:
    profile = run.folder / "profile.json"
    profile.write_text(content)

    assert run(CLEAN, "--profile", str(profile)) == 2
    assert "profile.json" in run.complained
