"""Queries of the catalogue: filters, orders, and the cursors that continue a list."""
