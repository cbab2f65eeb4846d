"""Attribute definitions: what a merchant says a product looks like."""
