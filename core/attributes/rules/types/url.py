"""`url` and `image`: one absolute address on the web, http or https.

Source: RFC 3986 (section 2: what must be percent-encoded) and RFC 3987 (letters of any alphabet).
Narrower in two places: user name and password are refused, since an address travels to everybody
who sees the product, and other schemes, since browsers run some of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from core.attributes.rules.model import FaultCode
from core.attributes.rules.rule import SHOWN, CellRules, Field, Rule
from core.attributes.rules.types.pattern import pattern_rule, whole

MAX_CHARACTERS = 2_048
"""What browsers, servers and marketplaces agree to take."""

_LETTER = r"[\p{L}\p{N}]"
_LABEL = rf"{_LETTER}(?:[\p{{L}}\p{{N}}\p{{M}}_-]*[\p{{L}}\p{{N}}\p{{M}}])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]+\])"
_PORT = (
    ":(?:6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3}|0)"
)
_REST = r"[/?#][^\s\p{C}\p{Z}<>\x22\\^`{|}]*"
URL = rf"^(?i:https?)://{_HOST}(?:{_PORT})?(?:{_REST})?$"

SEVERAL = (
    r"(?i)[,;|\s]\s*(?:https?:|//|www\.)"
    r"|\.(?:jpe?g|png|gif|webp|svg|avif|bmp|tiff?)\s*[,;|]"
)
"""A second address, or a second file, after a list separator. An address may contain a comma or
semicolon, so only these cases count as a list."""
_SURELY_ONE = URL.replace(_REST, _REST.replace("<>", ",;<>"))
"""An address without comma and semicolon; others are checked for lists."""

_SCHEME = r"^(?i:https?)://"
_BLANK = r"[\s\p{Z}]"
_HAS_USER = r"^(?i:https?)://[^/?#\s]*@"


class UrlRules(CellRules):
    """An accepted text has neither quote, backslash nor control character, so JSON needs no
    escape."""

    def compile(self) -> Sequence[Rule]:
        text = pl.col(self.reads[0])
        return (
            *self._required_rule(text.is_null()),
            Rule(
                name=self.name_of("not_a_url"),
                code=FaultCode.NOT_A_URL,
                column=self.column,
                broken=~text.str.contains(URL) | text.str.contains(SEVERAL),
                value=text,
                reason=pl.concat_str(pl.lit('"'), pl.col(SHOWN), pl.lit('" '), _reason(text)),
            ),
            Rule(
                name=self.name_of("too_long"),
                code=FaultCode.TEXT_TOO_LONG,
                column=self.column,
                broken=text.str.len_chars() > MAX_CHARACTERS,
                value=text,
                reason=pl.lit(f"the address has more than {MAX_CHARACTERS:,} characters"),
            ),
            *pattern_rule(self),
        )

    def suspect(self) -> pl.Expr:
        text = pl.col(self.reads[0])
        accepted = text.str.contains(_SURELY_ONE) & (text.str.len_bytes() <= MAX_CHARACTERS)
        if self.definition.pattern is not None:
            accepted &= text.str.contains(whole(self.definition.pattern))
        return self._suspect_unless(accepted)

    def field(self) -> Field:
        return self._field(pl.col(self.reads[0]))


def _reason(text: pl.Expr) -> pl.Expr:
    """The explanation that follows a text that is not an address."""
    return (
        pl.when(text.str.contains(_SCHEME) & text.str.contains(SEVERAL))
        .then(
            pl.lit(
                "holds several addresses, and the attribute takes one; leave one in the cell, and "
                "give the others columns of their own"
            )
        )
        .when(~text.str.contains(_SCHEME))
        .then(pl.lit("is not a web address; it must begin with https:// or http://"))
        .when(text.str.contains(_BLANK))
        .then(pl.lit("holds a blank; write one address, and %20 for a blank in it"))
        .when(text.str.contains(_HAS_USER))
        .then(pl.lit("holds a user name, which everybody would see; leave out all up to the @"))
        .when(~text.str.contains(f"{_SCHEME}{_HOST}(?:[:/?#]|$)"))
        .then(pl.lit("names no host; write it like https://www.example.com/a"))
        .when(~text.str.contains(f"{_SCHEME}{_HOST}(?:{_PORT})?(?:[/?#]|$)"))
        .then(pl.lit("has no right port; it is a number up to 65535, and mostly left out"))
        .otherwise(pl.lit("holds a character that an address cannot have; percent-encode it"))
    )
