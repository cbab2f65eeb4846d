"""What an import writes: results, faults, rejected rows, tables."""
