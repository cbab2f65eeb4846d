"""Values that may occur once: over the whole file, whatever its chunks, and in the catalogue.

No rule of a single cell can tell, and chunks are judged side by side. So there are two passes:

columns.py    which columns of an import hold such values
emitting.py   first pass: a chunk leaves the values of these columns, one small file per chunk
repeats.py    over all these files, in bounded memory: which rows repeat a value of an earlier row
catalogue.py  which rows have a value that a product of the catalogue has, and is it their own
owners.py     which row keeps the value of its own product, where several have it
again.py      the chunks concerned are judged again, now knowing which of their cells are at fault
faults.py     second pass: these cells become faults like any other
steps.py      the two states of the machine between the passes

Which row is the first is decided by the first pass alone: a value counts when its cell keeps its
own rules, whatever else is wrong with the row. A value of the catalogue stays with its product: the
first row about that product keeps it, wherever it stands. Files without a repeated value are judged
once, and files without a unique attribute do not come here at all.
"""
