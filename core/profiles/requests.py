"""The bodies of POST and PUT of a profile, checked and typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core.attributes.comparing import canonical
from core.attributes.definitions import AttributeDefinition
from core.attributes.naming import trimmed
from core.file_format import PROFILE_DEFAULTS, ReadingOptions
from core.imports.reading_options import (
    attribute_faults,
    option_faults,
    options_of,
)
from core.profiles.model import ProfileDraft
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import KIB

PROFILE_MAX_BYTES = 56 * KIB
"""Of the body as JSON: a page of a hundred profiles fits into an answer of Lambda (6 MB)."""


def read_new_profile(
    body: Mapping[str, Any], definitions: Sequence[AttributeDefinition]
) -> ProfileDraft:
    """Raises InvalidRequest `INVALID_FIELDS`, naming every fault."""
    return _draft("requests/create-profile", body, definitions)


def read_replacement(
    body: Mapping[str, Any],
    name: str,
    expected: int | None,
    definitions: Sequence[AttributeDefinition],
) -> tuple[ProfileDraft, int]:
    """What replaces the profile `name`, and the revision that it replaces: `expected`, or else that
    of the body. Raises InvalidRequest `INVALID_FIELDS`, also for another name, and without a
    revision."""
    draft = _draft("requests/replace-profile", {"name": name, **without_nulls(body)}, definitions)
    if draft.name != name:
        refuse([FieldFault("name", "The name of a profile cannot be changed; create another one.")])
    revision = body.get("revision") if expected is None else expected
    if revision is None:
        sentence = "“revision” is missing; send that of the profile which you replace."
        refuse([FieldFault("revision", sentence)])
    return draft, int(revision or 0)


def _draft(
    schema: str, body: Mapping[str, Any], definitions: Sequence[AttributeDefinition]
) -> ProfileDraft:
    refuse([*field_faults(schema, body), *option_faults(body, of_profile=True), *_own_faults(body)])
    given = without_nulls(body)
    options = options_of(given) or ReadingOptions()
    refuse(attribute_faults(options, definitions))
    return ProfileDraft(
        name=given["name"],
        options=PROFILE_DEFAULTS.overridden(options),
        match_headers=tuple(trimmed(header) for header in given.get("matchHeaders", ())),
    )


def _own_faults(body: Mapping[str, Any]) -> Iterator[FieldFault]:
    if len(msgspec.json.encode(body)) > PROFILE_MAX_BYTES:
        sentence = f"The profile must not be longer than {PROFILE_MAX_BYTES:,} bytes of JSON."
        yield FieldFault("options", sentence)
    headers = body.get("matchHeaders")
    known: set[str] = set()
    for at, header in enumerate(headers if isinstance(headers, list) else ()):
        if not isinstance(header, str):
            continue
        field, compared = f"matchHeaders[{at}]", canonical(trimmed(header))
        if not compared:
            yield FieldFault(field, f"Header {at + 1} of “matchHeaders” is blank.")
        elif compared in known:
            yield FieldFault(field, f"“matchHeaders” names the header “{header[:60]}” twice.")
        known.add(compared)
