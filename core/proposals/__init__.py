"""Jobs that propose attributes from a file, and accepting what they propose."""
