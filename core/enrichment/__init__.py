"""AI suggestions for empty attributes: typed, validated like an import, explained, priced, and
approved by a person. Nothing in this package writes a product."""
