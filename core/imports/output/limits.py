"""The share of faulty rows that the caller allows. Above it, nothing of the file is imported.

A faulty row is a row with a fault, whether it was rejected or kept without the faulty value. So the
limit has the same meaning under every policy. Blank rows do not count.
"""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

from core.imports.model import Plan
from core.imports.output.faults import missing_column_statement
from core.outcomes import Refusal, RefusalCode
from core.wording import counted


def too_many_faulty_rows(plan: Plan, *, faulty_rows: int, rows: int) -> Refusal | None:
    """The refusal if more than the allowed share of the rows is faulty; otherwise None."""
    if plan.max_faulty_rows_percent is None or not rows:
        return None
    allowed = Decimal(str(plan.max_faulty_rows_percent))  # exactly as written, unlike the float
    share = Decimal(faulty_rows * 100) / rows
    if faulty_rows * 100 <= allowed * rows:
        return None
    # never rounded down to the limit
    percent = _plain(share.quantize(Decimal("0.01"), rounding=ROUND_UP))
    why = "".join(f"; {missing_column_statement(name)}" for name in plan.missing_required)
    return Refusal(
        code=RefusalCode.TOO_MANY_FAULTY_ROWS,
        message=(
            f"{faulty_rows:,} of {counted(rows, 'row')} ({percent}%) "
            f"{'has' if faulty_rows == 1 else 'have'} faults, and at most {_plain(allowed)}% "
            f"may{why}. Nothing was imported: correct the rows and upload the file again, or allow "
            "more."
        ),
    )


def _plain(number: Decimal) -> str:
    """`12.5`, `10`, never `1E+1`."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
