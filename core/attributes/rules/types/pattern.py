"""`pattern`: a regular expression of the merchant's, which the whole text must match.

The engine is Rust's `regex`, which never backtracks: its time grows at most with the product of the
lengths of expression and text. It therefore supports neither look-around nor back-references; they
are refused when an attribute is defined.
"""

from __future__ import annotations

import re

import polars as pl

from core.attributes.rules.model import FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Rule
from core.attributes.rules.shown import shown_text

PATTERN_SHOWN_CHARACTERS = 100
_COPIES = 5
"""An expression must compile so many times over within the engine's limit of 10 MiB: so a single
one has at most 2 MiB, and a cell costs some microseconds."""


def whole(pattern: str) -> str:
    """The expression that matches where `pattern` matches the whole text."""
    return rf"\A(?:{pattern})\z"


def pattern_rule(rules: CellRules) -> tuple[Rule, ...]:
    """For the text of one column; none where the definition has no pattern."""
    pattern = rules.definition.pattern
    if pattern is None:
        return ()
    text = pl.col(rules.reads[0])
    requested = shown_text(pattern, PATTERN_SHOWN_CHARACTERS)
    return (
        Rule(
            name=rules.name_of("pattern_mismatch"),
            code=FaultCode.PATTERN_MISMATCH,
            column=rules.column,
            broken=~text.str.contains(whole(pattern)),
            value=text,
            reason=pl.concat_str(
                pl.lit('"'), pl.col(SHOWN), pl.lit(f'" does not match the pattern "{requested}"')
            ),
        ),
    )


def pattern_fault(pattern: str) -> str | None:
    """Why the engine refuses a pattern, as the continuation of a sentence; None if it accepts
    it."""
    # alone first: `a)|(b` is only an expression between the brackets that `whole` puts around it
    reason = _refusal(pattern)
    if reason is not None:
        return _in_words(reason)
    if _refusal(whole(pattern)) is not None:  # what follows `#` under (?x)
        return "must not end in a comment"
    if _refusal(f"(?:{pattern}){{{_COPIES}}}") is not None:
        return "is too large once its repetitions are written out; allow fewer of them"
    return None


def _refusal(expression: str) -> str | None:
    try:
        pl.Series([""]).str.contains(expression)
    except pl.exceptions.ComputeError as error:
        return str(error)
    return None


def _in_words(reason: str) -> str:
    if "look-around" in reason:
        return (
            "looks ahead or behind, (?=…), (?!…), (?<=…) or (?<!…), which is not supported; "
            "say what the whole value looks like"
        )
    if "backreferences" in reason:
        return (
            "refers back to a group, such as \\1, which is not supported; "
            "say what the whole value looks like"
        )
    if "size limit" in reason:
        return "is too large once its repetitions are written out; allow fewer of them"
    found = re.search(r"^error: (.+)$", reason, re.MULTILINE)
    return f"is not a regular expression: {found.group(1) if found else 'it cannot be read'}"
