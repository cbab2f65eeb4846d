"""Which attributes a file's columns mean, asked of the configured model."""
