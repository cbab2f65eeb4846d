"""Every parser entry by name: what is drawn, and what must hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from core.file_format import FileKind
from tests.fuzz import files, requests


@dataclass(frozen=True)
class Target:
    drawn: st.SearchStrategy[Any]
    check: Callable[[Any], None]

    def run(self, examples: int, number: int) -> None:
        """So many examples from this seed. Raises what the check of the smallest one raises."""

        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(self.drawn)
        def holds(drawn: Any) -> None:
            self.check(drawn)

        holds()


TARGETS: Mapping[str, Target] = {
    "text": Target(files.TEXTS, files.check_file),
    "xlsx": Target(files.workbooks(FileKind.XLSX, "products.xlsx"), files.check_file),
    "xlsm": Target(files.workbooks(FileKind.XLSX, "products.xlsm"), files.check_file),
    "xlsb": Target(files.workbooks(FileKind.XLSB, "products.xlsb"), files.check_file),
    "xls": Target(files.workbooks(FileKind.XLS, "products.xls"), files.check_file),
    "ods": Target(files.workbooks(FileKind.ODS, "products.ods"), files.check_file),
    "schemas": Target(requests.BODIES, requests.check_body),
    "options": Target(requests.UPLOADS, requests.check_upload),
    "queries": Target(requests.QUERIES, requests.check_query),
    "filters": Target(requests.FILTERS, requests.check_filter),
    "cursors": Target(requests.CURSORS, requests.check_cursor),
}
