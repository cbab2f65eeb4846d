"""The outcome of the one product of a PATCH is an error of HTTP, or a success."""

from typing import Any

import pytest

from core.errors import Conflict, InvalidRequest, NotFound, PreconditionFailed
from core.products.updates import patching
from core.products.updates.patching import patch_product

ANY: Any = None


def patched(
    monkeypatch: pytest.MonkeyPatch, outcome: str, code: str = "", revision: int | None = None
) -> dict[str, Any]:
    faults = [{"column": "Name", "code": code, "message": "A sentence."}] if code else []
    answer = {"outcomes": [{"outcome": outcome, "faults": faults}], "ignoredFields": ["x"]}
    monkeypatch.setattr(patching, "update_products", lambda *_: answer)
    return patch_product("p1", {"Name": "a"}, revision, ANY, ANY, ANY, ANY)


@pytest.mark.parametrize(
    ("outcome", "code", "revision", "error"),
    [
        ("not_found", "", None, NotFound),
        ("conflict", "PRODUCT_CHANGED", None, Conflict),
        ("conflict", "PRODUCT_CHANGED", 3, PreconditionFailed),
        ("invalid", "NOT_UNIQUE", None, Conflict),
        ("invalid", "NOT_A_NUMBER", None, InvalidRequest),
    ],
)
def test_what_is_not_written_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
    outcome: str,
    code: str,
    revision: int | None,
    error: type[Exception],
) -> None:
    with pytest.raises(error):
        patched(monkeypatch, outcome, code, revision)


@pytest.mark.parametrize("outcome", ["updated", "unchanged"])
def test_what_is_written_is_named(monkeypatch: pytest.MonkeyPatch, outcome: str) -> None:
    assert patched(monkeypatch, outcome) == {
        "message": f"Product “p1” was {outcome}.",
        "ignoredFields": ["x"],
    }
