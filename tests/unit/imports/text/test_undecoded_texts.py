"""Texts that were never decoded stay as they are, and a notice names the first: UTF-7, HZ, codes of
HTML, the apostrophe of spreadsheets."""

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.attributes.rules.shown import shown_text
from core.file_format import ReadingOptions
from tests.unit.imports.values_kit import whole_import

SKU = AttributeDefinition("ProductSKU", AttributeType.SHORT_TEXT)
CASES = [
    ("gr+APw-n", "GARBLED_TEXT"),
    ("+AOQ-pfel", "GARBLED_TEXT"),
    ("+AMQA1gDc-", "GARBLED_TEXT"),
    ("5 +IKw-", "GARBLED_TEXT"),
    ("~{VPND~}", "GARBLED_TEXT"),
    ("tea ~{2hR6~} 5", "GARBLED_TEXT"),
    ("+BD8EQAQ4BDIENQRC-", "GARBLED_TEXT"),
    ("+BD8EQAQ4 x", "GARBLED_TEXT"),
    ("+Ti1lhw +gzY-", "GARBLED_TEXT"),
    ("+1VytbcW0-", "GARBLED_TEXT"),
    ("PA6+GF30-B", None),
    ("PC+SAN PC+ASA PC+ABSFR40X-2", None),
    ("+49 171 1234567", None),
    ("+491711234567", None),
    ("C++11/14", None),
    ("A+B-C", None),
    ("PC+ABS-V0", None),
    ("~5 {a}", None),
    ("gr=C3=BCn", "GARBLED_TEXT"),
    ("gr\x1an", "GARBLED_TEXT"),
    ("a\x01b", "GARBLED_TEXT"),
    ("a\x08b", "GARBLED_TEXT"),
    ("gr\\u00fcn", "GARBLED_TEXT"),
    ("gr\\xfcn", "GARBLED_TEXT"),
    ("Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "GARBLED_TEXT"),
    ("Å‚Ã³dÅº", "GARBLED_TEXT"),
    ("ÅŸeker", "GARBLED_TEXT"),
    ("æ—¥æœ¬", "GARBLED_TEXT"),
    ("ÎµÎ»Î»", "GARBLED_TEXT"),
    ("РџСЂРёРІРµС‚", "GARBLED_TEXT"),
    ("Gr├╝n", "GARBLED_TEXT"),
    ("╨┐╤А╨╕", "GARBLED_TEXT"),
    ("Gr√ºn", "GARBLED_TEXT"),
    ("a ‚Äì b", "GARBLED_TEXT"),
    ("CAFÉ\xa0« à\xa0la »", None),
    ("„Spaß“ – Úžas… É»", None),
    ("Ø±0.1 Ø½", None),
    ("C:\\users x=C3 √2", None),
    ("CRÉÉE à… Рёбра", None),
    ("Salt &amp; Pepper", "HTML_ENTITIES"),
    ("10&nbsp;kg", "HTML_ENTITIES"),
    ("K&#228;se", "HTML_ENTITIES"),
    ("K&#xE4;se", "HTML_ENTITIES"),
    ("&lt;b&gt;", "HTML_ENTITIES"),
    ("Salt & Pepper; R&D;", None),
    ("a &unknown; b", None),
    ("'00123", "LEADING_APOSTROPHES"),
    ("'12.50", "LEADING_APOSTROPHES"),
    ("'90s style", None),
    ("5'10", None),
    ("'tis", None),
]


@pytest.mark.parametrize("delimiter", [",", "\t"])
@pytest.mark.parametrize(("text", "code"), CASES)
def test_the_value_stays_and_the_first_cell_is_named(
    text: str, code: str | None, delimiter: str
) -> None:
    name = AttributeDefinition("Name", AttributeType.SHORT_TEXT)
    rows = ["ProductSKU,Name", "A,x", "B,y", f"C,{text}", f"D,{text}", "E,z"]
    data = "\n".join(rows).replace(",", delimiter) + "\n"
    found = whole_import(data, [SKU, name])
    assert [product["Name"] for product in found.products] == ["x", "y", text, text, "z"]
    assert set(found.notices) - {"DIALECT_DETECTED"} == ({code} if code else set())
    if code:
        message = found.notices[code]
        assert message.startswith("2 ")
        assert shown_text(text, 60) in message
        assert 'row 3, column "Name"' in message
    assert found.outcome.clean is (code != "GARBLED_TEXT")
    cut = whole_import(data, [SKU, name], chunk_target_bytes=8)
    assert cut.notices == found.notices


def test_the_codes_of_a_rich_text_are_its_own() -> None:
    rich = AttributeDefinition("Name", AttributeType.RICH_TEXT)
    found = whole_import("ProductSKU,Name\nA,<p>Salt &amp; Pepper</p>\n", [SKU, rich])
    assert found.notices == {}


WORDS = ("grün", "кабель", "茶 中文", "5 €", "Ünal & Söhne", "plain")


@pytest.mark.parametrize("encoding", ["utf-7", "hz"])
def test_a_text_of_several_such_words_is_read_in_its_encoding(encoding: str) -> None:
    words = WORDS if encoding == "utf-7" else ("茶", "中文", "钢笔 5", "a~b", "plain")
    definitions = [SKU, AttributeDefinition("Name", AttributeType.SHORT_TEXT)]
    text = "ProductSKU,Name\n" + "".join(f"{n},{word}\n" for n, word in enumerate(words))
    found = whole_import(text.encode(encoding), definitions)
    assert [product["Name"] for product in found.products] == list(words)
    assert set(found.notices) == {"ENCODING_GUESSED"}
    assert "grün" in found.notices["ENCODING_GUESSED"] or encoding == "hz"
    assert not found.outcome.clean
    named = ReadingOptions(encoding=encoding)
    assert whole_import(text.encode(encoding), definitions, options=named).notices == {}


@pytest.mark.parametrize("encoding", ["utf-7", "hz"])
def test_one_such_word_in_a_plain_text_is_named_with_its_reading(encoding: str) -> None:
    definitions = [SKU, AttributeDefinition("Name", AttributeType.SHORT_TEXT)]
    text = f"ProductSKU,Name\nA + B,{'中文'.encode(encoding).decode()}\n"
    message = whole_import(text, definitions).notices["GARBLED_TEXT"]
    assert 'is "中文"' in message
    assert f"the encoding {encoding}." in message


def test_a_text_with_an_invalid_plus_behind_its_beginning_is_no_utf_7() -> None:
    definitions = [SKU, AttributeDefinition("Name", AttributeType.LONG_TEXT)]
    words = [word.encode("utf-7").decode() for word in WORDS] + ["x" * 1000] * 300 + ["a + b"]
    text = "ProductSKU,Name\n" + "".join(f"{n},{word}\n" for n, word in enumerate(words))
    found = whole_import(text, definitions)
    assert found.products[-1]["Name"] == "a + b"
    assert set(found.notices) == {"GARBLED_TEXT"}
