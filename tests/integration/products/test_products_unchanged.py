"""Approving existing products reads marks, not documents; outcomes are as if it had read all.

How much is read is taken from the commands that the driver sends.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo import MongoClient, monitoring
from pymongo.database import Database

from core import clock
from core.actors import Actor
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.existing import LOOKUP_IDS
from core.products.fields import FieldKind
from core.products.marks import Order
from core.products.writing import ProductWriter

KINDS = {"Name": FieldKind.TEXT, "Description": FieldKind.LONG_TEXT, "Colors": FieldKind.LIST}
AT = clock.now()
MARK = {"_hash", "_keys", "revision", "_written"}


@dataclass
class Commands(monitoring.CommandListener):
    seen: list[dict[str, Any]] = field(default_factory=list)

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        self.seen.append(dict(event.command))

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None: ...
    def failed(self, event: monitoring.CommandFailedEvent) -> None: ...

    def names(self) -> list[str]:
        return [next(iter(command)) for command in self.seen]

    def deletions(self) -> list[dict[str, Any]]:
        return [command for command in self.seen if command.get("find") == "deletions"]

    def reads(self) -> list[tuple[int, bool]]:
        """Of each query: how many ids it asks for, and whether for whole documents."""
        finds = [command for command in self.seen if command.get("find") == "products"]
        for command in finds:
            assert set(command.get("projection", MARK)) == MARK
        return [(len(c["filter"]["_id"]["$in"]), "projection" not in c) for c in finds]


@pytest.fixture
def commands() -> Commands:
    return Commands()


@pytest.fixture
def watched(
    mongodb_uri: str, database: Database[dict[str, Any]], commands: Commands
) -> Iterator[Database[dict[str, Any]]]:
    """The test's database by a client that tells its commands."""
    client: MongoClient[dict[str, Any]] = MongoClient(
        mongodb_uri, retryWrites=False, event_listeners=[commands]
    )
    client.admin.command("ping")
    commands.seen.clear()
    with client:
        yield client[database.name]


def policy(at: datetime = AT, **more: Any) -> WritePolicy:
    given: dict[str, Any] = {"actor": Actor("me"), "now": at, "creates": True}
    return WritePolicy(**given | more)


def whole(number: int, price: float = 1) -> ProductChange:
    values = {
        "Name": f"Lamp {number}",
        "Price": price,
        "Description": "long " * 50,
        "Colors": ["a"],
    }
    return ProductChange(product_id=f"p{number:03}", values=values)


def named(number: int, **values: Any) -> ProductChange:
    return ProductChange(product_id=f"p{number:03}", values=values)


def test_products_that_stand_unchanged_cost_their_marks_and_no_write(
    database: Database[dict[str, Any]], watched: Database[dict[str, Any]], commands: Commands
) -> None:
    changes = [whole(number) for number in range(LOOKUP_IDS + 50)]
    ProductWriter(database, KINDS).write(changes, policy())

    outcomes = ProductWriter(watched, KINDS, marks_first=True).write(
        changes, policy(AT + timedelta(seconds=1))
    )

    assert outcomes == [Outcome.UNCHANGED] * len(changes)
    assert commands.reads() == [(LOOKUP_IDS, False), (50, False)]
    assert set(commands.names()) == {"find"}, "neither a write nor a second page of an answer"


def test_only_products_that_differ_are_read_whole(
    database: Database[dict[str, Any]], watched: Database[dict[str, Any]], commands: Commands
) -> None:
    ProductWriter(database, KINDS).write([whole(n) for n in range(60)], policy())
    changes = [*(whole(n, 2 if n < 3 else 1) for n in range(60)), whole(60)]

    outcomes = ProductWriter(watched, KINDS, marks_first=True).write(changes, policy())

    assert outcomes == [Outcome.UPDATED] * 3 + [Outcome.UNCHANGED] * 57 + [Outcome.CREATED]
    assert commands.reads() == [(61, False), (3, True)]
    assert sorted(commands.names()[3:]) == ["find", "insert", "update"]
    deletions = [c["filter"]["_id"]["$in"] for c in commands.deletions()]
    assert deletions == [["p060"], ["p060"]], "before the insert, and after it"


