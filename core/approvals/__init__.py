"""Approving an import: its valid rows go into the catalogue, in chunks, at the database's pace."""
