"""Reads the command's JSON files: attribute definitions, which are bodies of POST /attributes and
validated like in the API, and reading options."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from core.attributes.definitions import Attribute, AttributeDefinition
from core.attributes.naming import attribute_id
from core.attributes.requests import AttributeDraft, read_draft
from core.clock import now
from core.errors import InvalidRequest
from core.file_format import PROFILE_DEFAULTS
from core.imports.command_line.usage import UsageMistake, because
from core.settings import Settings


def read_definitions(file: Path, limits: Settings) -> list[AttributeDefinition]:
    """The definitions in the form that the pipeline freezes, sorted by name.

    The file holds a JSON array, or the response of GET /attributes. Raises UsageMistake with a line
    for every definition at fault.
    """
    drafts: list[AttributeDraft] = []
    mistakes: list[str] = []
    for number, body in enumerate(_bodies(file), 1):
        try:
            draft = read_draft(body, limits)
        except InvalidRequest as refused:
            name = body.get("name")
            named = f" (“{name}”)" if isinstance(name, str) and name else ""
            mistakes.append(f"{file}: attribute {number}{named}: {refused.message}")
        else:
            mistakes += (f"{file}: attribute {number}: {s}" for s in _conflicts(draft, drafts))
            drafts.append(draft)
    if mistakes:
        raise UsageMistake("\n".join(mistakes))
    return sorted(map(_definition, drafts), key=lambda definition: definition.name)


def read_options_file(file: Path) -> dict[str, Any]:
    """The reading options in the form of a request, not validated. Raises UsageMistake."""
    content = _json(file, "options")
    if not isinstance(content, dict):
        raise UsageMistake(
            f"{file} must hold a JSON object of reading options, such as "
            '{"mapping": [{"headers": ["Art.Nr."], "attribute": "SKU"}]}.'
        )
    return content


def read_profile_options(file: Path) -> dict[str, Any]:
    """The options of a profile in the form of a request, with its defaults, not validated. Raises
    UsageMistake."""
    content = _json(file, "options of the profile")
    options = content.get("options") if isinstance(content, dict) else None
    if not isinstance(options, dict):
        raise UsageMistake(f"{file} must hold a JSON object with “options”, as a profile has.")
    return {"headers": PROFILE_DEFAULTS.headers, "locale": PROFILE_DEFAULTS.locale, **options}


def _json(file: Path, what: str) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageMistake(f"The {what} {file} cannot be read: {because(error)}.") from None
    except UnicodeDecodeError:
        raise UsageMistake(f"The {what} {file} are not UTF-8 text.") from None
    except (ValueError, RecursionError) as error:
        raise UsageMistake(f"The {what} {file} are not JSON: {error}.") from None


def _bodies(file: Path) -> list[dict[str, Any]]:
    content = _json(file, "attributes")
    if isinstance(content, dict):
        content = content.get("data")
    if not isinstance(content, list) or not all(isinstance(body, dict) for body in content):
        raise UsageMistake(
            f"{file} must hold a JSON array of attribute definitions, such as "
            '[{"name": "Price", "type": "number"}], or the response of GET /attributes.'
        )
    if not content:
        raise UsageMistake(f"{file} defines no attribute, so no column could be checked.")
    return content


def _conflicts(draft: AttributeDraft, before: list[AttributeDraft]) -> list[str]:
    """The faults between this definition and the definitions before it."""
    sentences = [
        f"“{draft.name}” and “{other.name}” are the same attribute; keep one of them."
        for other in before
        if attribute_id(draft.name) == attribute_id(other.name)
    ]
    if draft.is_identifier:
        sentences += [
            f"“{draft.name}” and “{other.name}” both identify the product; only one may."
            for other in before
            if other.is_identifier
        ]
    return sentences


def _definition(draft: AttributeDraft) -> AttributeDefinition:
    time = now()
    return Attribute(
        id=attribute_id(draft.name),
        **msgspec.structs.asdict(draft),
        created_at=time,
        updated_at=time,
        created_by="",
        updated_by="",
    ).definition()
