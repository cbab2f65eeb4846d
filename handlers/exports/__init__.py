"""The states of the machine that exports products."""
