"""OpenDocument sheets: how large they are, and what their cells show."""
