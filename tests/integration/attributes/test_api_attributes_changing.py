"""`PUT /attributes/{attributeId}`, row by row of the contract, and who changes what at once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from pymongo.database import Database

from core import clock
from core.actors import ANONYMOUS
from core.attributes.definitions import Attribute
from core.attributes.repository import AttributeRepository, revalidated
from core.attributes.requests import read_changes, read_draft
from core.errors import Conflict, InvalidRequest, NotFound
from tests.integration.attributes_api import BRAND, COLOUR, ask, created

pytestmark = pytest.mark.usefixtures("attributes_api")


def test_a_change_replaces_what_it_names_and_keeps_the_rest() -> None:
    before = created(COLOUR)
    reply = ask("PUT", "/attributes/colour", {"options": ["green"], "isRequired": True})
    assert (reply.status, reply.json["message"]) == (200, "Attribute “Colour” was changed.")
    after = reply.json["attribute"]
    assert after == {
        **before,
        "options": ["green"],
        "isRequired": True,
        "updatedAt": after["updatedAt"],
        "revision": 2,
    }
    assert after["updatedAt"] >= before["updatedAt"]
    assert ask("GET").json["data"] == [after]


def test_a_setting_is_replaced_and_taken_away_by_null() -> None:
    before = created({"name": "Code", "type": "short_text", "maxLength": 9, "pattern": "[A-Z]+"})

    reply = ask("PUT", "/attributes/code", {"maxLength": None, "pattern": "[a-z]+"})

    after = reply.json["attribute"]
    del before["maxLength"]
    assert after == before | {
        "pattern": "[a-z]+",
        "updatedAt": after["updatedAt"],
        "revision": 2,
    }
    assert ask("GET").json["data"] == [after]


def test_of_two_changes_that_were_judged_by_the_same_settings_the_second_is_a_409(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)
    draft = read_draft({"name": "A", "type": "number", "min": 0, "max": 10})
    seen = attributes.add(draft, ANONYMOUS, clock.now())
    attributes.change(seen, read_changes({"max": 3}, seen), ANONYMOUS, clock.now())

    with pytest.raises(Conflict) as refused:  # min 5 goes with 10, and not with 3
        attributes.change(seen, read_changes({"min": 5}, seen), ANONYMOUS, clock.now())

    assert refused.value.code == "ATTRIBUTE_CHANGED"
    assert attributes.get("a").max == 3


def test_a_change_that_was_judged_by_an_attribute_since_made_anew_is_a_409(
    database: Database[dict[str, Any]],
) -> None:
    """The new one counts its revisions from the beginning, as the old one did."""
    attributes = AttributeRepository(database)
    body = {"name": "A", "type": "number", "min": 0, "max": 10}
    seen = attributes.add(read_draft(body), ANONYMOUS, clock.now())
    attributes.remove("a")
    later = clock.now() + timedelta(seconds=1)
    attributes.add(read_draft({**body, "max": 3}), ANONYMOUS, later)

    with pytest.raises(Conflict) as refused:  # min 5 goes with 10, and not with 3
        attributes.change(seen, read_changes({"min": 5}, seen), ANONYMOUS, clock.now())

    assert refused.value.code == "ATTRIBUTE_CHANGED"
    assert attributes.get("a").min == 0


def test_a_change_that_is_written_late_does_not_move_the_time_back(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)
    began = clock.now()
    seen = attributes.add(read_draft({"name": "A", "type": "number"}), ANONYMOUS, began)
    later = began + timedelta(seconds=2)
    attributes.change(seen, read_changes({"description": "x"}, seen), ANONYMOUS, later)

    attributes.change(seen, read_changes({"isRequired": True}, seen), ANONYMOUS, began)

    assert attributes.get("a").updated_at == later


def test_a_change_is_judged_anew_when_somebody_else_was_faster(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)
    draft = read_draft({"name": "A", "type": "number", "min": 0, "max": 10})
    attributes.add(draft, ANONYMOUS, clock.now())
    seen: list[Attribute] = []

    def change_min(to: int) -> Attribute:
        before = attributes.get("a")
        if not seen:  # between reading and writing
            attributes.change(before, read_changes({"max": 3}, before), ANONYMOUS, clock.now())
        seen.append(before)
        return attributes.change(before, read_changes({"min": to}, before), ANONYMOUS, clock.now())

    with pytest.raises(InvalidRequest, match="must not be smaller"):
        revalidated(partial(change_min, 5))
    assert [attribute.max for attribute in seen] == [10, 3]

    seen.clear()
    after = revalidated(partial(change_min, 2))
    assert (after.min, after.max, len(seen)) == (2, 3, 2)


def test_many_who_change_settings_at_once_all_succeed() -> None:
    created({"name": "A", "type": "number"})
    bodies = [{"min": 1}, {"max": 9}, {"decimals": 2}, {"description": "x"}]

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda body: ask("PUT", "/attributes/a", body).status, bodies))

    (after,) = ask("GET").json["data"]
    assert statuses == [200] * 4
    assert (after["min"], after["max"], after["decimals"], after["revision"]) == (1, 9, 2, 5)


def test_a_change_finds_an_id_with_letters_of_any_alphabet() -> None:
    created({"name": "Größe", "type": "short_text"})
    for path in ("/attributes/gr%C3%B6%C3%9Fe", "/attributes/größe"):
        assert ask("PUT", path, {"description": "x"}).status == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "NOTHING_TO_CHANGE"),
        ({"name": "Brand"}, "NOTHING_TO_CHANGE"),
        ({"options": ["a"]}, "INVALID_FIELDS"),
        ({"unit": "kg"}, "INVALID_FIELDS"),
        ({"name": "Maker"}, "INVALID_FIELDS"),
        ({"type": "number"}, "INVALID_FIELDS"),
        ({"isSortable": "no"}, "INVALID_FIELDS"),
        ({"decimals": 2}, "INVALID_FIELDS"),
        ({"maxLength": 51}, "INVALID_FIELDS"),
        ({"pattern": "(?=a)"}, "INVALID_FIELDS"),
        ({"maxLength": None}, "NOTHING_TO_CHANGE"),
        ([], "BODY_NOT_AN_OBJECT"),
    ],
)
def test_a_change_that_cannot_be_is_a_400(body: Any, code: str) -> None:
    before = created(BRAND)
    reply = ask("PUT", "/attributes/brand", body)
    assert (reply.status, reply.json["code"]) == (400, code)
    assert ask("GET").json["data"] == [before]


def test_a_change_of_an_unknown_attribute_is_a_404() -> None:
    reply = ask("PUT", "/attributes/nope", {"description": "x"})
    assert (reply.status, reply.json["code"]) == (404, "ATTRIBUTE_NOT_FOUND")


def test_an_attribute_deleted_while_it_is_changed_is_a_404(
    database: Database[dict[str, Any]],
) -> None:
    attributes = AttributeRepository(database)
    seen = attributes.add(read_draft(BRAND), ANONYMOUS, clock.now())
    changes = read_changes({"description": "x"}, seen)
    attributes.remove("brand")
    attributes.add(read_draft({"name": "Brand", "type": "number"}), ANONYMOUS, clock.now())
    with pytest.raises(NotFound):
        attributes.change(seen, changes, ANONYMOUS, clock.now())
    assert attributes.get("brand").description == ""


def test_two_who_change_different_fields_both_succeed(database: Database[dict[str, Any]]) -> None:
    attributes = AttributeRepository(database)
    seen = attributes.add(read_draft(BRAND), ANONYMOUS, clock.now())
    for body in ({"description": "x"}, {"isRequired": True}):
        attributes.change(seen, read_changes(body, seen), ANONYMOUS, clock.now())
    after = attributes.get("brand")
    assert (after.description, after.is_required, after.revision) == ("x", True, 3)
