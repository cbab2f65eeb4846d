"""Which mark-up a suggested rich text may have: a short list of tags, and no attribute.

A front end shows rich text as it is, and a model's answer may hold what a product's text told it to
write. The text is cleaned by a parser that reads HTML as browsers do, and passes only if nothing
was to be cleaned away.
"""

from __future__ import annotations

from html.parser import HTMLParser

import nh3

ALLOWED_TAGS = ("p", "ul", "ol", "li", "strong", "em", "br")
"""Said to the model as well, so they are part of the prompt: see `PROMPT_VERSION`."""

_TAGS = frozenset(ALLOWED_TAGS)


def is_safe_markup(text: str) -> bool:
    """Has it only such tags, whole, and neither attributes nor comments? Entities, the case of
    tags and end tags that were left out do not matter."""
    try:
        cleaned = nh3.clean(text, tags=set(_TAGS), clean_content_tags=set(), attributes={})
        return _content(text) == _content(cleaned)
    except (UnicodeEncodeError, AssertionError):  # half of a character; a broken declaration
        return False


def _content(text: str) -> list[str]:
    reader = _Content()
    reader.feed(text.replace("\r\n", "\n").replace("\r", "\n"))
    reader.close()
    return reader.parts()


class _Content(HTMLParser):
    """Everything in a text but its end tags, which a parser may add."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._words: list[str] = []

    def parts(self) -> list[str]:
        self._end_words()
        return self._parts

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._told(f"<{tag} {attrs}")

    def handle_data(self, data: str) -> None:
        self._words.append(data)

    def handle_comment(self, data: str) -> None:
        self._told(f"<!-- {data}")

    def handle_decl(self, decl: str) -> None:
        self._told(f"<! {decl}")

    def handle_pi(self, data: str) -> None:
        self._told(f"<? {data}")

    def unknown_decl(self, data: str) -> None:
        self._told(f"<![ {data}")

    def _told(self, what: str) -> None:
        self._end_words()
        self._parts.append(what)

    def _end_words(self) -> None:
        if self._words:
            self._parts.append("".join(self._words))
            self._words.clear()
