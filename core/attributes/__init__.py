"""Attribute definitions: which attributes products have, and which values are valid."""
