"""Whether a text takes back what it names: `not red`, `without a red strap`, `kein Rot`."""

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
_TAKES_NOTHING_BACK = frozenset({"only", "just", "nur", "bloß", "seulement"})
"""`not only red` says red."""

REACH_WORDS = 3
"""`not available in red`: so many words before, the negation among them. What is further away, or
in another clause, is taken to be about something else."""

_CLAUSE_ENDS = re.compile(r"[.,;:!?|()\n]")


def is_denied(before: str) -> bool:
    """Does what stands before a place take back what stands there?"""
    clause = _CLAUSE_ENDS.split(before)[-1]
    near = words(clause)[-REACH_WORDS:]
    following = (*near[1:], "")
    return any(
        word in NEGATIONS and after not in _TAKES_NOTHING_BACK
        for word, after in zip(near, following, strict=False)
    )
