"""The parts of an xlsx package that locate a sheet and describe the formats of its cells.

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
from dataclasses import dataclass

from core.imports.workbooks.special_cells import Styles

PART_MAX_BYTES = 64 * 1024 * 1024
DEFAULT_WORKBOOK_PART = "xl/workbook.xml"

_ATTRIBUTE = re.compile(r"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


@dataclass(frozen=True, slots=True)
class Package:
    sheet_parts: dict[str, str]
    """Sheet name → its part in the zip."""
    styles: Styles
    from_1904: bool
    """Days count from 1904-01-01."""
    text_part: str | None = None
    """Holds the texts that cells share."""
    is_uncalculated: bool = False
    """The writer asks for all formulas to be calculated when the workbook is opened, so a stored
    result of 0 in every formula means no result."""


def read_package(archive: zipfile.ZipFile) -> Package:
    """Raises KeyError for a package that lacks a part, and what `zipfile` raises."""
    workbook_part = _workbook_part(archive)
    workbook = _part(archive, workbook_part)
    folder = posixpath.dirname(workbook_part)
    relations = relations_of(archive, workbook_part)
    parts = {}
    for sheet in tags(workbook, "sheet"):
        relation = relations.get(sheet.get("id", ""))
        if relation is not None and "name" in sheet:
            parts[sheet["name"]] = resolved(folder, relation["Target"])
    of_type = {r.get("Type", "").rpartition("/")[2]: r["Target"] for r in relations.values()}
    styles, texts = of_type.get("styles"), of_type.get("sharedStrings")
    return Package(
        sheet_parts={name: _own_spelling(archive, part) for name, part in parts.items()},
        styles=_styles_in(archive, resolved(folder, styles)) if styles else Styles(),
        from_1904=any(tag.get("date1904") in ("1", "true") for tag in tags(workbook, "workbookPr")),
        text_part=resolved(folder, texts) if texts else None,
        is_uncalculated=any(
            tag.get("fullCalcOnLoad") in ("1", "true") for tag in tags(workbook, "calcPr")
        ),
    )


def shared_text_count(archive: zipfile.ZipFile, package: Package) -> int:
    """How many texts the cells share."""
    if package.text_part is None:
        return 0
    try:
        with archive.open(_own_spelling(archive, package.text_part)) as part:
            return len(re.findall(rb"<(?:\w+:)?si[\s/>]", part.read()))
    except KeyError:
        return 0


def relations_of(archive: zipfile.ZipFile, part: str) -> dict[str, dict[str, str]]:
    """Id of a relationship → its attributes."""
    folder, name = posixpath.split(part)
    found = tags(_part(archive, f"{folder}/_rels/{name}.rels"), "Relationship")
    return {tag["Id"]: tag for tag in found if "Id" in tag and "Target" in tag}


def _own_spelling(archive: zipfile.ZipFile, part: str) -> str:
    """The name of the part as the zip has it: names of parts do not differ by case (ECMA-376 part
    2, 6.2.2.3)."""
    names = archive.namelist()
    if part in names:
        return part
    return next((name for name in names if name.casefold() == part.casefold()), part)


def _workbook_part(archive: zipfile.ZipFile) -> str:
    if _own_spelling(archive, "_rels/.rels") not in archive.namelist():
        return DEFAULT_WORKBOOK_PART
    for relation in tags(_part(archive, "_rels/.rels"), "Relationship"):
        if relation.get("Type", "").endswith("/officeDocument") and "Target" in relation:
            return resolved("", relation["Target"])
    return DEFAULT_WORKBOOK_PART


def _part(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(_own_spelling(archive, name)) as part:
        return part.read(PART_MAX_BYTES).decode("utf-8", "replace")


def resolved(folder: str, target: str) -> str:
    """The part that a relationship of a part in `folder` names."""
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def tags(xml: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes, without their prefixes, of each element of that local name."""
    pattern = rf"""<(?:\w+:)?{name}(?=[\s/>])((?:[^<>"']|"[^"]*"|'[^']*')*)>"""
    for match in re.finditer(pattern, xml):
        yield {
            key.rpartition(":")[2]: html.unescape(one or other)
            for key, one, other in _ATTRIBUTE.findall(match[1])
        }


def _styles_in(archive: zipfile.ZipFile, part: str) -> Styles:
    """Without the part, cells have no formats; the rest of the package can be read all the same."""
    try:
        return _styles(_part(archive, part))
    except KeyError:
        return Styles()


def _styles(xml: str) -> Styles:
    codes = {
        int(tag["numFmtId"]): tag.get("formatCode", "")
        for tag in tags(xml, "numFmt")
        if tag.get("numFmtId", "").isdecimal()
    }
    formats = [tag.get("numFmtId", "0") for tag in tags(_inside(xml, "cellXfs"), "xf")]
    return Styles.of((int(f) if f.isdecimal() else 0 for f in formats), codes)


def _inside(xml: str, name: str) -> str:
    """The content of the first element of that local name; empty if it does not end. Start and end
    are searched for separately: a pattern for both would start again at every opening tag."""
    opened = re.search(rf"<(?:\w+:)?{name}\b", xml)
    if opened is None:
        return ""
    closed = re.compile(rf"</(?:\w+:)?{name}>").search(xml, opened.end())
    return xml[opened.end() : closed.start()] if closed else ""
