"""The package of a workbook written again as nearly all programs would, where it is not.

Spreadsheet programs find the parts of a package by its relationships, whatever they are called and
in whichever encoding. The parser expects the usual names in UTF-8. So the package is looked through
once, before anything else reads it, and one in another form is replaced by the parts that matter:
the workbook, its sheets, shared texts and styles; of an ods the content and the styles.

Source: ECMA-376 part 2 (6.2 part names, 6.5 relationships) and RFC 3986 (5.2.4 dot segments, 2.1
percent-encoding); OpenDocument 1.3 part 2 (3.3 mimetype, 4 manifest).
"""

from __future__ import annotations

import posixpath
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote
from xml.sax.saxutils import quoteattr

from core.file_format import FileKind
from core.imports.workbooks.ods.area import CONTENT, MANIFEST
from core.imports.workbooks.ooxml import PART_MAX_BYTES, tags
from core.imports.workbooks.safety import opened_zip
from core.imports.workbooks.xml_parts import HEAD_BYTES, is_as_declared, utf_8_blocks

ODS_MIME = b"application/vnd.oasis.opendocument.spreadsheet"
_ROOT_RELATIONS = "_rels/.rels"
_MAIN_TYPE = re.compile(
    r"(?:sheet|template|\.12|addin)\.main\+xml|sheet\.binary\.macroEnabled\.main"
)
_FOLDERS = {
    "worksheet": "worksheets",
    "chartsheet": "chartsheets",
    "dialogsheet": "dialogsheets",
    "xlMacrosheet": "macrosheets",
}
_FIXED = ("sharedStrings", "styles")
_RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MANIFEST_XML = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
)


