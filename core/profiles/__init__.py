"""Profiles: how a supplier's files are read, saved under a name."""
