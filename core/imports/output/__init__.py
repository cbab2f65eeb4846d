"""The output of an import: results, faults, rejected rows, tables."""