def repackage(path: Path, kind: FileKind, *, always: bool = False) -> bool:
    """Write the package at `path` anew unless it is as usual; with `always` in any case, which also
    mends characters that XML forbids. False if the file was left as it was. Raises FileRefused
    (WORKBOOK_DAMAGED) for a broken zip.

    No part is larger than the zip declares, which was checked before.
    """
    if kind is FileKind.XLS:
        return False
    rewritten = path.with_suffix(".package")
    try:
        with opened_zip(path) as archive:
            package = _Ods(archive) if kind is FileKind.ODS else _Ooxml(archive, kind)
            if not package.parts or not (always or package.is_unusual):
                return False
            with zipfile.ZipFile(rewritten, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
                package.write(new)
        rewritten.replace(path)
    finally:
        rewritten.unlink(missing_ok=True)
    return True


def part_name(name: str) -> str:
    """The usual form of an entry's name or of a path from the root of the package."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/")


class _Parts:
    """The entries of a package by their usual names; names do not differ by case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self._entries = {
            part_name(entry.filename).casefold(): entry for entry in archive.infolist()
        }
        self.is_unusual = any(
            part_name(entry.filename) != entry.filename.rstrip("/") for entry in archive.infolist()
        )
        self.parts: dict[str, zipfile.ZipInfo] = {}
        """Those that are written, by their new names."""

    def entry(self, name: str) -> zipfile.ZipInfo | None:
        return self._entries.get(name.casefold())

    def take(self, name: str, entry: zipfile.ZipInfo, *, is_xml: bool = True) -> None:
        self.parts[name] = entry
        self.is_unusual |= name.casefold() != entry.filename.casefold()
        if is_xml:
            with self.archive.open(entry) as part:
                self.is_unusual |= not is_as_declared(part.read(HEAD_BYTES))

    def text(self, entry: zipfile.ZipInfo | None) -> str:
        """Of a small part."""
        if entry is None or entry.file_size > PART_MAX_BYTES:
            return ""
        with self.archive.open(entry) as part:
            return b"".join(utf_8_blocks(part)).decode("utf-8", "replace")

    def copy(self, new: zipfile.ZipFile, name: str, *, is_xml: bool) -> None:
        with (
            self.archive.open(self.parts[name]) as old,
            new.open(name, "w", force_zip64=True) as to,
        ):
            if not is_xml:
                shutil.copyfileobj(old, to)
                return
            for block in utf_8_blocks(old):
                to.write(block)


class _Ooxml(_Parts):
    def __init__(self, archive: zipfile.ZipFile, kind: FileKind) -> None:
        super().__init__(archive)
        self._suffix = ".bin" if kind is FileKind.XLSB else ".xml"
        self._workbook = f"xl/workbook{self._suffix}"
        self._relations: dict[str, tuple[str, str]] = {}
        """Id → type and target, as they are written."""
        root = self.entry(_ROOT_RELATIONS)
        self.is_unusual |= root is None
        workbook = self._find_workbook(root)
        if workbook is None:
            return
        self._take(self._workbook, workbook)
        folder, name = posixpath.split(part_name(workbook.filename))
        relations = self.entry(posixpath.join(folder, "_rels", f"{name}.rels"))
        for part in (root, relations):
            if part is not None:
                with archive.open(part) as content:
                    self.is_unusual |= not is_as_declared(content.read(HEAD_BYTES))
        for relation in tags(self.text(relations), "Relationship"):
            self._follow(relation, folder)
        for fixed in _FIXED:  # which the parser finds by their names alone
            name = f"xl/{fixed}{self._suffix}"
            entry = self.entry(name)
            if entry is not None and name not in self.parts:
                self._take(name, entry)

    def write(self, new: zipfile.ZipFile) -> None:
        new.writestr("[Content_Types].xml", "<Types/>")
        new.writestr(
            _ROOT_RELATIONS, _relationships({"rId1": (f"{_OFFICE}/officeDocument", self._workbook)})
        )
        folder, name = posixpath.split(self._workbook)
        new.writestr(f"{folder}/_rels/{name}.rels", _relationships(self._relations))
        for part in self.parts:
            self.copy(new, part, is_xml=not part.endswith(".bin"))

    def _take(self, name: str, entry: zipfile.ZipInfo) -> None:
        self.take(name, entry, is_xml=not name.endswith(".bin"))

    def _find_workbook(self, root: zipfile.ZipInfo | None) -> zipfile.ZipInfo | None:
        """By the relationships of the package, else by its usual name, else by its type."""
        for relation in tags(self.text(root), "Relationship"):
            if relation.get("Type", "").endswith("/officeDocument"):
                found = self._resolved("", relation.get("Target", ""))
                if found is not None:
                    self.is_unusual |= relation["Target"].lstrip("/") != self._workbook
                    return found
        usual = self.entry(self._workbook)
        if usual is not None:
            self.is_unusual = True
            return usual
        for override in tags(self.text(self.entry("[Content_Types].xml")), "Override"):
            if _MAIN_TYPE.search(override.get("ContentType", "")):
                self.is_unusual = True
                return self.entry(part_name(override.get("PartName", "")))
        return None

    def _follow(self, relation: Mapping[str, str], folder: str) -> None:
        kind = relation.get("Type", "").rpartition("/")[2]
        target = relation.get("Target", "")
        entry = self._resolved(folder, target)
        if "Id" not in relation or entry is None or kind not in {*_FOLDERS, *_FIXED}:
            return
        if kind in _FIXED:
            usual = f"{kind}{self._suffix}"
        else:
            usual = f"{_FOLDERS[kind]}/sheet{len(self.parts)}{self._suffix}"
            own = part_name(entry.filename)
            if own.casefold().startswith(f"xl/{_FOLDERS[kind]}/") and f"xl/{usual}" != own:
                usual = own[len("xl/") :]  # any name in that folder is usual
        if f"xl/{usual}" in self.parts:
            return
        self._take(f"xl/{usual}", entry)
        self.is_unusual |= target.casefold() not in (usual.casefold(), f"/xl/{usual}".casefold())
        self._relations[relation["Id"]] = (relation["Type"], usual)

    def _resolved(self, folder: str, target: str) -> zipfile.ZipInfo | None:
        """The part that a relationship names. Some writers encode what needs no encoding, or leave
        out the slash of a path from the root."""
        path = target.strip().replace("\\", "/").partition("#")[0]
        for spelling in dict.fromkeys((path, unquote(path))):
            for base in dict.fromkeys((folder, "")):
                found = self.entry(part_name(posixpath.join("/", base, spelling)))
                if found is not None and spelling:
                    return found
        return None


class _Ods(_Parts):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        super().__init__(archive)
        content, manifest = self.entry(CONTENT), self.entry(MANIFEST)
        if content is None or "encryption-data" in self.text(manifest):
            return
        self.take(CONTENT, content)
        if (styles := self.entry("styles.xml")) is not None:
            self.take("styles.xml", styles)
        mime = self.entry("mimetype")
        self.is_unusual |= mime is None or archive.read(mime) != ODS_MIME or manifest is None

    def write(self, new: zipfile.ZipFile) -> None:
        new.writestr("mimetype", ODS_MIME, zipfile.ZIP_STORED)
        new.writestr(MANIFEST, _MANIFEST_XML)
        for part in self.parts:
            self.copy(new, part, is_xml=True)


def _relationships(relations: Mapping[str, tuple[str, str]]) -> str:
    def written() -> Iterator[str]:
        for name, (kind, target) in relations.items():
            attributes = (("Id", name), ("Type", kind), ("Target", target))
            yield "".join(f" {key}={quoteattr(value)}" for key, value in attributes)

    inner = "".join(f"<Relationship{each}/>" for each in written())
    return f'<Relationships xmlns="{_RELATIONSHIPS}">{inner}</Relationships>'
