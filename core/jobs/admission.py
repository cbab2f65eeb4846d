"""Admission: how many imports run at once, and in which order the others wait.

An import needs a slot. The slots of a lane are counted in one small document, by conditional
updates, so that functions at the same moment never give away more than there are. What finds no
slot waits in a line, the oldest first. Small files have a lane of their own: they take a second,
and must not wait behind files that take minutes.

A slot is held under the name of an execution. The last state of the execution gives it back and
reports the next file in line to the import queue, whose function starts it. The sweep does the same
for executions that were stopped, and for reports that were lost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec
from pymongo import ASCENDING
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from core.database import IMPORT_LINE, IMPORT_SLOTS, collection_of
from core.settings import Settings
from core.storage import ObjectInfo

_TRY = re.compile(r"-t\d+$")


class Lane(StrEnum):
    SMALL = "small"
    LARGE = "large"


class WaitingImport(msgspec.Struct, frozen=True, kw_only=True):
    """An import in the line."""

    name: str = msgspec.field(name="_id")
    """Of its execution."""
    lane: Lane
    bucket: str
    key: str
    since: datetime


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """All that wait, of both lanes."""

    length: int
    oldest: datetime | None

    def age_seconds(self, now: datetime) -> float:
        return 0.0 if self.oldest is None else max((now - self.oldest).total_seconds(), 0.0)


class HeldSlot(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    at: datetime


class Admission:
    def __init__(self, database: Database[dict[str, Any]], settings: Settings) -> None:
        self._slots = collection_of(database, IMPORT_SLOTS)
        self._line = collection_of(database, IMPORT_LINE)
        self._small_bytes = settings.small_import_bytes
        self._limits: Mapping[Lane, int] = {
            Lane.SMALL: settings.small_imports_at_once,
            Lane.LARGE: settings.imports_at_once,
        }

    def lane_of(self, info: ObjectInfo) -> Lane:
        return Lane.SMALL if info.size <= self._small_bytes else Lane.LARGE

    def enter(self, name: str, info: ObjectInfo, now: datetime) -> None:
        """Go to the end of the line, or keep the place in it."""
        fresh = {
            "lane": self.lane_of(info).value,
            "bucket": info.bucket,
            "key": info.key,
            "since": now,
        }
        try:
            self._line.update_one({"_id": name}, {"$setOnInsert": fresh}, upsert=True)
        except DuplicateKeyError:
            return  # another caller inserted it between our match and our insert

    def first(self, lane: Lane) -> WaitingImport | None:
        found = self._line.find_one(
            {"lane": lane.value},
            sort=[("lane", ASCENDING), ("since", ASCENDING), ("_id", ASCENDING)],
        )
        return None if found is None else msgspec.convert(found, WaitingImport)

    def line(self) -> Line:
        firsts = [first for lane in Lane if (first := self.first(lane)) is not None]
        return Line(
            length=self._line.count_documents({}),
            oldest=min((first.since for first in firsts), default=None),
        )

    def is_waiting(self, name: str) -> bool:
        return self._line.find_one({"_id": name}) is not None

    def leave(self, name: str) -> None:
        self._line.delete_one({"_id": name})

    def take(self, lane: Lane, name: str, now: datetime) -> bool:
        """Hold a slot under this name; False when none is free. Safe to repeat."""
        slot = {"name": name, "at": now}
        free = {
            "_id": lane.value,
            "holders.name": {"$ne": name},
            f"holders.{self._limits[lane] - 1}": {"$exists": False},
        }
        if self._slots.update_one(free, {"$push": {"holders": slot}}).modified_count:
            return True
        found = self._slots.find_one({"_id": lane.value})
        if found is not None:
            return any(holder["name"] == name for holder in found["holders"])
        try:
            self._slots.insert_one({"_id": lane.value, "holders": [slot]})
        except DuplicateKeyError:  # another caller made the document just now
            return self.take(lane, name, now)
        return True

    def release(self, name: str, taken_at: datetime | None = None) -> Lane | None:
        """Give the slot of this name back, with `taken_at` only the one that was taken then; its
        lane, None when the name holds none."""
        slot: dict[str, Any] = {"name": name}
        if taken_at is not None:
            slot["at"] = taken_at
        for lane in Lane:
            gone = self._slots.update_one(
                {"_id": lane.value, "holders": {"$elemMatch": slot}}, {"$pull": {"holders": slot}}
            )
            if gone.modified_count:
                return lane
        return None

    def held(self) -> list[HeldSlot]:
        return [
            msgspec.convert(holder, HeldSlot)
            for document in self._slots.find()
            for holder in document["holders"]
        ]


def slot_name(execution_arn: str) -> str:
    """What the slot of an execution is held under: all tries for one purpose share it."""
    return _TRY.sub("", execution_arn.rpartition(":")[2])


def give_back(admission: Admission, execution_arn: str) -> WaitingImport | None:
    """Release the slot of an execution; the import that is next in its lane."""
    lane = admission.release(slot_name(execution_arn))
    return None if lane is None else admission.first(lane)
