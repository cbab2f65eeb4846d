"""The contract's result file, which browsers load (schemas/result-file.json)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from core.imports.model import ImportOutcome, Plan
from core.imports.output.tables import fed_attributes


@dataclass(frozen=True, slots=True)
class Head:
    """The first complete lines of an NDJSON file."""

    lines: bytes
    is_cut: bool
    """The file has more lines."""

    @classmethod
    def of(cls, data: bytes, limit: int) -> Head:
        """The complete lines within `limit` bytes; `data` has one byte more if there is one."""
        if len(data) <= limit:
            return cls(data, is_cut=False)
        return cls(data[: data.rfind(b"\n", 0, limit) + 1], is_cut=True)

    @property
    def count(self) -> int:
        return self.lines.count(b"\n")

    def as_array(self) -> bytes:
        """A JSON array with one element per line. No element is parsed."""
        return b"[" + self.lines.removesuffix(b"\n").replace(b"\n", b",\n") + b"]"


def for_people(products: Head) -> Head:
    """The products with every measure as a text such as `2.5 kg`: in the result file a value is
    never an object. Lines are parsed only if there is a measure."""
    if b'":{"value":' not in products.lines:  # inside a text the quotes would be escaped
        return products
    decoded = msgspec.json.Decoder(dict[str, Any]).decode_lines(products.lines)
    readable = (
        {
            name: f"{value['value']} {value['unit']}".strip() if type(value) is dict else value
            for name, value in product.items()
        }
        for product in decoded
    )
    lines = b"".join(msgspec.json.encode(product) + b"\n" for product in readable)
    return Head(lines, is_cut=products.is_cut)


class _Sentence(msgspec.Struct, frozen=True):
    """The sentence of a line of faults."""

    message: str


def result_file(
    plan: Plan, outcome: ImportOutcome, products: Head, faults: Head, now: datetime
) -> Iterator[bytes]:
    """The parts of the file, in order."""
    sentences = msgspec.json.Decoder(_Sentence).decode_lines(faults.lines)
    before: dict[str, Any] = {
        "jobId": plan.job_id,
        "s3Key": plan.source.key,
        "fileName": plan.source.file_name,
        "processingTimestamp": now.isoformat(timespec="milliseconds"),
        "message": outcome.message,
        "headers": fed_attributes(plan),
        "originalHeaders": plan.original_headers,
        "ignoredHeaders": outcome.ignored_headers,
    }
    after: dict[str, Any] = {
        "counts": {
            "rows": outcome.row_count,
            "blankRows": outcome.blank_rows,
            "validRows": outcome.valid_rows,
            "invalidRows": outcome.invalid_rows,
            "rowsWithSkippedValues": outcome.rows_with_skipped_values,
            "faults": outcome.faults,
            "faultsByCode": outcome.faults_by_code,
        },
        "notices": outcome.notices,
        "truncated": outcome.truncated,
    }
    yield msgspec.json.encode(before).removesuffix(b"}")
    yield b',"products":'
    yield for_people(products).as_array()
    yield b',"validationErrors":'
    yield msgspec.json.encode([sentence.message for sentence in sentences])
    yield b',"faults":'
    yield faults.as_array()
    yield b"," + msgspec.json.encode(after).removeprefix(b"{")
