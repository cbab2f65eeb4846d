"""Keeps answers that were paid for, by their question, so that a second run is free.

The key covers everything that the answer depends on. It excludes everything else (the product's id,
its revision, the caller), so two products with the same values share an answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from core.attributes.identity import canonical_json
from core.enrichment.model import Omission, Suggestion
from core.enrichment.prompts.questions import Question
from core.enrichment.providers.interface import Provider
from core.enrichment.providers.prompting import PROMPT_VERSION
from core.enrichment.suggestions.asking import AskResult
from core.jobs.orders import Usage
from core.settings import Settings
from core.storage import ObjectMissing, ObjectStore, keys
from core.storage.content_types import JSON

_DIGEST_CHARACTERS = 40


class KeptAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A validated answer. The rules that validated it are part of its key."""

    suggestions: tuple[Suggestion, ...]
    omissions: tuple[Omission, ...]
    usage: Usage
    """What the answer cost."""
    asked_by: str
    """The work that paid for it."""


class AnswerCache(Protocol):
    def find(self, key: str) -> KeptAnswer | None: ...
    def keep(self, key: str, result: AskResult, asked_by: str) -> None: ...


class StoredAnswers:
    """Objects in the results bucket; they expire by a rule of their own, later than work files."""

    def __init__(self, store: ObjectStore, bucket: str) -> None:
        self._store = store
        self._bucket = bucket

    def find(self, key: str) -> KeptAnswer | None:
        try:
            data = self._store.get(self._bucket, keys.enrichment_answer(key))
        except ObjectMissing:
            return None
        try:
            return msgspec.json.decode(data, type=KeptAnswer)
        except msgspec.DecodeError:
            return None  # written by another version of this software: a new call is made

    def keep(self, key: str, result: AskResult, asked_by: str) -> None:
        kept = KeptAnswer(
            suggestions=result.suggestions,
            omissions=result.omissions,
            usage=result.usage,
            asked_by=asked_by,
        )
        data = msgspec.json.encode(kept)
        self._store.put(self._bucket, keys.enrichment_answer(key), data, JSON)


def cache_key(
    question: Question, values: Mapping[str, Any], provider: Provider, settings: Settings
) -> str:
    """`values` are the product's values that the provider gets, as stored."""
    parts = {
        "prompt": PROMPT_VERSION,
        "provider": [provider.name, provider.model, provider.endpoint],
        "asked": [
            [a.key, msgspec.to_builtins(a.definition), a.max_characters, a.description]
            for a in question.requested
        ],
        "known": dict(question.known),
        "images": list(question.images),
        "limits": [settings.enrichment_max_output_tokens, settings.fault_value_max_characters],
    }
    digest = hashlib.sha256(msgspec.json.encode(parts, order="sorted"))
    digest.update(canonical_json(values))
    return digest.hexdigest()[:_DIGEST_CHARACTERS]
