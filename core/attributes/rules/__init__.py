"""The rules that validate cells: one compiled chain of named expressions per attribute.

types/                  the rules of each attribute type, and the settings that several types share
rule.py                 what a rule is
compilation.py result.py answers.py
                        definitions × columns → RuleBook, which validates a frame of text
tables.py skipping.py   valid rows as a table, exact, and as lines of JSON
model.py wording.py     faults, and their sentences
values.py               the same rules over single records: REST writes, suggestions of a model
defining.py             validates a definition itself: does its pattern run, does its default fit?

Nothing is imported here: functions without polars use `model`.
"""
