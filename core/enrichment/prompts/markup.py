"""The mark-up that a suggested rich text may have: a short list of tags, and no attributes.

A front end shows rich text as it is, and a product's text may instruct a model to write anything.
A parser that reads HTML as browsers do cleans the text. The text passes only if cleaning removes
nothing.
"""

from __future__ import annotations

from html.parser import HTMLParser

import nh3

ALLOWED_TAGS = ("p", "ul", "ol", "li", "strong", "em", "br")
"""Part of the prompt too; see `PROMPT_VERSION`."""

_TAGS = frozenset(ALLOWED_TAGS)


def is_safe_markup(text: str) -> bool:
    """Does it have only complete allowed tags, and neither attributes nor comments? Entities, the
    case of tags, and missing end tags do not matter."""
    try:
        cleaned = nh3.clean(text, tags=set(_TAGS), clean_content_tags=set(), attributes={})
        return _content(text) == _content(cleaned)
    except (UnicodeEncodeError, AssertionError):  # a lone surrogate; a broken declaration
        return False


def _content(text: str) -> list[str]:
    reader = _Content()
    reader.feed(text.replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    return reader.parts()


class _Content(HTMLParser):
    """Collects everything in a text except end tags, which a parser may add."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._words: list[str] = []

    def parts(self) -> list[str]:
        self._end_words()
        return self._parts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._add(f"<{tag} {attrs}")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_comment(self, data: str) -> None:
        self._add(f"<!-- {data}")

    def handle_decl(self, decl: str) -> None:
        self._add(f"<! {decl}")

    def handle_pi(self, data: str) -> None:
        self._add(f"<? {data}")

    def unknown_decl(self, data: str) -> None:
        self._add(f"<![ {data}")

    def _add(self, part: str) -> None:
        self._end_words()
        self._parts.append(part)

    def _end_words(self) -> None:
        if self._words:
            self._parts.append("".join(self._words))
            self._words.clear()
