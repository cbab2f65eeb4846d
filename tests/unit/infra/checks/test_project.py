"""The project itself, before the checks that need no other program than Python's."""

from __future__ import annotations

import re

import pytest

from infra.checks import call_parameters, documentdb, graph, permissions, quotas
from infra.checks.results import CheckResult
from infra.checks.template import read_template

TEMPLATE = read_template()


def hold(result: CheckResult) -> None:
    """No finding, and something was examined: otherwise the check proves nothing."""
    assert result.findings == ()
    assert re.search(r"[1-9]\d*", result.examined)
    assert not re.search(r"\b0\b", result.examined.replace("5.0", ""))


def test_every_call_has_parameters_that_the_service_knows() -> None:
    hold(call_parameters.check())


def test_the_database_is_asked_for_nothing_that_documentdb_lacks() -> None:
    hold(documentdb.check())


def test_the_machines_are_sound_graphs_and_their_placeholders_are_filled() -> None:
    hold(graph.check(TEMPLATE))


def test_no_size_passes_a_quota() -> None:
    hold(quotas.check(TEMPLATE))


@pytest.mark.slow
def test_every_role_may_do_what_is_called_and_nothing_else() -> None:
    hold(permissions.check(TEMPLATE))
