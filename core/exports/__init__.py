"""Exports: valid rows of an import, or products of the catalogue, as a file."""
