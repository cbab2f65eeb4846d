"""Profiles that are found by the headers of a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from core.attributes.comparing import canonical
from core.attributes.naming import trimmed
from core.file_format import ERRORS_HEADER, ReadingOptions, RecognisableProfile

TRIALS_MAX = 20
"""So many ways in which profiles have their files read are tried on one file."""


class ProfileRecognised(Exception):
    """Ends a planning when the headers are seen: the file is planned again, by the profile."""

    def __init__(self, profile: RecognisableProfile) -> None:
        super().__init__(profile.name)
        self.profile = profile


def fingerprint_of(headers: Iterable[str]) -> str:
    """The same for headers in any order. Columns without a header do not count, nor does that of
    the faults, so that rejected rows are recognised when they are uploaded again."""
    compared = {canonical(trimmed(header)) for header in headers} - {"", ERRORS_HEADER}
    return hashlib.sha256(json.dumps(sorted(compared)).encode()).hexdigest()


def recognise(records: Iterable[Sequence[str]], profiles: Sequence[RecognisableProfile]) -> None:
    """Raises ProfileRecognised for the profile that remembers the cells of one of the first records
    of a file as headers. No two profiles remember the same."""
    by_fingerprint = {profile.fingerprint: profile for profile in profiles}
    for record in records if profiles else ():
        if profile := by_fingerprint.get(fingerprint_of(record)):
            raise ProfileRecognised(profile)


def by_their_options(
    profiles: Sequence[RecognisableProfile], names: Sequence[str]
) -> Sequence[tuple[ReadingOptions, Sequence[RecognisableProfile]]]:
    """The profiles that say any of these options, by what they say: at most TRIALS_MAX different
    ways to read a file, the first in the order of the profiles."""
    trials: dict[ReadingOptions, list[RecognisableProfile]] = {}
    for profile in profiles:
        said = {
            name: value for name in names if (value := getattr(profile.options, name)) is not None
        }
        if said:
            trials.setdefault(ReadingOptions(**said), []).append(profile)
    return list(trials.items())[:TRIALS_MAX]
