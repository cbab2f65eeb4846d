"""What works on every kind of job: list, show, cancel, sweep."""
