"""Value steps: cells changed as the caller says, before they are validated."""
