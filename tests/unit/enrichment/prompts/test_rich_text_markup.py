"""What a suggested rich text may hold: a front end shows it as it is."""

from __future__ import annotations

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.enrichment.prompts.markup import ALLOWED_TAGS, is_safe_markup
from tests.model_server import ModelServer, values
from tests.unit.enrichment.enrichment_kit import T, attribute, code_of, value_of
from tests.unit.enrichment.openai_calls import enrich, one

STORY = attribute("Story", T.RICH_TEXT)

SOUND = [
    "",
    "plain words, 5 < 6 & 7 > 6",
    "<p>A <strong>warm</strong> and <em>dry</em> boot.</p><ul><li>red<li>blue</ul>",
    "<P>Fish &amp; chips,&nbsp;5&euro;<br>or<br/>more<br /></P>",
    "<p>one</p>\r\n<p>two\r\n</p>",
    "<ol><li>“first”</li><li>l'été</li></ol>",
]
UNSAFE = [
    "<script>alert(1)</script>",
    "<p>A boot.</p><script>alert(1)</script>",
    "<p onclick=alert(1)>A boot.</p>",
    '<p style="position:fixed">A boot.</p>',
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    '<a href="javascript:alert(1)">here</a>',
    "<iframe src=https://example.com></iframe>",
    "<p>A boot.<!-- --!><img src=x onerror=alert(1)> --></p>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<scr<script>ipt>alert(1)</script>",
    "<ScRiPt\n>alert(1)</sCrIpT >",
    "<p>A boot.</p><style>p{display:none}</style>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version=1?><p>A boot.</p>",
    "<!DOCTYPE html><p>A boot.</p>",
    "<math><mtext><table><style><!--</style><img title='--&gt;&lt;img src=x onerror=1&gt;'>",
    "<h1>A boot</h1>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<p>A boot<img src=x onerror=alert(1)",
    "<p>\ud800</p>",
    "<p>\0</p>",
    "<textarea><p></textarea><img src=x onerror=alert(1)>",
]


@pytest.mark.parametrize("text", SOUND)
def test_simple_mark_up_passes(text: str) -> None:
    assert is_safe_markup(text)


@pytest.mark.parametrize("text", UNSAFE)
def test_scripts_attributes_and_other_tags_do_not(text: str) -> None:
    assert not is_safe_markup(text)


pieces = st.sampled_from(
    [
        *("<p>", "</p>", "<br>", "<ul>", "<li>", "<strong>", "</strong>", "<em>", "&lt;", "&amp;"),
        *("<script>", "</script>", "<img src=x onerror=a>", "<svg", "/onload=a", ">", "<", "<!--"),
        *(
            "-->",
            "--!>",
            "<style>",
            "</style>",
            "<![CDATA[",
            "]]>",
            "'",
            '"',
            "=",
            " ",
            "<a ",
            "\0",
        ),
    ]
)


@given(st.lists(pieces | st.text(max_size=3), max_size=12).map("".join))
def test_of_what_passes_a_parser_of_browsers_keeps_every_tag(text: str) -> None:
    if not is_safe_markup(text):
        return
    found: set[str] = set()
    nh3.clean(
        text,
        tags={*ALLOWED_TAGS, "script", "img", "svg", "style", "a"},
        clean_content_tags=set(),
        attributes={tag: {"src", "onerror", "onload"} for tag in ("script", "img", "svg", "a")},
        attribute_filter=lambda tag, name, value: found.add(f"{tag} {name}"),
        link_rel=None,
    )

    assert found == set()
    for tag in ("<script", "<img", "<svg", "<style", "<a"):
        kept = nh3.clean(text, tags={*ALLOWED_TAGS, tag[1:]}, clean_content_tags=set())
        assert tag not in kept


def test_an_unsafe_text_is_asked_for_once_more_and_then_dropped_with_its_reason(
    server: ModelServer,
) -> None:
    unsafe, sound = "<p>A boot.<img src=x onerror=alert(1)></p>", "<p>A boot.</p>"
    server.script("Boot", values({"story": unsafe}), values({"story": sound}))
    server.script("Shoe", values({"story": unsafe}))

    boot, shoe = enrich(server, ["Boot", "Shoe"], STORY).products

    assert value_of(boot, STORY) == sound
    assert value_of(shoe, STORY) is None
    assert code_of(shoe, STORY) == "UNSAFE_MARKUP"
    assert shoe.omissions[0].value == unsafe
    assert "p, ul, ol, li, strong, em, br" in shoe.omissions[0].message
    assert "other tags than" in server.asked_about("Shoe")[1].user


def test_the_model_is_told_which_tags_pass(server: ModelServer) -> None:
    server.script("Boot", values({"story": "<p>A boot.</p>"}))

    assert value_of(one(enrich(server, ["Boot"], STORY)), STORY) == "<p>A boot.</p>"
    said = server.requests[0].schema["properties"]["story"]["description"]
    assert "p, ul, ol, li, strong, em, br and nothing else" in said
