"""The `import_profiles` collection. Unique indexes settle every race: `_id`, the name, and the
fingerprint of headers, absent where a profile remembers none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from pymongo import ASCENDING, ReturnDocument
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.actors import Actor
from core.database import IMPORT_PROFILES, collection_of, present
from core.errors import Conflict, NotFound, PreconditionFailed
from core.file_format import RecognisableProfile
from core.imports.recognition import fingerprint_of
from core.profiles.model import Profile, ProfileDraft

CHANGED = "PROFILE_CHANGED"


class ProfileRepository:
    def __init__(self, database: Database[dict[str, Any]]) -> None:
        self._profiles = collection_of(database, IMPORT_PROFILES)

    def page(self, skip: int, limit: int) -> tuple[list[Profile], int]:
        """Some profiles in the order of their names, and how many there are."""
        found = self._profiles.find().sort([("_id", ASCENDING)]).skip(skip).limit(limit)
        return [_profile(document) for document in found], self._profiles.count_documents({})

    def is_empty(self) -> bool:
        return self._profiles.find_one({}, {"_id": True}) is None

    def get(self, name: str) -> Profile:
        """Raises NotFound `PROFILE_NOT_FOUND`."""
        found = self._profiles.find_one({"_id": name})
        if found is None:
            raise _not_found(name)
        return _profile(found)

    def recognisable(self) -> list[RecognisableProfile]:
        """The profiles that remember headers."""
        found = self._profiles.find({"fingerprint": {"$exists": True}}, {"matchHeaders": False})
        return [
            msgspec.convert({**document, "name": document["_id"]}, RecognisableProfile)
            for document in found.sort([("_id", ASCENDING)])
        ]

    def add(self, draft: ProfileDraft, actor: Actor, now: datetime) -> Profile:
        """Raises Conflict `PROFILE_EXISTS` for a name that is taken, `PROFILE_HEADERS_TAKEN` if
        another profile remembers the same headers."""
        document = {
            **_fields(draft),
            "_id": draft.name,
            "revision": 1,
            "createdAt": now,
            "createdBy": actor.id,
            "updatedAt": now,
            "updatedBy": actor.id,
        }
        try:
            self._profiles.insert_one(document)
        except DuplicateKeyError:
            if self._profiles.find_one({"_id": draft.name}, {"_id": True}) is None:
                raise self._headers_taken(draft) from None
            sentence = f"A profile named “{draft.name}” exists already; replace it, or choose "
            raise Conflict("PROFILE_EXISTS", sentence + "another name.") from None
        return _profile(document)

    def replace(
        self, draft: ProfileDraft, revision: int, actor: Actor, now: datetime
    ) -> tuple[Profile, Profile]:
        """Replace this revision; return the profile before and after. Raises NotFound
        `PROFILE_NOT_FOUND`, Conflict `PROFILE_CHANGED` if the profile has another revision, and
        `PROFILE_HEADERS_TAKEN` as `add` does."""
        fields = _fields(draft)
        gone = {name: "" for name in ("matchHeaders", "fingerprint") if name not in fields}
        update: dict[str, Any] = {
            "$set": {**fields, "updatedBy": actor.id},
            "$max": {"updatedAt": now},
            "$inc": {"revision": 1},
        }
        if gone:
            update["$unset"] = gone
        before = self.get(draft.name)
        try:
            found = self._profiles.find_one_and_update(
                {"_id": draft.name, "revision": revision, "createdAt": before.created_at},
                update,
                return_document=ReturnDocument.AFTER,
            )
        except DuplicateKeyError:
            raise self._headers_taken(draft) from None
        if found is None:
            raise _changed(self.get(draft.name))
        return before, _profile(found)

    def remove(self, name: str, revision: int | None) -> Profile:
        """Delete the profile, or only this revision of it, and return it. Raises NotFound
        `PROFILE_NOT_FOUND`, PreconditionFailed `PROFILE_CHANGED`."""
        query = {"_id": name} | ({} if revision is None else {"revision": revision})
        found = self._profiles.find_one_and_delete(query)
        if found is None:
            self.get(name)
            raise PreconditionFailed(CHANGED, changed_by_another(name))
        return _profile(found)

    def _headers_taken(self, draft: ProfileDraft) -> Conflict:
        fingerprint = fingerprint_of(draft.match_headers)
        holder = self._profiles.find_one({"fingerprint": present(fingerprint)}) or {}
        other = holder.get("_id", "another one")
        sentence = (
            f"The profile “{other}” has the same “matchHeaders”, so a file with these headers "
            "would belong to both; take them from one of the two."
        )
        details = [{"field": "matchHeaders", "message": sentence}]
        return Conflict("PROFILE_HEADERS_TAKEN", sentence, details)


def _fields(draft: ProfileDraft) -> dict[str, Any]:
    fields: dict[str, Any] = {"options": msgspec.to_builtins(draft.options)}
    if draft.match_headers:
        fields["matchHeaders"] = list(draft.match_headers)
        fields["fingerprint"] = fingerprint_of(draft.match_headers)
    return fields


def _profile(document: Mapping[str, Any]) -> Profile:
    return msgspec.convert({**document, "name": document["_id"]}, Profile)


def changed_by_another(name: str) -> str:
    return (
        f"The profile “{name}” was changed by somebody else meanwhile; look at it again and repeat "
        "your change."
    )


def _changed(present_one: Profile) -> Conflict:
    return Conflict(
        CHANGED,
        f"The profile “{present_one.name}” has revision {present_one.revision} meanwhile; look at "
        "it again and repeat your change.",
    )


def _not_found(name: str) -> NotFound:
    return NotFound("PROFILE_NOT_FOUND", f"There is no profile with the name “{name[:100]}”.")
