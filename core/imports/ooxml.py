"""The parts of an xlsx package that say where a sheet lies and how its cells are shown.

Source: ECMA-376 part 1 (18.2.19 sheet, 18.8.10 cellXfs, 18.8.30 numFmt, 18.2.28 workbookPr) and
part 2 (relationships). The parts are read by regular expressions: they are small, there is nothing
to expand in them, and every prefix and both namespaces (transitional and strict) come alike.
"""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

PART_MAX_BYTES = 64 * 1024 * 1024
DEFAULT_WORKBOOK_PART = "xl/workbook.xml"

_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_BUILT_IN_ELAPSED = {"46"}
_BUILT_IN_DATES = {*map(str, (*range(14, 23), *range(27, 37), 45, 46, 47, *range(50, 59)))}
"""18.8.30: formats that every program knows by number, those of the East Asian locales included."""
_NO_LETTERS_THAT_SHOW = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h|m|s)[^\]]*\]', re.I)


@dataclass(frozen=True, slots=True)
class Styles:
    """What number formats do to values, by the index that a cell's `s` names."""

    digits: dict[int, int] = field(default_factory=dict)
    """Style → digits that an integer is padded to with zeros (format `00000`)."""
    elapsed: frozenset[int] = frozenset()
    """Styles that count hours on beyond a day (format `[h]:mm`)."""
    has_dates: bool = False


@dataclass(frozen=True, slots=True)
class Package:
    sheet_parts: dict[str, str]
    """Sheet name → its part in the zip."""
    styles: Styles
    from_1904: bool
    """Days count from 1904-01-01."""


def read_package(archive: zipfile.ZipFile) -> Package:
    """Raises KeyError for a package that lacks a part, and what `zipfile` raises."""
    workbook_part = _workbook_part(archive)
    workbook = _part(archive, workbook_part)
    folder, name = posixpath.split(workbook_part)
    relations = {
        tag["Id"]: tag
        for tag in _tags(_part(archive, f"{folder}/_rels/{name}.rels"), "Relationship")
        if "Id" in tag and "Target" in tag
    }
    parts = {}
    for sheet in _tags(workbook, "sheet"):
        relation = relations.get(sheet.get("id", ""))
        if relation is not None and "name" in sheet:
            parts[sheet["name"]] = _resolved(folder, relation["Target"])
    styles = next(
        (r["Target"] for r in relations.values() if r.get("Type", "").endswith("/styles")), None
    )
    return Package(
        sheet_parts=parts,
        styles=_styles(_part(archive, _resolved(folder, styles))) if styles else Styles(),
        from_1904=any(
            tag.get("date1904") in ("1", "true") for tag in _tags(workbook, "workbookPr")
        ),
    )


def _workbook_part(archive: zipfile.ZipFile) -> str:
    for relation in _tags(_part(archive, "_rels/.rels"), "Relationship"):
        if relation.get("Type", "").endswith("/officeDocument") and "Target" in relation:
            return _resolved("", relation["Target"])
    return DEFAULT_WORKBOOK_PART


def _part(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(PART_MAX_BYTES).decode("utf-8", "replace")


def _resolved(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _tags(xml: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes, without their prefixes, of each element of that local name."""
    pattern = rf"""<(?:\w+:)?{name}(?=[\s/>])((?:[^<>"']|"[^"]*"|'[^']*')*)>"""
    for match in re.finditer(pattern, xml):
        yield {
            key.rpartition(":")[2]: html.unescape(one or other)
            for key, one, other in _ATTRIBUTE.findall(match[1])
        }


def _styles(xml: str) -> Styles:
    codes = {tag.get("numFmtId", ""): tag.get("formatCode", "") for tag in _tags(xml, "numFmt")}
    found = re.search(r"<(?:\w+:)?cellXfs\b(.*?)</(?:\w+:)?cellXfs>", xml, re.S)
    formats = [tag.get("numFmtId", "0") for tag in _tags(found[1], "xf")] if found else []
    digits, elapsed, has_dates = {}, set(), False
    for style, format_id in enumerate(formats):
        code = codes.get(format_id, "").split(";")[0]
        if re.fullmatch("0{2,}", code):
            digits[style] = len(code)
        letters = _NO_LETTERS_THAT_SHOW.sub("", code).lower()
        if format_id in _BUILT_IN_ELAPSED or "[h" in letters:
            elapsed.add(style)
        has_dates |= format_id in _BUILT_IN_DATES or bool(re.search("[ymdhs]", letters))
    return Styles(digits, frozenset(elapsed), has_dates)
