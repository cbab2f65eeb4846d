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


def read_package(archive: zipfile.ZipFile) -> Package:
    """Raises KeyError for a package that lacks a part, and what `zipfile` raises."""
    workbook_part = _workbook_part(archive)
    workbook = _part(archive, workbook_part)
    folder = posixpath.dirname(workbook_part)
    relations = relations_of(archive, workbook_part)
    parts = {}
    for sheet in _tags(workbook, "sheet"):
        relation = relations.get(sheet.get("id", ""))
        if relation is not None and "name" in sheet:
            parts[sheet["name"]] = resolved(folder, relation["Target"])
    styles = next(
        (r["Target"] for r in relations.values() if r.get("Type", "").endswith("/styles")), None
    )
    return Package(
        sheet_parts=parts,
        styles=_styles(_part(archive, resolved(folder, styles))) if styles else Styles(),
        from_1904=any(
            tag.get("date1904") in ("1", "true") for tag in _tags(workbook, "workbookPr")
        ),
    )


def relations_of(archive: zipfile.ZipFile, part: str) -> dict[str, dict[str, str]]:
    """Id of a relationship → its attributes."""
    folder, name = posixpath.split(part)
    tags = _tags(_part(archive, f"{folder}/_rels/{name}.rels"), "Relationship")
    return {tag["Id"]: tag for tag in tags if "Id" in tag and "Target" in tag}


def _workbook_part(archive: zipfile.ZipFile) -> str:
    for relation in _tags(_part(archive, "_rels/.rels"), "Relationship"):
        if relation.get("Type", "").endswith("/officeDocument") and "Target" in relation:
            return resolved("", relation["Target"])
    return DEFAULT_WORKBOOK_PART


def _part(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as part:
        return part.read(PART_MAX_BYTES).decode("utf-8", "replace")


def resolved(folder: str, target: str) -> str:
    """The part that a relationship of a part in `folder` names."""
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
    codes = {
        int(tag["numFmtId"]): tag.get("formatCode", "")
        for tag in _tags(xml, "numFmt")
        if tag.get("numFmtId", "").isdecimal()
    }
    formats = [tag.get("numFmtId", "0") for tag in _tags(_inside(xml, "cellXfs"), "xf")]
    return Styles.of((int(f) if f.isdecimal() else 0 for f in formats), codes)


def _inside(xml: str, name: str) -> str:
    """What stands in the first element of that local name; nothing when it does not end. Each end
    is searched for once: one pattern for both would begin anew at every opening tag."""
    opened = re.search(rf"<(?:\w+:)?{name}\b", xml)
    if opened is None:
        return ""
    closed = re.compile(rf"</(?:\w+:)?{name}>").search(xml, opened.end())
    return xml[opened.end() : closed.start()] if closed else ""
