"""Reading options as they stand in the body of a request (`schemas/reading-options.json`)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from core.errors import FileRefused
from core.imports.encodings import codec_named
from core.imports.model import ReadingOptions
from core.schemas import FieldFault, refuse


def options_of(given: Mapping[str, Any]) -> ReadingOptions | None:
    """The `options` of a body that keeps its schema; None when it has none. Raises InvalidRequest
    for an encoding that does not exist."""
    if given.get("options") is None:
        return None
    # JSON Schema takes 2.0 for a whole number, and so does whoever sends it.
    options = msgspec.convert(given["options"], ReadingOptions, strict=False)
    percent = options.max_faulty_rows_percent
    if percent is not None and math.isnan(percent):  # no bound of a schema holds it
        refuse(
            [FieldFault("options.maxFaultyRowsPercent", "maxFaultyRowsPercent must be a number.")]
        )
    if options.encoding is not None:
        try:
            codec_named(options.encoding)
        except FileRefused as refused:  # what the planner would say, before anything is uploaded
            refuse([FieldFault("options.encoding", refused.message)])
    return options
