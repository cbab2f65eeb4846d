"""Which indexes the attributes ask for, and that they come and go with them."""

from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.definitions import Attribute
from core.errors import Conflict
from core.products.indexes import MAX_INDEXES, plan_indexes, sync_indexes, without_index
from tests.unit.products.products_kit import attribute


def paths(*attributes: Attribute) -> list[str]:
    return [index.keys[0][0] for index in plan_indexes(attributes)]


def test_a_field_that_can_be_filtered_or_sorted_has_one_index() -> None:
    assert paths(attribute("Name")) == ["Name"]
    assert paths(attribute("Weight", "measure", unit="kg")) == ["Weight.value"]
    assert paths(attribute("Text", "long_text")) == ["_keys.Text"]
    assert paths(attribute("A", is_filterable=False), attribute("B", is_sortable=False)) == [
        "A",
        "B",
    ]
    assert paths(attribute("A", is_filterable=False, is_sortable=False)) == []


def test_a_list_of_options_needs_one_to_find_and_one_to_order() -> None:
    both = attribute("Colors", "multiple_select", options=("Red",))
    assert paths(both) == ["Colors", "_keys.Colors"]


def test_what_is_unique_has_an_index_of_the_whole_value() -> None:
    flags: dict[str, Any] = {"is_filterable": False, "is_sortable": False, "is_unique": True}
    plan = plan_indexes(
        [attribute("Code", **flags), attribute("Weight", "measure", unit="kg", **flags)]
    )
    assert [index.keys for index in plan] == [
        (("Code", 1),),
        (("Weight.value", 1), ("Weight.unit", 1)),
    ]
    assert all(index.is_unique for index in plan)


ROOM = MAX_INDEXES - 1 - 3


def test_attributes_beyond_the_limit_have_no_index_and_are_named() -> None:
    many = [attribute(f"A{n}") for n in range(ROOM)]
    assert (len(plan_indexes(many)), without_index(many)) == (ROOM, ())
    more = [*many, attribute("B"), attribute("Quiet", is_filterable=False, is_sortable=False)]
    assert (plan_indexes(more), without_index(more)) == (plan_indexes(many), ("B",))


def test_a_unique_attribute_and_the_identifier_come_before_older_ones() -> None:
    many = [attribute(f"A{n}") for n in range(ROOM)]
    code = attribute("Code", is_unique=True, is_filterable=False, is_sortable=False)
    sku = attribute("SKU", is_identifier=True)
    planned = paths(*many, code, sku)
    assert (planned[0], planned[1], len(planned)) == ("Code", "SKU", ROOM)
    assert without_index([*many, code, sku]) == (f"A{ROOM - 2}", f"A{ROOM - 1}")


def test_more_unique_attributes_than_indexes_are_a_conflict_that_says_what_to_do() -> None:
    unique = [attribute(f"U{n}", is_unique=True) for n in range(ROOM + 1)]
    assert len(plan_indexes(unique[:ROOM])) == ROOM
    with pytest.raises(Conflict, match="some of them not unique") as refusal:
        plan_indexes(unique)
    assert refusal.value.code == "TOO_MANY_INDEXES"


def test_names_are_distinct_even_where_ids_are_not_plain() -> None:
    names = [index.name for index in plan_indexes([attribute("größe"), attribute("größen")])]
    names += [index.name for index in plan_indexes([attribute("x" * 90), attribute("x" * 91)])]
    assert len(set(names)) == 4
    assert all(len(name) <= 64 and name.isascii() for name in names)


def test_indexes_come_and_go_and_a_second_run_changes_nothing(
    database: Database[dict[str, Any]],
) -> None:
    database["products"].create_index("Mine", name="mine")
    first = sync_indexes(database, [attribute("Name"), attribute("Price", "number")])
    assert (len(first.created), first.dropped) == (2, ())
    again = sync_indexes(database, [attribute("Name"), attribute("Price", "number")])
    assert (again.created, again.dropped) == ((), ())
    later = sync_indexes(database, [attribute("Name"), attribute("Price", "long_text")])
    assert len(later.created) == len(later.dropped) == 1
    gone = sync_indexes(database, [])
    assert len(gone.dropped) == 2
    existing = set(database["products"].index_information())
    assert existing == {"_id_", "mine", "by_createdAt", "by_updatedAt", "by_importSource"}


def test_what_is_not_unique_yet_cannot_be_made_so(database: Database[dict[str, Any]]) -> None:
    database["products"].insert_many([{"_id": n, "Code": "same"} for n in range(2)])
    unique = attribute("Code", is_unique=True)
    with pytest.raises(Conflict, match="“Code”") as refusal:
        sync_indexes(database, [unique])
    assert refusal.value.code == "NOT_UNIQUE"
    database["products"].delete_one({"_id": 1})
    database["products"].insert_many([{"_id": n} for n in range(5, 8)])  # without a value
    sync_indexes(database, [unique])


def test_a_refused_unique_index_is_told_before_another_is_dropped(
    database: Database[dict[str, Any]],
) -> None:
    sync_indexes(database, [attribute("Name")])
    database["products"].insert_many([{"_id": n, "Code": "same"} for n in range(2)])
    before = database["products"].index_information()
    with pytest.raises(Conflict, match="“Code”"):
        sync_indexes(database, [attribute("Code", is_unique=True)])
    assert database["products"].index_information() == before
