"""Recognises negations: `not red`, `without a red strap`, `kein Rot`."""

from __future__ import annotations

import re

from core.enrichment.providers.evidence import words

NEGATIONS = frozenset(
    {
        *("no", "not", "non", "never", "none", "without", "neither", "nor", "cannot", "except"),
        *("isn", "aren", "doesn", "don", "wasn", "won"),  # what words() leaves of “isn't”
        *("nicht", "nie", "ohne", "kein", "keine", "keinen", "keiner", "keinem", "weder", "außer"),
        *("sans", "pas", "jamais", "ni", "aucun", "aucune", "sauf"),
    }
)
_CANCELS_NEGATION = frozenset({"only", "just", "nur", "bloß", "seulement"})
"""`not only red` affirms red."""

REACH_WORDS = 3
"""`not available in red`: how many words before a place are searched for a negation. A negation
further away, or in another clause, is assumed to be about something else."""

_CLAUSE_ENDS = re.compile(r"[.,;:!?|()\n]")


def is_denied(before: str) -> bool:
    """Does the text before a place negate what follows there?"""
    clause = _CLAUSE_ENDS.split(before)[-1]
    near = words(clause)[-REACH_WORDS:]
    following = (*near[1:], "")
    return any(
        word in NEGATIONS and after not in _CANCELS_NEGATION
        for word, after in zip(near, following, strict=False)
    )
