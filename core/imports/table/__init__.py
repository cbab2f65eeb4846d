"""The table of a file: its columns, and notices about it."""
