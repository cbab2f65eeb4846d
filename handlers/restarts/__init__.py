"""The states of the machine that restarts many jobs."""
