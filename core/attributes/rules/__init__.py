"""The rules that cells are judged by: one compiled chain of named expressions per attribute.

rule.py      what a rule is
text.py number.py select.py measure.py boolean.py date.py url.py barcode.py    the types
pattern.py bounds.py defaults.py    settings that several types share
book.py judgement.py answers.py    definitions × columns → RuleBook, which judges a frame of text
wording.py   what a fault says
values.py    the same rules over single records: REST writes, suggestions of a model
defining.py  judges a definition itself: can its pattern be run, does its default fit?
"""

from core.attributes.rules.compilation import RuleBook, compile_rules
from core.attributes.rules.result import ValidationResult
from core.attributes.rules.values import RecordResult, validate_records, validate_values

__all__ = [
    "RecordResult",
    "RuleBook",
    "ValidationResult",
    "compile_rules",
    "validate_records",
    "validate_values",
]
