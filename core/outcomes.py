"""The results of a file or a job apart from rows: refusals and notices."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.file_format import Reading


class RefusalCode(StrEnum):
    """Why a whole file (or job) ends without result rows. Stable; documented in docs/codes.md."""

    # the job or the object
    NO_ATTRIBUTES = "NO_ATTRIBUTES"
    OBJECT_MISSING = "OBJECT_MISSING"
    PROFILE_NOT_FOUND = "PROFILE_NOT_FOUND"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    UNSUPPORTED_FILE_TYPE = "UNSUPPORTED_FILE_TYPE"
    BINARY_FILE = "BINARY_FILE"
    INVALID_OPTIONS = "INVALID_OPTIONS"
    # text
    WRONG_ENCODING = "WRONG_ENCODING"
    MIXED_ENCODING = "MIXED_ENCODING"
    NUL_BYTES = "NUL_BYTES"
    UNTERMINATED_QUOTE = "UNTERMINATED_QUOTE"
    RECORD_TOO_LARGE = "RECORD_TOO_LARGE"
    # the table
    HEADER_ROW_MISSING = "HEADER_ROW_MISSING"
    HEADER_DAMAGED = "HEADER_DAMAGED"
    DUPLICATE_HEADER = "DUPLICATE_HEADER"
    AMBIGUOUS_HEADER = "AMBIGUOUS_HEADER"
    TOO_MANY_COLUMNS = "TOO_MANY_COLUMNS"
    MAPPING_INVALID = "MAPPING_INVALID"
    VALUE_STEPS_INVALID = "VALUE_STEPS_INVALID"
    LOCALE_UNDECIDED = "LOCALE_UNDECIDED"
    # workbooks
    WORKBOOK_DAMAGED = "WORKBOOK_DAMAGED"
    WORKBOOK_ENCRYPTED = "WORKBOOK_ENCRYPTED"
    WORKBOOK_TOO_LARGE = "WORKBOOK_TOO_LARGE"
    NO_VISIBLE_SHEET = "NO_VISIBLE_SHEET"
    SHEET_NOT_FOUND = "SHEET_NOT_FOUND"
    # what the caller allows
    TOO_MANY_FAULTY_ROWS = "TOO_MANY_FAULTY_ROWS"
    # an enrichment
    TOO_MANY_PRODUCTS = "TOO_MANY_PRODUCTS"
    FILTER_OUTDATED = "FILTER_OUTDATED"
    ORDER_MISSING = "ORDER_MISSING"
    DAILY_BUDGET_SPENT = "DAILY_BUDGET_SPENT"
    # an export (and FILTER_OUTDATED)
    EXPORT_TOO_LARGE = "EXPORT_TOO_LARGE"
    CELL_TOO_LONG = "CELL_TOO_LONG"


class NoticeCode(StrEnum):
    """What a person should check about a file that was imported."""

    EMPTY_FILE = "EMPTY_FILE"
    HEADER_ONLY = "HEADER_ONLY"
    NO_MATCHING_COLUMN = "NO_MATCHING_COLUMN"
    ENCODING_GUESSED = "ENCODING_GUESSED"
    REPAIRED_QUOTES = "REPAIRED_QUOTES"
    DIALECT_DETECTED = "DIALECT_DETECTED"
    END_OF_FILE_MARK = "END_OF_FILE_MARK"
    HEADER_DOUBTFUL = "HEADER_DOUBTFUL"
    HEADERS_MATCHED = "HEADERS_MATCHED"
    PROFILE_RECOGNISED = "PROFILE_RECOGNISED"
    MAPPED_HEADER_MISSING = "MAPPED_HEADER_MISSING"
    SHORT_HEADER = "SHORT_HEADER"
    REPEATED_HEADER = "REPEATED_HEADER"
    HEADER_OTHERWISE = "HEADER_OTHERWISE"
    ROWS_LEFT_OUT = "ROWS_LEFT_OUT"
    TOTALS_ROW = "TOTALS_ROW"
    SHORT_ROWS = "SHORT_ROWS"
    LONG_ROWS = "LONG_ROWS"
    ROWS_IN_A_CELL = "ROWS_IN_A_CELL"
    TEXT_FORMULAS = "TEXT_FORMULAS"
    COLUMN_WITHOUT_HEADER = "COLUMN_WITHOUT_HEADER"
    ERROR_CELLS = "ERROR_CELLS"
    ODD_CELLS = "ODD_CELLS"
    FORMULAS_WITHOUT_RESULT = "FORMULAS_WITHOUT_RESULT"
    NUMBERS_SHOWN_OTHERWISE = "NUMBERS_SHOWN_OTHERWISE"
    HIDDEN_ROWS = "HIDDEN_ROWS"
    HIDDEN_COLUMNS = "HIDDEN_COLUMNS"
    OTHER_SHEETS = "OTHER_SHEETS"
    OPTION_NOT_USED = "OPTION_NOT_USED"
    INVISIBLE_CHARACTERS = "INVISIBLE_CHARACTERS"
    DIGITS_LOST = "DIGITS_LOST"
    GARBLED_TEXT = "GARBLED_TEXT"
    HTML_ENTITIES = "HTML_ENTITIES"
    LEADING_APOSTROPHES = "LEADING_APOSTROPHES"
    NUMBERS_READ_TWO_WAYS = "NUMBERS_READ_TWO_WAYS"
    LOCALE_READ = "LOCALE_READ"
    VALUES_CHANGED = "VALUES_CHANGED"
    WORDS_READ_AS_EMPTY = "WORDS_READ_AS_EMPTY"
    TIME_ZONE_ASSUMED = "TIME_ZONE_ASSUMED"
    # of an export
    VALUES_LEFT_OUT = "VALUES_LEFT_OUT"


class Notice(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    code: NoticeCode
    message: str


class Refusal(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A file that cannot be imported: data, not an exception."""

    code: RefusalCode
    message: str
    recognised: Reading | None = None
    """By which profile the file was read, if its headers chose one."""


class Refused(Exception):
    """Ends the planning or the closing of a job; the refusal becomes its outcome."""

    def __init__(self, code: RefusalCode, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code=code, message=message)
