"""Which indexes the attributes ask for, and that they come and go with them."""

from typing import Any

import pytest
from pymongo.database import Database

from core.attributes.definitions import Attribute
from core.errors import Conflict
from core.products.indexes import MAX_INDEXES, plan_indexes, sync_indexes
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


def test_more_indexes_than_the_database_has_are_a_conflict_that_says_what_to_do() -> None:
    room = MAX_INDEXES - 1 - 3
    assert len(plan_indexes([attribute(f"A{n}") for n in range(room)])) == room
    with pytest.raises(Conflict, match="neither filterable nor sortable") as refusal:
        plan_indexes([attribute(f"A{n}") for n in range(room + 1)])
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
    standing = set(database["products"].index_information())
    assert standing == {"_id_", "mine", "by_createdAt", "by_updatedAt", "by_importSource"}


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
