"""The `attributes` collection. Unique indexes settle every race: `_id`, derived from the name, lets
one of two callers with one name through, and `isIdentifier`, absent where it is false, one of two
who mark the attribute that identifies products."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.actors import Actor
from core.attributes.comparing import canonical
from core.attributes.definitions import SETTING_FIELDS, Attribute, AttributeDefinition, is_set
from core.attributes.naming import attribute_id, letters_like_latin, skeleton
from core.attributes.requests import AttributeChanges, AttributeDraft
from core.database import ATTRIBUTES, collection_of, present
from core.errors import Conflict, NotFound

_CHANGED_MEANWHILE = "ATTRIBUTE_CHANGED"
_REVALIDATIONS = 5
"""How often a change is validated again after a concurrent one, before the caller gets a
conflict."""


def new_attribute(draft: AttributeDraft, actor: Actor, now: datetime) -> Attribute:
    """The attribute that a draft becomes when it is stored now."""
    return Attribute(
        id=attribute_id(draft.name),
        created_at=now,
        updated_at=now,
        created_by=actor.id,
        updated_by=actor.id,
        **msgspec.structs.asdict(draft),
    )


T = TypeVar("T")


class AttributeRepository:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._attributes = collection_of(database, ATTRIBUTES)

    def all(self) -> list[Attribute]:
        """Every attribute, the oldest first."""
        cursor = self._attributes.find().sort([("createdAt", ASCENDING), ("_id", ASCENDING)])
        return [msgspec.convert(found, Attribute) for found in cursor]

    def definitions(self) -> list[AttributeDefinition]:
        """The definitions for the pipeline, in the same order."""
        return [attribute.definition() for attribute in self.all()]

    def get(self, identifier: str) -> Attribute:
        """Raises NotFound `ATTRIBUTE_NOT_FOUND`."""
        found = self._attributes.find_one({"_id": identifier})
        if found is None:
            raise _not_found(identifier)
        return msgspec.convert(found, Attribute)

    def add(self, draft: AttributeDraft, actor: Actor, now: datetime) -> Attribute:
        """Raises Conflict `ATTRIBUTE_EXISTS` when the name, or the id that it gives, is taken, or
        looks like that of another attribute, `HEADER_TAKEN` when another attribute answers to one
        of its headers, and `IDENTIFIER_EXISTS` when another attribute identifies products
        already."""
        attribute = new_attribute(draft, actor, now)
        self._refuse_look_alike(attribute)
        self._refuse_taken_headers(attribute, attribute.headers or ())
        try:
            self._attributes.insert_one(attribute.to_document())
        except DuplicateKeyError:
            raise self._clash(attribute) from None
        return attribute

    def change(
        self,
        attribute: Attribute,
        changes: AttributeChanges,
        actor: Actor,
        now: datetime,
        *,
        as_read: bool = False,
    ) -> Attribute:
        """Write `changes`, and nothing else, so that two callers who change different fields both
        succeed. Changes that depend on the other settings of the attribute are only written if
        those are unchanged; with `as_read`, so are all others. Raises NotFound if the attribute was
        deleted, or created again with another type, since it was read; Conflict
        `ATTRIBUTE_CHANGED`, and `HEADER_TAKEN` and `IDENTIFIER_EXISTS` as `add` does."""
        known = attribute.headers or ()
        added = [header for header in changes.given.get("headers") or () if header not in known]
        self._refuse_taken_headers(attribute, added)
        same: dict[str, Any] = {"_id": attribute.id, "type": attribute.type.value}
        as_validated: dict[str, Any] = {}
        if as_read or changes.hang_together:
            # one that was deleted and created again counts its revisions from the beginning
            as_validated = {"revision": attribute.revision, "createdAt": attribute.created_at}
        try:
            found = self._attributes.find_one_and_update(
                same | as_validated,
                _update_of(changes, actor, now),
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            raise self._second_identifier(attribute.name) from None
        if found is None:
            if as_validated and self._attributes.find_one(same) is not None:
                raise Conflict(
                    _CHANGED_MEANWHILE,
                    f"The attribute “{attribute.name}” was changed by somebody else meanwhile; "
                    "look at it again and repeat your change.",
                )
            raise _not_found(attribute.id)
        return msgspec.convert(found, Attribute)

    def remove(self, identifier: str) -> Attribute:
        """Delete an attribute and return it. Raises NotFound `ATTRIBUTE_NOT_FOUND`."""
        found = self._attributes.find_one_and_delete({"_id": identifier})
        if found is None:
            raise _not_found(identifier)
        return msgspec.convert(found, Attribute)

    def _refuse_look_alike(self, attribute: Attribute) -> None:
        """In a file, people could not distinguish the two."""
        own = skeleton(attribute.name)
        for other in self._attributes.find({}, {"name": True}):
            name = other["name"]
            if other["_id"] != attribute.id and skeleton(name) == own:
                letters = letters_like_latin(attribute.name) or letters_like_latin(name)
                sentence = (
                    f"The name “{attribute.name}” looks like “{name}”, which exists already; they "
                    f"differ in {letters}."
                )
                raise Conflict(
                    "ATTRIBUTE_EXISTS", sentence, [{"field": "name", "message": sentence}]
                )

    def _refuse_taken_headers(self, attribute: Attribute, headers: Collection[str]) -> None:
        """A column with this header would belong to both. Of two who claim one at the same time
        both succeed; then the import refuses the file (`AMBIGUOUS_HEADER`)."""
        claimed = {canonical(header): header for header in headers}
        if not claimed:
            return
        for other in self._attributes.find(
            {"_id": {"$ne": attribute.id}}, {"name": True, "headers": True}
        ):
            for taken in other.get("headers") or ():
                if header := claimed.get(canonical(taken)):
                    sentence = (
                        f"The header “{header}” of “{attribute.name}” belongs to the attribute "
                        f"“{other['name']}” already, so a column would belong to both; take it "
                        "from that one first."
                    )
                    raise Conflict(
                        "HEADER_TAKEN", sentence, [{"field": "headers", "message": sentence}]
                    )

    def _clash(self, attribute: Attribute) -> Conflict:
        holder = self._attributes.find_one({"_id": attribute.id})
        if holder is None and attribute.is_identifier:
            return self._second_identifier(attribute.name)
        taken = (holder or {}).get("name", attribute.name)
        if taken == attribute.name:
            sentence = f"An attribute named “{taken}” exists already."
        else:
            sentence = (
                f"The name “{attribute.name}” is too close to “{taken}”, which exists already: "
                f"both have the id {attribute.id}."
            )
        return Conflict("ATTRIBUTE_EXISTS", sentence, [{"field": "name", "message": sentence}])

    def _second_identifier(self, name: str) -> Conflict:
        holder = self._attributes.find_one({"isIdentifier": present(True)}) or {}
        sentence = (
            f"“{name}” cannot identify products, since “{holder.get('name', 'another attribute')}” "
            "does so already; take “isIdentifier” from that one first."
        )
        return Conflict(
            "IDENTIFIER_EXISTS", sentence, [{"field": "isIdentifier", "message": sentence}]
        )


def revalidated(change: Callable[[], T]) -> T:
    """The result of `change`, which reads an attribute, validates a change against it and writes.
    It is called again after a concurrent change, so that editors of different settings both
    succeed. Raises what `change` does, and Conflict `ATTRIBUTE_CHANGED` if every try meets a
    concurrent change."""
    for _ in range(_REVALIDATIONS - 1):
        try:
            return change()
        except Conflict as conflict:
            if conflict.code != _CHANGED_MEANWHILE:
                raise
    return change()


def _update_of(changes: AttributeChanges, actor: Actor, now: datetime) -> dict[str, Any]:
    given = changes.given
    taken_away = [f for f in SETTING_FIELDS if f in given and not is_set(f, given[f])]
    update: dict[str, Any] = {
        "$set": {
            **{field: value for field, value in given.items() if field not in taken_away},
            "updatedBy": actor.id,
        },
        "$max": {"updatedAt": now},  # of two callers the later one may write first
        "$inc": {"revision": 1},
    }
    if taken_away:
        update["$unset"] = dict.fromkeys(taken_away, "")
    return update


def _not_found(identifier: str) -> NotFound:
    return NotFound("ATTRIBUTE_NOT_FOUND", f"There is no attribute with the id “{identifier}”.")