def test_new_products_are_looked_for_once_and_inserted_in_one_command(
    watched: Database[dict[str, Any]], commands: Commands
) -> None:
    changes = [whole(n) for n in range(LOOKUP_IDS)]

    assert set(ProductWriter(watched, KINDS, marks_first=True).write(changes, policy())) == {
        Outcome.CREATED
    }

    assert commands.reads() == [(LOOKUP_IDS, False)]
    assert commands.names() == ["find", "find", "insert", "find"]
    assert len(commands.deletions()) == 2, "whether one was deleted: before the insert, and after"


def test_where_most_differ_marks_are_left_out_from_the_next_batch_on(
    database: Database[dict[str, Any]], watched: Database[dict[str, Any]], commands: Commands
) -> None:
    ProductWriter(database, KINDS).write([whole(n) for n in range(20)], policy())
    writer = ProductWriter(watched, KINDS, marks_first=True)

    # rows that name one attribute can never tell by their hash that the product is as it was
    for first in (0, 10):
        part = [named(n, Price=1) for n in range(first, first + 10)]
        assert set(writer.write(part, policy(AT + timedelta(1)))) == {Outcome.UNCHANGED}

    assert commands.reads() == [(10, False), (10, True), (10, True)]


@pytest.mark.parametrize("seed", range(12))
def test_marks_first_or_not_gives_the_same_outcomes_and_the_same_products(
    database: Database[dict[str, Any]], seed: int
) -> None:
    """Against the writer that reads everything, on random changes over random products."""
    products = database["products"]
    products.create_index("Unique", unique=True, sparse=True)
    choose = random.Random(seed)
    before = [_any_change(choose, n) for n in range(40)]
    after = [_any_change(choose, n, revisions=True) for n in range(50)]
    more: dict[str, Any] = {
        "creates": choose.random() < 0.8,
        "touches_unchanged": choose.random() < 0.3,
        "identifier": choose.choice([None, "Name"]),
        "import_source": choose.choice([None, "user-uploads/a"]),
        "order": choose.choice(
            [None, Order(id="job", at=AT + timedelta(seconds=choose.choice([-1, 0, 1])), attempt=1)]
        ),
    }
    then = AT + choose.choice([timedelta(0), timedelta(seconds=1)])
    remade = dict(zip(KINDS, choose.sample([*KINDS.values()], 3), strict=True))
    kinds = choose.choice([KINDS, remade])
    reported: list[tuple[Sequence[Outcome], Sequence[Outcome], list[dict[str, Any]]]] = []
    for marks_first in (False, True):
        products.delete_many({})
        ProductWriter(database, KINDS).write(before, policy())
        writer = ProductWriter(database, kinds, marks_first=marks_first)
        predicted = writer.dry_run(after, policy(then, **more))
        outcomes = writer.write(after, policy(then, **more))
        reported.append((predicted, outcomes, _existing(products)))

    assert reported[0] == reported[1]


def _existing(products: Any) -> list[dict[str, Any]]:
    """Every product; the mark of a call is different each time."""
    found: list[dict[str, Any]] = products.find().sort("_id").to_list()
    for product in found:
        for mark in product["_written"]["marks"]:
            mark["by"] = mark["by"] if "/" in mark["by"] else "a call"
    return found


def _any_change(choose: random.Random, number: int, revisions: bool = False) -> ProductChange:
    values: dict[str, Any] = {
        "Name": choose.choice(["Lamp", "Table"]),
        "Price": choose.choice([1, 1.0, 2]),
        "Description": choose.choice(["short", "x" * 200]),
        "Colors": choose.choice([["Red"], ["Red", "Blue"]]),
    }
    if choose.random() < 0.1:
        values["Unique"] = choose.randrange(4)
    dropped = [name for name in values if choose.random() < 0.1]
    cleared = frozenset(name for name in dropped if choose.random() < 0.5)
    return ProductChange(
        product_id=f"p{number:03}",
        values={name: value for name, value in values.items() if name not in dropped},
        cleared=cleared,
        row=number,
        revision=choose.choice([1, 2, None]) if revisions and choose.random() < 0.2 else None,
    )
