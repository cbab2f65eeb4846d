"""AI suggestions for empty attributes: typed, judged like an import, explained, costed, approved
by a person. Nothing here writes a product."""
