"""Texts in other code pages than UTF-8: detected and reported, never passed silently."""

from __future__ import annotations

import pytest

from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.text.text_imports import imported
from tests.unit.imports.values_kit import in_small_chunks

SKU = attribute("sku", "short_text", is_required=True)
NAME = attribute("name", "short_text")
TEXTS = [
    ("mac_roman", "MacRoman", "Almeirão fino,Açúcar,Alho poró"),
    ("mac_roman", "MacRoman", "Crème brûlée,Thé à l’ail"),
    ("mac_roman", "MacRoman", "Größe für Füße,Straße"),
    ("cp1251", "Windows-1251", "Чайник электрический,Сковорода"),
    ("cp1251", "Windows-1251", "Стол"),
    ("koi8_r", "KOI8-R", "Чайник электрический,Сковорода"),
    ("cp866", "CP866", "Чайник электрический,Сковорода"),
    ("gb18030", "GB18030", "电热水壶,不锈钢锅"),
    ("gb18030", "GB18030", "紫砂茶壶"),
    ("cp932", "Shift-JIS", "電気ケトル,フライパン"),
    ("big5", "Big5", "電熱水壺,不鏽鋼鍋"),
    ("cp949", "CP949", "전기 주전자,프라이팬"),
    ("cp1250", "Windows-1250", "Żółta łódź,Garnek ze stali"),
    ("cp1250", "Windows-1250", "Příliš žluťoučký kůň"),
    ("cp1253", "Windows-1253", "Ηλεκτρικός βραστήρας"),
    ("cp1254", "Windows-1254", "Çaydanlık,Yeşil kağıt"),
    ("cp1255", "Windows-1255", "קומקום חשמלי"),
    ("cp1256", "Windows-1256", "غلاية كهربائية"),
    ("cp874", "CP874", "กาต้มน้ำไฟฟ้า"),
    ("cp1252", "Windows-1252", "Kaffeemaschine für Büro,Größe"),
    ("cp1252", "Windows-1252", "Café,São Paulo"),
    ("cp1252", "Windows-1252", "Smørrebrød,Håndklæde"),
    ("cp1252", "Windows-1252", "Señor Piñata"),
    ("cp850", "CP850", "Größe für Füße,Straße"),
    ("cp850", "CP850", "Grün"),
    ("cp850", "CP850", "Vêtement très léger,Châssis français"),
    ("cp850", "CP850", "Mochila pequeña,Lámpara añil"),
    ("cp850", "CP850", "Mochila não inclui proteção"),
    ("cp850", "CP850", "Rygsæk til børn,Tält på höjd"),
    ("cp437", "CP850", "Größe für Füße,Crème brûlée"),
    ("cp852", "CP852", "Żółta łódź,Garnek ze stali górskiej,Źródło wody"),
    ("mac_roman", "MacRoman", "Mochila pequeña,Lámpara añil"),
    ("mac_roman", "MacRoman", "Grün"),
    ("cp1252", "Windows-1252", "L’été à “Zürich”…,ÉTÉ D’AOÛT,Œuvre™"),
    ("cp1252", "Windows-1252", "“Smart” quotes – dash"),
    ("cp1252", "Windows-1252", "5 € 99,n° 5"),
    ("cp1252", "Windows-1252", "Ø 5 mm ± 2 ½"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("codec", "reported", "names"), TEXTS)
def test_the_code_page_is_found_and_told_with_a_word(codec: str, reported: str, names: str) -> None:
    products = [
        {"sku": f"A{at}", "name": name} for at, name in enumerate(names.split(","), start=1)
    ]
    data = "sku;name\r\n" + "".join(f"{p['sku']};{p['name']}\r\n" for p in products)

    result = in_small_chunks(data.encode(codec), (SKU, NAME))

    assert result.products == products
    notice = result.notices["ENCODING_GUESSED"]
    assert reported in notice
    assert 'for example "' in notice
    word = notice.split('for example "')[1].split('"')[0]
    assert word in names
    assert not word.isascii()
    assert not result.outcome.clean


def test_a_sign_that_may_be_another_is_told_in_all_code_pages_that_are_possible() -> None:
    data = "sku;name\nA1;5 £\n".encode("cp850")

    result = in_small_chunks(data, (SKU, NAME))

    assert result.products == [{"sku": "A1", "name": "5 œ"}]
    assert (
        'read as Windows-1252, for example "œ", which would be "£" in CP850 (DOS), "ú" in '
        "MacRoman. If letters look wrong" in result.notices["ENCODING_GUESSED"]
    )


def test_letters_that_come_late_tell_the_code_page_as_well() -> None:
    head = "sku;name\n" + "A1;Kettle\n" * 40_000

    result = imported(head.encode() + "A2;Чайник электрический\n".encode("cp1251"), ("sku", "name"))

    assert result.rows[-1] == ["A2", "Чайник электрический"]
    assert '"Чайник"' in result.notices["ENCODING_GUESSED"]


def test_a_named_code_page_is_read_without_a_word() -> None:
    from core.file_format import ReadingOptions

    data = "sku;name\nA1;Größe\n".encode("mac_roman")

    result = in_small_chunks(data, (SKU, NAME), options=ReadingOptions(encoding="macroman"))

    assert result.products == [{"sku": "A1", "name": "Größe"}]
    assert result.outcome.clean


def test_damaged_utf_8_is_no_code_page() -> None:
    from tests.unit.imports.text.text_imports import refused

    data = "sku;name\nA1;电热水壶不锈钢锅电热水壶\nA2;Größe\n".encode() + b"A3;Gr\xf6\xdfe\n"

    assert refused(data, ("sku", "name")).code == "MIXED_ENCODING"
