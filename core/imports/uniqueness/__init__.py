"""Unique values: checked over the whole file, across all chunks, and against the catalogue.

A rule of a single cell cannot check this, and chunks are validated in parallel. So there are two
passes:

columns.py       which columns of an import hold unique values
emitting.py      first pass: each chunk writes the values of these columns to one small file
repeats.py       over all these files, in bounded memory: which rows repeat an earlier row's value
catalogue.py     which rows have a value of a product of the catalogue, and whether it is their own
owners.py        which row keeps the value of its own product, if several rows have it
revalidation.py  the affected chunks are validated again, now with the cells that are at fault
faults.py        second pass: these cells become faults like any other
tasks.py         the two tasks of the state machine between the passes

The first pass alone decides which row is the first: a value counts if its cell is valid, even if
the row has other faults. A value of the catalogue belongs to its product: the first row about that
product keeps it, at any place in the file. Files without a repeated value are validated once. Files
without a unique attribute skip all of this.
"""
