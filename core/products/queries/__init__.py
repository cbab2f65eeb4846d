"""Queries over the catalogue: filters, orders, and the cursors that go on from a position."""
