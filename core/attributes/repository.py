"""The `attributes` collection. `_id` is derived from the name, and its uniqueness settles every
race: of two callers with one name, the database lets one through."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
from bson.codec_options import CodecOptions
from pymongo import ASCENDING, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.actors import Actor
from core.attributes.definitions import Attribute, AttributeDefinition
from core.attributes.naming import attribute_id
from core.attributes.requests import AttributeChanges, AttributeDraft
from core.database import ATTRIBUTES
from core.errors import Conflict, NotFound

_AWARE = CodecOptions[dict[str, Any]](tz_aware=True, tzinfo=UTC)


class AttributeRepository:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._attributes = database.get_collection(ATTRIBUTES, codec_options=_AWARE)

    def all(self) -> list[Attribute]:
        """Every attribute, the oldest first."""
        cursor = self._attributes.find().sort([("createdAt", ASCENDING), ("_id", ASCENDING)])
        return [msgspec.convert(found, Attribute) for found in cursor]

    def definitions(self) -> list[AttributeDefinition]:
        """What the pipeline judges by, in the same order."""
        return [attribute.definition() for attribute in self.all()]

    def get(self, identifier: str) -> Attribute:
        """Raises NotFound `ATTRIBUTE_NOT_FOUND`."""
        found = self._attributes.find_one({"_id": identifier})
        if found is None:
            raise _not_found(identifier)
        return msgspec.convert(found, Attribute)

    def add(self, draft: AttributeDraft, actor: Actor, now: datetime) -> Attribute:
        """Raises Conflict `ATTRIBUTE_EXISTS` when the name, or the id that it gives, is taken."""
        attribute = Attribute(
            id=attribute_id(draft.name),
            created_at=now,
            updated_at=now,
            created_by=actor.id,
            updated_by=actor.id,
            **msgspec.structs.asdict(draft),
        )
        try:
            self._attributes.insert_one(
                msgspec.to_builtins(attribute, builtin_types=(datetime,)),
            )
        except DuplicateKeyError:
            raise self._clash(attribute) from None
        return attribute

    def change(
        self, attribute: Attribute, changes: AttributeChanges, actor: Actor, now: datetime
    ) -> Attribute:
        """Write `changes`, and nothing else, so that two callers who change different fields both
        succeed. Raises NotFound when the attribute was deleted, or remade with another type,
        since it was read."""
        found = self._attributes.find_one_and_update(
            {"_id": attribute.id, "type": attribute.type.value},
            {
                "$set": {
                    **msgspec.to_builtins(changes),
                    "updatedAt": now,
                    "updatedBy": actor.id,
                },
                "$inc": {"revision": 1},
            },
            return_document=ReturnDocument.AFTER,
        )
        if found is None:
            raise _not_found(attribute.id)
        return msgspec.convert(found, Attribute)

    def remove(self, identifier: str) -> Attribute:
        """Delete an attribute and return what it was. Raises NotFound `ATTRIBUTE_NOT_FOUND`."""
        found = self._attributes.find_one_and_delete({"_id": identifier})
        if found is None:
            raise _not_found(identifier)
        return msgspec.convert(found, Attribute)

    def _clash(self, attribute: Attribute) -> Conflict:
        holder = self._attributes.find_one({"_id": attribute.id}) or {}
        taken = holder.get("name", attribute.name)
        if taken == attribute.name:
            sentence = f"An attribute named “{taken}” exists already."
        else:
            sentence = (
                f"The name “{attribute.name}” is too close to “{taken}”, which exists already: "
                f"both have the id {attribute.id}."
            )
        return Conflict("ATTRIBUTE_EXISTS", sentence, [{"field": "name", "message": sentence}])


def _not_found(identifier: str) -> NotFound:
    return NotFound("ATTRIBUTE_NOT_FOUND", f"There is no attribute with the id “{identifier}”.")
