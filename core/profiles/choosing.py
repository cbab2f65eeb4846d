"""By which profile a file is read, and with which options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from pymongo.database import Database

from core.attributes.repository import AttributeRepository
from core.errors import Conflict, FileRefused, NotFound
from core.file_format import (
    ChosenBy,
    Reading,
    ReadingOptions,
    RecognisableProfile,
    UsedProfile,
)
from core.imports.reading_options import (
    ReadingRequest,
    attribute_faults,
    option_faults,
)
from core.outcomes import RefusalCode
from core.profiles.model import Profile
from core.profiles.repository import ProfileRepository
from core.schemas import refuse
from core.storage.keys import INCOMING_PREFIX, profile_of_key

_Database = Database[dict[str, Any]]


def reading_of_request(database: _Database, request: ReadingRequest) -> Reading | None:
    """How a call wants its file read; None if it says nothing.

    Raises NotFound `PROFILE_NOT_FOUND`, InvalidRequest `INVALID_FIELDS` if options do not go with
    those of the profile, and Conflict `PROFILE_OUTDATED` if one of them does not fit the attributes
    any more.
    """
    name, given = request.profile, request.options
    if name is None:
        return None if given is None else Reading(options=given)
    reading = _by(ProfileRepository(database).get(name), ChosenBy.NAME, given)
    as_json = msgspec.json.decode(msgspec.json.encode(reading.options))  # lists, not tuples
    refuse(option_faults({"options": as_json}))
    definitions = AttributeRepository(database).definitions()
    if faults := attribute_faults(reading.options, definitions):
        raise Conflict(
            "PROFILE_OUTDATED",
            f"The profile “{name}” does not fit the attributes any more. {faults[0].message} "
            "Define what is missing, or change the profile.",
            [{"field": fault.field, "message": fault.message} for fault in faults],
        )
    return reading


class Profiles:
    """What the opening of a job has to know of profiles."""

    def __init__(self, database: _Database) -> None:
        self._profiles = ProfileRepository(database)

    def of_key(self, key: str) -> Reading | None:
        """The reading of a file that was dropped under this key; None if it names no profile. As
        long as there are no profiles, the folders of the bucket have no meaning. Raises FileRefused
        `PROFILE_NOT_FOUND`."""
        name = profile_of_key(key)
        if name is None:
            return None
        try:
            return _by(self._profiles.get(name), ChosenBy.KEY, None)
        except NotFound:
            if self._profiles.is_empty():
                return None
        raise FileRefused(
            RefusalCode.PROFILE_NOT_FOUND,
            f"The file was dropped into {INCOMING_PREFIX}{name[:100]}/, and there is no profile "
            f"with the name “{name[:100]}”. Create it, then reprocess the job.",
        )

    def recognisable(self) -> Sequence[RecognisableProfile]:
        """The profiles that are found by the headers of a file."""
        return self._profiles.recognisable()


def _by(profile: Profile, chosen_by: ChosenBy, given: ReadingOptions | None) -> Reading:
    options = profile.options if given is None else profile.options.overridden(given)
    used = UsedProfile(name=profile.name, revision=profile.revision, chosen_by=chosen_by)
    return Reading(options=options, profile=used)
