"""`make import ATTRIBUTES=…`: what exists with other rules is named, and changed on demand."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from infra.client.importing import define_attributes, differences, import_file
from infra.client.rest import ApiError, Rest
from infra.errors import LauncherError

PRICE = {"_id": "price", "name": "Price", "type": "number", "isRequired": False, "min": 0}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "Price", "type": "number"}, {}),
        ({"isRequired": True, "min": 0}, {"isRequired": True}),
        ({"type": "short_text"}, {"type": "short_text"}),
        ({"isUnique": False, "max": None, "decimals": 2}, {"decimals": 2}),
        ({"min": None}, {"min": None}),
    ],
)
def test_only_what_differs_is_changed(body: dict[str, Any], expected: dict[str, Any]) -> None:
    assert differences(body, PRICE) == expected


class Api:
    """An API that has one attribute, and refuses those whose name begins with `Bad`."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, Any]] = []

    def attributes(self) -> list[dict[str, Any]]:
        made = [body for method, _, body in self.calls if method == "POST"]
        return [PRICE, *({"_id": f"id of {body['name']}", **body} for body in made)]

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        self.calls.append((method, path, body))
        if method == "DELETE":
            return {}
        if str(body.get("name", "")).startswith("Bad") or ("type" in body and method == "PUT"):
            raise ApiError(409, "REFUSED", "Its type cannot be changed.", [])
        return {}


def defined(
    tmp_path: Path, bodies: list[dict[str, Any]], **options: Any
) -> tuple[Api, str, LauncherError | None]:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(bodies), encoding="utf-8")
    api, sink, refusal = Api(), io.StringIO(), None
    try:
        define_attributes(cast("Rest", api), file, Console(file=sink, width=160), **options)
    except LauncherError as error:
        refusal = error
    return api, sink.getvalue(), refusal


def test_what_differs_is_told_and_then_changed(tmp_path: Path) -> None:
    api, said, refusal = defined(
        tmp_path,
        [{"name": "Price", "type": "number", "max": 9}, {"name": "New", "type": "number"}],
        update=True,
    )
    assert refusal is None
    assert "attribute Price is changed; mine.json has other rules: max not set → 9" in said
    assert "Attributes: 1 defined, 1 changed" in said
    assert api.calls == [
        ("PUT", "/attributes/price", {"max": 9}),
        ("POST", "/attributes", {"name": "New", "type": "number"}),
    ]


def test_what_differs_stays_unless_told_and_the_way_is_named(tmp_path: Path) -> None:
    api, said, refusal = defined(tmp_path, [{"name": "Price", "max": 9}], hint="Add UPDATE=1")
    assert (api.calls, refusal) == ([], None)
    assert "attribute Price stays as it is" in said
    assert "Attributes: 1 there already" in said
    assert "Add UPDATE=1" in said


def test_an_upload_that_the_api_refuses_defines_nothing(tmp_path: Path) -> None:
    class Refusing:
        def presigned_upload(self, *of: object) -> dict[str, Any]:
            raise ApiError(400, "INVALID_FIELDS", "locale must be auto.", [])

    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    prepared: list[str] = []
    with pytest.raises(ApiError):
        import_file(
            cast("Rest", Refusing()),
            file,
            {"locale": "none"},
            tmp_path,
            Console(quiet=True),
            prepare=lambda: prepared.append("defined"),
        )
    assert prepared == []


def test_attributes_that_a_profile_lacks_are_defined_before_the_upload_is_asked_for_again(
    tmp_path: Path,
) -> None:
    prepared: list[str] = []

    class Outdated:
        def presigned_upload(self, *of: object) -> dict[str, Any]:
            if prepared:
                raise ApiError(400, "INVALID_FIELDS", "No further in this test.", [])
            raise ApiError(409, "PROFILE_OUTDATED", "Define what is missing.", [])

    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    with pytest.raises(ApiError, match="No further"):
        import_file(
            cast("Rest", Outdated()),
            file,
            {},
            tmp_path,
            Console(quiet=True),
            profile="supplier",
            prepare=lambda: prepared.append("defined"),
        )
    assert prepared == ["defined"]


def test_what_the_api_refuses_is_told_in_its_words_and_not_as_there_already(
    tmp_path: Path,
) -> None:
    bodies = [{"name": "Price", "type": "short_text"}, {"name": "Bad 1"}, {"name": "New"}]
    api, said, refusal = defined(tmp_path, bodies, update=True)
    assert "Attributes: 1 defined\n" in said
    assert "1 attribute defined just now: removed again." in said
    assert [call for call in api.calls if call[0] == "DELETE"] == [
        ("DELETE", "/attributes/id%20of%20New", None)
    ]
    assert "attribute Price: Its type cannot be changed." in said
    assert "2 of 3 attributes of mine.json were refused (REFUSED)" in str(refusal)


@pytest.mark.parametrize("text", ["{", "{}", "[1]"])
def test_a_file_that_is_no_list_of_definitions_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "mine.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LauncherError, match=r"mine\.json"):
        define_attributes(cast("Rest", Api()), file, Console(quiet=True))
