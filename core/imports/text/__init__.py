"""Reading text files: encodings, record boundaries, layout, repair."""
