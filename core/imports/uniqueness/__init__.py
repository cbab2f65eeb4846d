"""Values that may occur once: over the whole file, whatever its chunks, and in the catalogue.

No rule of a single cell can decide this, and chunks are validated side by side. So there are two
passes:

columns.py       which columns of an import hold such values
emitting.py      first pass: a chunk leaves the values of these columns, one small file per chunk
repeats.py       over all these files, in bounded memory: which rows repeat an earlier value
catalogue.py     which rows have a value that another product of the catalogue has
owners.py        which row keeps the value of its own product, where several have it
revalidation.py  the chunks that are validated again, now knowing which of their cells are at fault
faults.py        second pass: these cells become faults like any other
tasks.py         the two tasks of the machine between the passes

The first pass alone decides which row is the first: a value counts when its cell follows its own
rules, whatever else is wrong with the row. A value of the catalogue stays with its product: the
first row about that product keeps it. Files without a repeated value are validated once, and files
without a unique attribute do not come here at all.
"""
