"""What Amazon DocumentDB 5.0 asks of a command, held against every command that a test sends.

The engine of the tests has what MongoDB has, and so accepts operators and options that DocumentDB
lacks (`infra/checks/documentdb.py` has the tables). Two more things it accepts, and DocumentDB does
not use: a hint by an index's name, and a sparse index for a query that does not say that its field
exists. Source: Amazon DocumentDB developer guide, "Functional differences" and "Indexing".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

from infra.checks.documentdb import faults_of_command

_FIND_BY_INDEX = {"$eq", "$in", "$gt", "$gte", "$lt", "$lte"}
"""The others read every document: `$ne`, `$nin`, `$not` and the like."""


class CommandChecker(CommandListener):
    """Collects `faults`, a sentence each. Knows an index since the command that created it."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._indexes: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        """Of a collection, as `database.collection`, by name."""

    def started(self, event: CommandStartedEvent) -> None:
        name, command = event.command_name, event.command
        if name == "explain":
            command = command["explain"]
            name = next(iter(command))
        collection = f"{event.database_name}.{command.get(name)}"
        if name == "createIndexes":
            self._indexes[collection] |= {index["name"]: index for index in command["indexes"]}
        self.faults += faults_of_command(name, command)
        for part in (command, *command.get("updates", ()), *command.get("deletes", ())):
            if isinstance(part.get("hint"), str):
                self.faults.append(f"{name} gives the hint “{part['hint']}” by name")
            for condition in ("filter", "query", "q"):
                self._check_filter(name, collection, part.get(condition) or {})
        for stage in command.get("pipeline", ()):
            self._check_filter(name, collection, stage.get("$match", {}))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing: what was sent is what counts."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing, likewise."""

    def _check_filter(self, name: str, collection: str, query: Mapping[str, Any]) -> None:
        """A query that only a sparse index could serve must say that the field exists."""
        if "_id" in query:
            return
        for index in self._indexes[collection].values():
            field = next(iter(index["key"]))
            if (
                index.get("sparse")
                and field in query
                and not _says_that_it_exists(query[field])
                and not any(self._others_serving(collection, query))
            ):
                self.faults.append(
                    f"{name} cannot use the sparse index {index['name']}: it does not say that "
                    f"{field} exists"
                )

    def _others_serving(self, collection: str, query: Mapping[str, Any]) -> Iterator[str]:
        for name, index in self._indexes[collection].items():
            test = query.get(next(iter(index["key"])))
            found = set(test) & _FIND_BY_INDEX if isinstance(test, Mapping) else test is not None
            if found and not index.get("sparse"):
                yield name


def _says_that_it_exists(test: Any) -> bool:
    return isinstance(test, Mapping) and test.get("$exists") is True
