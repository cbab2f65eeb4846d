"""A file to import: where it is, how it should be read, and how it was read."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

import msgspec

ERRORS_HEADER = "_errors"
"""Of the column of faults in a file of rejected rows."""


class FileKind(StrEnum):
    """Detected by content, never by the file's name alone."""

    TEXT = "text"
    XLSX = "xlsx"
    """Also xlsm: the same container."""
    XLSB = "xlsb"
    XLS = "xls"
    ODS = "ods"


class OnFault(StrEnum):
    """The handling of a row with a fault."""

    SKIP_ROW = "skip_row"
    SKIP_VALUE = "skip_value"
    """It stays without the faulty values, unless it needs them."""


class HeaderMatching(StrEnum):
    """How much a header may differ from the name of its attribute."""

    EXACT = "exact"
    LOOSE = "loose"
    """In case, blanks, hyphens and underscores."""


class MappingRule(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One instruction about columns. It has headers or a constant, never both."""

    headers: tuple[str, ...] = ()
    attribute: str | None = None
    """What the columns feed, or `<Name>Value` or `<Name>Unit` of a measure; None: they are left
    out."""
    joined_by: str | None = None
    """Separates the texts of several columns; None: one blank."""
    constant: str | None = None
    """The text that every row has for the attribute."""


class DateOrder(StrEnum):
    """Of dates that are written with digits alone and do not begin with the year."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


class Locale(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How the file writes numbers, dates and words. What is None is decided by all cells of a
    column."""

    decimal_sign: str | None = None
    """`.` or `,`."""
    date_order: DateOrder | None = None
    time_zone: str | None = None
    """A name of the IANA: of times that name no zone. None: UTC."""
    true_words: tuple[str, ...] = ()
    """Beside those that are always known."""
    false_words: tuple[str, ...] = ()
    empty_words: tuple[str, ...] = ()
    """Of all columns; an option of a select stays what it is."""


class StepKind(StrEnum):
    """What a value step does with the cells of its attribute."""

    REMOVE = "remove"
    """A prefix, a suffix, or both, where they are."""
    ADD = "add"
    """The same, where they are missing."""
    REPLACE = "replace"
    """One text by another, wherever it occurs."""
    UPPER_CASE = "upper_case"
    LOWER_CASE = "lower_case"
    SYNONYM = "synonym"
    """Whole values, compared without regard to case."""
    IGNORE_CASE = "ignore_case"
    """Options of a select, in the case in which they are defined."""
    CONVERT = "convert"
    """Measures into another unit of the same dimension."""


class UnitSystem(StrEnum):
    """Which of two units is meant that share a name: a fluid ounce, a pint, a quart, a gallon."""

    US = "us"
    IMPERIAL = "imperial"


class ValueStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One change of the values of an attribute. Which fields it has depends on its kind:
    core/imports/steps/rules.py."""

    attribute: str
    step: StepKind
    prefix: str | None = None
    suffix: str | None = None
    text: str | None = None
    """Replaced by `by`."""
    by: str | None = None
    words: tuple[str, ...] = ()
    """Synonyms of `means`."""
    means: str | None = None
    unit: str | None = None
    """The unit to convert to; None: the attribute's own."""
    decimals: int | None = None
    """Converted numbers are rounded to as many decimal places."""
    system: UnitSystem | None = None


AUTO: Final = "auto"
STRICT: Final = "strict"


class ReadingOptions(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The caller's options for the file and its faults; None means "detect it", "the default",
    or "no limit"."""

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    header_row: int | None = None
    """Record that holds the headers, 1 is the file's (or sheet's) first record."""
    quote_char: str | None = None
    """One character, or `none`: quotes have no meaning."""
    escape_char: str | None = None
    """One character, or `none`."""
    skip_initial_space: bool | None = None
    """Blanks behind a delimiter do not belong to the cell."""
    on_fault: OnFault | None = None
    """None: the row is skipped."""
    max_faulty_rows_percent: float | None = None
    """0 to 100, of the rows that are not blank; with more faulty ones nothing is imported."""
    headers: HeaderMatching | None = None
    """None: exact."""
    mapping: tuple[MappingRule, ...] | None = None
    locale: Locale | Literal["auto", "strict"] | None = None
    """None and `strict`: values are written as attributes.md says; `auto` is a Locale of which
    nothing is given."""
    value_steps: tuple[ValueStep, ...] | None = None
    """In the order in which they are taken."""

    def overridden(self, given: ReadingOptions) -> ReadingOptions:
        """These, with each one that is given in place of the same one."""
        own = {
            name: value
            for name, value in msgspec.structs.asdict(given).items()
            if value is not None
        }
        return msgspec.structs.replace(self, **own)

    @property
    def are_defaults(self) -> bool:
        """Nothing but what a profile says by default, so that the key or the headers of the file
        may choose one."""
        return PROFILE_DEFAULTS.overridden(self) == PROFILE_DEFAULTS


PROFILE_DEFAULTS = ReadingOptions(headers=HeaderMatching.LOOSE, locale=AUTO)
"""What a profile says where its author says nothing: it is made for files as they come."""


class ChosenBy(StrEnum):
    """How a file came to its profile."""

    NAME = "name"
    """A call named it."""
    KEY = "key"
    """The key of the file begins with its name."""
    HEADERS = "headers"
    """The file has the headers that the profile remembers."""


class UsedProfile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The revision of a profile by which a file is read."""

    name: str
    revision: int
    chosen_by: ChosenBy = ChosenBy.NAME


class RecognisableProfile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A profile that remembers the headers of its files."""

    name: str
    revision: int
    fingerprint: str
    """Of the headers (`core/imports/recognition.py`)."""
    options: ReadingOptions

    @property
    def reading(self) -> Reading:
        used = UsedProfile(name=self.name, revision=self.revision, chosen_by=ChosenBy.HEADERS)
        return Reading(options=self.options, profile=used)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is read."""

    options: ReadingOptions = ReadingOptions()
    """Those of the profile, and the ones given beside it."""
    profile: UsedProfile | None = None


class DetectedFormat(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How the file was read; part of the job."""

    kind: FileKind
    encoding: str | None = None
    """Python codec name, e.g. `utf-8`, `utf-8-sig`, `utf-16-le`, `cp1252`. Text only."""
    delimiter: str | None = None
    line_end: str | None = None
    """`\\n`, `\\r\\n` or `\\r`; text only. `\\r\\n` also means a mix of it and `\\n`."""
    sheet: str | None = None
    header_row: int = 1
    repaired: bool = False
    """The file broke RFC 4180 and was rewritten by the tolerant reader before planning."""


class SourceFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One version of one object in the uploads bucket."""

    bucket: str
    key: str
    size: int
    """Bytes."""
    file_name: str
    version_id: str | None = None
